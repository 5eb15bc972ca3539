import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { Decimal } from 'decimal.js'
import fc from 'fast-check'
import { formatDecimal, parseDecimal, ratio } from './index.ts'

const Oracle = Decimal.clone({ precision: 60 })

test('plain decimal text is read exactly', () => {
  deepEqual(parseDecimal('0.0035'), ratio(35n, 10_000n))
  deepEqual(parseDecimal('-12.50'), ratio(-25n, 2n))
  deepEqual(parseDecimal('007'), ratio(7n, 1n))
  deepEqual(parseDecimal('-0.0'), ratio(0n, 1n))
  deepEqual(parseDecimal('0.000000000001'), ratio(1n, 10n ** 12n))
})

test('anything but plain decimal text is null', () => {
  const texts = [
    '',
    '-',
    '.',
    '1.',
    '.5',
    '+1',
    '1e3',
    '1,5',
    ' 1',
    '1 ',
    '0x1',
    'NaN',
    'Infinity',
    '١',
  ]
  for (const text of [
    ...texts,
    '0.0000000000001',
    '1'.repeat(31),
    '1_000',
    '--1',
    '1.2.3',
    '1\n',
  ]) {
    equal(parseDecimal(text), null, JSON.stringify(text))
  }
})

test('decimals are written without trailing zeros and rounded half away from zero', () => {
  equal(formatDecimal(ratio(35n, 10_000n), 12), '0.0035')
  equal(formatDecimal(ratio(100n, 1n), 2), '100')
  equal(formatDecimal(ratio(-25n, 2n), 2), '-12.5')
  equal(formatDecimal(ratio(-25n, 2n), 0), '-13')
  equal(formatDecimal(ratio(-1n, 1000n), 2), '0')
  equal(formatDecimal(ratio(2n, 3n), 4), '0.6667')
})

test('writing and reading agree with a decimal library', () => {
  const units = fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n })
  fc.assert(
    fc.property(
      units,
      fc.integer({ min: 0, max: 12 }),
      fc.integer({ min: 0, max: 12 }),
      (n, places, shown) => {
        const value = ratio(n, 10n ** BigInt(places))
        const oracle = new Oracle(n.toString()).div(new Oracle(10).pow(places))
        const rounded = oracle.toDecimalPlaces(shown, Decimal.ROUND_HALF_UP)
        const text = formatDecimal(value, shown)
        equal(text, rounded.isZero() ? '0' : rounded.toFixed())
        if (shown >= places) deepEqual(parseDecimal(text), value)
      },
    ),
    { numRuns: 2000 },
  )
})
