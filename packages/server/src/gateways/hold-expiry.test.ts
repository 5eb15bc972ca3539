import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { GatewayOutcome } from '@perennial/core/payments'
import { toChargeOutcome as ofAuthnet } from './authnet/transaction.ts'
import { toChargeOutcome as ofBraintree } from './braintree/transaction.ts'
import { toPaymentOutcome as ofCheckout } from './checkout/payment.ts'
import { outcomeOfCharge as ofWorld } from './simulated/charge.ts'
import { isHoldLapsed, toOutcome as ofStripe } from './stripe/payment-intent.ts'

/** How each gateway shows a hold that it has let go of by itself, and one that was called off. */
const SHOWN: readonly (readonly [gateway: string, lapsed: GatewayOutcome, off: GatewayOutcome])[] =
  [
    [
      'stripe',
      ofStripe({ id: 'pi_1', status: 'canceled', cancellation_reason: 'automatic' }),
      ofStripe({ id: 'pi_1', status: 'canceled', cancellation_reason: 'requested_by_customer' }),
    ],
    ['checkout', ofCheckout({ id: 'pay_1', status: 'Expired' }), ofCheckout({ id: 'pay_1', status: 'Voided' })], // prettier-ignore
    ['braintree', ofBraintree({ id: 't1', status: 'authorization_expired' }), ofBraintree({ id: 't1', status: 'voided' })], // prettier-ignore
    ['authnet', ofAuthnet({ transId: '1', transactionStatus: 'expired' }), ofAuthnet({ transId: '1', transactionStatus: 'voided' })], // prettier-ignore
    ['simulated', ofWorld({ id: 'ch_1', status: 'canceled', cancellation_reason: 'authorization_expired' }), ofWorld({ id: 'ch_1', status: 'canceled' })], // prettier-ignore
  ]

for (const [gateway, lapsed, off] of SHOWN) {
  test(`${gateway}: a hold that has lapsed is told apart from one that was called off`, () => {
    const codes = [lapsed, off].map((outcome) =>
      outcome.kind === 'declined' ? outcome.decline.code : outcome.kind,
    )
    assert.deepEqual(codes, ['authorization_expired', 'canceled'])
  })
}

test('stripe: a capture that comes too late is told as such', () => {
  const lapsed = { payment_intent: { status: 'canceled', cancellation_reason: 'automatic' } }
  assert.equal(isHoldLapsed({ code: 'charge_expired_for_capture' }), true)
  assert.equal(isHoldLapsed({ code: 'payment_intent_unexpected_state', ...lapsed }), true)
  assert.equal(isHoldLapsed({ code: 'payment_intent_unexpected_state' }), false)
})
