import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseCurrency } from '@perennial/core/money'
import fc from 'fast-check'
import { fromDecimalAmount, toDecimalAmount } from './index.ts'

function currency(code: string) {
  return parseCurrency(code) ?? assert.fail(`${code} is a currency`)
}

test('amounts are written with the decimals that their currency has', () => {
  assert.equal(toDecimalAmount(1_999n, currency('USD')), '19.99')
  assert.equal(toDecimalAmount(5n, currency('USD')), '0.05')
  assert.equal(toDecimalAmount(1_500n, currency('JPY')), '1500')
  assert.equal(toDecimalAmount(12_340n, currency('KWD')), '12.340')
})

test('amounts are read with fewer decimals, and never lose any', () => {
  assert.equal(fromDecimalAmount('250.0', currency('USD')), 25_000n)
  assert.equal(fromDecimalAmount('250', currency('USD')), 25_000n)
  assert.equal(fromDecimalAmount('1500.00', currency('JPY')), 1_500n)
  for (const text of ['19.999', '1e3', '', '1,00', 'free', null])
    assert.equal(fromDecimalAmount(text, currency('USD')), null)
})

test('what is written is read back, in every currency', () => {
  const codes = fc.constantFrom('USD', 'JPY', 'KWD', 'EUR').map(currency)
  fc.assert(
    fc.property(fc.bigInt(-(10n ** 12n), 10n ** 12n), codes, (amount, code) => {
      assert.equal(fromDecimalAmount(toDecimalAmount(amount, code), code), amount)
    }),
  )
})
