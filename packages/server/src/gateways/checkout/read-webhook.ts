import { createHmac, timingSafeEqual } from 'node:crypto'
import { isUuid, type Uuid } from '@perennial/core/ids'
import {
  HOLD_EXPIRED,
  type GatewayDispute,
  type GatewayNotice,
  type WebhookReading,
  type WebhookRequest,
  withAdvice,
} from '@perennial/core/payments'
import { parseInstant, type Instant } from '@perennial/core/time'
import {
  parseJson,
  readText,
  readNumber,
  readRecord,
  type JsonRecord,
} from '../../platform/foreign/index.ts'
import { fromCheckoutAmount } from './amounts.ts'
import type { CheckoutCredentials } from './checkout-api.ts'
import { adviceOf, toDecline } from './decline.ts'
import { networkIdOf } from './payment.ts'
import { readCardUpdate } from './read-card-update.ts'

/** The signature covers no time: a notice that is sent again is known by its id. */
export function readCheckoutWebhook(
  credentials: CheckoutCredentials,
  request: WebhookRequest,
): WebhookReading {
  if (!isSigned(credentials, request)) return { kind: 'refused', reason: 'signature' }
  const event = parseJson(request.body)
  const id = readText(event, 'id')
  const type = readText(event, 'type')
  const data = readRecord(event, 'data')
  if (id === null || type === null || data === null) return { kind: 'refused', reason: 'malformed' }
  const sentAt = readText(event, 'created_on') ?? readText(event, 'timestamp')
  const told = { id, at: parseInstant(sentAt ?? '') ?? request.receivedAt }
  const updates = type === 'card_updated' ? readCardUpdate(data, told) : []
  return { kind: 'notices', notices: updates.length > 0 ? updates : [toNotice(type, data, told)] }
}

function isSigned(credentials: CheckoutCredentials, { headers, body }: WebhookRequest): boolean {
  const { signatureKey, webhookAuthorization } = credentials
  const signature = headers['cko-signature'] ?? ''
  if (signatureKey === null || !/^[0-9a-f]{64}$/i.test(signature)) return false
  const expected = createHmac('sha256', signatureKey).update(body).digest()
  if (!timingSafeEqual(expected, Buffer.from(signature, 'hex'))) return false
  return webhookAuthorization === null || sameText(headers['authorization'], webhookAuthorization)
}

/** In a time that tells nothing of where they differ. */
function sameText(given: string | undefined, expected: string): boolean {
  const digest = (text: string) => createHmac('sha256', 'compare').update(text).digest()
  return given !== undefined && timingSafeEqual(digest(given), digest(expected))
}

type Told = { readonly id: string; readonly at: Instant }

function toNotice(type: string, data: JsonRecord, told: Told): GatewayNotice {
  const other: GatewayNotice = { ...told, kind: 'other', type }
  if (type.startsWith('dispute_')) return toDisputeNotice(type, data, told) ?? other
  if (type.startsWith('payment_refund')) return toRefundNotice(type, data, told) ?? other
  if (type === 'payment_capture_declined') return toFailedCapture(data, told) ?? other
  if (type.startsWith('payment_void')) return toVoidNotice(type, data, told) ?? other
  return toChargeNotice(type, data, told) ?? other
}

function keyOf(data: JsonRecord): Uuid | null {
  const reference = readText(data, 'reference') ?? ''
  return isUuid(reference) ? reference : null
}

/** It comes after the payment was approved, and was told to have gone well: its money never comes. */
function toFailedCapture(data: JsonRecord, told: Told): GatewayNotice | null {
  const gatewayReference = readText(data, 'id')
  if (gatewayReference === null) return null
  const { code, message } = toDecline(data)
  const about = { idempotencyKey: keyOf(data), gatewayReference }
  return { ...told, kind: 'return', ...about, code, message }
}

/** The reference is the wish's or the payment's own. */
function toVoidNotice(type: string, data: JsonRecord, told: Told): GatewayNotice | null {
  const chargeReference = readText(data, 'id')
  if (chargeReference === null) return null
  const about = { ...told, kind: 'void', idempotencyKey: keyOf(data), chargeReference } as const
  if (type === 'payment_voided') return { ...about, outcome: { kind: 'voided' } }
  if (type !== 'payment_void_declined') return null
  const { message } = toDecline(data)
  return { ...about, outcome: { kind: 'refused', code: 'not_voidable', message } }
}

