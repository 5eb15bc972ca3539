import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isDeclineCode } from './decline-codes.ts'
import { DECLINE_DIALECTS, findGatewayCode, listGatewayCodes } from './gateways/tables.ts'
import { normaliseDecline } from './normalise-decline.ts'

/** Dialect, raw code, response code, what it becomes. */
const ROWS = [
  ['stripe', 'insufficient_funds', null, 'insufficient_funds'],
  ['stripe', 'generic_decline', '51', 'insufficient_funds'],
  ['stripe', 'fraudulent', '05', 'fraudulent'],
  ['adyen', '12', null, 'insufficient_funds'],
  ['adyen', '2', '54', 'expired_card'],
  ['adyen', '24', '05', 'incorrect_cvc'],
  ['braintree', '2010', null, 'incorrect_cvc'],
  ['braintree', '2047', null, 'pickup_card'],
  ['braintree', '2742', null, 'generic_decline'],
  ['braintree', '3001', null, 'issuer_not_available'],
  ['braintree', 'cvv', null, 'incorrect_cvc'],
  ['checkout', '20051', null, 'insufficient_funds'],
  ['checkout', '30041', null, 'lost_card'],
  ['checkout', '200R1', null, 'revocation_of_authorization'],
  ['checkout', '20179', null, 'invalid_account'],
  ['checkout', '40201', null, 'highest_risk_level'],
  ['authnet', '44', null, 'incorrect_cvc'],
  ['authnet', 'E00040', null, 'invalid_account'],
  ['gocardless', 'refer_to_payer', null, 'generic_decline'],
  ['gocardless', 'bank_account_closed', null, 'invalid_account'],
  ['worldpay', '5', null, 'do_not_honor'],
  ['worldpay', '33', null, 'expired_card'],
  ['razorpay', 'incorrect_cvv', null, 'incorrect_cvc'],
  ['dlocal', '302', null, 'insufficient_funds'],
  ['paystack', 'Insufficient Funds', null, 'insufficient_funds'],
  ['nmi', '261', null, 'revocation_of_all_authorizations'],
  ['simulated', 'do_not_honor', '05', 'do_not_honor'],
] as const

test('each gateway’s own code becomes the unified one', () => {
  for (const [dialect, code, isoCode, expected] of ROWS) {
    const found = normaliseDecline(dialect, { code, isoCode, message: 'said so' })
    assert.equal(found.code, expected, `${dialect} ${code}`)
    assert.equal(found.isoCode, isoCode)
    assert.equal(found.message, 'said so')
  }
})

test('a code of no table is a generic refusal that keeps what the gateway said', () => {
  assert.deepEqual(normaliseDecline('adyen', { code: '999', message: 'Odd' }), {
    code: 'generic_decline',
    isoCode: null,
    adviceCode: null,
    message: 'Odd (999)',
  })
  assert.equal(normaliseDecline('dlocal', { code: 'x1' }).message, 'x1')
  assert.equal(normaliseDecline('stripe', { code: null }).code, 'generic_decline')
  assert.equal(
    normaliseDecline('stripe', { code: null, isoCode: '91' }).code,
    'issuer_not_available',
  )
})

test('codes of the network are kept in one form, and what is none is dropped', () => {
  const raw = { code: '2', isoCode: ' 5 ', adviceCode: '03 : Do not try again' }
  const found = normaliseDecline('adyen', raw)
  assert.deepEqual([found.code, found.isoCode, found.adviceCode], ['do_not_honor', '05', '03'])
  const odd = normaliseDecline('adyen', { code: '2', isoCode: 'no answer at all', adviceCode: 'x' })
  assert.deepEqual([odd.isoCode, odd.adviceCode], [null, null])
  assert.equal(normaliseDecline('adyen', { code: '2', isoCode: 'P5' }).isoCode, 'P5')
})

test('the dictionary of every gateway leads to codes that exist, and finds each of its own', () => {
  let rows = 0
  for (const dialect of DECLINE_DIALECTS) {
    for (const { raw, code } of listGatewayCodes(dialect)) {
      assert.ok(isDeclineCode(code), `${dialect} ${raw}`)
      assert.equal(findGatewayCode(dialect, raw), code, `${dialect} ${raw}`)
      rows += 1
    }
  }
  assert.ok(rows > 600, `${rows} rows`)
})

test('whatever a gateway says, the answer is a code that exists', () => {
  const text = fc.option(fc.string({ maxLength: 12 }))
  fc.assert(
    fc.property(fc.constantFrom(...DECLINE_DIALECTS), text, text, text, (dialect, code, iso, advice) => {
      const found = normaliseDecline(dialect, { code, isoCode: iso, adviceCode: advice })
      assert.ok(isDeclineCode(found.code), found.code)
    }),
  ) // prettier-ignore
})
