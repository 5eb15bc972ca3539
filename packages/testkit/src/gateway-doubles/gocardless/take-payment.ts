import { faultyAnswer } from '../charge-fault.ts'
import type { DoubleAnswer } from '../json-server.ts'
import { CURRENCY_OF, newId, type LedgerBook, type Payment, type Refund } from './ledger-book.ts'
import { invalidField, wrongState } from './problems.ts'
import { paymentBody, refundBody, refundedOf } from './wire.ts'

export type Made = { readonly answer: DoubleAnswer; readonly id?: string }

type PaymentRequest = {
  readonly amount?: number
  readonly currency?: string
  readonly links?: { readonly mandate?: string }
  readonly metadata?: Readonly<Record<string, string>>
  readonly reference?: string
}

/** Letters that a scheme has room for. */
const REFERENCE_MAX = { ach: 10, bacs: 10, sepa_core: 140 } as const

/** `POST /payments`: begins as `pending_submission`, whatever the bank will say. */
export function takePayment(book: LedgerBook, json: unknown): Made {
  const { payments = {} } = (json ?? {}) as { readonly payments?: PaymentRequest }
  const { amount, currency, metadata = {}, reference = null } = payments
  const mandate = book.mandates.get(payments.links?.mandate ?? '')
  if (amount === undefined || !Number.isInteger(amount) || amount < 1)
    return { answer: invalidField('amount', 'must be greater than or equal to 1') }
  if (mandate === undefined) return { answer: invalidField('mandate', 'not found') }
  if (currency !== CURRENCY_OF[mandate.scheme])
    return { answer: invalidField('currency', 'must match the mandate’s scheme') }
  if (reference !== null && !mandate.takesReferences)
    return { answer: invalidField('reference', 'is not part of your package') }
  if (reference !== null && reference.length > REFERENCE_MAX[mandate.scheme])
    return { answer: invalidField('reference', 'is too long') }
  if (Object.keys(metadata).length > 3) return { answer: invalidField('metadata', 'too many keys') }
  if (['cancelled', 'failed', 'expired'].includes(mandate.status))
    return { answer: wrongState('mandate_is_inactive', 'Mandate is cancelled or failed') }
  if (mandate.fault === 'lost request') return { answer: { fault: 'hangs up' } }
  const payment: Payment = {
    id: newId('PM'),
    createdAt: new Date().toISOString(),
    amount,
    currency,
    mandate,
    metadata,
    reference,
    refunds: [],
    status: 'pending_submission',
    payout: null,
  }
  book.payments.set(payment.id, payment)
  const answer: DoubleAnswer =
    mandate.fault === null
      ? { status: 201, body: { payments: paymentBody(payment) } }
      : faultyAnswer(mandate.fault)
  return { answer, id: payment.id }
}

/** `POST /payments/{id}/actions/cancel`: until it is handed to the banks. */
export function cancelPayment(payment: Payment): DoubleAnswer {
  if (payment.status !== 'pending_submission')
    return wrongState('cancellation_failed', 'This payment cannot be cancelled')
  payment.status = 'cancelled'
  return { status: 200, body: { payments: paymentBody(payment) } }
}

type RefundRequest = {
  readonly amount?: number
  readonly total_amount_confirmation?: number
  readonly links?: { readonly payment?: string }
  readonly metadata?: Readonly<Record<string, string>>
}

/** `POST /refunds`: the total of all refunds is confirmed with each, and stays within the payment. */
export function giveRefund(book: LedgerBook, json: unknown): Made {
  const { refunds = {} } = (json ?? {}) as { readonly refunds?: RefundRequest }
  const { amount = 0, total_amount_confirmation: confirmed, metadata = {} } = refunds
  const payment = book.payments.get(refunds.links?.payment ?? '')
  if (payment === undefined) return { answer: invalidField('payment', 'not found') }
  if (payment.status !== 'confirmed' && payment.status !== 'paid_out')
    return { answer: wrongState('refund_payment_invalid_state', 'Payment is not confirmed') }
  const total = refundedOf(payment) + amount
  if (amount < 1 || total > payment.amount)
    return { answer: invalidField('amount', 'exceeds the amount of the payment') }
  if (confirmed !== total)
    return { answer: invalidField('total_amount_confirmation', 'is not the total of all refunds') }
  const refund: Refund = {
    id: newId('RF'),
    payment: payment.id,
    createdAt: new Date().toISOString(),
    amount,
    metadata,
    status: 'pending_submission',
  }
  payment.refunds.push(refund)
  book.refunds.set(refund.id, refund)
  const body = { refunds: refundBody(refund, payment.currency) }
  return { answer: { status: 201, body }, id: refund.id }
}
