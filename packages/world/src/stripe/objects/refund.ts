import { type Refund, refundStatusAt } from '../../charges/charge.ts'
import { toSeconds } from '../stripe-call.ts'
import { paymentIntentId } from './payment-intent.ts'

export function toStripeRefund(refund: Refund, now: number) {
  const status = refundStatusAt(refund, now)
  return {
    id: refund.id,
    object: 'refund',
    amount: refund.amountMinor,
    balance_transaction: status === 'succeeded' ? `txn_${refund.id}` : null,
    charge: refund.chargeId,
    created: toSeconds(refund.at),
    currency: refund.currency.toLowerCase(),
    metadata: refund.metadata ?? {},
    payment_intent: paymentIntentId(refund.chargeId),
    reason: null,
    status,
    ...(status === 'failed' ? { failure_reason: refund.failure?.code ?? 'unknown' } : {}),
  }
}