function toChargeNotice(type: string, data: JsonRecord, told: Told): GatewayNotice | null {
  const gatewayReference = readText(data, 'id')
  if (gatewayReference === null) return null
  // What is told of a capture may carry the reference of either, so it says nothing.
  const idempotencyKey = type === 'payment_captured' ? null : keyOf(data)
  const about = { ...told, kind: 'charge', idempotencyKey, gatewayReference } as const
  if (type === 'payment_approved' || type === 'payment_captured') {
    const told = { networkTransactionId: networkIdOf(data), ...withAdvice(adviceOf(data)) }
    return { ...about, outcome: { kind: 'succeeded', gatewayReference, ...told } }
  }
  if (type === 'payment_declined') {
    const decline = toDecline(data)
    // The same charge may go on with 3-D Secure, under the same reference.
    if (decline.code === 'authentication_required') return null
    return { ...about, outcome: { kind: 'declined', gatewayReference, decline } }
  }
  if (type === 'payment_expired')
    return { ...about, outcome: { kind: 'declined', gatewayReference, decline: HOLD_EXPIRED } }
  if (type !== 'payment_canceled') return null
  const decline = { code: 'canceled', isoCode: null, adviceCode: null, message: null }
  return { ...about, outcome: { kind: 'declined', gatewayReference, decline } }
}

function toRefundNotice(type: string, data: JsonRecord, told: Told): GatewayNotice | null {
  const refundReference = readText(data, 'action_id')
  const money = fromCheckoutAmount(readNumber(data, 'amount'), readText(data, 'currency'))
  if (refundReference === null || money === null) return null
  const about = {
    ...told,
    ...money,
    kind: 'refund',
    // The reference may be the payment's; the action is the refund for sure.
    idempotencyKey: null,
    chargeReference: readText(data, 'id'),
    refundReference,
  } as const
  const gatewayReference = refundReference
  if (type === 'payment_refunded')
    return { ...about, outcome: { kind: 'succeeded', gatewayReference } }
  if (type === 'payment_refund_pending')
    return { ...about, outcome: { kind: 'pending', gatewayReference } }
  if (type !== 'payment_refund_declined') return null
  const { code, message } = toDecline(data)
  return { ...about, outcome: { kind: 'failed', gatewayReference, failure: { code, message } } }
}

/** "Event types" of the vendor; a resolved dispute was refunded before, so nothing is taken for it. */
const DISPUTE_STATUS: Readonly<Record<string, GatewayDispute['status']>> = {
  dispute_evidence_required: 'needs_response',
  dispute_evidence_submitted: 'under_review',
  dispute_evidence_acknowledged_by_scheme: 'under_review',
  dispute_arbitration_lost: 'lost',
  dispute_arbitration_won: 'won',
  dispute_accepted: 'lost',
  dispute_expired: 'lost',
  dispute_lost: 'lost',
  dispute_won: 'won',
  dispute_resolved: 'won',
  dispute_canceled: 'withdrawn',
}

const DISPUTE_REASON: Readonly<Record<string, string>> = {
  fraudulent: 'fraudulent',
  unrecognized: 'fraudulent',
  product_service_not_received: 'product_not_received',
  not_as_described: 'product_unacceptable',
  canceled_recurring: 'subscription_canceled',
  duplicate: 'duplicate',
}

function toDisputeNotice(type: string, data: JsonRecord, told: Told): GatewayNotice | null {
  const status = DISPUTE_STATUS[type]
  const disputeReference = readText(data, 'id')
  const chargeReference = readText(data, 'payment_id')
  const money = fromCheckoutAmount(readNumber(data, 'amount'), readText(data, 'currency'))
  if (status === undefined || disputeReference === null) return null
  if (chargeReference === null || money === null) return null
  const dispute: GatewayDispute = {
    ...money,
    disputeReference,
    chargeReference,
    status,
    // The fee is in the settlement files alone.
    feeMinor: 0n,
    reason: DISPUTE_REASON[readText(data, 'category') ?? ''] ?? 'other',
    networkReasonCode: readText(data, 'reason_code'),
    networkReasonDescription: null,
    evidenceDueAt: parseInstant(readText(data, 'evidence_required_by') ?? ''),
  }
  return { ...told, kind: 'dispute', dispute }
}
