import {
  type GatewayOutcome,
  HOLD_EXPIRED,
  type RefundOutcome,
  type VoidOutcome,
  unknownOutcome,
  withAdvice,
  withChecks,
} from '@perennial/core/payments'
import { readBoolean, readList, readText } from '../../platform/foreign/index.ts'
import { type HttpAnswer } from '../http/index.ts'
import { adviceOf, toDecline, toRequestDecline } from './decline.ts'

/** The answer to `POST /payments`: 201 is decided, 202 waits for the customer, 4xx was never tried. */
export function toChargeOutcome(answer: HttpAnswer): GatewayOutcome {
  const { status, body } = answer
  if (status === 201 || status === 202) return toPaymentOutcome(body)
  // Another request with the same key is under way: it may move money.
  if (status === 409 || status === 429) return unknownOutcome(`the gateway answered ${status}`)
  if (status >= 400 && status < 500)
    return { kind: 'declined', gatewayReference: null, decline: toRequestDecline(answer) }
  return unknownOutcome(`the gateway answered ${status}`)
}

const PAID = [
  'Authorized',
  'Card Verified',
  'Captured',
  'Partially Captured',
  'Refunded',
  'Partially Refunded',
  'Paid',
]
const CALLED_OFF = ['Voided', 'Canceled']

/** A payment as any of the vendor's answers shows it. */
export function toPaymentOutcome(payment: unknown): GatewayOutcome {
  const gatewayReference = readText(payment, 'id')
  const status = readText(payment, 'status')
  if (gatewayReference === null || status === null)
    return unknownOutcome('the gateway answered nonsense')
  if (PAID.includes(status))
    return {
      kind: 'succeeded',
      gatewayReference,
      networkTransactionId: networkIdOf(payment),
      ...withAdvice(adviceOf(payment)),
      ...checksOf(payment),
    }
  if (status === 'Declined')
    return {
      kind: 'declined',
      gatewayReference,
      decline: toDecline(payment),
      ...checksOf(payment),
    }
  if (status === 'Expired') return { kind: 'declined', gatewayReference, decline: HOLD_EXPIRED }
  if (CALLED_OFF.includes(status)) {
    const decline = { code: 'canceled', isoCode: null, adviceCode: null, message: status }
    return { kind: 'declined', gatewayReference, decline }
  }
  const url = readText(payment, '_links', 'redirect', 'href')
  if (status === 'Pending' && url !== null)
    return { kind: 'needs_action', gatewayReference, nextAction: { type: 'redirect_to_url', url } }
  return { kind: 'pending', gatewayReference }
}

/** The networks' own letters, as the source shows them. */
function checksOf(payment: unknown) {
  const read = (field: string) => readText(payment, 'source', field)
  return withChecks({ avs: read('avs_check'), cvv: read('cvv_check') })
}

export function networkIdOf(payment: unknown): string | null {
  return readText(payment, 'scheme_id') ?? readText(payment, 'processing', 'scheme_transaction_id')
}

/** The action that was asked for under a reference, as `GET /payments/{id}/actions` lists it. Null: there is none. */
export function findAction(
  body: unknown,
  wanted: { readonly type: 'Capture' | 'Refund' | 'Void'; readonly reference: string },
): unknown {
  return (
    readList(body)?.find(
      (action) =>
        readText(action, 'type') === wanted.type &&
        readText(action, 'reference') === wanted.reference,
    ) ?? null
  )
}

/** An action that is not approved yet has no response code. */
export function toRefundOutcome(action: unknown): RefundOutcome {
  const gatewayReference = readText(action, 'id')
  if (gatewayReference === null) return unknownOutcome('the gateway answered nonsense')
  if (readBoolean(action, 'approved') === true) return { kind: 'succeeded', gatewayReference }
  if (readText(action, 'response_code') === null) return { kind: 'pending', gatewayReference }
  const { code, message } = toDecline(action)
  return { kind: 'failed', gatewayReference, failure: { code, message } }
}

/** The payment tells whether it is voided; its action alone that this was declined. */
export function toVoidOutcome(action: unknown): VoidOutcome {
  const outcome = toRefundOutcome(action)
  switch (outcome.kind) {
    case 'succeeded':
      return { kind: 'voided' }
    case 'failed':
      return { kind: 'refused', code: 'not_voidable', message: outcome.failure.message }
    case 'pending':
    case 'unknown':
      // Asked again under the same key, it answers alike until it is decided.
      return { kind: 'unknown', cause: 'the gateway has not voided it yet' }
  }
}

/** A capture's outcome is told of the payment that it takes from. */
export function toCaptureOutcome(action: unknown, gatewayReference: string): GatewayOutcome {
  const outcome = toRefundOutcome(action)
  switch (outcome.kind) {
    case 'succeeded':
      return { kind: 'succeeded', gatewayReference, networkTransactionId: null }
    case 'failed':
      return { kind: 'declined', gatewayReference, decline: toDecline(action) }
    case 'pending':
      return { kind: 'pending', gatewayReference }
    case 'unknown':
      return outcome
  }
}
