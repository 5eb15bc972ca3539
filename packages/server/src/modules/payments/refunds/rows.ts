import type { Uuid } from '@perennial/core/ids'
import type { PaymentVoid, Refund, Sale } from '@perennial/core/payments'
import type { Instant } from '@perennial/core/time'
import type { Selectable } from 'kysely'
import type { DB } from '../../../platform/db/index.ts'
import { storedCurrency } from '../../invoices/index.ts'
import { toTransaction, type TransactionRow } from '../rows.ts'

export type RefundRow = Selectable<DB['refunds']>
export type VoidRow = Selectable<DB['voids']>

/** A transaction of a customer's money; nobody's has no refunds. */
export function toSale(row: TransactionRow, takenBackMinor = 0n): Sale {
  const { refunded_minor: refundedMinor, refund_count: refundCount } = row
  return { ...toTransaction(row), refundedMinor, takenBackMinor, refundCount }
}

export function toRefund(row: RefundRow): Refund {
  return {
    id: row.id,
    version: row.version,
    transactionId: row.transaction_id,
    number: row.number,
    status: row.status,
    mode: row.mode,
    reason: row.reason,
    reasonDetails: row.reason_details,
    amountMinor: row.amount_minor,
    chargedMinor: row.charged_minor,
    currency: storedCurrency(row.currency),
    customerId: row.customer_id,
    invoiceId: row.invoice_id,
    paymentIntentId: row.payment_intent_id,
    subscriptionId: row.subscription_id,
    creditNoteId: row.credit_note_id,
    invoiceLineId: row.invoice_line_id,
    firstRefundId: row.first_refund_id,
    gatewayId: row.gateway_id,
    chargeReference: row.charge_reference,
    gatewayReference: row.gateway_reference,
    failure: failureOf(row),
    sends: row.sends,
    sendAt: row.send_at,
    checkAt: row.check_at,
    sentAt: row.sent_at,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    processedAt: row.processed_at,
  }
}

function failureOf(row: Pick<RefundRow, 'failure_code' | 'failure_message'>): Refund['failure'] {
  const { failure_code: code, failure_message: message } = row
  return code === null ? null : { code, message }
}

/** The columns that an answer, or its time, changes. */
export function toRefundUpdate(accountId: Uuid, refund: Refund, leaseUntil: Instant) {
  return {
    account_id: accountId,
    id: refund.id,
    version: refund.version,
    status: refund.status,
    gateway_reference: refund.gatewayReference,
    failure_code: refund.failure?.code ?? null,
    failure_message: refund.failure?.message ?? null,
    sends: refund.sends,
    send_at: refund.sendAt,
    check_at: refund.checkAt,
    sent_at: refund.sentAt,
    lease_until: refund.status === 'processing' ? leaseUntil : null,
    updated_at: refund.updatedAt,
    processed_at: refund.processedAt,
  }
}

export function toRefundRow(accountId: Uuid, refund: Refund, leaseUntil: Instant) {
  return {
    ...toRefundUpdate(accountId, refund, leaseUntil),
    transaction_id: refund.transactionId,
    number: refund.number,
    mode: refund.mode,
    reason: refund.reason,
    reason_details: refund.reasonDetails,
    amount_minor: refund.amountMinor,
    charged_minor: refund.chargedMinor,
    currency: refund.currency,
    customer_id: refund.customerId,
    invoice_id: refund.invoiceId,
    payment_intent_id: refund.paymentIntentId,
    subscription_id: refund.subscriptionId,
    credit_note_id: refund.creditNoteId,
    invoice_line_id: refund.invoiceLineId,
    first_refund_id: refund.firstRefundId,
    gateway_id: refund.gatewayId,
    charge_reference: refund.chargeReference,
    created_at: refund.createdAt,
  }
}

export function toPaymentVoid(row: VoidRow): PaymentVoid {
  return {
    id: row.id,
    version: row.version,
    transactionId: row.transaction_id,
    status: row.status,
    reason: row.reason,
    reasonCode: row.reason_code,
    endsInvoice: row.ends_invoice,
    amountMinor: row.amount_minor,
    currency: storedCurrency(row.currency),
    customerId: row.customer_id,
    invoiceId: row.invoice_id,
    paymentIntentId: row.payment_intent_id,
    subscriptionId: row.subscription_id,
    gatewayId: row.gateway_id,
    chargeReference: row.charge_reference,
    failure: failureOf(row),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    voidedAt: row.voided_at,
  }
}

export function toVoidUpdate(accountId: Uuid, paymentVoid: PaymentVoid, leaseUntil: Instant) {
  return {
    account_id: accountId,
    id: paymentVoid.id,
    version: paymentVoid.version,
    status: paymentVoid.status,
    failure_code: paymentVoid.failure?.code ?? null,
    failure_message: paymentVoid.failure?.message ?? null,
    lease_until: paymentVoid.status === 'processing' ? leaseUntil : null,
    updated_at: paymentVoid.updatedAt,
    voided_at: paymentVoid.voidedAt,
  }
}

export function toVoidRow(accountId: Uuid, paymentVoid: PaymentVoid, leaseUntil: Instant) {
  return {
    ...toVoidUpdate(accountId, paymentVoid, leaseUntil),
    transaction_id: paymentVoid.transactionId,
    reason: paymentVoid.reason,
    reason_code: paymentVoid.reasonCode,
    ends_invoice: paymentVoid.endsInvoice,
    amount_minor: paymentVoid.amountMinor,
    currency: paymentVoid.currency,
    customer_id: paymentVoid.customerId,
    invoice_id: paymentVoid.invoiceId,
    payment_intent_id: paymentVoid.paymentIntentId,
    subscription_id: paymentVoid.subscriptionId,
    gateway_id: paymentVoid.gatewayId,
    charge_reference: paymentVoid.chargeReference,
    created_at: paymentVoid.createdAt,
  }
}
