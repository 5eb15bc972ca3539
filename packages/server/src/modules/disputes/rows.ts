import type { Dispute } from '@perennial/core/disputes'
import type { Uuid } from '@perennial/core/ids'
import type { Selectable } from 'kysely'
import type { DB } from '../../platform/db/index.ts'
import type { JsonObject } from '../../platform/wire/index.ts'
import { storedCurrency } from '../invoices/index.ts'

export type DisputeRow = Selectable<DB['disputes']>

export function toDispute(row: DisputeRow): Dispute {
  return {
    id: row.id,
    version: row.version,
    gatewayId: row.gateway_id,
    gatewayReference: row.gateway_reference,
    chargeReference: row.charge_reference,
    paymentId: row.payment_id,
    transactionId: row.transaction_id,
    customerId: row.customer_id,
    invoiceId: row.invoice_id,
    subscriptionId: row.subscription_id,
    status: row.status,
    resolution: row.resolution,
    isInferred: row.is_inferred,
    reason: row.reason,
    networkReasonCode: row.network_reason_code,
    networkReasonDescription: row.network_reason_description,
    amountMinor: row.amount_minor,
    currency: storedCurrency(row.currency),
    feeMinor: row.fee_minor,
    methodType: row.method_type,
    cardBrand: row.card_brand,
    cardLast4: row.card_last4,
    evidenceDueAt: row.evidence_due_at,
    evidenceSubmittedAt: row.evidence_submitted_at,
    facts: toFacts(row.facts),
    metadata: row.metadata as JsonObject,
    nextDueAt: row.next_due_at,
    toldAt: row.told_at,
    disputedAt: row.disputed_at,
    resolvedAt: row.resolved_at,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

/** Names and texts, as we wrote them. */
function toFacts(stored: unknown): Readonly<Record<string, string>> {
  const entries = Object.entries(stored ?? {})
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]))
}

/** The columns that change after a dispute was opened. */
export function toDisputeUpdate(accountId: Uuid, dispute: Dispute) {
  return {
    account_id: accountId,
    id: dispute.id,
    version: dispute.version,
    transaction_id: dispute.transactionId,
    status: dispute.status,
    resolution: dispute.resolution,
    is_inferred: dispute.isInferred,
    reason: dispute.reason,
    network_reason_code: dispute.networkReasonCode,
    network_reason_description: dispute.networkReasonDescription,
    amount_minor: dispute.amountMinor,
    fee_minor: dispute.feeMinor,
    evidence_due_at: dispute.evidenceDueAt,
    evidence_submitted_at: dispute.evidenceSubmittedAt,
    facts: dispute.facts as JsonObject,
    next_due_at: dispute.nextDueAt,
    told_at: dispute.toldAt,
    resolved_at: dispute.resolvedAt,
    updated_at: dispute.updatedAt,
  }
}

export function toDisputeRow(accountId: Uuid, dispute: Dispute) {
  return {
    ...toDisputeUpdate(accountId, dispute),
    gateway_id: dispute.gatewayId,
    gateway_reference: dispute.gatewayReference,
    charge_reference: dispute.chargeReference,
    payment_id: dispute.paymentId,
    customer_id: dispute.customerId,
    invoice_id: dispute.invoiceId,
    subscription_id: dispute.subscriptionId,
    currency: dispute.currency,
    method_type: dispute.methodType,
    card_brand: dispute.cardBrand,
    card_last4: dispute.cardLast4,
    disputed_at: dispute.disputedAt,
    created_at: dispute.createdAt,
  }
}
