import {
  type FollowUp,
  type GatewayOutcome,
  type GatewayPort,
  type RefundOutcome,
  type RefundRequest,
  type VoidOutcome,
  unknownOutcome,
} from '@perennial/core/payments'
import { readText } from '../../platform/foreign/index.ts'
import { causeOf } from '../http/index.ts'
import { isRefusal, type AdyenApi } from './adyen-api.ts'
import { toAdyenAmount } from './amounts.ts'
import { isWaiting } from './challenge.ts'
import { toRequestDecline } from './decline.ts'

// Captures, refunds and reversals are answered `received`; a webhook tells what became of them.

/** Its reference where the request was received. */
function receivedReference(answer: unknown): string | null {
  return readText(answer, 'status') === 'received' ? readText(answer, 'pspReference') : null
}

const NONSENSE = 'the gateway answered nonsense'

/** Sent again under the same key it is answered alike, and taken once. */
export async function capturePayment(
  api: AdyenApi,
  capture: Parameters<GatewayPort['capture']>[0],
): Promise<GatewayOutcome> {
  const { gatewayReference, idempotencyKey: reference, amountMinor, currency } = capture
  const amount = toAdyenAmount(amountMinor, currency)
  if (amount === null) return unknownOutcome('the gateway has no such amount')
  try {
    const { merchantAccount } = api
    const answer = await api.modifications.captureAuthorisedPayment(
      gatewayReference,
      { merchantAccount, amount: { ...amount }, reference },
      { idempotencyKey: `${reference}:capture` },
    )
    return receivedReference(answer) === null
      ? unknownOutcome(NONSENSE)
      : { kind: 'pending', gatewayReference }
  } catch (error) {
    if (!isRefusal(error)) return unknownOutcome(causeOf(error))
    return { kind: 'declined', gatewayReference: null, decline: toRequestDecline(error) }
  }
}

export async function refundPayment(api: AdyenApi, request: RefundRequest): Promise<RefundOutcome> {
  const { idempotencyKey: reference, currency, amountMinor } = request
  const amount = toAdyenAmount(amountMinor, currency)
  const failed = (code: string, message: string | null): RefundOutcome => ({
    kind: 'failed',
    gatewayReference: null,
    failure: { code, message },
  })
  if (amount === null) return failed('invalid_amount', 'The gateway has no such amount.')
  try {
    const { merchantAccount } = api
    const answer = await api.modifications.refundCapturedPayment(
      request.gatewayReference,
      { merchantAccount, amount: { ...amount }, reference },
      { idempotencyKey: reference },
    )
    const gatewayReference = receivedReference(answer)
    return gatewayReference === null
      ? unknownOutcome(NONSENSE)
      : { kind: 'pending', gatewayReference }
  } catch (error) {
    if (!isRefusal(error)) return unknownOutcome(causeOf(error))
    const { code, message } = toRequestDecline(error)
    return failed(code, message)
  }
}

/** A reversal cancels what was not captured and refunds what was; whether it could is told by webhook. */
export async function voidPayment(api: AdyenApi, charge: FollowUp): Promise<VoidOutcome> {
  const { gatewayReference, idempotencyKey: reference } = charge
  // Nothing is authorised before what the customer brings back is handed in, and nobody will do that any more.
  if (isWaiting(gatewayReference)) return { kind: 'voided' }
  try {
    const { merchantAccount } = api
    const answer = await api.modifications.refundOrCancelPayment(
      gatewayReference,
      { merchantAccount, reference },
      { idempotencyKey: `${reference}:void` },
    )
    return receivedReference(answer) === null
      ? { kind: 'unknown', cause: NONSENSE }
      : { kind: 'pending' }
  } catch (error) {
    if (!isRefusal(error)) return { kind: 'unknown', cause: causeOf(error) }
    const { message } = toRequestDecline(error)
    return { kind: 'refused', code: 'not_voidable', message }
  }
}
