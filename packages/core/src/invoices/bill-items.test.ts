import { deepEqual, equal, ok, throws } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { PriceScheme, PriceTier } from '../catalog/index.ts'
import { type Ratio, compareMinor, ratio } from '../money/index.ts'
import type { ItemComponent, SubscriptionItem } from '../subscriptions/index.ts'
import { type Bill, billItems } from './index.ts'
import { PERIOD, at, idMaker, item, numberedId, perUnit, usd } from './test-invoice.ts'

const WHOLE = ratio(1n, 1n)

function bill(items: readonly SubscriptionItem[], cycle = 0, share: Ratio = WHOLE): Bill {
  return billItems({
    invoiceId: numberedId(9),
    items,
    cycle,
    share,
    period: PERIOD,
    currency: usd(),
    nextId: idMaker(),
  })
}

const amounts = (each: Bill): bigint[] => each.lines.map((line) => line.amountMinor)
const tier = (upTo: bigint | null, unit: bigint, flatAmountMinor = 0n): PriceTier => ({
  upTo,
  unitAmount: ratio(unit, 1n),
  flatAmountMinor,
})
const TIERS = [tier(10n, 500n), tier(null, 300n, 1000n)]

const MODELS: readonly (readonly [
  PriceScheme,
  quantity: bigint,
  amount: bigint,
  unitAmount: string | null,
])[] = [
  [{ kind: 'flat', amountMinor: 4900n }, 7n, 4900n, null],
  [perUnit(4900n), 3n, 14_700n, '4900'],
  [perUnit(4900n), 0n, 0n, '4900'],
  [perUnit(7n, 20n), 1000n, 350n, '0.35'], // 1000 * 0.35
  [perUnit(7n, 20n), 10n, 4n, '0.35'], // 3.5 rounds away from zero
  [{ kind: 'graduated', tiers: TIERS }, 12n, 6600n, null], // 10 * 500 + 2 * 300 + 1000
  [{ kind: 'volume', tiers: TIERS }, 12n, 4600n, null], // 12 * 300 + 1000
  [{ kind: 'package', size: 10n, packageAmountMinor: 900n, round: 'up' }, 21n, 2700n, null],
  [{ kind: 'package', size: 10n, packageAmountMinor: 900n, round: 'down' }, 21n, 1800n, null],
  [{ kind: 'percentage', rateBps: 250 }, 9_999n, 250n, null], // 249.975
]

test('a line carries what its price model makes of the quantity', () => {
  equal(new Set(MODELS.map(([{ kind }]) => kind)).size, 6)
  for (const [scheme, quantity, amount, unitAmount] of MODELS) {
    const { lines, subtotalMinor } = bill([item({ quantity }, scheme)])
    const [line] = lines
    ok(line !== undefined)
    deepEqual(
      [line.amountMinor, line.quantity, line.unitAmountDecimal, subtotalMinor],
      [amount, quantity, unitAmount, amount],
      `${scheme.kind} ${quantity}`,
    )
  }
})

test('free units, a minimum and a maximum are part of the price', () => {
  const seats = item({ quantity: 12n }, perUnit(100n))
  const withTerms = (terms: Partial<SubscriptionItem['terms']>) =>
    amounts(bill([{ ...seats, terms: { ...seats.terms, ...terms } }]))
  deepEqual(withTerms({ freeUnits: 5n }), [700n])
  deepEqual(withTerms({ minimumMinor: 5000n }), [5000n])
  deepEqual(withTerms({ maximumMinor: 1000n }), [1000n])
})

test('an amount of its own is billed to the unit, and shown as what one unit comes to', () => {
  const seats = item({ quantity: 3n, ownAmountMinor: 3550n }, perUnit(4000n))
  const rows: readonly (readonly [SubscriptionItem, Ratio, string])[] = [
    [seats, WHOLE, '3550 1183.333333333333'],
    [seats, ratio(1n, 4n), '888 1183.333333333333'], // 887.5
    [{ ...seats, ownAmountMinor: 0n }, WHOLE, '0 0'],
    [{ ...seats, ownAmountMinor: 3551n, terms: item().terms }, WHOLE, '3551 1183.666666666667'],
  ]
  for (const [one, share, expected] of rows) {
    const { lines, subtotalMinor } = bill([one], 0, share)
    const [line] = lines
    equal(`${line?.amountMinor} ${line?.unitAmountDecimal}`, expected)
    equal(subtotalMinor, line?.amountMinor)
  }
  // It is the base of percentages, as any charge is.
  deepEqual(amounts(bill([seats, percent(1000)])), [3550n, -355n])
})

const off = (
  component: ItemComponent,
  amountMinor: bigint,
  more: Partial<SubscriptionItem> = {},
): SubscriptionItem => item({ component, ...more }, { kind: 'flat', amountMinor })
const percent = (rateBps: number, more: Partial<SubscriptionItem> = {}): SubscriptionItem =>
  item({ component: 'discount_percentage', ...more }, { kind: 'percentage', rateBps })

const ADD_ON = item({}, perUnit(2500n))
const OVERRIDE = off('price_override', 6000n)

