import { toWireMinor } from '@perennial/core/money'
import {
  type ChargeKey,
  type ChargeRequest,
  type Decline,
  type FollowUp,
  type GatewayOutcome,
  HOLD_EXPIRED,
  type LookUpResult,
  type VoidOutcome,
  unknownOutcome,
  withAdvice,
  withChecks,
} from '@perennial/core/payments'
import { readText } from '../../platform/foreign/index.ts'
import { causeOf, silentCharge, type HttpAnswer } from '../http/index.ts'
import { nonsense, refusalOf, type WorldLine, type WorldRequest } from './world-line.ts'

type NeedsAction = Extract<GatewayOutcome, { kind: 'needs_action' }>

export async function charge(line: WorldLine, request: ChargeRequest): Promise<GatewayOutcome> {
  const { networkTransactionId, returnUrl, statement } = request
  const outcome = await askToCharge(line, {
    method: 'POST',
    path: '/charges',
    key: request,
    idempotencyKey: request.idempotencyKey,
    body: {
      token: request.token,
      instrument: request.paymentMethodId,
      amount_minor: toWireMinor(request.amountMinor),
      currency: request.currency,
      capture: request.capture,
      ...(networkTransactionId === null ? {} : { network_transaction_id: networkTransactionId }),
      ...(statement === undefined
        ? {}
        : {
            statement_descriptor: statement.descriptor,
            statement_descriptor_suffix: statement.suffix,
          }),
    },
  })
  if (outcome.kind !== 'needs_action' || returnUrl === undefined) return outcome
  return { ...outcome, nextAction: { ...outcome.nextAction, url: withReturn(outcome, returnUrl) } }
}

/** The world's page takes the customer back there. */
function withReturn({ nextAction }: NeedsAction, returnUrl: string): string {
  if (!URL.canParse(nextAction.url)) return nextAction.url
  const url = new URL(nextAction.url)
  url.searchParams.set('return_url', returnUrl)
  return url.href
}

export function capture(
  line: WorldLine,
  held: FollowUp & { readonly amountMinor: bigint },
): Promise<GatewayOutcome> {
  const path = `${chargePath(held)}/capture`
  const body = { amount_minor: toWireMinor(held.amountMinor) }
  return ask(line, { method: 'POST', path, key: held, body })
}

/** The world tells a charge that was called off as `canceled`. */
export async function voidCharge(line: WorldLine, about: FollowUp): Promise<VoidOutcome> {
  const path = `${chargePath(about)}/void`
  const outcome = await ask(line, { method: 'POST', path, key: about, body: {} })
  if (outcome.kind === 'unknown') return { kind: 'unknown', cause: outcome.cause }
  if (outcome.kind !== 'declined') return { kind: 'refused', code: 'not_voidable', message: null }
  const { code, message } = outcome.decline
  return code === CANCELED.code ? { kind: 'voided' } : { kind: 'refused', code, message }
}

export async function lookUp(line: WorldLine, key: ChargeKey): Promise<LookUpResult> {
  try {
    const path = `/charges/by-key/${encodeURIComponent(key.idempotencyKey)}`
    const answer = await line.call({ method: 'GET', path, key })
    if (refusalOf(answer)?.code === 'charge_not_found') return { kind: 'absent' }
    const isRefused = refusalOf(answer) !== null
    return {
      kind: 'found',
      outcome: isRefused ? unknownOutcome(nonsense(answer)) : toOutcome(answer),
    }
  } catch (error) {
    return { kind: 'found', outcome: unknownOutcome(causeOf(error)) }
  }
}

export function chargePath({ gatewayReference }: Pick<FollowUp, 'gatewayReference'>): string {
  return `/charges/${encodeURIComponent(gatewayReference)}`
}

/** What a charge of the world says, whether it came as an answer or in a notice. */
export function outcomeOfCharge(charge: unknown): GatewayOutcome {
  const gatewayReference = readText(charge, 'id')
  if (gatewayReference === null) return unknownOutcome('the gateway answered nonsense')
  switch (readText(charge, 'status')) {
    case 'succeeded': {
      const networkTransactionId = readText(charge, 'network_transaction_id')
      const told = { ...withAdvice(readText(charge, 'advice_code')), ...checksOf(charge) }
      return { kind: 'succeeded', gatewayReference, networkTransactionId, ...told }
    }
    case 'declined':
      return {
        kind: 'declined',
        gatewayReference,
        decline: toDecline(charge),
        ...checksOf(charge),
      }
    case 'canceled': {
      const isLapsed = readText(charge, 'cancellation_reason') === HOLD_EXPIRED.code
      return { kind: 'declined', gatewayReference, decline: isLapsed ? HOLD_EXPIRED : CANCELED }
    }
    case 'pending':
      return { kind: 'pending', gatewayReference }
    case 'needs_action': {
      const url = readText(charge, 'next_action', 'url')
      if (url === null) return unknownOutcome('the gateway names no page for the customer')
      const nextAction = { type: 'redirect_to_url', url } as const
      return { kind: 'needs_action', gatewayReference, nextAction }
    }
    default:
      return unknownOutcome('the gateway answered nonsense')
  }
}

function checksOf(charge: unknown) {
  const read = (field: string) => readText(charge, 'checks', field)
  return withChecks({ avs: read('avs'), cvv: read('cvv') })
}

async function askToCharge(line: WorldLine, request: WorldRequest): Promise<GatewayOutcome> {
  try {
    return toOutcome(await line.call(request))
  } catch (error) {
    return silentCharge(error)
  }
}

async function ask(line: WorldLine, request: WorldRequest): Promise<GatewayOutcome> {
  try {
    return toOutcome(await line.call(request))
  } catch (error) {
    return unknownOutcome(causeOf(error))
  }
}

function toOutcome(answer: HttpAnswer): GatewayOutcome {
  const refusal = refusalOf(answer)
  // The key has made another charge, and how that one ended is for a look-up to tell.
  if (refusal?.code === 'idempotency_conflict') return unknownOutcome(refusal.code)
  // Any other refusal is of the request itself: no charge was made, and none will be by asking again.
  if (refusal !== null) {
    return { kind: 'declined', gatewayReference: null, decline: { ...NO_DECLINE, ...refusal } }
  }
  return answer.status === 200 ? outcomeOfCharge(answer.body) : unknownOutcome(nonsense(answer))
}

const NO_DECLINE: Decline = {
  code: 'generic_decline',
  isoCode: null,
  adviceCode: null,
  message: null,
}

const CANCELED: Decline = { ...NO_DECLINE, code: 'canceled' }

function toDecline(charge: unknown): Decline {
  const read = (field: string) => readText(charge, 'decline', field)
  return {
    code: read('code') ?? NO_DECLINE.code,
    isoCode: read('iso_code'),
    adviceCode: read('advice_code'),
    message: read('message'),
  }
}
