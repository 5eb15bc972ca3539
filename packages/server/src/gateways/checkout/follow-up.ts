import {
  type FollowUp,
  type GatewayOutcome,
  type GatewayPort,
  HOLD_EXPIRED,
  type RefundLookUp,
  type RefundOutcome,
  type RefundRequest,
  type VoidOutcome,
  unknownOutcome,
} from '@perennial/core/payments'
import { readList, readText } from '../../platform/foreign/index.ts'
import { causeOf, type HttpAnswer } from '../http/index.ts'
import { toCheckoutAmount } from './amounts.ts'
import { UNCHARGEABLE } from './charge-card.ts'
import type { CheckoutApi } from './checkout-api.ts'
import { toRequestDecline } from './decline.ts'
import {
  findAction,
  toCaptureOutcome,
  toPaymentOutcome,
  toRefundOutcome,
  toVoidOutcome,
} from './payment.ts'

// Captures, refunds and voids are answered 202, "accepted": the payment's list of actions tells what became of them.

type Capture = Parameters<GatewayPort['capture']>[0]

/**
 * Asks first whether a capture of this key is there already: keys are forgotten after a day, and a second capture of
 * the same hold would take more.
 */
export async function capturePayment(api: CheckoutApi, capture: Capture): Promise<GatewayOutcome> {
  const { gatewayReference, idempotencyKey: reference } = capture
  const wanted = { type: 'Capture', reference } as const
  const amount = toCheckoutAmount(capture.amountMinor, capture.currency)
  if (amount === null) return UNCHARGEABLE
  try {
    const before = await listActions(api, gatewayReference)
    if (before === null) return unknownOutcome('the gateway does not list what was done')
    const earlier = findAction(before, wanted)
    if (earlier !== null) return toCaptureOutcome(earlier, gatewayReference)
    const body = { amount, reference, capture_type: 'Final' }
    const answer = await api.post(
      pathOf(gatewayReference, 'captures'),
      body,
      `${reference}:capture`,
    )
    if (!isAccepted(answer)) return await refusedCapture(api, capture, answer)
    const action = findAction(await listActions(api, gatewayReference), wanted)
    return action === null
      ? { kind: 'pending', gatewayReference }
      : toCaptureOutcome(action, gatewayReference)
  } catch (error) {
    return unknownOutcome(causeOf(error))
  }
}

function pathOf(gatewayReference: string, verb: string): string {
  return `/payments/${encodeURIComponent(gatewayReference)}/${verb}`
}

/** Null when the answer is no list of actions: every payment has one at least. An unknown payment has done nothing. */
async function listActions(
  api: CheckoutApi,
  gatewayReference: string,
): Promise<readonly unknown[] | null> {
  const { status, body } = await api.get(pathOf(gatewayReference, 'actions'))
  if (status === 404) return []
  const actions = status === 200 ? readList(body) : null
  return actions?.length === 0 ? null : actions
}

function isAccepted({ status, body }: HttpAnswer): boolean {
  return status === 202 && readText(body, 'action_id') !== null
}

function isRefused({ status }: HttpAnswer): boolean {
  return status >= 400 && status < 500 && status !== 409 && status !== 429
}

/** Why: it may be that the gateway has let go of the hold. */
async function refusedCapture(
  api: CheckoutApi,
  { gatewayReference }: Capture,
  answer: HttpAnswer,
): Promise<GatewayOutcome> {
  if (!isRefused(answer)) return unknownOutcome(`the gateway answered ${answer.status}`)
  const { body } = await api.get(`/payments/${encodeURIComponent(gatewayReference)}`)
  const now = toPaymentOutcome(body)
  if (now.kind === 'declined' && now.decline.code === HOLD_EXPIRED.code) return now
  return { kind: 'declined', gatewayReference: null, decline: toRequestDecline(answer) }
}

export async function refundPayment(
  api: CheckoutApi,
  request: RefundRequest,
): Promise<RefundOutcome> {
  const { gatewayReference, idempotencyKey: reference } = request
  const amount = toCheckoutAmount(request.amountMinor, request.currency)
  // Sent without an amount, a refund is of everything that is left.
  if (amount === null) {
    const { code, message } = UNCHARGEABLE.decline
    return { kind: 'failed', gatewayReference: null, failure: { code, message } }
  }
  try {
    const answer = await api.post(
      pathOf(gatewayReference, 'refunds'),
      { amount, reference },
      reference,
    )
    const actionId = isAccepted(answer) ? readText(answer.body, 'action_id') : null
    if (actionId !== null) return { kind: 'pending', gatewayReference: actionId }
    if (!isRefused(answer)) return unknownOutcome(`the gateway answered ${answer.status}`)
    const { code, message } = toRequestDecline(answer)
    return { kind: 'failed', gatewayReference: null, failure: { code, message } }
  } catch (error) {
    return unknownOutcome(causeOf(error))
  }
}

export async function findRefund(api: CheckoutApi, key: FollowUp): Promise<RefundLookUp> {
  const { gatewayReference, idempotencyKey: reference } = key
  try {
    const actions = await listActions(api, gatewayReference)
    if (actions === null) return { kind: 'found', outcome: unknownOutcome('no list of actions') }
    const action = findAction(actions, { type: 'Refund', reference })
    return action === null
      ? { kind: 'absent' }
      : { kind: 'found', outcome: toRefundOutcome(action) }
  } catch (error) {
    return { kind: 'found', outcome: unknownOutcome(causeOf(error)) }
  }
}

export async function voidPayment(api: CheckoutApi, charge: FollowUp): Promise<VoidOutcome> {
  const { gatewayReference, idempotencyKey: reference } = charge
  try {
    const answer = await api.post(
      pathOf(gatewayReference, 'voids'),
      { reference },
      `${reference}:void`,
    )
    if (!isAccepted(answer) && !isRefused(answer))
      return { kind: 'unknown', cause: `the gateway answered ${answer.status}` }
    const { body } = await api.get(`/payments/${encodeURIComponent(gatewayReference)}`)
    if (readText(body, 'status') === 'Voided') return { kind: 'voided' }
    if (isAccepted(answer)) {
      const actions = await listActions(api, gatewayReference)
      return toVoidOutcome(findAction(actions, { type: 'Void', reference }))
    }
    return { kind: 'refused', code: 'not_voidable', message: toRequestDecline(answer).message }
  } catch (error) {
    return { kind: 'unknown', cause: causeOf(error) }
  }
}