/** On a plan of 100.00: fixed discounts, then percentages of the base, then final ones, never below zero. */
const STACKS: readonly (readonly [items: SubscriptionItem[], lines: bigint[]])[] = [
  [[], [10_000n]],
  [[ADD_ON], [10_000n, 2500n]],
  [[percent(1000)], [10_000n, -1000n]],
  [
    [ADD_ON, percent(1000)],
    [10_000n, 2500n, -1250n],
  ], // of the whole base
  [
    [percent(1000), off('discount', 2000n)],
    [10_000n, -2000n, -1000n], // 10 % of 100.00, not of 80.00
  ],
  [
    [off('final_discount', 500n), percent(1000), percent(2000), off('discount', 2000n)],
    [10_000n, -2000n, -1000n, -2000n, -500n],
  ],
  [[percent(3333)], [10_000n, -3333n]],
  // What is left is all that a discount can take, and one that finds nothing has no line.
  [
    [off('discount', 9500n), percent(1000), off('final_discount', 500n)],
    [10_000n, -9500n, -500n],
  ],
  [[off('discount', 99_999n)], [10_000n, -10_000n]],
  [[percent(10_000)], [10_000n, -10_000n]],
  // An override takes the place of every priced item, and is the base of percentages.
  [[OVERRIDE, ADD_ON], [6000n]],
  [
    [OVERRIDE, percent(5000), off('discount', 1000n)],
    [6000n, -1000n, -3000n],
  ],
  [[OVERRIDE, off('price_override', 7000n, { createdAt: at('2027-01-02') })], [7000n]],
  // A discount may be priced by quantity.
  [[item({ component: 'discount', quantity: 3n }, perUnit(100n))], [10_000n, -300n]],
]

test('components stack in their order, whatever the order they are listed in', () => {
  for (const [items, lines] of STACKS) {
    const found = bill([item(), ...items])
    deepEqual(amounts(found), lines)
    const sum = lines.reduce((total, amount) => total + amount, 0n)
    equal(found.subtotalMinor - found.discountMinor, sum)
    const relisted = amounts(bill([...items, item()]))
    deepEqual(relisted.toSorted(compareMinor), lines.toSorted(compareMinor))
  }
})

/** A component of the cycles 2 to 4: `cycleFirst` 2, `cycleCount` 3. */
const WINDOW: readonly (readonly [cycle: number, isActive: boolean])[] = [
  [0, false],
  [1, false],
  [2, true],
  [4, true],
  [5, false],
]

test('a component counts in the cycles of its window', () => {
  const window = { cycleFirst: 2, cycleCount: 3 }
  for (const [cycle, isActive] of WINDOW) {
    const { lines } = bill([item(), percent(5000, window)], cycle)
    equal(lines.length, isActive ? 2 : 1, `cycle ${cycle}`)
  }
  equal(bill([item({ cycleFirst: 3 })], 1_000_000).lines.length, 1) // no count: for ever
})

test('nothing is billed before the first cycle', () => {
  throws(() => bill([item()], -1), /nothing is billed before the first cycle/)
})

/** 26 days of 31. */
const STUB = ratio(26n, 31n)

test('a share of a cycle takes its share of every line, each rounded once', () => {
  const found = bill(
    [item(), item({}, perUnit(1n)), percent(1000), off('discount', 2000n)],
    0,
    STUB,
  )
  deepEqual(amounts(found), [
    8387n, // 10000 * 26 / 31 = 8387.10
    1n, // 0.84
    -1677n, // 2000 * 26 / 31 = 1677.42
    -839n, // a tenth of 8388
  ])
  ok(found.lines.every((line) => line.isProration))
  ok(bill([item()]).lines.every((line) => !line.isProration))
})

test('lines are numbered from 0 and say where they come from', () => {
  const { lines } = bill([item({ description: 'Team', priceId: numberedId(7) }), percent(1000)])
  deepEqual(
    lines.map(({ position, description, priceId, period }) => [
      position,
      description,
      priceId,
      period,
    ]),
    [
      [0, 'Team', numberedId(7), PERIOD],
      [1, 'Plan', null, PERIOD],
    ],
  )
})

const schemes: fc.Arbitrary<PriceScheme> = fc.oneof(
  fc.record({
    kind: fc.constant('flat' as const),
    amountMinor: fc.bigInt({ min: 0n, max: 99_999n }),
  }),
  fc
    .tuple(fc.bigInt({ min: 0n, max: 9999n }), fc.bigInt({ min: 1n, max: 1000n }))
    .map(([minor, of]) => perUnit(minor, of)),
  fc.record({ kind: fc.constant('percentage' as const), rateBps: fc.nat(10_000) }),
  fc.record({
    kind: fc.constantFrom('graduated' as const, 'volume' as const),
    tiers: fc.constant(TIERS),
  }),
)
const itemsArbitrary = fc.array(
  fc
    .record({
      scheme: schemes,
      quantity: fc.bigInt({ min: 0n, max: 500n }),
      component: fc.constantFrom<ItemComponent>(
        'standard',
        'standard',
        'price_override',
        'discount',
        'discount_percentage',
        'final_discount',
      ),
      cycleFirst: fc.nat(3),
      cycleCount: fc.option(fc.nat(3)),
    })
    .map(({ scheme, ...more }) => item(more, scheme)),
  { maxLength: 8 },
)
const shares = fc
  .tuple(fc.bigInt({ min: 0n, max: 31n }), fc.bigInt({ min: 31n, max: 366n }))
  .map(([part, of]) => ratio(part, of))

test('a bill adds up, is never below zero, and a share of it is no more than the whole', () => {
  fc.assert(
    fc.property(itemsArbitrary, fc.nat(6), shares, (items, cycle, share) => {
      const found = bill(items, cycle, share)
      const sum = amounts(found).reduce((total, amount) => total + amount, 0n)
      equal(sum, found.subtotalMinor - found.discountMinor)
      ok(sum >= 0n && found.discountMinor >= 0n)
      ok(found.subtotalMinor <= bill(items, cycle).subtotalMinor)
      deepEqual(
        found.lines.map((line) => line.position),
        found.lines.map((_, index) => index),
      )
      deepEqual(bill(items, cycle, share), found)
    }),
    { numRuns: 300 },
  )
})
