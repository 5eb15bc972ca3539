import type { DoubleAnswer } from '../json-server.ts'
import { newPspReference, type Payment } from './payment-book.ts'
import { findRefusal, NOT_AUTHENTICATED, type Refusal } from './test-holders.ts'

export function problem(
  status: number,
  errorCode: string,
  message: string,
  errorType = 'validation',
): DoubleAnswer {
  const pspReference = newPspReference()
  return { status, body: { status, errorCode, message, errorType, pspReference } }
}

/** Of a challenged payment it is the issuer's that comes first. */
export function refusalOf({ card, resultCode }: Payment): Refusal | null {
  const ofHolder = findRefusal(card.holderName)
  return ofHolder ?? (resultCode === 'Refused' ? NOT_AUTHENTICATED : null)
}

export function answerOf(payment: Payment): DoubleAnswer {
  const { pspReference, merchantReference, amount, resultCode } = payment
  const body = { pspReference, merchantReference, amount, resultCode }
  const refusal = refusalOf(payment)
  if (refusal === null) {
    const { networkTxReference } = payment
    const additionalData = { networkTxReference, cardSummary: payment.card.number.slice(-4) }
    return { status: 200, body: { ...body, additionalData } }
  }
  const additionalData = { refusalReasonRaw: refusal.raw }
  const why = { refusalReason: refusal.reason, refusalReasonCode: refusal.code }
  return { status: 200, body: { ...body, ...why, additionalData } }
}
