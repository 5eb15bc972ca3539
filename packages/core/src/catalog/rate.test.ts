import { deepEqual, equal, ok, throws } from 'node:assert/strict'
import { test } from 'node:test'
import { Decimal } from 'decimal.js'
import fc from 'fast-check'
import { Fault } from '../fault/index.ts'
import { type Currency, type Ratio, parseCurrency, parseDecimal, ratio } from '../money/index.ts'
import {
  type PriceScheme,
  type PriceTerms,
  type PriceTier,
  checkPriceTerms,
  rate,
} from './index.ts'

const Oracle = Decimal.clone({ precision: 60 })

function usd(): Currency {
  const currency = parseCurrency('USD')
  ok(currency !== null)
  return currency
}

/** A unit amount in minor units, written as a decimal. */
function units(text: string): Ratio {
  const value = parseDecimal(text)
  ok(value !== null)
  return value
}

function termsOf(scheme: PriceScheme, more: Partial<PriceTerms> = {}): PriceTerms {
  return { currency: usd(), scheme, freeUnits: 0n, minimumMinor: null, maximumMinor: null, ...more }
}

function tier(upTo: bigint | null, unitAmount: string, flatAmountMinor = 0n): PriceTier {
  return { upTo, unitAmount: units(unitAmount), flatAmountMinor }
}

const perUnit = (text: string): PriceScheme => ({ kind: 'per_unit', unitAmount: units(text) })
const pack = (round: 'up' | 'down', size = 100n): PriceScheme => ({
  kind: 'package',
  size,
  packageAmountMinor: 500n,
  round,
})
const TIERS = [tier(10n, '100'), tier(100n, '80', 500n), tier(null, '50', 2000n)]
const GRADUATED: PriceScheme = { kind: 'graduated', tiers: TIERS }
const VOLUME: PriceScheme = { kind: 'volume', tiers: TIERS }
const SUB_CENT: PriceScheme = { kind: 'graduated', tiers: [tier(3n, '0.5'), tier(null, '0.25')] }
const FLAT: PriceScheme = { kind: 'flat', amountMinor: 9900n }
const PERCENT: PriceScheme = { kind: 'percentage', rateBps: 70 }

const CASES: readonly (readonly [PriceTerms, quantity: bigint, amountMinor: bigint])[] = [
  [termsOf(perUnit('2900')), 3n, 8700n],
  [termsOf(perUnit('2900')), 0n, 0n],
  [termsOf(perUnit('0.35')), 10n, 4n], // 3.5 away from zero
  [termsOf(perUnit('0.35')), 1n, 0n], // 0.35
  [termsOf(perUnit('0.000000000001')), 10n ** 12n, 1n],

  [termsOf(FLAT), 0n, 9900n],
  [termsOf(FLAT), 1n, 9900n],
  [termsOf(FLAT), 1000n, 9900n],

  [termsOf(GRADUATED), 0n, 0n],
  [termsOf(GRADUATED), 10n, 1000n], // 10 × 100
  [termsOf(GRADUATED), 11n, 1580n], // 10 × 100 + 1 × 80 + 500
  [termsOf(GRADUATED), 100n, 8700n], // 1000 + 90 × 80 + 500
  [termsOf(GRADUATED), 101n, 10_750n], // 8700 + 1 × 50 + 2000
  [termsOf(SUB_CENT), 4n, 2n], // 1.5 and 0.25 round to 2 and 0 before they are summed
  [termsOf(SUB_CENT), 5n, 3n], // 1.5 and 0.5 round to 2 and 1; their sum would have been 2

  [termsOf(VOLUME), 0n, 0n],
  [termsOf(VOLUME), 10n, 1000n],
  [termsOf(VOLUME), 11n, 1380n], // 11 × 80 + 500
  [termsOf(VOLUME), 100n, 8500n],
  [termsOf(VOLUME), 101n, 7050n], // 101 × 50 + 2000

  [termsOf(pack('up')), 0n, 0n],
  [termsOf(pack('up')), 1n, 500n],
  [termsOf(pack('up')), 100n, 500n],
  [termsOf(pack('up')), 101n, 1000n],
  [termsOf(pack('down')), 99n, 0n],
  [termsOf(pack('down')), 199n, 500n],

  [termsOf(PERCENT), 100_000n, 700n], // 0.7 % of 1000.00
  [termsOf(PERCENT), 71n, 0n], // 0.497
  [termsOf(PERCENT), 72n, 1n], // 0.504

  [termsOf(perUnit('10'), { freeUnits: 5n }), 5n, 0n],
  [termsOf(perUnit('10'), { freeUnits: 5n }), 6n, 10n],
  [termsOf(GRADUATED, { freeUnits: 5n }), 15n, 1000n], // tiers count what is left: 10
  [termsOf(pack('up'), { freeUnits: 50n }), 150n, 500n],

  [termsOf(perUnit('10'), { minimumMinor: 100n }), 0n, 100n],
  [termsOf(perUnit('10'), { minimumMinor: 100n }), 9n, 100n],
  [termsOf(perUnit('10'), { minimumMinor: 100n }), 11n, 110n],
  [termsOf(perUnit('10'), { maximumMinor: 100n }), 11n, 100n],
  [termsOf(perUnit('10'), { minimumMinor: 50n, maximumMinor: 50n }), 7n, 50n],
  [termsOf(VOLUME, { maximumMinor: 7000n }), 101n, 7000n],
]

