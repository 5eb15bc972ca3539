import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import type { CreditNote, CreditNoteLine } from '@perennial/core/invoices'
import type { Selectable } from 'kysely'
import type { DB } from '../../../platform/db/index.ts'
import type { JsonObject } from '../../../platform/wire/index.ts'
import { storedCurrency } from '../rows.ts'

export type CreditNoteRow = Selectable<DB['credit_notes']>
export type CreditNoteLineRow = Selectable<DB['credit_note_lines']>

export function toCreditNote(row: CreditNoteRow): CreditNote {
  assert(row.status !== 'draft', 'nothing drafts a credit note')
  return {
    id: row.id,
    version: row.version,
    number: row.number,
    invoiceId: row.invoice_id,
    customerId: row.customer_id,
    status: row.status,
    creditMethod: row.credit_method,
    amountMinor: row.amount_minor,
    taxAmountMinor: row.tax_amount_minor,
    currency: storedCurrency(row.currency),
    reason: row.reason,
    reasonCode: row.reason_code,
    isProrated: row.is_prorated,
    prorationDaysTotal: row.proration_days_total,
    prorationDaysUnused: row.proration_days_unused,
    idempotencyKey: row.idempotency_key,
    cancelsSubscription: row.cancels_subscription,
    metadata: row.metadata as JsonObject,
    issuedAt: row.issued_at,
    voidedAt: row.voided_at,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

export function toCreditNoteUpdate(accountId: Uuid, note: CreditNote) {
  return {
    account_id: accountId,
    id: note.id,
    version: note.version,
    number: note.number,
    status: note.status,
    amount_minor: note.amountMinor,
    tax_amount_minor: note.taxAmountMinor,
    issued_at: note.issuedAt,
    voided_at: note.voidedAt,
    updated_at: note.updatedAt,
  }
}

export function toCreditNoteRow(accountId: Uuid, note: CreditNote) {
  return {
    ...toCreditNoteUpdate(accountId, note),
    invoice_id: note.invoiceId,
    customer_id: note.customerId,
    credit_method: note.creditMethod,
    currency: note.currency,
    reason: note.reason,
    reason_code: note.reasonCode,
    is_prorated: note.isProrated,
    proration_days_total: note.prorationDaysTotal,
    proration_days_unused: note.prorationDaysUnused,
    idempotency_key: note.idempotencyKey,
    cancels_subscription: note.cancelsSubscription,
    metadata: note.metadata as JsonObject,
    created_at: note.createdAt,
  }
}

export function toCreditNoteLineRow(accountId: Uuid, line: CreditNoteLine) {
  return {
    account_id: accountId,
    id: line.id,
    credit_note_id: line.creditNoteId,
    position: line.position,
    description: line.description,
    quantity: line.quantity,
    unit_amount_minor: line.unitAmountMinor,
    total_amount_minor: line.totalAmountMinor,
    created_at: line.createdAt,
  }
}
