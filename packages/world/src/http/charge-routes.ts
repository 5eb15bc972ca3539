import {
  type Change,
  decideAuthentication,
  decideCapture,
  decideRefund,
  decideVoid,
} from '../vault/change-charge.ts'
import { type Charge, chargeAt } from '../vault/charge.ts'
import { type ChargeRequest, decideCharge } from '../vault/decide-charge.ts'
import { type Resolution, resolveToken } from '../vault/resolve-token.ts'
import { findChargeByKey, operationKey } from '../vault/state.ts'
import { type Answer, answerWith, refuse } from './answer.ts'
import { showAuthentication } from './authentication-page.ts'
import { amountBody, authenticateBody, chargeBody, readerOf } from './bodies.ts'
import type { Call } from './call.ts'
import { type Context, record } from './context.ts'
import { toChargeBody, toRefundBody } from './wire.ts'

const readCharge = readerOf(chargeBody)
const readAmount = readerOf(amountBody)
const readAuthentication = readerOf(authenticateBody)

/**
 * POST /gateways/{id}/charges. A repeated key gets the charge it made, unless the request differs.
 */
export function createCharge(context: Context, call: Call, gatewayId: string): Answer {
  const { world, state } = context
  const { idempotencyKey } = call
  if (idempotencyKey === null) return refuse('idempotency_key_required')
  const reading = readCharge(call.body)
  if (reading.kind === 'refused') return reading.answer
  const request = toRequest(call, { gatewayId, idempotencyKey, body: reading.value })
  const earlier = findChargeByKey(state, request)
  if (earlier !== null) {
    return isRepeat(earlier, request)
      ? showCharge(context, call, earlier)
      : refuse('idempotency_conflict')
  }
  const resolution = resolveToken(world, state, request)
  if (resolution.kind === 'refused') return refuse(resolution.code, resolution.message)
  const token = resolution.resolved
  const entry = decideCharge(world, request, {
    token,
    history: state.histories.get(token.historyKey),
    sequence: state.sequence + 1,
    chargeId: context.makeId('ch'),
  })
  record(context, entry)
  switch (entry.attempt.outcome) {
    case 'gateway_error':
      return refuse('gateway_error')
    case 'timeout_charged':
    case 'timeout_not_charged':
      return { kind: 'hang_up' }
    default: {
      const charge = findChargeByKey(state, request)
      return charge === null
        ? refuse('fault')
        : answerWith(toChargeBody(charge, { token, origin: call.origin }))
    }
  }
}

export function showCharge(context: Context, call: Call, charge: Charge): Answer {
  const resolution = tokenOf(context, call, charge)
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
  const resolution = tokenOf(context, call, charge)
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
  const earlier = context.state.refunds.get(operationKey({ ...charge.attempt, idempotencyKey }))
  if (earlier !== undefined) {
    const isSame =
      earlier.chargeId === charge.id &&
      (amountMinor === null || earlier.amountMinor === amountMinor)
    return isSame ? answerWith(toRefundBody(earlier)) : refuse('idempotency_conflict')
  }
  const id = context.makeId('re')
  const decision = decideRefund(charge, { amountMinor, id, idempotencyKey, at: call.at })
  if (decision.kind === 'refused') return refuse(decision.code)
  record(context, { kind: 'refunded', refund: decision.refund })
  return answerWith(toRefundBody(decision.refund))
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

function isRepeat({ attempt }: Charge, request: ChargeRequest): boolean {
  return (
    attempt.token === request.token &&
    attempt.instrument === request.instrument &&
    attempt.amountMinor === request.amountMinor &&
    attempt.currency.toLowerCase() === request.currency.toLowerCase() &&
    attempt.capture === request.capture
  )
}

function tokenOf({ world, state }: Context, call: Call, { attempt }: Charge): Resolution {
  const { account, gatewayId, token, instrument } = attempt
  return resolveToken(world, state, { account, gatewayId, token, instrument, at: call.at })
}