test('every price model charges what its terms say', () => {
  for (const [terms, quantity, amountMinor] of CASES) {
    deepEqual(checkPriceTerms(terms), [])
    equal(rate(terms, quantity).amountMinor, amountMinor, `${terms.scheme.kind} of ${quantity}`)
  }
})

test('a graduated price shows the slice of each tier that was entered', () => {
  deepEqual(rate(termsOf(GRADUATED), 11n).parts, [
    { quantity: 10n, unitAmount: ratio(100n, 1n), flatAmountMinor: 0n, amountMinor: 1000n },
    { quantity: 1n, unitAmount: ratio(80n, 1n), flatAmountMinor: 500n, amountMinor: 580n },
  ])
})

test('a package price shows whole packages', () => {
  deepEqual(rate(termsOf(pack('up')), 101n).parts, [
    { quantity: 2n, unitAmount: ratio(500n, 1n), flatAmountMinor: 0n, amountMinor: 1000n },
  ])
})

test('what minimum and maximum changed is told apart from the parts', () => {
  equal(rate(termsOf(perUnit('10'), { minimumMinor: 100n }), 3n).boundsMinor, 70n)
  equal(rate(termsOf(perUnit('10'), { maximumMinor: 100n }), 13n).boundsMinor, -30n)
  equal(rate(termsOf(perUnit('10'), { maximumMinor: 100n }), 3n).boundsMinor, 0n)
})

test('a negative quantity and terms that were never checked are faults', () => {
  throws(() => rate(termsOf(FLAT), -1n), Fault)
  const closed = [tier(1n, '1'), tier(2n, '1')]
  throws(() => rate(termsOf({ kind: 'graduated', tiers: closed }), 3n), Fault)
  throws(() => rate(termsOf({ kind: 'volume', tiers: closed }), 3n), Fault)
  throws(() => rate(termsOf(pack('up', 0n)), 3n), Fault)
})

const unitAmounts = fc
  .tuple(fc.bigInt({ min: 0n, max: 10n ** 9n }), fc.integer({ min: 0, max: 12 }))
  .map(([n, decimals]) => ratio(n, 10n ** BigInt(decimals)))
