import { encodeId, type IdKind, type Uuid } from '@perennial/core/ids'
import { toWireMinor } from '@perennial/core/money'
import type { PaymentIntent } from '@perennial/core/payments'
import { formatInstant, formatInstantOrNull } from '@perennial/core/time'
import type { JsonObject } from '../../../platform/wire/index.ts'
import type { ChargeUnderWay, Hold, TransactionRow } from '../../payments/index.ts'

const idOrNull = (kind: IdKind, id: Uuid | null): string | null =>
  id === null ? null : encodeId(kind, id)

type PaymentStatus =
  | 'pending'
  | 'authorized'
  | 'captured'
  | 'succeeded'
  | 'failed'
  | 'voided'
  | 'refunded'
  | 'partially_refunded'

function statusOf(row: TransactionRow): PaymentStatus {
  if (row.status !== 'succeeded') return row.status
  if (row.refunded_minor === 0n) return 'succeeded'
  return row.refunded_minor < row.amount_minor ? 'partially_refunded' : 'refunded'
}

const BANK_METHODS = ['us_bank_account', 'bank_account', 'bacs_direct_debit', 'bank_transfer']

function channelOf(methodType: string | null): 'card_not_present' | 'bank_transfer' | 'manual' {
  if (methodType === null || methodType === 'card') return 'card_not_present'
  return BANK_METHODS.includes(methodType) ? 'bank_transfer' : 'manual'
}

/** A sale as the API shows a payment (spec/revkeen.md 5.15). */
export function toWireSalePayment(row: TransactionRow) {
  const status = statusOf(row)
  const isTaken = row.status === 'succeeded' || row.status === 'voided'
  const createdAt = formatInstant(row.created_at)
  const updatedAt = formatInstant(row.updated_at)
  return {
    id: encodeId('transaction', row.id),
    object: 'payment' as const,
    invoice_id: idOrNull('invoice', row.invoice_id),
    customer_id: idOrNull('customer', row.customer_id),
    payment_intent_id: idOrNull('payment_intent', row.payment_intent_id),
    status,
    currency: row.currency,
    amount: toWireMinor(row.amount_minor),
    amount_captured: isTaken ? toWireMinor(row.amount_minor) : null,
    amount_refunded: toWireMinor(row.refunded_minor),
    gateway: idOrNull('gateway', row.gateway_id),
    gateway_transaction_id: row.gateway_reference,
    gateway_response_code: row.response_code,
    gateway_response_text: row.response_text,
    payment_method_type: row.payment_method_type,
    card_brand: row.card_brand,
    card_last_four: row.card_last4,
    payment_channel: channelOf(row.payment_method_type),
    entry_mode: null,
    metadata: row.metadata as JsonObject,
    created_at: createdAt,
    updated_at: updatedAt,
    authorized_at: isTaken ? createdAt : null,
    captured_at: isTaken ? createdAt : null,
    voided_at: row.status === 'voided' ? updatedAt : null,
    refunded_at: row.refunded_minor > 0n ? updatedAt : null,
  }
}

/** Money that a gateway holds and nobody has taken, or that it held and has let go. */
export function toWireHeldPayment(intent: PaymentIntent, hold: Hold) {
  const { canceledAt } = intent
  return {
    id: encodeId('payment_intent', intent.id),
    object: 'payment' as const,
    invoice_id: null,
    customer_id: encodeId('customer', intent.customerId),
    payment_intent_id: encodeId('payment_intent', intent.id),
    status: (canceledAt === null ? 'authorized' : 'voided') as PaymentStatus,
    currency: intent.currency,
    amount: toWireMinor(hold.amountMinor),
    amount_captured: null,
    amount_refunded: 0,
    gateway: encodeId('gateway', hold.gatewayId),
    gateway_transaction_id: hold.gatewayReference,
    gateway_response_code: null,
    gateway_response_text: null,
    payment_method_type: hold.methodType,
    card_brand: hold.brand,
    card_last_four: hold.last4,
    payment_channel: channelOf(hold.methodType),
    entry_mode: null,
    metadata: intent.metadata as JsonObject,
    created_at: formatInstant(intent.createdAt),
    updated_at: formatInstant(intent.updatedAt),
    authorized_at: formatInstant(hold.authorizedAt ?? intent.createdAt),
    captured_at: null,
    voided_at: formatInstantOrNull(canceledAt),
    refunded_at: null,
  }
}

/** A charge whose money has not come yet, or that was called off before it came. */
export function toWirePaymentUnderWay({ attempt, methodType, brand, last4 }: ChargeUnderWay) {
  const isCanceled = attempt.state === 'canceled'
  const changedAt = attempt.settledAt ?? attempt.createdAt
  return {
    id: encodeId('payment_attempt', attempt.id),
    object: 'payment' as const,
    invoice_id: idOrNull('invoice', attempt.invoiceId),
    customer_id: encodeId('customer', attempt.customerId),
    payment_intent_id: idOrNull('payment_intent', attempt.paymentIntentId),
    status: (isCanceled ? 'voided' : 'pending') as PaymentStatus,
    currency: attempt.currency,
    amount: toWireMinor(attempt.amountMinor),
    amount_captured: null,
    amount_refunded: 0,
    gateway: encodeId('gateway', attempt.gatewayId),
    gateway_transaction_id: attempt.gatewayReference,
    gateway_response_code: null,
    gateway_response_text: null,
    payment_method_type: methodType,
    card_brand: brand,
    card_last_four: last4,
    payment_channel: channelOf(methodType),
    entry_mode: null,
    metadata: {},
    created_at: formatInstant(attempt.createdAt),
    updated_at: formatInstant(changedAt),
    authorized_at: null,
    captured_at: null,
    voided_at: isCanceled ? formatInstant(changedAt) : null,
    refunded_at: null,
  }
}
