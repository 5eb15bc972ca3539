import { encodeId } from '@perennial/core/ids'
import type { CreditNote } from '@perennial/core/invoices'
import { toWireMinor } from '@perennial/core/money'
import { formatInstant, formatInstantOrNull } from '@perennial/core/time'
import type { JsonObject } from '../../../platform/wire/index.ts'
import type { CreditNoteLineRow } from './rows.ts'

/** A credit note as the API and events show it (spec/revkeen.md 5.16). */
export function toWireCreditNote(note: CreditNote) {
  return {
    id: encodeId('credit_note', note.id),
    object: 'credit_note' as const,
    credit_note_number: note.number,
    invoice_id: encodeId('invoice', note.invoiceId),
    customer_id: encodeId('customer', note.customerId),
    status: note.status,
    credit_method: note.creditMethod,
    amount_minor: toWireMinor(note.amountMinor),
    tax_amount_minor: note.taxAmountMinor === null ? null : toWireMinor(note.taxAmountMinor),
    currency: note.currency,
    reason: note.reason,
    reason_code: note.reasonCode,
    is_prorated: note.isProrated,
    proration_days_total: note.prorationDaysTotal,
    proration_days_unused: note.prorationDaysUnused,
    metadata: note.metadata as JsonObject,
    pdf_url: null,
    issued_at: formatInstantOrNull(note.issuedAt),
    voided_at: formatInstantOrNull(note.voidedAt),
    created_at: formatInstant(note.createdAt),
    updated_at: formatInstant(note.updatedAt),
  }
}

export function toWireCreditNoteLine(row: CreditNoteLineRow) {
  return {
    id: row.id,
    object: 'credit_note_line' as const,
    credit_note_id: encodeId('credit_note', row.credit_note_id),
    invoice_line_item_id:
      row.invoice_line_id === null ? null : encodeId('invoice_line', row.invoice_line_id),
    description: row.description,
    quantity: toWireMinor(row.quantity),
    unit_amount_minor: toWireMinor(row.unit_amount_minor),
    total_amount_minor: toWireMinor(row.total_amount_minor),
    metadata: row.metadata as JsonObject | null,
    created_at: formatInstant(row.created_at),
  }
}