const tierLists = fc
  .array(
    fc.record({
      size: fc.bigInt({ min: 1n, max: 1000n }),
      unitAmount: unitAmounts,
      flatAmountMinor: fc.bigInt({ min: 0n, max: 10_000n }),
    }),
    { minLength: 2, maxLength: 8 },
  )
  .map((steps) => {
    let end = 0n
    return steps.map(({ size, unitAmount, flatAmountMinor }, index): PriceTier => {
      end += size
      return { upTo: index === steps.length - 1 ? null : end, unitAmount, flatAmountMinor }
    })
  })
const quantities = fc.bigInt({ min: 0n, max: 10_000n })

/** Counted the slow way: which tier does each single unit fall in? */
function oracleOfGraduated(tiers: readonly PriceTier[], quantity: bigint): string {
  let total = new Oracle(0)
  let start = 0n
  for (const { upTo, unitAmount, flatAmountMinor } of tiers) {
    const end = upTo === null || upTo > quantity ? quantity : upTo
    if (end > start) {
      const exact = new Oracle((end - start).toString())
        .times(unitAmount.numerator.toString())
        .div(unitAmount.denominator.toString())
      total = total
        .plus(exact.toDecimalPlaces(0, Decimal.ROUND_HALF_UP))
        .plus(flatAmountMinor.toString())
    }
    start = end
  }
  return total.toFixed(0)
}

test('graduated prices agree with a decimal library', () => {
  fc.assert(
    fc.property(tierLists, quantities, (tiers, quantity) => {
      const rated = rate(termsOf({ kind: 'graduated', tiers }), quantity)
      equal(String(rated.amountMinor), oracleOfGraduated(tiers, quantity))
      equal(
        rated.parts.reduce((sum, part) => sum + part.quantity, 0n),
        quantity,
      )
    }),
    { numRuns: 2000 },
  )
})

test('more of a graduated, per-unit or package price never costs less', () => {
  const schemes: fc.Arbitrary<PriceScheme> = fc.oneof(
    tierLists.map((tiers): PriceScheme => ({ kind: 'graduated', tiers })),
    unitAmounts.map((unitAmount): PriceScheme => ({ kind: 'per_unit', unitAmount })),
    fc.constantFrom(pack('up'), pack('down')),
  )
  fc.assert(
    fc.property(schemes, quantities, quantities, (scheme, a, b) => {
      const [less, more] = a <= b ? [a, b] : [b, a]
      const terms = termsOf(scheme)
      ok(rate(terms, less).amountMinor <= rate(terms, more).amountMinor)
    }),
    { numRuns: 1000 },
  )
})

test('one open price in two equal tiers costs the same graduated, by volume and per unit', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 10_000n }), quantities, (amountMinor, quantity) => {
      const unitAmount = ratio(amountMinor, 1n)
      const same = (upTo: bigint | null): PriceTier => ({ upTo, unitAmount, flatAmountMinor: 0n })
      const tiers = [same(50n), same(null)]
      const expected = rate(termsOf({ kind: 'per_unit', unitAmount }), quantity).amountMinor
      equal(rate(termsOf({ kind: 'graduated', tiers }), quantity).amountMinor, expected)
      equal(rate(termsOf({ kind: 'volume', tiers }), quantity).amountMinor, expected)
    }),
  )
})

test('parts and bounds always add up to the amount, and the amount keeps to its bounds', () => {
  const bounds = fc.tuple(
    fc.bigInt({ min: 0n, max: 50_000n }),
    fc.bigInt({ min: 0n, max: 50_000n }),
  )
  const kinds = fc.constantFrom('graduated' as const, 'volume' as const)
  fc.assert(
    fc.property(kinds, tierLists, bounds, quantities, (kind, tiers, [low, more], quantity) => {
      const terms = termsOf({ kind, tiers }, { minimumMinor: low, maximumMinor: low + more })
      const { amountMinor, boundsMinor, parts } = rate(terms, quantity)
      equal(
        parts.reduce((sum, part) => sum + part.amountMinor, boundsMinor),
        amountMinor,
      )
      ok(amountMinor >= low && amountMinor <= low + more)
    }),
    { numRuns: 1000 },
  )
})
