import { formatInstantIn, UTC, type Instant, type TimeZone } from '@perennial/core/time'
import { toWireMinor } from '@perennial/core/money'
import type {
  CardDetails,
  ChargeKey,
  ChargeRequest,
  Decline,
  GatewayAbilities,
  GatewayOutcome,
  GatewayPort,
  LookUpResult,
  VoidOutcome,
} from '@perennial/core/payments'
import type { Uuid } from '@perennial/core/ids'
import { Pool } from 'undici'

/** The world's answer about one charge (packages/world/README.md). */
type WorldCharge = {
  readonly id: string
  readonly status: 'succeeded' | 'declined' | 'pending' | 'needs_action' | 'canceled'
  readonly decline: {
    readonly iso_code: string | null
    readonly code: string
    readonly advice_code: string | null
    readonly message: string | null
  } | null
  readonly network_transaction_id: string | null
  readonly next_action?: { readonly url?: string } | null
}

type WorldToken = {
  readonly type?: string
  readonly brand: string | null
  readonly last4: string | null
  readonly exp_month: number | null
  readonly exp_year: number | null
  readonly funding: string | null
  readonly country: string | null
  readonly fingerprint: string | null
}

export type SimulatedGatewaySettings = {
  /** Where the card world listens. */
  readonly worldUrl: string
  /** Which of the world's gateways this is. */
  readonly gateway: string
  readonly timeoutMs: number
  /** Of the account; UTC when absent. */
  readonly zone?: TimeZone
  /** Connections at most. */
  readonly connections: number
}

const CONNECT_MS = 2_000
/** Once the answer has begun, the rest of its few hundred bytes follows. */
const BODY_MS = 2_000

/**
 * The adapter for the simulated card world's plain dialect. Every request names the account and its time,
 * because the world lives on the account's clock. Silence and 5xx answers are `unknown`: only a look-up
 * tells whether money moved.
 */
export function createSimulatedGateway(
  settings: SimulatedGatewaySettings,
): GatewayPort & { close(): Promise<void> } {
  const pool = new Pool(settings.worldUrl, {
    connections: settings.connections,
    headersTimeout: settings.timeoutMs,
    bodyTimeout: BODY_MS,
    connectTimeout: CONNECT_MS,
  })
  const headersOf = createHeadersOf(settings.zone ?? UTC)
  const root = `/gateways/${encodeURIComponent(settings.gateway)}`

  const call = async (request: WorldRequest): Promise<WorldAnswer> => {
    const response = await pool.request({
      path: `${root}${request.path}`,
      method: request.method,
      headers: request.headers,
      body: request.body === undefined ? null : JSON.stringify(request.body),
    })
    return { status: response.statusCode, body: await response.body.json() }
  }

  const outcomeOf = async (request: WorldRequest): Promise<GatewayOutcome> => {
    try {
      return toOutcome(await call(request))
    } catch (error) {
      return {
        kind: 'unknown',
        gatewayReference: null,
        cause: error instanceof Error ? error.message : 'no answer',
      }
    }
  }

  return {
    abilities: ABILITIES,
    // The world judges a charge before it cuts the line: what it does not know never happened.
    absentAfterMs: 0,
    callMsMax: CONNECT_MS + settings.timeoutMs + BODY_MS,
    charge: (request) => outcomeOf(chargeRequest(request, headersOf)),
    capture: ({ gatewayReference, amountMinor, ...key }) =>
      outcomeOf({
        method: 'POST',
        path: `/charges/${encodeURIComponent(gatewayReference)}/capture`,
        headers: headersOf(key, `${key.idempotencyKey}:capture`),
        body: { amount_minor: toWireMinor(amountMinor) },
      }),
    void: async ({ gatewayReference, ...key }) =>
      toVoidOutcome(
        await outcomeOf({
          method: 'POST',
          path: `/charges/${encodeURIComponent(gatewayReference)}/void`,
          headers: headersOf(key, `${key.idempotencyKey}:void`),
          body: {},
        }),
      ),
    refund: async () => NOT_ABLE,
    lookUpRefund: async () => ({ kind: 'absent' }),
    tokenize: async () => ({ kind: 'refused', code: 'not_able', message: null }),
    checkCredentials: async () => ({ kind: 'accepted', merchantName: null }),
    readWebhook: async () => ({ kind: 'refused', reason: 'malformed' }),
    listMovements: async () => ({ movements: [], nextCursor: null }),
    lookUp: async (key): Promise<LookUpResult> => {
      try {
        const path = `/charges/by-key/${encodeURIComponent(key.idempotencyKey)}`
        const answer = await call({ method: 'GET', path, headers: headersOf(key, null) })
        if (answer.status === 404) return { kind: 'absent' }
        return { kind: 'found', outcome: toOutcome(answer) }
      } catch (error) {
        const cause = error instanceof Error ? error.message : 'no answer'
        return { kind: 'found', outcome: { kind: 'unknown', gatewayReference: null, cause } }
      }
    },
    describeToken: async ({ token, paymentMethodId, ...key }): Promise<CardDetails | null> => {
      const query = new URLSearchParams({ instrument: paymentMethodId })
      const answer = await call({
        method: 'GET',
        path: `/tokens/${encodeURIComponent(token)}?${query.toString()}`,
        headers: headersOf(key, null),
      })
      if (answer.status >= 500) throw new Error(`the gateway answered ${answer.status}`)
      return answer.status === 200 ? toCardDetails(answer.body as WorldToken) : null
    },
    close: () => pool.close(),
  }
}

