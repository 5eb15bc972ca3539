import { hmacValidator } from '@adyen/api-library'
import { isUuid } from '@perennial/core/ids'
import {
  HOLD_EXPIRED,
  type GatewayDispute,
  type GatewayNotice,
  type GatewayOutcome,
  type RefundOutcome,
  type WebhookReading,
  type WebhookRequest,
  withAdvice,
} from '@perennial/core/payments'
import { parseInstant, type Instant } from '@perennial/core/time'
import {
  parseJson,
  readList,
  readNumber,
  readRecord,
  readText,
  type JsonRecord,
} from '../../platform/foreign/index.ts'
import { fromAdyenAmount } from './amounts.ts'
import { checksOf } from './card-checks.ts'
import { adviceOf, toDecline } from './decline.ts'

/** What the vendor wants to read, or it sends the message again. */
const ANSWER = '[accepted]'

/** The signatures cover no time: a notice that is sent again is known by its id. */
export function readAdyenWebhook(
  hmacKeys: readonly string[],
  request: WebhookRequest,
): WebhookReading {
  const message = parseJson(request.body)
  const listed = readList(message, 'notificationItems')
  if (hmacKeys.length === 0) return { kind: 'refused', reason: 'signature' }
  if (listed === null || listed.length === 0) return { kind: 'refused', reason: 'malformed' }
  const items = listed.map((item) => readRecord(item, 'NotificationRequestItem'))
  const notices: GatewayNotice[] = []
  for (const item of items) {
    if (item === null || !isSigned(item, hmacKeys)) return { kind: 'refused', reason: 'signature' }
    notices.push(toNotice(item, request.receivedAt))
  }
  return { kind: 'notices', notices, answer: ANSWER }
}

/** Eight fields joined by colons, as the SDK joins them; a field that is missing there is empty in the signature. */
function isSigned(item: JsonRecord, hmacKeys: readonly string[]): boolean {
  const signature = readText(item, 'additionalData', 'hmacSignature')
  if (signature === null) return false
  const signed = [
    readText(item, 'pspReference') ?? '',
    readText(item, 'originalReference') ?? '',
    readText(item, 'merchantAccountCode') ?? '',
    readText(item, 'merchantReference') ?? '',
    readNumber(item, 'amount', 'value') ?? '',
    readText(item, 'amount', 'currency') ?? '',
    readText(item, 'eventCode') ?? '',
    readText(item, 'success') ?? '',
  ].join(':')
  return hmacKeys.some((key) => new hmacValidator().validateHMACSignature(key, signature, signed))
}

type Item = {
  readonly id: string
  readonly at: Instant
  readonly eventCode: string
  readonly isSuccess: boolean
  readonly pspReference: string
  readonly originalReference: string | null
  readonly body: JsonRecord
}

function toNotice(body: JsonRecord, receivedAt: Instant): GatewayNotice {
  const eventCode = readText(body, 'eventCode') ?? ''
  const pspReference = readText(body, 'pspReference') ?? ''
  const success = readText(body, 'success') ?? ''
  const item: Item = {
    // Sent again, a notification has the same reference, code and outcome ("Handle duplicates").
    id: `${eventCode}:${pspReference}:${success}`,
    at: parseInstant(readText(body, 'eventDate') ?? '') ?? receivedAt,
    eventCode,
    isSuccess: success === 'true',
    pspReference,
    originalReference: readText(body, 'originalReference'),
    body,
  }
  const { id, at } = item
  const notice =
    toChargeNotice(item) ??
    toFailedCapture(item) ??
    toVoidNotice(item) ??
    toExpiry(item) ??
    toRefundNotice(item) ??
    toDisputeNotice(item)
  return notice ?? { id, at, kind: 'other', type: eventCode }
}

/** A payment's reference is its key; what is told of a capture or refund may carry either reference, so neither counts. */
function keyOf({ body, eventCode }: Item) {
  if (eventCode !== 'AUTHORISATION') return null
  const reference = readText(body, 'merchantReference') ?? ''
  return isUuid(reference) ? reference : null
}

/** A capture is told of the payment that it takes from. */
function toChargeNotice(item: Item): GatewayNotice | null {
  const { id, at, eventCode, originalReference, pspReference } = item
  const isCapture = eventCode === 'CAPTURE'
  if (!isCapture && eventCode !== 'AUTHORISATION') return null
  const gatewayReference = isCapture ? originalReference : pspReference
  if (gatewayReference === null) return null
  const outcome: GatewayOutcome = item.isSuccess
    ? {
        kind: 'succeeded',
        gatewayReference,
        networkTransactionId: readText(item.body, 'additionalData', 'networkTxReference'),
        ...withAdvice(adviceOf(item.body)),
        ...checksOf(item.body),
      }
    : {
        kind: 'declined',
        gatewayReference,
        decline: toDecline(item.body),
        ...checksOf(item.body),
      }
  return { id, at, kind: 'charge', idempotencyKey: keyOf(item), gatewayReference, outcome }
}

/** It comes days after the capture, or the payment that was to be captured at once, was told to have gone well. */
function toFailedCapture({ id, at, eventCode, originalReference, body }: Item) {
  if (eventCode !== 'CAPTURE_FAILED' || originalReference === null) return null
  const { code, message } = toDecline(body)
  return { id, at, kind: 'return', gatewayReference: originalReference, code, message } as const
}

