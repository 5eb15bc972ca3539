import { encodeId, type Uuid } from '@perennial/core/ids'
import { toWireMinor } from '@perennial/core/money'
import type { PaymentVoid, Refund } from '@perennial/core/payments'
import { formatInstant, formatInstantOrNull } from '@perennial/core/time'

/** The name by which the API speaks of money that no gateway moved. */
const BY_HAND = 'manual'

const gatewayOf = (id: Uuid | null): string => (id === null ? BY_HAND : encodeId('gateway', id))

/** A refund as the API and events show it (spec/revkeen.md 5.16). */
export function toWireRefund(refund: Refund) {
  return {
    id: refund.id,
    public_id: encodeId('refund', refund.id),
    object: 'refund' as const,
    payment_id: encodeId('transaction', refund.transactionId),
    parent_transaction_id: encodeId('transaction', refund.transactionId),
    order_id: null,
    invoice_id: refund.invoiceId === null ? null : encodeId('invoice', refund.invoiceId),
    line_item_id:
      refund.invoiceLineId === null ? null : encodeId('invoice_line', refund.invoiceLineId),
    customer_id: encodeId('customer', refund.customerId),
    subscription_id:
      refund.subscriptionId === null ? null : encodeId('subscription', refund.subscriptionId),
    credit_note_id:
      refund.creditNoteId === null ? null : encodeId('credit_note', refund.creditNoteId),
    gateway: gatewayOf(refund.gatewayId),
    gateway_refund_id: refund.gatewayReference,
    currency: refund.currency,
    amount_minor: toWireMinor(refund.amountMinor),
    status: refund.status,
    mode: refund.mode,
    reason: refund.reason,
    reason_details: refund.reasonDetails,
    failure_code: refund.failure?.code ?? null,
    failure_reason: refund.failure?.message ?? refund.failure?.code ?? null,
    due_at: formatInstantOrNull(refund.sendAt),
    created_at: formatInstant(refund.createdAt),
    processed_at: formatInstantOrNull(refund.processedAt),
  }
}

/** A void as the API and events show it (spec/revkeen.md 5.16). */
export function toWireVoid(paymentVoid: PaymentVoid) {
  return {
    id: paymentVoid.id,
    public_id: encodeId('void', paymentVoid.id),
    object: 'void' as const,
    payment_id: encodeId('transaction', paymentVoid.transactionId),
    parent_transaction_id: encodeId('transaction', paymentVoid.transactionId),
    order_id: null,
    gateway: gatewayOf(paymentVoid.gatewayId),
    gateway_void_id: paymentVoid.status === 'succeeded' ? paymentVoid.chargeReference : null,
    currency: paymentVoid.currency,
    amount_minor: toWireMinor(paymentVoid.amountMinor),
    status: paymentVoid.status,
    reason: paymentVoid.reason,
    reason_code: paymentVoid.reasonCode,
    failure_code: paymentVoid.failure?.code ?? null,
    failure_reason: paymentVoid.failure?.message ?? paymentVoid.failure?.code ?? null,
    created_at: formatInstant(paymentVoid.createdAt),
    voided_at: formatInstantOrNull(paymentVoid.voidedAt),
  }
}
