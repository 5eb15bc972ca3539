import { toWireMinor } from '@perennial/core/money'
import {
  type FollowUp,
  type RefundLookUp,
  type RefundOutcome,
  type RefundRequest,
  type VoidOutcome,
  unknownOutcome,
} from '@perennial/core/payments'
import { readNumber, readText } from '../../platform/foreign/index.ts'
import { causeOf } from '../http/index.ts'
import {
  conflictingId,
  isRefused,
  listOf,
  objectOf,
  readProblem,
  type GoCardlessApi,
} from './gocardless-api.ts'
import { toRefundOutcome, toRequestDecline } from './payment.ts'

/** Each refund confirms the total of all of them, so that two at once cannot both be given by mistake. */
export async function refundPayment(
  api: GoCardlessApi,
  request: RefundRequest,
): Promise<RefundOutcome> {
  const { gatewayReference: payment, idempotencyKey } = request
  const amount = toWireMinor(request.amountMinor)
  try {
    const before = await findRefund(api, request)
    if (before.kind === 'found') return before.outcome
    const charge = objectOf(await api.get(`/payments/${encodeURIComponent(payment)}`), 'payments')
    const refunded = readNumber(charge, 'amount_refunded')
    if (refunded === null) return unknownOutcome('the gateway does not tell what was refunded')
    const refunds = {
      amount,
      total_amount_confirmation: refunded + amount,
      links: { payment },
      metadata: { refund: idempotencyKey },
    }
    const answer = await api.post('/refunds', { refunds }, idempotencyKey)
    const made = conflictingId(answer)
    if (made !== null)
      return toRefundOutcome(
        objectOf(await api.get(`/refunds/${encodeURIComponent(made)}`), 'refunds'),
      )
    if (!isRefused(answer)) return toRefundOutcome(objectOf(answer, 'refunds'))
    const { code, message } = toRequestDecline(answer)
    return { kind: 'failed', gatewayReference: null, failure: { code, message } }
  } catch (error) {
    return unknownOutcome(causeOf(error))
  }
}

/** The vendor gives five refunds of a payment at most, which is one page. */
export async function findRefund(api: GoCardlessApi, key: FollowUp): Promise<RefundLookUp> {
  try {
    const query = new URLSearchParams({ payment: key.gatewayReference, limit: '500' })
    const list = listOf(await api.get(`/refunds?${query.toString()}`), 'refunds')
    if (list === null)
      return { kind: 'found', outcome: unknownOutcome('the gateway listed no refunds') }
    const found = list.items.find(
      (refund) => readText(refund, 'metadata', 'refund') === key.idempotencyKey,
    )
    return found === undefined
      ? { kind: 'absent' }
      : { kind: 'found', outcome: toRefundOutcome(found) }
  } catch (error) {
    return { kind: 'found', outcome: unknownOutcome(causeOf(error)) }
  }
}

/** Until the payment is handed to the banks, in the afternoon of its day or days later. */
export async function cancelPayment(api: GoCardlessApi, charge: FollowUp): Promise<VoidOutcome> {
  const path = `/payments/${encodeURIComponent(charge.gatewayReference)}`
  try {
    const answer = await api.post(`${path}/actions/cancel`, {}, `${charge.idempotencyKey}:void`)
    if (readText(objectOf(answer, 'payments'), 'status') === 'cancelled') return { kind: 'voided' }
    if (!isRefused(answer))
      return { kind: 'unknown', cause: `the gateway answered ${answer.status}` }
    const now = objectOf(await api.get(path), 'payments')
    if (readText(now, 'status') === 'cancelled') return { kind: 'voided' }
    return { kind: 'refused', code: 'not_voidable', message: readProblem(answer).message }
  } catch (error) {
    return { kind: 'unknown', cause: causeOf(error) }
  }
}
