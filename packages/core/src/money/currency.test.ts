import { equal, throws } from 'node:assert/strict'
import { test } from 'node:test'
import { Fault } from '../fault/index.ts'
import { type Currency, currencyExponent, listCurrencies, parseCurrency } from './index.ts'

const EXPONENTS: readonly (readonly [string, number])[] = [
  ['USD', 2],
  ['eur', 2],
  ['Gbp', 2],
  ['JPY', 0],
  ['KRW', 0],
  ['CLP', 0],
  ['ISK', 0],
  ['UGX', 0],
  ['XOF', 0],
  ['KWD', 3],
  ['BHD', 3],
  ['JOD', 3],
  ['OMR', 3],
  ['TND', 3],
  ['IQD', 3],
  ['LYD', 3],
  ['CLF', 4],
  ['UYW', 4],
  // Everyday display shows these without decimals, the standard gives them two.
  ['ALL', 2],
  ['HUF', 2],
  ['IDR', 2],
  ['LBP', 2],
  ['MGA', 2],
  ['RSD', 2],
]

test('every currency has the decimals of ISO 4217, in whatever letter case it comes', () => {
  for (const [text, exponent] of EXPONENTS) {
    const currency = parseCurrency(text)
    equal(currency, text.toUpperCase())
    if (currency !== null) equal(currencyExponent(currency), exponent, text)
  }
})

test('what is no currency to charge in is not taken for one', () => {
  for (const text of ['', 'US', 'USDT', 'XXX', 'XAU', 'ZZZ', 'ANG', 'U$D', ' USD', 'ßx', 'ıdr']) {
    equal(parseCurrency(text), null, text)
  }
})

test('a code that was never parsed is a fault', () => {
  throws(() => currencyExponent('usd' as Currency), Fault)
})

test('the table holds every live code once', () => {
  const codes = listCurrencies()
  equal(codes.length, 165)
  equal(new Set(codes).size, codes.length)
  for (const code of codes) equal(parseCurrency(code), code)
})

test('every currency that the runtime knows is in the table, but for withdrawn ones and units of account', () => {
  const left = new Set(['ANG', 'BGN', 'CUC', 'HRK', 'SLL', 'ZWL', 'XDR', 'XSU'])
  const unknown = Intl.supportedValuesOf('currency').filter(
    (code) => parseCurrency(code) === null && !left.has(code),
  )
  equal(unknown.join(' '), '')
})