const ABILITIES: GatewayAbilities = {
  methodTypes: ['card', 'us_bank_account'],
  authorize: true,
  partialCapture: true,
  void: true,
  refund: 'none',
  lookUp: true,
  tokenize: false,
  challenge: true,
  webhooks: false,
  movements: false,
  disputes: false,
}

const NOT_ABLE = {
  kind: 'failed',
  gatewayReference: null,
  failure: { code: 'not_able', message: null },
} as const

/** The world tells a charge that was called off as a decline of this name. */
function toVoidOutcome(outcome: GatewayOutcome): VoidOutcome {
  if (outcome.kind === 'unknown') return { kind: 'unknown', cause: outcome.cause }
  if (outcome.kind !== 'declined') return { kind: 'refused', code: 'not_voidable', message: null }
  const { code, message } = outcome.decline
  return code === 'canceled' ? { kind: 'voided' } : { kind: 'refused', code, message }
}

type WorldRequest = {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers: Record<string, string>
  readonly body?: unknown
}

type WorldAnswer = { readonly status: number; readonly body: unknown }

type Headers = Record<string, string>
type HeadersOf = (
  key: { readonly accountId: Uuid; readonly at: Instant },
  idempotencyKey: string | null,
) => Headers

/** Time as the account's wall shows it: cards that are named after a day mean that calendar's. */
function createHeadersOf(zone: TimeZone): HeadersOf {
  return (key, idempotencyKey) => ({
    'content-type': 'application/json',
    'x-perennial-now': formatInstantIn(key.at, zone),
    'x-perennial-account': key.accountId,
    ...(idempotencyKey === null ? {} : { 'idempotency-key': idempotencyKey }),
  })
}

function chargeRequest(request: ChargeRequest, headersOf: HeadersOf): WorldRequest {
  const key: ChargeKey = request
  return {
    method: 'POST',
    path: '/charges',
    headers: headersOf(key, request.idempotencyKey),
    body: {
      token: request.token,
      instrument: request.paymentMethodId,
      amount_minor: toWireMinor(request.amountMinor),
      currency: request.currency,
      capture: request.capture,
      ...(request.description === null ? {} : { description: request.description }),
    },
  }
}

function toOutcome(answer: WorldAnswer): GatewayOutcome {
  if (answer.status >= 500)
    return { kind: 'unknown', gatewayReference: null, cause: `gateway answered ${answer.status}` }
  if (answer.status !== 200 && answer.status !== 201) {
    return { kind: 'declined', gatewayReference: null, decline: refusedRequest(answer) }
  }
  const charge = answer.body as WorldCharge
  switch (charge.status) {
    case 'succeeded':
      return {
        kind: 'succeeded',
        gatewayReference: charge.id,
        networkTransactionId: charge.network_transaction_id,
      }
    case 'declined':
      return { kind: 'declined', gatewayReference: charge.id, decline: toDecline(charge) }
    case 'canceled':
      return {
        kind: 'declined',
        gatewayReference: charge.id,
        decline: { ...NO_DECLINE, code: 'canceled' },
      }
    case 'pending':
      return { kind: 'pending', gatewayReference: charge.id }
    case 'needs_action': {
      const url = charge.next_action?.url ?? ''
      return {
        kind: 'needs_action',
        gatewayReference: charge.id,
        nextAction: { type: 'redirect_to_url', url },
      }
    }
    default:
      return { kind: 'unknown', gatewayReference: null, cause: 'the gateway answered nonsense' }
  }
}

const NO_DECLINE: Decline = {
  code: 'generic_decline',
  isoCode: null,
  adviceCode: null,
  message: null,
}

function toDecline(charge: WorldCharge): Decline {
  if (charge.decline === null) return NO_DECLINE
  const { iso_code: isoCode, code, advice_code: adviceCode, message } = charge.decline
  return { code, isoCode, adviceCode, message }
}

/** The gateway refused the request itself: no charge was made, and none will be by asking again. */
function refusedRequest(answer: WorldAnswer): Decline {
  const { error } = answer.body as {
    readonly error?: { readonly code?: string; readonly message?: string }
  }
  return { ...NO_DECLINE, code: error?.code ?? 'invalid_request', message: error?.message ?? null }
}

function toCardDetails(token: WorldToken): CardDetails {
  return {
    type: token.type === 'us_bank_account' ? 'us_bank_account' : 'card',
    brand: token.brand,
    last4: token.last4,
    expMonth: token.exp_month,
    expYear: token.exp_year,
    funding: token.funding,
    country: token.country,
    fingerprint: token.fingerprint,
  }
}
