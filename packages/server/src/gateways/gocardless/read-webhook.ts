import { createHmac, timingSafeEqual } from 'node:crypto'
import { normaliseDecline } from '@perennial/core/declines'
import { isUuid, type Uuid } from '@perennial/core/ids'
import type {
  GatewayNotice,
  GatewayOutcome,
  MethodChange,
  WebhookReading,
  WebhookRequest,
} from '@perennial/core/payments'
import { parseInstant, type Instant } from '@perennial/core/time'
import { parseJson, readList, readText } from '../../platform/foreign/index.ts'
import { listOf, objectOf, type GoCardlessApi } from './gocardless-api.ts'
import { readMoney, toRefundOutcome } from './payment.ts'

/**
 * The signature covers no time: an event that is sent again is known by its id. Events do not tell a refund's amount,
 * nor what a payment was before: that is asked for, which throws when the gateway is silent, and the message comes again.
 */
export async function readGoCardlessWebhook(
  api: GoCardlessApi,
  secret: string | null,
  request: WebhookRequest,
): Promise<WebhookReading> {
  if (!isSigned(secret, request)) return { kind: 'refused', reason: 'signature' }
  const events = readList(parseJson(request.body), 'events')
  if (events === null) return { kind: 'refused', reason: 'malformed' }
  const notices: GatewayNotice[] = []
  for (const body of events) {
    const event = toEvent(body, request.receivedAt)
    if (event === null) return { kind: 'refused', reason: 'malformed' }
    notices.push(await toNotice(api, event))
  }
  return { kind: 'notices', notices }
}

function isSigned(secret: string | null, { headers, body }: WebhookRequest): boolean {
  const signature = headers['webhook-signature'] ?? ''
  if (secret === null || !/^[0-9a-f]{64}$/i.test(signature)) return false
  const expected = createHmac('sha256', secret).update(body).digest()
  return timingSafeEqual(expected, Buffer.from(signature, 'hex'))
}

type Event = {
  readonly id: string
  readonly at: Instant
  readonly type: string
  readonly action: string
  readonly body: unknown
}

function toEvent(body: unknown, receivedAt: Instant): Event | null {
  const id = readText(body, 'id')
  const type = readText(body, 'resource_type')
  const action = readText(body, 'action')
  if (id === null || type === null || action === null) return null
  const at = parseInstant(readText(body, 'created_at') ?? '') ?? receivedAt
  return { id, at, type, action, body }
}

async function toNotice(api: GoCardlessApi, event: Event): Promise<GatewayNotice> {
  const { id, at, type, action } = event
  const notice = await noticeOf(api, event)
  return notice ?? { id, at, kind: 'other', type: `${type}.${action}` }
}

async function noticeOf(api: GoCardlessApi, event: Event): Promise<GatewayNotice | null> {
  switch (event.type) {
    case 'payments':
      return (await wasTakenBack(api, event)) ? toReturnNotice(event) : toChargeNotice(event)
    case 'refunds':
      return toRefundNotice(api, event)
    case 'mandates':
      return toMandateNotice(event)
    default:
      return null
  }
}

/** What we gave the payment or refund to carry, which its events carry too. */
function keyOf(event: Event, name: 'attempt' | 'refund'): Uuid | null {
  const key = readText(event.body, 'resource_metadata', name) ?? ''
  return isUuid(key) ? key : null
}

const PAID = ['confirmed', 'paid_out']
/** The payer's bank has withdrawn what it had charged back ("Payment actions" of the vendor). */
const GIVEN_AGAIN = 'chargeback_cancelled'
const WAITING = ['created', 'submitted']
const ENDED = ['failed', 'cancelled', 'customer_approval_denied']

