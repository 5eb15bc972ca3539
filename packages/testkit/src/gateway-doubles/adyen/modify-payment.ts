import type { DoubleAnswer } from '../json-server.ts'
import {
  newPspReference,
  type Amount,
  type Modification,
  type Payment,
  type PaymentBook,
} from './payment-book.ts'
import { problem } from './payment-answer.ts'

export type ModificationVerb = 'captures' | 'refunds' | 'reversals' | 'cancels'

type ModificationRequest = { readonly amount?: Amount; readonly reference?: string }
type Verdict = Pick<Modification, 'eventCode' | 'success' | 'reason' | 'amount'>

/**
 * `POST /payments/{pspReference}/captures` and the like. Whatever the outcome, the answer is `received`; a webhook tells
 * it later, so what the double decides at once goes to its list of modifications.
 */
export function modifyPayment(
  book: PaymentBook,
  about: { readonly id: string; readonly verb: ModificationVerb },
  json: unknown,
): DoubleAnswer {
  const payment = book.payments.get(about.id)
  if (payment === undefined) return problem(422, '167', 'Original pspReference required')
  const { reference = '', amount } = (json ?? {}) as ModificationRequest
  if (amount === undefined && (about.verb === 'captures' || about.verb === 'refunds'))
    return problem(422, '100', 'No amount specified')
  if (amount !== undefined && amount.currency !== payment.amount.currency)
    return problem(422, '138', 'Unsupported currency specified')
  const pspReference = newPspReference()
  const verdict = book.failsNext
    ? failed(about.verb, amount ?? payment.amount)
    : decide(payment, about.verb, amount ?? payment.amount)
  book.failsNext = false
  book.modifications.push({
    ...verdict,
    pspReference,
    merchantReference: reference,
    originalReference: payment.pspReference,
  })
  return {
    status: 201,
    body: {
      merchantAccount: 'PerennialECOM',
      paymentPspReference: payment.pspReference,
      pspReference,
      reference,
      status: 'received',
      ...(amount === undefined ? {} : { amount }),
    },
  }
}

const EVENT_CODES = {
  captures: 'CAPTURE',
  refunds: 'REFUND',
  reversals: 'CANCEL_OR_REFUND',
  cancels: 'CANCELLATION',
} as const satisfies Readonly<Record<ModificationVerb, Modification['eventCode']>>

function failed(verb: ModificationVerb, amount: Amount): Verdict {
  const reason = 'Transaction hasn’t been captured or refund window has expired'
  return { eventCode: EVENT_CODES[verb], success: false, reason, amount }
}

function decide(payment: Payment, verb: ModificationVerb, amount: Amount): Verdict {
  const isAuthorised = payment.resultCode === 'Authorised'
  const refunded = payment.refunds.reduce((sum, value) => sum + value, 0)
  const failed = { success: false, reason: 'Insufficient balance on payment', amount }
  const done = { success: true, reason: '', amount }
  switch (verb) {
    case 'captures': {
      const isFree = isAuthorised && !payment.canceled && payment.captured === 0
      if (!isFree || amount.value > payment.amount.value) return { ...failed, eventCode: 'CAPTURE' }
      payment.captured = amount.value
      return { ...done, eventCode: 'CAPTURE' }
    }
    case 'refunds': {
      if (amount.value > payment.captured - refunded) return { ...failed, eventCode: 'REFUND' }
      payment.refunds.push(amount.value)
      return { ...done, eventCode: 'REFUND' }
    }
    case 'reversals': {
      const left = payment.captured - refunded
      if (left > 0) payment.refunds.push(left)
      else payment.canceled = true
      return { ...done, eventCode: 'CANCEL_OR_REFUND' }
    }
    case 'cancels': {
      if (payment.captured > 0) return { ...failed, eventCode: 'CANCELLATION' }
      payment.canceled = true
      return { ...done, eventCode: 'CANCELLATION' }
    }
  }
}
