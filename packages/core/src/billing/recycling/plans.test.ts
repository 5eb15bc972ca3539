import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { PriceTerms } from '../../catalog/index.ts'
import { billItems } from '../../invoices/index.ts'
import { ratio } from '../../money/index.ts'
import type { ItemComponent, SubscriptionItem } from '../../subscriptions/index.ts'
import { at, item, numberedId, usd } from '../test-samples.ts'
import { arePlansSpent, isBilledIn } from './terms.ts'

type Plan = readonly [ItemComponent, value: number, delay?: number, count?: number | null]

/** Plans as a merchant says them: amounts in major units, percentages as percent. */
function plans(...list: readonly Plan[]): SubscriptionItem[] {
  return list.map(([component, value, cycleFirst = 0, cycleCount = null], position) =>
    item({
      id: numberedId(50 + position),
      position,
      component,
      terms: termsOf(component, Math.round(value * 100)),
      cycleFirst,
      cycleCount,
    }),
  )
}

function termsOf(component: ItemComponent, hundredths: number): PriceTerms {
  const bounds = { freeUnits: 0n, minimumMinor: null, maximumMinor: null }
  const scheme =
    component === 'discount_percentage'
      ? ({ kind: 'percentage', rateBps: hundredths } as const)
      : ({ kind: 'per_unit', unitAmount: ratio(BigInt(hundredths), 1n) } as const)
  return { currency: usd(), scheme, ...bounds }
}

function bill(items: readonly SubscriptionItem[], cycle: number) {
  let made = 0
  const nextId = () => numberedId(900 + (made += 1))
  const period = { start: at('2027-09-08'), end: at('2027-10-08') }
  const share = ratio(1n, 1n)
  const invoiceId = numberedId(9)
  return billItems({ invoiceId, items, cycle, share, period, currency: usd(), nextId, keepsEveryLine: true }) // prettier-ignore
}

function subtotals(items: readonly SubscriptionItem[], cycles: number): string[] {
  return Array.from({ length: cycles }, (_, cycle) => {
    const { subtotalMinor, discountMinor } = bill(items, cycle)
    return (Number(subtotalMinor - discountMinor) / 100).toFixed(2) // tidy-allow: shown, not calculated with
  })
}

/** spec/revolv3.md 17, items 14 to 20. */
const EXAMPLES: readonly (readonly [string, readonly Plan[], readonly string[]])[] = [
  ['14 a second plan begins', [['standard', 10.99], ['standard', 14.99, 1, 12]], ['10.99', '25.98', '25.98']],
  ['16 50.00 once', [['standard', 50, 0, 1], ['standard', 29.99]], ['79.99', '29.99', '29.99']],
  ['17 10 % for 3 cycles', [['standard', 100], ['discount_percentage', 10, 0, 3]], ['90.00', '90.00', '90.00', '100.00']],
  // 100 - 5 - 10 % of 100 = 85, less 5.
  ['18 every kind', [['standard', 100], ['discount', 5], ['discount_percentage', 10], ['final_discount', 5]], ['80.00']],
  ['19 an override', [['standard', 29.99], ['price_override', 19.99, 0, 2]], ['19.99', '19.99', '29.99']],
  ['20 more off than there is', [['standard', 5], ['discount', 9]], ['0.00']],
  ['the latest override wins', [['standard', 30], ['price_override', 20], ['price_override', 10]], ['10.00']],
  // 33.33 % of 9.99 is 3.329667, rounded to 3.33.
  ['a percentage is rounded to cents', [['standard', 9.99], ['discount_percentage', 33.33]], ['6.66']],
  ['percentages are of the base, not of each other', [['standard', 100], ['discount_percentage', 60], ['discount_percentage', 60]], ['0.00']],
] // prettier-ignore

for (const [name, given, expected] of EXAMPLES) {
  test(`${name}: ${expected.join(', ')}`, () => {
    deepEqual(subtotals(plans(...given), expected.length), expected)
  })
}

test('every active plan has a line, those that come to nothing too, and the lines make the sum', () => {
  const items = plans(
    ['standard', 30],
    ['price_override', 10],
    ['discount', 40],
    ['final_discount', 5],
  )
  const { lines, subtotalMinor, discountMinor } = bill(items, 0)
  equal(lines.length, 4)
  equal(
    lines.reduce((sum, line) => sum + line.amountMinor, 0n),
    subtotalMinor - discountMinor,
  )
})

test('15 a plan of 12 cycles that waits for one is spent after cycle 12; one without end never is', () => {
  const twelve = plans(['standard', 14.99, 1, 12])
  deepEqual(
    [0, 1, 12, 13].map((cycle) => isBilledIn(twelve, cycle)),
    [false, true, true, false],
  )
  deepEqual(
    [11, 12].map((cycle) => arePlansSpent(twelve, { cycle })),
    [false, true],
  )
  ok(!arePlansSpent(plans(['standard', 14.99]), { cycle: 1_000_000 }))
})

const COMPONENTS: readonly ItemComponent[] = [
  'standard',
  'price_override',
  'discount',
  'discount_percentage',
  'final_discount',
]

const anyPlan = fc
  .record({
    component: fc.constantFrom(...COMPONENTS),
    hundredths: fc.integer({ min: 0, max: 10_000 }),
    delay: fc.integer({ min: 0, max: 4 }),
    count: fc.option(fc.integer({ min: 1, max: 4 })),
  })
  .map(({ component, hundredths, delay, count }): Plan => [
    component,
    hundredths / 100,
    delay,
    count,
  ])

test('whatever is stacked: never below nothing, lines sum to the cent, and order does not matter', () => {
  fc.assert(
    fc.property(fc.array(anyPlan, { minLength: 1, maxLength: 8 }), fc.nat(8), (given, cycle) => {
      const items = plans(...given)
      const { lines, subtotalMinor, discountMinor } = bill(items, cycle)
      const netMinor = subtotalMinor - discountMinor
      ok(netMinor >= 0n && discountMinor >= 0n)
      equal(
        lines.reduce((sum, line) => sum + line.amountMinor, 0n),
        netMinor,
      )
      equal(lines.length, items.filter((one) => isBilledIn([one], cycle)).length)
      const turned = bill(items.toReversed(), cycle)
      equal(turned.subtotalMinor - turned.discountMinor, netMinor)
      if (arePlansSpent(items, { cycle })) ok(!isBilledIn(items, cycle + 1))
    }),
  )
})
