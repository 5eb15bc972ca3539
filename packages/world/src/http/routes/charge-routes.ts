import { assertNever } from '@perennial/core/fault'
import {
  type Change,
  decideAuthentication,
  decideCapture,
  decideVoid,
} from '../../charges/change-charge.ts'
import { type Charge, chargeAt } from '../../charges/charge.ts'
import type { ChargeRequest } from '../../charges/decide-charge.ts'
import { type Answer, answerWith, refuse } from '../answer.ts'
import { showAuthentication } from './authentication-page.ts'
import { amountBody, authenticateBody, chargeBody, readerOf } from '../bodies.ts'
import type { Call } from '../call.ts'
import { type Context, record } from '../context.ts'
import { placeCharge, placeRefund, resolveChargeToken } from '../place-charge.ts'
import { refundsOf } from '../../vault/apply-refund.ts'
import { timeOf } from '../seen-time.ts'
import { toChargeBody, toRefundBody } from '../wire.ts'

const readCharge = readerOf(chargeBody)
const readAmount = readerOf(amountBody)
const readAuthentication = readerOf(authenticateBody)

/**
 * POST /gateways/{id}/charges
 */
export function createCharge(context: Context, call: Call, gatewayId: string): Answer {
  const { idempotencyKey } = call
  if (idempotencyKey === null) return refuse('idempotency_key_required')
  const reading = readCharge(call.body)
  if (reading.kind === 'refused') return reading.answer
  if (reading.value.amount_minor === 0 && reading.value.capture !== false) {
    return refuse('body_invalid', 'amount_minor must be above 0 unless capture is false.')
  }
  const request = toRequest(call, { gatewayId, idempotencyKey, body: reading.value })
  const placing = placeCharge(context, request)
  switch (placing.kind) {
    case 'charge': {
      const { charge, token } = placing
      const { behaviour } = token
      const answer = answerWith(toChargeBody(charge, { token, origin: call.origin, at: call.at }))
      return behaviour.kind === 'slow' ? { ...answer, waitMs: behaviour.waitMs } : answer
    }
    case 'refused':
      return refuse(placing.code, placing.message)
    case 'hang_up':
    case 'nonsense':
      return placing
    default:
      return assertNever(placing)
  }
}

export function showCharge(context: Context, call: Call, charge: Charge): Answer {
  const resolution = resolveChargeToken(context, charge, call.at)
  const token = resolution.kind === 'resolved' ? resolution.resolved : null
  return answerWith(
    toChargeBody(chargeAt(charge, call.at), { token, origin: call.origin, at: call.at }),
  )
}

export function captureCharge(context: Context, call: Call, charge: Charge): Answer {
  const reading = readAmount(call.body)
  if (reading.kind === 'refused') return reading.answer
  const amountMinor = reading.value.amount_minor ?? null
  return settle(context, call, charge, decideCapture(charge, { amountMinor, at: call.at }))
}

export function voidCharge(context: Context, call: Call, charge: Charge): Answer {
  return settle(context, call, charge, decideVoid(charge, call.at))
}

export function authenticateCharge(context: Context, call: Call, charge: Charge): Answer {
  const reading = readAuthentication(call.body)
  if (reading.kind === 'refused') return reading.answer
  const resolution = resolveChargeToken(context, charge, call.at)
  if (resolution.kind === 'refused') return refuse(resolution.code, resolution.message)
  const token = resolution.resolved
  const change = decideAuthentication(context.world, charge, {
    result: reading.value.result,
    token,
    history: context.state.histories.get(token.historyKey),
    at: timeOf(context, call, charge),
  })
  const answer = settle(context, call, charge, change)
  if (!call.isForm) return answer
  const decided = context.state.charges.get(charge.id) ?? charge
  return showAuthentication(decided, call.query.get('return_url'))
}

/** A refund's key is its own: repeating it answers with the same refund. */
export function refundCharge(context: Context, call: Call, charge: Charge): Answer {
  const { idempotencyKey } = call
  if (idempotencyKey === null) return refuse('idempotency_key_required')
  const reading = readAmount(call.body)
  if (reading.kind === 'refused') return reading.answer
  const amountMinor = reading.value.amount_minor ?? null
  const placing = placeRefund(context, charge, { amountMinor, idempotencyKey, at: call.at })
  switch (placing.kind) {
    case 'refund':
      return answerWith(toRefundBody(placing.refund, call.at))
    case 'refused':
      return refuse(placing.code)
    case 'hang_up':
      return placing
    default:
      return assertNever(placing)
  }
}

export function listRefunds({ state }: Context, call: Call, charge: Charge): Answer {
  const refunds = refundsOf(state, charge)
  return answerWith({ data: refunds.map((refund) => toRefundBody(refund, call.at)) })
}

/** GET …/refunds/{id} and …/refunds/by-key/{key} */
export function showRefund(
  { state }: Context,
  call: Call,
  name: { readonly charge: Charge; readonly id: string; readonly isKey: boolean },
): Answer {
  const { id, isKey } = name
  const refunds = refundsOf(state, name.charge)
  const found = refunds.find((refund) => (isKey ? refund.idempotencyKey : refund.id) === id)
  return found === undefined ? refuse('refund_not_found') : answerWith(toRefundBody(found, call.at))
}

function settle(context: Context, call: Call, charge: Charge, change: Change): Answer {
  if (change.kind === 'refused') return refuse(change.code)
  if (change.kind === 'accepted') record(context, change.entry)
  return showCharge(context, call, context.state.charges.get(charge.id) ?? charge)
}

function toRequest(
  call: Call,
  facts: {
    readonly gatewayId: string
    readonly idempotencyKey: string
    readonly body: Extract<ReturnType<typeof readCharge>, { kind: 'read' }>['value']
  },
): ChargeRequest {
  const { body, gatewayId, idempotencyKey } = facts
  const { account, at, offsetMs } = call
  const descriptor = body.statement_descriptor ?? null
  const suffix = body.statement_descriptor_suffix ?? null
  const isSaid = descriptor !== null || suffix !== null
  return {
    account,
    gatewayId,
    idempotencyKey,
    token: body.token,
    instrument: body.instrument ?? '',
    amountMinor: body.amount_minor,
    currency: body.currency,
    capture: body.capture ?? true,
    settles: 'at_midnight',
    isAnonymous: false,
    networkTransactionId: body.network_transaction_id ?? null,
    description: body.description ?? null,
    metadata: body.metadata ?? null,
    ...(isSaid ? { statement: { descriptor, suffix } } : {}),
    at,
    offsetMs,
  }
}
