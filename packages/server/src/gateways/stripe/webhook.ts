import {
  HOLD_EXPIRED,
  type GatewayNotice,
  type MethodChange,
  type WebhookReading,
  type WebhookRequest,
} from '@perennial/core/payments'
import { fromUnixSeconds, type Instant } from '@perennial/core/time'
import Stripe from 'stripe'
import { readNumber, readRecord, readText } from '../../platform/foreign/index.ts'
import { fromStripeAmount } from './amounts.ts'
import { toGatewayDispute } from './dispute.ts'
import { readEarlyWarning } from './early-warning.ts'
import { keyOf, toOutcome } from './payment-intent.ts'
import { toRefundOutcome } from './refund.ts'
import { toReturnedDebit, type ReturnedDebit } from './returned-debit.ts'
import type { StripeApi } from './stripe-client.ts'

/** The vendor's own tolerance: https://docs.stripe.com/webhooks#verify-official-libraries */
const TOLERANCE_S = 300

export async function readWebhook(
  api: StripeApi,
  secret: string | undefined,
  request: WebhookRequest,
): Promise<WebhookReading> {
  const signed = readSigned(api, secret, request)
  return signed.kind === 'signed' ? toReading(api, signed.event) : signed
}

type Refused = Extract<WebhookReading, { readonly kind: 'refused' }>

function readSigned(
  api: StripeApi,
  secret: string | undefined,
  request: WebhookRequest,
): Refused | { readonly kind: 'signed'; readonly event: unknown } {
  const signature = request.headers['stripe-signature']
  if (secret === undefined || signature === undefined) return refused('signature')
  try {
    const event: unknown = api.client.webhooks.constructEvent(
      Buffer.from(request.body),
      signature,
      secret,
      TOLERANCE_S,
      undefined,
      request.receivedAt,
    )
    return { kind: 'signed', event }
  } catch (error) {
    if (!(error instanceof Stripe.errors.StripeSignatureVerificationError))
      return refused('malformed')
    // The library tells the two apart by nothing but its words; a test holds it to them.
    return refused(error.message.startsWith('Timestamp outside') ? 'stale' : 'signature')
  }
}

function refused(reason: Refused['reason']): Refused {
  return { kind: 'refused', reason }
}

async function toReading(api: StripeApi, event: unknown): Promise<WebhookReading> {
  const id = readText(event, 'id')
  const type = readText(event, 'type')
  const created = readNumber(event, 'created')
  const object = readRecord(event, 'data', 'object')
  if (id === null || type === null || created === null || object === null)
    return refused('malformed')
  const told = { id, at: fromUnixSeconds(created) }
  const notice = type.startsWith('radar.early_fraud_warning.')
    ? await toWarningNotice(api, { told, type, object })
    : toNotice(told, type, object)
  return { kind: 'notices', notices: [notice] }
}

type Told = { readonly id: string; readonly at: Instant }

/** https://docs.stripe.com/api/events/types. An object that is not what its type says is kept as received. */
function toNotice(told: Told, type: string, object: unknown): GatewayNotice {
  if (type.startsWith('payment_intent.')) return toChargeNotice(told, type, object)
  if (type.startsWith('refund.') || type === 'charge.refund.updated')
    return toRefundNotice(told, type, object)
  if (type === 'charge.expired') return toExpiry(told, object) ?? other(told, type)
  if (type.startsWith('charge.dispute.')) return toDisputeNotice(told, type, object)
  const method = toMethodChange(type, object)
  return method === null ? other(told, type) : { ...told, kind: 'method', method }
}

function toDisputeNotice(told: Told, type: string, object: unknown): GatewayNotice {
  const returned = toReturnedDebit(object)
  if (returned !== null) return toReturnNotice(told, returned)
  const dispute = toGatewayDispute(object)
  return dispute === null ? other(told, type) : { ...told, kind: 'dispute', dispute }
}

/** The dispute names no key of ours: its payment is found by the gateway's own reference. */
function toReturnNotice(told: Told, returned: ReturnedDebit): GatewayNotice {
  const { gatewayReference, code, isGivenAgain } = returned
  if (!isGivenAgain) return { ...told, kind: 'return', gatewayReference, code, message: null }
  const outcome = { kind: 'succeeded', gatewayReference, networkTransactionId: null } as const
  return { ...told, kind: 'charge', idempotencyKey: null, gatewayReference, outcome, isGivenAgain }
}

async function toWarningNotice(
  api: StripeApi,
  { told, type, object }: { readonly told: Told; readonly type: string; readonly object: unknown },
): Promise<GatewayNotice> {
  const dispute = await readEarlyWarning(api, object)
  return dispute === null ? other(told, type) : { ...told, kind: 'dispute', dispute }
}

function other(told: Told, type: string): GatewayNotice {
  return { ...told, kind: 'other', type }
}

function toChargeNotice(told: Told, type: string, intent: unknown): GatewayNotice {
  // As it was made, before it was tried: it looks like one that was refused.
  if (type === 'payment_intent.created') return other(told, type)
  const outcome = toOutcome(intent)
  const gatewayReference = readText(intent, 'id')
  if (gatewayReference === null || outcome.kind === 'unknown') return other(told, type)
  return { ...told, kind: 'charge', idempotencyKey: keyOf(intent), gatewayReference, outcome }
}

/** The hold of a charge was let go; the charge has the metadata of its intent. */
function toExpiry(told: Told, charge: unknown): GatewayNotice | null {
  const gatewayReference = readText(charge, 'payment_intent')
  const idempotencyKey = keyOf(charge)
  if (gatewayReference === null || idempotencyKey === null) return null
  const outcome = { kind: 'declined', gatewayReference, decline: HOLD_EXPIRED } as const
  return { ...told, kind: 'charge', idempotencyKey, gatewayReference, outcome }
}

function toRefundNotice(told: Told, type: string, refund: unknown): GatewayNotice {
  const refundReference = readText(refund, 'id')
  const money = fromStripeAmount(readNumber(refund, 'amount'), readText(refund, 'currency'))
  if (refundReference === null || money === null) return other(told, type)
  return {
    ...told,
    kind: 'refund',
    idempotencyKey: keyOf(refund),
    chargeReference: readText(refund, 'payment_intent') ?? readText(refund, 'charge'),
    refundReference,
    ...money,
    outcome: toRefundOutcome(refund),
  }
}

function toMethodChange(type: string, object: unknown): MethodChange | null {
  const nothingNew = { newToken: null, last4: null, expMonth: null, expYear: null }
  if (type === 'mandate.updated' && readText(object, 'status') === 'inactive') {
    const token = readText(object, 'payment_method')
    return token === null ? null : { ...nothingNew, token, change: 'mandate_canceled' }
  }
  const isUpdate =
    type === 'payment_method.automatically_updated' || type === 'payment_method.updated'
  const token = readText(object, 'id')
  if (!isUpdate || token === null) return null
  return {
    token,
    change: 'updated',
    newToken: null,
    last4: readText(object, 'card', 'last4'),
    expMonth: readNumber(object, 'card', 'exp_month'),
    expYear: readNumber(object, 'card', 'exp_year'),
  }
}
