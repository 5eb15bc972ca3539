import { equal, throws } from 'node:assert/strict'
import { test } from 'node:test'
import { Fault } from '../fault/index.ts'
import {
  fitsWire,
  formatMoney,
  fromWireMinor,
  isWireMinor,
  parseCurrency,
  toWireMinor,
} from './index.ts'

test('amounts cross the wire unchanged up to 2^53 - 1, on both sides of zero', () => {
  for (const value of [0, 1, -1, 2900, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]) {
    equal(isWireMinor(value), true)
    equal(toWireMinor(fromWireMinor(value)), value)
  }
})

test('what is no exact integer is recognised as no amount', () => {
  for (const value of [
    0.5,
    2 ** 53,
    -(2 ** 53),
    Number.NaN,
    Infinity,
    '29',
    29n,
    null,
    undefined,
    {},
  ]) {
    equal(isWireMinor(value), false)
  }
})

test('an amount that was worked out fits the wire up to 2^53 - 1', () => {
  equal(fitsWire(2n ** 53n - 1n), true)
  equal(fitsWire(1n - 2n ** 53n), true)
  equal(fitsWire(2n ** 53n), false)
  equal(fitsWire(2n ** 80n), false)
})

test('an amount that would be rounded on the wire is a fault', () => {
  throws(() => toWireMinor(2n ** 53n), Fault)
  throws(() => toWireMinor(-(2n ** 53n)), Fault)
  throws(() => fromWireMinor(0.5), Fault)
})

const WRITTEN: readonly (readonly [code: string, amountMinor: bigint, text: string])[] = [
  ['USD', 2900n, 'USD 29.00'],
  ['USD', -310n, 'USD -3.10'],
  ['USD', 5n, 'USD 0.05'],
  ['USD', 0n, 'USD 0.00'],
  ['JPY', 2900n, 'JPY 2900'],
  ['JPY', -1n, 'JPY -1'],
  ['KWD', 1250n, 'KWD 1.250'],
  ['CLF', -12345n, 'CLF -1.2345'],
  ['USD', 10n ** 20n, 'USD 1000000000000000000.00'],
]

test('money is written with exactly the decimals of its currency', () => {
  for (const [code, amountMinor, text] of WRITTEN) {
    const currency = parseCurrency(code)
    equal(currency === null ? null : formatMoney({ amountMinor, currency }), text)
  }
})
