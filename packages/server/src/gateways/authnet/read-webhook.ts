import { createHmac, timingSafeEqual } from 'node:crypto'
import type { GatewayNotice, WebhookReading, WebhookRequest } from '@perennial/core/payments'
import { parseInstant, type Instant } from '@perennial/core/time'
import { fromDecimalAmount } from '../../platform/amounts/index.ts'
import { parseJson, readText, readWritten } from '../../platform/foreign/index.ts'
import type { AuthnetApi, AuthnetCredentials } from './authnet-api.ts'
import { getDetails } from './find-transactions.ts'
import type { Merchant } from './list-settled.ts'
import { keyOf, toChargeOutcome, toRefundOutcome } from './transaction.ts'

/**
 * A notification names a transaction and little else, so the gateway is asked for it: its record is what is told. Throws when
 * the gateway does not answer that.
 */
export async function readAuthnetWebhook(
  gateway: {
    readonly api: AuthnetApi
    readonly merchant: Merchant
    readonly credentials: AuthnetCredentials
  },
  request: WebhookRequest,
): Promise<WebhookReading> {
  if (!isSigned(gateway.credentials, request)) return { kind: 'refused', reason: 'signature' }
  const event = parseJson(request.body)
  const id = readText(event, 'notificationId')
  const type = readText(event, 'eventType')
  if (id === null || type === null) return { kind: 'refused', reason: 'malformed' }
  const told = { id, at: parseInstant(readText(event, 'eventDate') ?? '') ?? request.receivedAt }
  const transId = type.startsWith('net.authorize.payment.') ? transIdOf(event) : null
  const details = transId === null ? null : await getDetails(gateway.api, transId)
  const notice = details === null ? null : await toNotice(gateway.merchant, details, told)
  return { kind: 'notices', notices: [notice ?? { ...told, kind: 'other', type }] }
}

/** `sha512=` and the HMAC-SHA512 of the body; the key is used as it is written, not as the digits that it writes. */
function isSigned(
  { signatureKey }: AuthnetCredentials,
  { headers, body }: WebhookRequest,
): boolean {
  const given = /^sha512=([0-9a-f]{128})$/i.exec(headers['x-anet-signature'] ?? '')?.[1]
  if (signatureKey === null || signatureKey === '' || given === undefined) return false
  const expected = createHmac('sha512', signatureKey).update(body).digest()
  return timingSafeEqual(expected, Buffer.from(given, 'hex'))
}

function transIdOf(event: unknown): string | null {
  const isTransaction = readText(event, 'payload', 'entityName') === 'transaction'
  return isTransaction ? readText(event, 'payload', 'id') : null
}

async function toNotice(
  merchant: Merchant,
  details: unknown,
  told: { readonly id: string; readonly at: Instant },
): Promise<GatewayNotice | null> {
  const reference = readText(details, 'transId') ?? ''
  const about = { ...told, idempotencyKey: keyOf(details) }
  if (readText(details, 'transactionType') !== 'refundTransaction') {
    const outcome = toChargeOutcome(details)
    if (outcome.kind === 'unknown') return null
    return { ...about, kind: 'charge', gatewayReference: reference, outcome }
  }
  const outcome = toRefundOutcome(details)
  const currency = await merchant.currency()
  const amountMinor = fromDecimalAmount(readWritten(details, 'settleAmount'), currency)
  if (outcome.kind === 'unknown' || amountMinor === null) return null
  const chargeReference = readText(details, 'refTransId')
  const money = { amountMinor, currency }
  return {
    ...about,
    ...money,
    kind: 'refund',
    chargeReference,
    refundReference: reference,
    outcome,
  }
}