function toChargeNotice(event: Event): GatewayNotice | null {
  const { id, at, action } = event
  const gatewayReference = readText(event.body, 'links', 'payment')
  if (gatewayReference === null) return null
  const outcome = chargeOutcome(event, gatewayReference)
  if (outcome === null) return null
  const idempotencyKey = keyOf(event, 'attempt')
  return WAITING.includes(action) && idempotencyKey === null
    ? null
    : {
        id,
        at,
        kind: 'charge',
        idempotencyKey,
        gatewayReference,
        outcome,
        ...(action === GIVEN_AGAIN ? { isGivenAgain: true } : {}),
      }
}

function chargeOutcome(event: Event, gatewayReference: string): GatewayOutcome | null {
  const { action } = event
  if (PAID.includes(action) || action === GIVEN_AGAIN)
    return { kind: 'succeeded', gatewayReference, networkTransactionId: null }
  if (WAITING.includes(action)) return { kind: 'pending', gatewayReference }
  if (!ENDED.includes(action)) return null
  return { kind: 'declined', gatewayReference, decline: causeOf(event) }
}

/** `details` tell why, in the vendor's words and in the scheme's. */
function causeOf({ body }: Event) {
  return normaliseDecline('gocardless', {
    code: readText(body, 'details', 'cause'),
    message: readText(body, 'details', 'description') ?? readText(body, 'details', 'reason_code'),
  })
}

/**
 * Whether a payment that had been confirmed is taken back: by its payer, or by a bank that was late to say no. A late
 * failure looks like any other, so what had happened before is asked for.
 */
async function wasTakenBack(api: GoCardlessApi, { action, body }: Event): Promise<boolean> {
  if (action === 'charged_back' || action === 'late_failure_settled') return true
  const payment = readText(body, 'links', 'payment')
  if (action !== 'failed' || payment === null) return false
  const query = new URLSearchParams({ payment, action: 'confirmed', limit: '1' })
  const answer = await api.get(`/events?${query.toString()}`)
  const confirmed = listOf(answer, 'events')
  if (confirmed === null) throw new Error(`the gateway answered ${answer.status} about a payment`)
  return confirmed.items.length > 0
}

function toReturnNotice(event: Event): GatewayNotice | null {
  const { id, at, action, body } = event
  const gatewayReference = readText(body, 'links', 'payment')
  if (gatewayReference === null) return null
  const code =
    readText(body, 'details', 'reason_code') ?? readText(body, 'details', 'cause') ?? action
  const message = readText(body, 'details', 'description')
  return { id, at, kind: 'return', gatewayReference, code, message }
}

async function toRefundNotice(api: GoCardlessApi, event: Event): Promise<GatewayNotice | null> {
  const { id, at, body } = event
  const refundReference = readText(body, 'links', 'refund')
  if (refundReference === null) return null
  const answer = await api.get(`/refunds/${encodeURIComponent(refundReference)}`)
  const refund = objectOf(answer, 'refunds')
  const money = readMoney(refund)
  if (money === null) throw new Error(`the gateway answered ${answer.status} about a refund`)
  return {
    ...money,
    id,
    at,
    kind: 'refund',
    idempotencyKey: keyOf(event, 'refund'),
    chargeReference: readText(refund, 'links', 'payment'),
    refundReference,
    outcome: toRefundOutcome(refund),
  }
}

const MANDATE_CHANGES: Readonly<Record<string, MethodChange['change']>> = {
  cancelled: 'mandate_canceled',
  failed: 'mandate_canceled',
  expired: 'mandate_canceled',
  blocked: 'mandate_canceled',
  transferred: 'updated',
  replaced: 'updated',
}

function toMandateNotice(event: Event): GatewayNotice | null {
  const { id, at, action, body } = event
  const token = readText(body, 'links', 'mandate')
  const change = MANDATE_CHANGES[action]
  if (token === null || change === undefined) return null
  const newToken = readText(body, 'links', 'new_mandate')
  const unchanged = { last4: null, expMonth: null, expYear: null }
  return { id, at, kind: 'method', method: { ...unchanged, token, change, newToken } }
}
