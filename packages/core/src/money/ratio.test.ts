import { deepEqual, equal, throws } from 'node:assert/strict'
import { test } from 'node:test'
import { Decimal } from 'decimal.js'
import fc from 'fast-check'
import { Fault } from '../fault/index.ts'
import {
  type RoundingMode,
  addRatio,
  compareRatio,
  multiplyRatio,
  ratio,
  roundRatio,
  scaleMinor,
} from './index.ts'

const Oracle = Decimal.clone({ precision: 120 })

test('a ratio is kept in lowest terms with a positive denominator', () => {
  deepEqual(ratio(6n, -4n), { numerator: -3n, denominator: 2n })
  deepEqual(ratio(0n, -7n), { numerator: 0n, denominator: 1n })
  throws(() => ratio(1n, 0n), Fault)
})

const ROUNDED: readonly (readonly [n: bigint, d: bigint, Record<RoundingMode, bigint>])[] = [
  [5n, 2n, { half_away: 3n, half_even: 2n, up: 3n, down: 2n }],
  [7n, 2n, { half_away: 4n, half_even: 4n, up: 4n, down: 3n }],
  [-5n, 2n, { half_away: -3n, half_even: -2n, up: -3n, down: -2n }],
  [-1n, 2n, { half_away: -1n, half_even: 0n, up: -1n, down: 0n }],
  [1n, 3n, { half_away: 0n, half_even: 0n, up: 1n, down: 0n }],
  [-2n, 3n, { half_away: -1n, half_even: -1n, up: -1n, down: 0n }],
  [4n, 2n, { half_away: 2n, half_even: 2n, up: 2n, down: 2n }],
  [0n, 5n, { half_away: 0n, half_even: 0n, up: 0n, down: 0n }],
]

test('each rounding mode rounds as it says, on both sides of zero', () => {
  for (const [n, d, expected] of ROUNDED) {
    const rounded = {
      half_away: roundRatio(ratio(n, d), 'half_away'),
      half_even: roundRatio(ratio(n, d), 'half_even'),
      up: roundRatio(ratio(n, d), 'up'),
      down: roundRatio(ratio(n, d), 'down'),
    }
    deepEqual(rounded, expected, `${n}/${d}`)
  }
})

const integers = fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n })
const smallIntegers = fc.bigInt({ min: -60n, max: 60n }) // halves are common among these
const ratios = fc
  .tuple(fc.oneof(integers, smallIntegers), fc.oneof(integers, smallIntegers))
  .filter(([, d]) => d !== 0n)
  .map(([n, d]) => ratio(n, d))

const ORACLE_MODES: readonly (readonly [RoundingMode, Decimal.Rounding])[] = [
  ['half_away', Decimal.ROUND_HALF_UP],
  ['half_even', Decimal.ROUND_HALF_EVEN],
  ['up', Decimal.ROUND_UP],
  ['down', Decimal.ROUND_DOWN],
]

test('rounding agrees with a decimal library', () => {
  fc.assert(
    fc.property(ratios, fc.constantFrom(...ORACLE_MODES), (value, [mode, oracleMode]) => {
      const exact = new Oracle(value.numerator.toString()).div(value.denominator.toString())
      const expected = exact.toDecimalPlaces(0, oracleMode).toFixed(0).replace(/^-0$/, '0')
      equal(String(roundRatio(value, mode)), expected)
    }),
    { numRuns: 3000 },
  )
})

test('sums, products and comparisons agree with a decimal library', () => {
  const toOracle = (value: { numerator: bigint; denominator: bigint }): Decimal =>
    new Oracle(value.numerator.toString()).div(value.denominator.toString())
  fc.assert(
    fc.property(ratios, ratios, (a, b) => {
      const near = (value: Decimal): string => value.toSignificantDigits(60).toString()
      equal(
        near(toOracle(addRatio(a, b))),
        near(toOracle(a).plus(toOracle(b)).toSignificantDigits(90)),
      )
      equal(near(toOracle(multiplyRatio(a, b))), near(toOracle(a).times(toOracle(b))))
      equal(Math.sign(compareRatio(a, b)), toOracle(a).comparedTo(toOracle(b)))
    }),
    { numRuns: 1000 },
  )
})

test('an amount scaled by a part and by the rest is at most one unit off the whole', () => {
  const fractions = fc
    .tuple(fc.bigInt({ min: 0n, max: 10n ** 9n }), fc.bigInt({ min: 1n, max: 10n ** 9n }))
    .filter(([part, whole]) => part <= whole)
  fc.assert(
    fc.property(integers, fractions, (amountMinor, [part, whole]) => {
      const used = scaleMinor(amountMinor, ratio(part, whole))
      const unused = scaleMinor(amountMinor, ratio(whole - part, whole))
      const off = used + unused - amountMinor
      equal(off >= -1n && off <= 1n, true)
    }),
    { numRuns: 1000 },
  )
})
