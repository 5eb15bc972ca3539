import { faultyAnswer } from '../charge-fault.ts'
import type { DoubleAnswer } from '../json-server.ts'
import { randomName } from '../random-name.ts'
import {
  capturedOf,
  newAction,
  type Action,
  type Payment,
  type PaymentBook,
} from './payment-book.ts'
import { findTestCard } from './test-cards.ts'
import { invalid, paymentBody } from './wire.ts'

type PaymentRequest = {
  readonly source?: { readonly type?: string; readonly id?: string; readonly token?: string }
  readonly amount?: number
  readonly currency?: string
  readonly reference?: string
  readonly payment_type?: string
  readonly merchant_initiated?: boolean
  readonly previous_payment_id?: string
  readonly capture?: boolean
  readonly processing_channel_id?: string
  readonly '3ds'?: { readonly enabled?: boolean }
  readonly success_url?: string
}

const AMOUNT_MAX = 999_999_999
const THREE_DECIMALS = new Set(['BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND'])

/** `POST /payments`. Requests that cannot be are answered 422; what an issuer refuses is a payment that is declined. */
export function takePayment(book: PaymentBook, url: string, json: unknown): DoubleAnswer {
  const request = (json ?? {}) as PaymentRequest
  const instrument = book.instruments.get(request.source?.id ?? '')
  const { amount, currency } = request
  if (!/^pc_\w{26}$/.test(request.processing_channel_id ?? ''))
    return invalid('processing_channel_id_required')
  if (request.source?.type !== 'id' || instrument === undefined) return invalid('source_id_invalid')
  if (amount === undefined || !Number.isInteger(amount) || amount < 0 || amount > AMOUNT_MAX)
    return invalid('amount_invalid')
  if (currency === undefined || !/^[A-Z]{3}$/.test(currency)) return invalid('currency_invalid')
  if (THREE_DECIMALS.has(currency) && amount % 10 !== 0) return invalid('amount_invalid')
  if (request.merchant_initiated === true && request.payment_type === undefined)
    return invalid('payment_type_required')

  if (instrument.fault === 'lost request') return { fault: 'hangs up' }
  const payment: Payment = {
    id: `pay_${randomName(26)}`,
    requestedOn: new Date().toISOString(),
    instrument,
    amount,
    currency,
    reference: request.reference ?? null,
    paymentType: request.payment_type ?? 'Regular',
    merchantInitiated: request.merchant_initiated ?? false,
    previousPaymentId: request.previous_payment_id ?? null,
    schemeId: randomName(15, '0123456789'),
    captures: request.capture ?? true,
    sessionId: request['3ds']?.enabled === true ? `sid_${randomName(26)}` : null,
    successUrl: request.success_url ?? null,
    fate: 'approved',
    status: 'Pending',
    actions: [],
  }
  book.payments.set(payment.id, payment)
  if (payment.sessionId !== null) return { status: 202, body: paymentBody(payment, url) }
  decide(payment, findTestCard(instrument.card.number)?.responseCode ?? '10000')
  if (instrument.fault !== null) return faultyAnswer(instrument.fault)
  return { status: 201, body: { ...paymentBody(payment, url), status: firstStatus(payment) } }
}

/** Captures follow by themselves a moment later, so the answer still says that the money is held. */
function firstStatus(payment: Payment): string {
  return payment.status === 'Captured' ? 'Authorized' : payment.status
}

function decide(payment: Payment, responseCode: string): void {
  const card = findTestCard(payment.instrument.card.number)
  const approved = responseCode === '10000'
  const summary = approved ? 'Approved' : (card?.summary ?? 'Declined')
  const { amount, reference } = payment
  const answer = { amount, reference, approved, responseCode, summary }
  payment.actions = [newAction({ type: 'Authorization', ...answer })]
  payment.status = approved ? 'Authorized' : 'Declined'
  // Nothing is asked for: the card is verified alone.
  if (approved && amount === 0) payment.status = 'Card Verified'
  else if (approved && payment.captures) addAction(payment, { type: 'Capture', amount, reference })
}

/** What the customer makes of the challenge. 20151: the cardholder failed it. */
export function answerChallenge(payment: Payment, answer: 'passed' | 'failed'): void {
  decide(payment, answer === 'passed' ? '10000' : '20151')
}

/** Actions are listed latest first. */
export function addAction(
  payment: Payment,
  action: Pick<Action, 'type' | 'amount' | 'reference'> & Partial<Action>,
): Action {
  const added = newAction(action)
  payment.actions = [added, ...payment.actions]
  if (action.type === 'Void' && added.approved) payment.status = 'Voided'
  if (action.type === 'Capture' && added.approved)
    payment.status = capturedOf(payment) < payment.amount ? 'Partially Captured' : 'Captured'
  if (action.type === 'Refund') {
    const refunded = payment.actions
      .filter(({ type }) => type === 'Refund')
      .reduce((sum, { amount }) => sum + amount, 0)
    payment.status = refunded < capturedOf(payment) ? 'Partially Refunded' : 'Refunded'
  }
  return added
}
