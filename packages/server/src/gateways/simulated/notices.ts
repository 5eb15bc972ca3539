import { createHmac, timingSafeEqual } from 'node:crypto'
import { isUuid, type Uuid } from '@perennial/core/ids'
import type {
  GatewayNotice,
  MethodChange,
  NoticesPage,
  NoticesQuery,
  WebhookReading,
  WebhookRequest,
} from '@perennial/core/payments'
import { parseInstant, toUnixSeconds, type Instant } from '@perennial/core/time'
import {
  parseJson,
  readBoolean,
  readList,
  readNumber,
  readRecord,
  readText,
  type JsonRecord,
} from '../../platform/foreign/index.ts'
import { outcomeOfCharge } from './charge.ts'
import { toDispute } from './dispute.ts'
import { readCurrency, readMinor } from './money.ts'
import { outcomeOfRefund } from './refund.ts'
import { nonsense, type WorldLine } from './world-line.ts'

export async function listNotices(line: WorldLine, query: NoticesQuery): Promise<NoticesPage> {
  const search = new URLSearchParams(query.after === null ? {} : { after: query.after })
  const path = `/notices?${search.toString()}`
  const answer = await line.call({ method: 'GET', path, key: query })
  const lines = answer.status === 200 ? readList(answer.body, 'data') : null
  if (lines === null) throw new Error(nonsense(answer))
  const notices = lines.map(toNotice)
  if (!notices.every((notice) => notice !== null)) {
    throw new Error('the gateway tells what makes no sense')
  }
  return {
    notices,
    next: readText(answer.body, 'next'),
    hasMore: readBoolean(answer.body, 'has_more') === true,
    nextDueAt: parseInstant(readText(answer.body, 'next_due_at') ?? ''),
  }
}

/** How far the sender's clock may be from ours. */
const TOLERANCE_SECONDS = 300

export function readWebhook(secret: string | undefined, request: WebhookRequest): WebhookReading {
  const signature = request.headers['x-world-signature'] ?? ''
  const [, time, digest] = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/.exec(signature) ?? []
  if (secret === undefined || time === undefined || digest === undefined) {
    return { kind: 'refused', reason: 'signature' }
  }
  const expected = createHmac('sha256', secret).update(`${time}.`).update(request.body).digest()
  if (!timingSafeEqual(expected, Buffer.from(digest, 'hex'))) {
    return { kind: 'refused', reason: 'signature' }
  }
  const secondsApart = Math.abs(toUnixSeconds(request.receivedAt) - Number(time))
  if (secondsApart > TOLERANCE_SECONDS) return { kind: 'refused', reason: 'stale' }
  const notice = toNotice(parseJson(request.body))
  if (notice === null) return { kind: 'refused', reason: 'malformed' }
  return { kind: 'notices', notices: [notice] }
}

type Told = { readonly id: string; readonly at: Instant }

/** Null for what is no notice at all; a kind that nobody knows is `other`. */
function toNotice(body: unknown): GatewayNotice | null {
  const id = readText(body, 'id')
  const type = readText(body, 'kind')
  const at = parseInstant(readText(body, 'time') ?? '')
  const record = readRecord(body)
  if (id === null || type === null || at === null || record === null) return null
  const told = { id, at }
  return readers[type]?.(record, told) ?? { ...told, kind: 'other', type }
}

const readers: Readonly<
  Partial<Record<string, (body: JsonRecord, told: Told) => GatewayNotice | null>>
> = {
  charge: toChargeNotice,
  refund: toRefundNotice,
  dispute: toDisputeNotice,
  token: toMethodNotice,
  return: toReturnNotice,
}

function toChargeNotice(body: JsonRecord, told: Told): GatewayNotice | null {
  const charge = readRecord(body, 'charge')
  const gatewayReference = readText(charge, 'id')
  if (gatewayReference === null) return null
  const idempotencyKey = readKey(charge)
  const outcome = outcomeOfCharge(charge)
  return { ...told, kind: 'charge', idempotencyKey, gatewayReference, outcome }
}

function toRefundNotice(body: JsonRecord, told: Told): GatewayNotice | null {
  const refund = readRecord(body, 'refund')
  const refundReference = readText(refund, 'id')
  const amountMinor = readMinor(refund, 'amount_minor')
  const currency = readCurrency(refund)
  if (refundReference === null || amountMinor === null || currency === null) return null
  return {
    ...told,
    kind: 'refund',
    idempotencyKey: readKey(refund),
    chargeReference: readText(refund, 'charge_id'),
    refundReference,
    amountMinor,
    currency,
    outcome: outcomeOfRefund(refund),
  }
}

function toDisputeNotice(body: JsonRecord, told: Told): GatewayNotice | null {
  const dispute = toDispute(readRecord(body, 'dispute'))
  return dispute === null ? null : { ...told, kind: 'dispute', dispute }
}

const CHANGES: readonly MethodChange['change'][] = [
  'updated',
  'closed',
  'contact_cardholder',
  'mandate_canceled',
]

function toMethodNotice(body: JsonRecord, told: Told): GatewayNotice | null {
  const token = readText(body, 'token')
  if (token === null) return null
  const change = CHANGES.find((one) => one === readText(body, 'change')) ?? 'updated'
  const card = readRecord(body, 'card')
  const holder = readText(body, 'instrument') ?? ''
  const method = {
    token,
    ...(isUuid(holder) ? { paymentMethodId: holder } : {}),
    change,
    newToken: null,
    last4: readText(card, 'last4'),
    expMonth: readNumber(card, 'exp_month'),
    expYear: readNumber(card, 'exp_year'),
  } as const
  return { ...told, kind: 'method', method }
}

function toReturnNotice(body: JsonRecord, told: Told): GatewayNotice | null {
  const gatewayReference = readText(body, 'charge_id')
  const code = readText(body, 'return_code')
  if (gatewayReference === null || code === null) return null
  return { ...told, kind: 'return', gatewayReference, code, message: readText(body, 'message') }
}

function readKey(body: unknown): Uuid | null {
  const key = readText(body, 'idempotency_key') ?? ''
  return isUuid(key) ? key : null
}
