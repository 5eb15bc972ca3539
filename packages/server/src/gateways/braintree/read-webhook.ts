import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { isUuid, type Uuid } from '@perennial/core/ids'
import type {
  DisputeStatus,
  GatewayDispute,
  GatewayNotice,
  WebhookReading,
  WebhookRequest,
} from '@perennial/core/payments'
import { addDays, MS_PER_HOUR, parseInstant, type Instant } from '@perennial/core/time'
import {
  readList,
  readRecord,
  readText,
  type JsonRecord,
  readXml,
} from '../../platform/foreign/index.ts'
import type { BraintreeCredentials } from './braintree-api.ts'
import { moneyOf, toChargeOutcome, toDecline, toRefundOutcome } from './transaction.ts'

/**
 * A notification that is not taken is sent again for a day (developer.paypal.com/braintree, "Webhooks"), with the time of
 * the first: what is older by an hour more is nobody's second try.
 */
const AGE_MS_MAX = 25 * MS_PER_HOUR

export function readBraintreeWebhook(
  credentials: BraintreeCredentials,
  { body, receivedAt }: WebhookRequest,
): WebhookReading {
  const form = new URLSearchParams(new TextDecoder().decode(body))
  const payload = form.get('bt_payload') ?? ''
  if (!isSigned(credentials, form.get('bt_signature') ?? '', payload))
    return { kind: 'refused', reason: 'signature' }
  const xml = readXml(Buffer.from(payload, 'base64').toString('utf8').trim())
  const notification = readRecord(xml, 'notification')
  const kind = readText(notification, 'kind')
  const at = parseInstant(readText(notification, 'timestamp') ?? '')
  if (notification === null || kind === null || at === null)
    return { kind: 'refused', reason: 'malformed' }
  if (receivedAt - at > AGE_MS_MAX) return { kind: 'refused', reason: 'stale' }
  const subject = readRecord(notification, 'subject')
  // Notifications have no name of their own; the same one is the same to the letter.
  const id = `${kind}:${createHash('sha256').update(payload.trim()).digest('hex').slice(0, 32)}`
  return { kind: 'notices', notices: [toNotice(kind, subject, { id, at })] }
}

/** Pairs of public key and signature, one for each key of the merchant. The payload may have lost its last line end. */
function isSigned(
  { publicKey, privateKey }: BraintreeCredentials,
  signatures: string,
  payload: string,
): boolean {
  const pairs = signatures.split('&').map((pair) => pair.split('|'))
  const signature = pairs.find(([key]) => key === publicKey)?.[1] ?? ''
  if (privateKey === '' || !/^[0-9a-f]{40}$/i.test(signature)) return false
  const secret = createHash('sha1').update(privateKey).digest()
  const given = Buffer.from(signature, 'hex')
  return [payload, `${payload}\n`].some((text) =>
    timingSafeEqual(createHmac('sha1', secret).update(text).digest(), given),
  )
}

type Told = { readonly id: string; readonly at: Instant }

function toNotice(kind: string, subject: JsonRecord | null, told: Told): GatewayNotice {
  const other: GatewayNotice = { ...told, kind: 'other', type: kind }
  const dispute = readRecord(subject, 'dispute')
  if (dispute !== null) return toDisputeNotice(dispute, told) ?? other
  const transaction = readRecord(subject, 'transaction')
  if (transaction === null || !SETTLING.includes(kind)) return other
  const isRefund = kind === 'refund_failed' || readText(transaction, 'type') === 'credit'
  const notice = isRefund ? toRefundNotice(transaction, told) : toChargeNotice(transaction, told)
  return notice ?? other
}

const SETTLING = ['transaction_settled', 'transaction_settlement_declined', 'refund_failed']

function keyOf(transaction: JsonRecord): Uuid | null {
  const order = readText(transaction, 'order_id') ?? ''
  return isUuid(order) ? order : null
}

function toChargeNotice(transaction: JsonRecord, told: Told): GatewayNotice | null {
  const gatewayReference = readText(transaction, 'id')
  if (readText(transaction, 'status') === 'settlement_declined')
    return toReturnNotice(transaction, told)
  const outcome = toChargeOutcome(transaction)
  if (gatewayReference === null || outcome.kind === 'unknown') return null
  const idempotencyKey = keyOf(transaction)
  return { ...told, kind: 'charge', idempotencyKey, gatewayReference, outcome }
}

/** It may come after the debit had settled: the bank has taken it back ("Transaction webhooks" of the vendor). */
function toReturnNotice(transaction: JsonRecord, told: Told): GatewayNotice | null {
  const gatewayReference = readText(transaction, 'id')
  if (gatewayReference === null) return null
  const [bank] = readList(transaction, 'ach_return_responses') ?? []
  const { code, message } = toDecline(transaction)
  const returnCode = readText(bank, 'reason_code') ?? code
  return { ...told, kind: 'return', gatewayReference, code: returnCode, message }
}

function toRefundNotice(transaction: JsonRecord, told: Told): GatewayNotice | null {
  const refundReference = readText(transaction, 'id')
  const money = moneyOf(transaction)
  const outcome = toRefundOutcome(transaction)
  if (refundReference === null || money === null || outcome.kind === 'unknown') return null
  return {
    ...told,
    ...money,
    kind: 'refund',
    idempotencyKey: keyOf(transaction),
    chargeReference: readText(transaction, 'refunded_transaction_id'),
    refundReference,
    outcome,
  }
}

const STATUS: Readonly<Record<string, DisputeStatus>> = {
  open: 'needs_response',
  disputed: 'under_review',
  under_review: 'under_review',
  won: 'won',
  lost: 'lost',
  accepted: 'lost',
  auto_accepted: 'lost',
  expired: 'lost',
}

/** A retrieval asks for papers before there is a dispute. */
export function disputeStatusOf(dispute: unknown): DisputeStatus | null {
  const status = STATUS[readText(dispute, 'status') ?? ''] ?? null
  const isRetrieval = readText(dispute, 'kind') === 'retrieval'
  if (!isRetrieval || status === null) return status
  return status === 'needs_response' ? 'warning_needs_response' : 'warning_closed'
}

const REASON: Readonly<Record<string, string>> = {
  fraud: 'fraudulent',
  not_recognized: 'fraudulent',
  product_not_received: 'product_not_received',
  product_unsatisfactory: 'product_unacceptable',
  duplicate: 'duplicate',
  cancelled_recurring_transaction: 'subscription_canceled',
}

function toDisputeNotice(dispute: JsonRecord, told: Told): GatewayNotice | null {
  const disputeReference = readText(dispute, 'id')
  const chargeReference = readText(dispute, 'transaction', 'id')
  const status = disputeStatusOf(dispute)
  const money = moneyOf(dispute, 'amount_disputed') ?? moneyOf(dispute)
  if (disputeReference === null || chargeReference === null) return null
  if (status === null || money === null) return null
  const found: GatewayDispute = {
    ...money,
    disputeReference,
    chargeReference,
    status,
    // The fee is in the vendor's statements alone.
    feeMinor: 0n,
    reason: REASON[readText(dispute, 'reason') ?? ''] ?? 'other',
    networkReasonCode: readText(dispute, 'reason_code'),
    networkReasonDescription: readText(dispute, 'reason_description'),
    evidenceDueAt: endOfDay(readText(dispute, 'reply_by_date')),
  }
  return { ...told, kind: 'dispute', dispute: found }
}

/** The last day counts whole. */
function endOfDay(date: string | null): Instant | null {
  const start = parseInstant(`${date}T00:00:00Z`)
  return start === null ? null : addDays(start, 1)
}
