import { toWireMinor } from '@perennial/core/money'
import {
  type FollowUp,
  type RefundLookUp,
  type RefundOutcome,
  type RefundRequest,
  unknownOutcome,
} from '@perennial/core/payments'
import { readText } from '../../platform/foreign/index.ts'
import { causeOf, type HttpAnswer } from '../http/index.ts'
import { chargePath } from './charge.ts'
import { nonsense, refusalOf, type WorldLine } from './world-line.ts'

export async function refund(line: WorldLine, request: RefundRequest): Promise<RefundOutcome> {
  try {
    const answer = await line.call({
      method: 'POST',
      path: `${chargePath(request)}/refund`,
      key: request,
      idempotencyKey: request.idempotencyKey,
      body: { amount_minor: toWireMinor(request.amountMinor) },
    })
    return toOutcome(answer)
  } catch (error) {
    return unknownOutcome(causeOf(error))
  }
}

export async function lookUpRefund(line: WorldLine, key: FollowUp): Promise<RefundLookUp> {
  try {
    const path = `${chargePath(key)}/refunds/by-key/${encodeURIComponent(key.idempotencyKey)}`
    const answer = await line.call({ method: 'GET', path, key })
    const refusal = refusalOf(answer)
    if (refusal?.code === 'refund_not_found') return { kind: 'absent' }
    if (refusal !== null) return { kind: 'found', outcome: unknownOutcome(refusal.code) }
    return { kind: 'found', outcome: toOutcome(answer) }
  } catch (error) {
    return { kind: 'found', outcome: unknownOutcome(causeOf(error)) }
  }
}

/** What a refund of the world says, whether it came as an answer or in a notice. */
export function outcomeOfRefund(refund: unknown): RefundOutcome {
  const gatewayReference = readText(refund, 'id')
  if (gatewayReference === null) return unknownOutcome('the gateway answered nonsense')
  switch (readText(refund, 'status')) {
    case 'succeeded':
      return { kind: 'succeeded', gatewayReference }
    case 'pending':
      return { kind: 'pending', gatewayReference }
    case 'failed': {
      const code = readText(refund, 'failure', 'code') ?? 'refund_failed'
      const message = readText(refund, 'failure', 'message')
      return { kind: 'failed', gatewayReference, failure: { code, message } }
    }
    default:
      return unknownOutcome('the gateway answered nonsense')
  }
}

function toOutcome(answer: HttpAnswer): RefundOutcome {
  const failure = refusalOf(answer)
  if (failure?.code === 'idempotency_conflict') return unknownOutcome(failure.code)
  if (failure !== null) return { kind: 'failed', gatewayReference: null, failure }
  return answer.status === 200 ? outcomeOfRefund(answer.body) : unknownOutcome(nonsense(answer))
}