/** A reversal of either kind, asked for with the name of our own wish or of the payment: the gateway tells either. */
const REVERSALS = ['CANCELLATION', 'CANCEL_OR_REFUND', 'TECHNICAL_CANCEL']

function toVoidNotice(item: Item): GatewayNotice | null {
  const { id, at, eventCode, originalReference: chargeReference, body } = item
  if (!REVERSALS.includes(eventCode) || chargeReference === null) return null
  const reference = readText(body, 'merchantReference') ?? ''
  const refused = {
    kind: 'refused',
    code: 'not_voidable',
    message: readText(body, 'reason'),
  } as const
  return {
    id,
    at,
    kind: 'void',
    idempotencyKey: isUuid(reference) ? reference : null,
    chargeReference,
    outcome: item.isSuccess ? { kind: 'voided' } : refused,
  }
}

/** The gateway has let go of a hold that nobody captured; merchants switch this notification on. */
function toExpiry({ id, at, eventCode, originalReference, pspReference, body }: Item) {
  if (eventCode !== 'EXPIRE') return null
  const gatewayReference = originalReference ?? pspReference
  const reference = readText(body, 'merchantReference') ?? ''
  const idempotencyKey = isUuid(reference) ? reference : null
  const outcome = { kind: 'declined', gatewayReference, decline: HOLD_EXPIRED } as const
  return { id, at, kind: 'charge', idempotencyKey, gatewayReference, outcome } as const
}

const FAILED_REFUNDS = ['REFUND_FAILED', 'REFUNDED_REVERSED']

function toRefundNotice(item: Item): GatewayNotice | null {
  const { id, at, eventCode, pspReference, body } = item
  const isFailed = FAILED_REFUNDS.includes(eventCode)
  if (eventCode !== 'REFUND' && !isFailed) return null
  const money = moneyOf(body)
  if (money === null) return null
  const message = readText(body, 'reason')
  const outcome: RefundOutcome =
    item.isSuccess && !isFailed
      ? { kind: 'succeeded', gatewayReference: pspReference }
      : {
          kind: 'failed',
          gatewayReference: pspReference,
          failure: { code: 'refund_failed', message },
        }
  return {
    ...money,
    id,
    at,
    kind: 'refund',
    idempotencyKey: keyOf(item),
    chargeReference: item.originalReference,
    refundReference: pspReference,
    outcome,
  }
}

function moneyOf(body: JsonRecord) {
  return fromAdyenAmount(readNumber(body, 'amount', 'value'), readText(body, 'amount', 'currency'))
}

/** An issuer has reported fraud to its network (TC40, SAFE): a chargeback may follow, and there is nothing to answer. */
const FRAUD_NOTICE = 'NOTIFICATION_OF_FRAUD'

/** "Dispute webhooks" of the vendor. A reversed chargeback can come again, and is lost when it does. */
const DISPUTE_STATUS: Readonly<Record<string, GatewayDispute['status']>> = {
  [FRAUD_NOTICE]: 'warning_needs_response',
  REQUEST_FOR_INFORMATION: 'warning_needs_response',
  NOTIFICATION_OF_CHARGEBACK: 'needs_response',
  CHARGEBACK: 'needs_response',
  INFORMATION_SUPPLIED: 'under_review',
  CHARGEBACK_REVERSED: 'won',
  PREARBITRATION_WON: 'won',
  ISSUER_RESPONSE_TIMEFRAME_EXPIRED: 'won',
  SECOND_CHARGEBACK: 'lost',
  PREARBITRATION_LOST: 'lost',
  DISPUTE_DEFENSE_PERIOD_ENDED: 'lost',
}

function toDisputeNotice(item: Item): GatewayNotice | null {
  const { id, at, eventCode, pspReference, originalReference, body } = item
  const status = DISPUTE_STATUS[eventCode]
  const money = moneyOf(body)
  if (status === undefined || originalReference === null || money === null) return null
  const isFraudNotice = eventCode === FRAUD_NOTICE
  const codeName = isFraudNotice ? 'nofReasonCode' : 'chargebackReasonCode'
  const networkReasonCode = readText(body, 'additionalData', codeName)
  const dispute: GatewayDispute = {
    ...money,
    disputeReference: pspReference,
    chargeReference: originalReference,
    status,
    // The fee is in the settlement files alone.
    feeMinor: 0n,
    // Networks number their reports of fraud otherwise than chargebacks.
    reason: isFraudNotice ? 'fraudulent' : reasonOf(networkReasonCode ?? ''),
    networkReasonCode,
    networkReasonDescription: readText(body, 'reason'),
    evidenceDueAt: parseInstant(readText(body, 'additionalData', 'defensePeriodEndsAt') ?? ''),
  }
  return { id, at, kind: 'dispute', dispute }
}

/** Reason codes of Visa and Mastercard, as "Dispute reason codes" of the vendor lists them. */
const REASONS: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [/^(10\.\d|4837|4840|4849|4863|4870|4871)$/, 'fraudulent'],
  [/^(13\.1|4855)$/, 'product_not_received'],
  [/^(13\.[345]|4853)$/, 'product_unacceptable'],
  [/^(12\.6(\.\d)?|4834)$/, 'duplicate'],
  [/^(13\.2|4841)$/, 'subscription_canceled'],
]

function reasonOf(networkReasonCode: string): string {
  return REASONS.find(([pattern]) => pattern.test(networkReasonCode))?.[1] ?? 'other'
}
