import { needsResponse, type Dispute } from '@perennial/core/disputes'
import { encodeId } from '@perennial/core/ids'
import { toWireMinor } from '@perennial/core/money'
import { formatInstant, formatInstantOrNull, type Instant, MS_PER_DAY } from '@perennial/core/time'
import type { JsonObject } from '../../platform/wire/index.ts'

const REASONS: Readonly<Record<string, string>> = {
  fraudulent: 'The cardholder says that they did not make this payment.',
  product_not_received: 'The customer says that they did not receive what they paid for.',
  product_unacceptable: 'The customer says that it was not as described.',
  duplicate: 'The customer says that they were charged twice.',
  subscription_canceled: 'The customer says that they had canceled the subscription.',
  credit_not_processed: 'The customer waits for money that they were to get back.',
  unrecognized: 'The customer does not recognise the payment.',
}

/** A dispute as the API and events show it (spec/revkeen.md 5.17). */
export function toWireDispute(dispute: Dispute) {
  // As payments and transactions name themselves.
  const paymentId = encodeId('transaction', dispute.paymentId)
  return {
    id: dispute.id,
    public_id: encodeId('dispute', dispute.id),
    object: 'dispute' as const,
    payment_id: paymentId,
    parent_transaction_id: paymentId,
    customer_id: encodeId('customer', dispute.customerId),
    invoice_id: dispute.invoiceId === null ? null : encodeId('invoice', dispute.invoiceId),
    subscription_id:
      dispute.subscriptionId === null ? null : encodeId('subscription', dispute.subscriptionId),
    gateway: encodeId('gateway', dispute.gatewayId),
    gateway_dispute_id: dispute.gatewayReference,
    gateway_transaction_id: dispute.chargeReference,
    payment_rail: dispute.methodType,
    dispute_kind: kindOf(dispute),
    reason_code: dispute.reason,
    reason: REASONS[dispute.reason] ?? dispute.networkReasonDescription ?? dispute.reason,
    network_reason_code: dispute.networkReasonCode,
    network_reason_description: dispute.networkReasonDescription,
    customer_name: dispute.facts['customer_name'] ?? null,
    card_brand: dispute.cardBrand,
    card_last4: dispute.cardLast4,
    amount_minor: toWireMinor(dispute.amountMinor),
    fee_minor: toWireMinor(dispute.feeMinor),
    currency: dispute.currency,
    status: dispute.status,
    resolution: dispute.resolution,
    evidence_submitted: dispute.evidenceSubmittedAt !== null,
    evidence_due_by: formatInstantOrNull(dispute.evidenceDueAt),
    evidence_submitted_at: formatInstantOrNull(dispute.evidenceSubmittedAt),
    metadata: dispute.metadata as JsonObject,
    disputed_at: formatInstant(dispute.disputedAt),
    resolved_at: formatInstantOrNull(dispute.resolvedAt),
    created_at: formatInstant(dispute.createdAt),
  }
}

function kindOf({ status, transactionId }: Dispute): 'chargeback' | 'warning' {
  return transactionId === null && status.startsWith('warning') ? 'warning' : 'chargeback'
}

/** The same with how urgent it is. Whole days, rounded up: 0 is today or late. */
export function toUrgentDispute(dispute: Dispute, now: Instant) {
  const dueAt = needsResponse(dispute) ? dispute.evidenceDueAt : null
  const leftMs = dueAt === null ? null : dueAt - now
  return {
    ...toWireDispute(dispute),
    days_until_due: leftMs === null ? null : Math.max(0, Math.ceil(leftMs / MS_PER_DAY)),
    is_overdue: leftMs !== null && leftMs <= 0,
  }
}
