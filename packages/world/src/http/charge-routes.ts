import { assertNever } from '@perennial/core/fault'
import {
  type Change,
  decideAuthentication,
  decideCapture,
  decideVoid,
} from '../vault/change-charge.ts'
import { type Charge, chargeAt } from '../vault/charge.ts'
import type { ChargeRequest } from '../vault/decide-charge.ts'
import { type Answer, answerWith, refuse } from './answer.ts'
import { showAuthentication } from './authentication-page.ts'
import { amountBody, authenticateBody, chargeBody, readerOf } from './bodies.ts'
import type { Call } from './call.ts'
import { type Context, record } from './context.ts'
import { placeCharge, placeRefund, resolveChargeToken } from './place-charge.ts'
import { toChargeBody, toRefundBody } from './wire.ts'

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
  const request = toRequest(call, { gatewayId, idempotencyKey, body: reading.value })
  const placing = placeCharge(context, request)
  switch (placing.kind) {
    case 'charge': {
      const { charge, token } = placing
      return answerWith(toChargeBody(charge, { token, origin: call.origin }))
    }
    case 'refused':
      return refuse(placing.code, placing.message)
    case 'hang_up':
      return { kind: 'hang_up' }
    default:
      return assertNever(placing)
  }
}

export function showCharge(context: Context, call: Call, charge: Charge): Answer {
  const resolution = resolveChargeToken(context, charge, call.at)
  const token = resolution.kind === 'resolved' ? resolution.resolved : null
  return answerWith(toChargeBody(chargeAt(charge, call.at), { token, origin: call.origin }))
}

export function captureCharge(context: Context, call: Call, charge: Charge): Answer {
  const reading = readAmount(call.body)
  if (reading.kind === 'refused') return reading.answer
  return settle(context, call, charge, decideCapture(charge, reading.value.amount_minor ?? null))
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
    at: call.isForm ? charge.attempt.at : call.at,
  })
  const answer = settle(context, call, charge, change)
  return call.isForm ? showAuthentication(context.state.charges.get(charge.id) ?? charge) : answer
}

/** A refund's key is its own: repeating it answers with the same refund. */
export function refundCharge(context: Context, call: Call, charge: Charge): Answer {
  const { idempotencyKey } = call
  if (idempotencyKey === null) return refuse('idempotency_key_required')
  const reading = readAmount(call.body)
  if (reading.kind === 'refused') return reading.answer
  const amountMinor = reading.value.amount_minor ?? null
  const placing = placeRefund(context, charge, { amountMinor, idempotencyKey, at: call.at })
  return placing.kind === 'refused'
    ? refuse(placing.code)
    : answerWith(toRefundBody(placing.refund))
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
  return {
    account,
    gatewayId,
    idempotencyKey,
    token: body.token,
    instrument: body.instrument ?? '',
    amountMinor: body.amount_minor,
    currency: body.currency,
    capture: body.capture ?? true,
    description: body.description ?? null,
    metadata: body.metadata ?? null,
    at,
    offsetMs,
  }
}
