import type { Decline } from '../../judging/decline-codes.ts'
import { networkReasonOf } from '../../tokens/dispute-reasons.ts'
import type { Charge } from '../../charges/charge.ts'
import type { OpenedDispute } from '../../disputes/disputes-of-charge.ts'
import { toSeconds } from '../stripe-call.ts'
import { paymentIntentId } from './payment-intent.ts'

/** https://docs.stripe.com/api/disputes/object; a cardholder who gives up lets the merchant win. */
export function toStripeDispute({ dispute, charge, state }: OpenedDispute) {
  const isReviewed = dispute.evidence !== null && state.closedAt === null
  const isInquiry = dispute.kind === 'inquiry'
  const status = state.status === 'withdrawn' ? 'won' : state.status
  const isBack = status === 'won'
  const currency = dispute.currency.toLowerCase()
  const line = { object: 'balance_transaction', currency, type: 'adjustment' }
  const taken = {
    ...line,
    id: `txn_${dispute.id}`,
    amount: -state.amountMinor,
    fee: state.feeMinor,
    net: -state.amountMinor - state.feeMinor,
    reporting_category: 'dispute',
  }
  const back = {
    ...line,
    id: `txn_back_${dispute.id}`,
    amount: state.amountMinor,
    fee: 0,
    net: state.amountMinor,
    reporting_category: 'dispute_reversal',
  }
  return {
    ...headOf(charge),
    id: dispute.id,
    amount: state.amountMinor,
    balance_transactions: isInquiry ? [] : isBack ? [taken, back] : [taken],
    created: toSeconds(dispute.openedAt),
    evidence: { uncategorized_text: dispute.evidence?.text ?? null },
    evidence_details: {
      due_by: state.dueAt === null ? null : toSeconds(state.dueAt),
      has_evidence: dispute.evidence !== null,
      past_due: false,
      submission_count: dispute.evidence === null ? 0 : 1,
    },
    is_charge_refundable: isInquiry,
    payment_method_details: {
      type: 'card',
      card: {
        brand: 'visa',
        network_reason_code: networkReasonOf(dispute.reason).networkCode,
        case_type: dispute.kind,
      },
    },
    reason: dispute.reason === 'other' ? 'general' : dispute.reason,
    status: isInquiry && isReviewed ? 'warning_under_review' : status,
  }
}

/** A debit that the bank took back after it had settled: at Stripe, a dispute that is lost from the start. */
export function toReturnDispute(
  charge: Charge,
  returned: { readonly decline: Decline; readonly at: number },
) {
  const id = returnDisputeId(charge.id)
  const { decline, at } = returned
  const currency = charge.attempt.currency.toLowerCase()
  const isShort = decline.code === 'insufficient_funds'
  return {
    ...headOf(charge),
    id,
    amount: charge.capturedMinor,
    balance_transactions: [
      {
        object: 'balance_transaction',
        id: `txn_back_${charge.id}`,
        amount: -charge.capturedMinor,
        fee: 0,
        net: -charge.capturedMinor,
        currency,
        type: 'adjustment',
        reporting_category: 'dispute',
      },
    ],
    created: toSeconds(at),
    evidence: {},
    evidence_details: { due_by: null, has_evidence: false, past_due: false, submission_count: 0 },
    is_charge_refundable: false,
    network_reason_code: decline.returnCode,
    reason: isShort ? 'insufficient_funds' : 'debit_not_authorized',
    status: 'lost',
  }
}

export function returnDisputeId(chargeId: string): string {
  return `dp_back_${chargeId.replace(/^ch_/, '')}`
}

/** https://docs.stripe.com/api/radar/early_fraud_warnings/object */
export function toFraudWarning({ dispute, charge, state }: OpenedDispute) {
  return {
    id: dispute.id.replace(/^dp_/, 'issfr_'),
    object: 'radar.early_fraud_warning',
    actionable: state.closedAt === null,
    charge: charge.id,
    created: toSeconds(dispute.openedAt),
    fraud_type: 'unauthorized_use_of_card',
    livemode: false,
    payment_intent: paymentIntentId(charge.id),
  }
}

function headOf(charge: Charge) {
  return {
    object: 'dispute',
    charge: charge.id,
    currency: charge.attempt.currency.toLowerCase(),
    livemode: false,
    metadata: {},
    payment_intent: paymentIntentId(charge.id),
  }
}
