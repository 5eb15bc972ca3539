import { encodeId } from '@perennial/core/ids'
import { toWireMinor } from '@perennial/core/money'
import type { Mandate } from '@perennial/core/payments'
import { formatInstant, formatInstantOrNull } from '@perennial/core/time'
import { maskSortCode } from '../methods/wire.ts'
import type { CollectionRow } from '../queries/mandate-collections.ts'
import type { MandateRequestRow } from '../queries/mandate-requests.ts'
import type { MandateView } from '../queries/mandates.ts'

/** One row of the list (revkeen 5.22). */
export function toWireMandateRow(mandate: Mandate) {
  return {
    id: encodeId('mandate', mandate.id),
    mandate_ref: mandate.ref,
    mandate_reference: mandate.bureauReference,
    customer_id: encodeId('customer', mandate.customerId),
    status: mandate.status,
    account_holder_name: mandate.accountHolderName,
    sort_code: maskSortCode(mandate.sortCodeLast2),
    account_number_last4: mandate.accountNumberLast4,
    bank_name: mandate.bankName,
    notice_days: mandate.noticeDays,
    activated_at: formatInstantOrNull(mandate.activatedAt),
    created_at: formatInstant(mandate.createdAt),
  }
}

export function toWireMandate(
  mandate: Mandate & Partial<Pick<MandateView, 'firstCollectionOn' | 'nextCollectionOn'>>,
) {
  const { backupPaymentMethodId, mandateRequestId, invoiceId } = mandate
  return {
    ...toWireMandateRow(mandate),
    payment_method_id: encodeId('payment_method', mandate.paymentMethodId),
    statement_name: mandate.statementName,
    first_collection_date: mandate.firstCollectionOn ?? null,
    next_collection_date: mandate.nextCollectionOn ?? null,
    backup_payment_method_id:
      backupPaymentMethodId === null ? null : encodeId('payment_method', backupPaymentMethodId),
    suspended_at: formatInstantOrNull(mandate.suspendedAt),
    cancelled_at: formatInstantOrNull(mandate.cancelledAt),
    failure_reason: mandate.failureReason,
    mandate_request_id:
      mandateRequestId === null ? null : encodeId('mandate_request', mandateRequestId),
    invoice_id: invoiceId === null ? null : encodeId('invoice', invoiceId),
    // Nothing is printed here: the bureau writes to the payer.
    pdf_documents: [],
    updated_at: formatInstant(mandate.updatedAt),
  }
}

/** Without the token of its page, which is told once. */
export function toWireRequest(row: MandateRequestRow) {
  const id = encodeId('mandate_request', row.id)
  return { id, status: row.status, expires_at: formatInstant(row.expires_at) }
}

export function toWireCollection(row: CollectionRow, isRepeat: boolean) {
  const id = encodeId('mandate_collection', row.id)
  return {
    id,
    mandate_id: encodeId('mandate', row.mandate_id),
    lz_schedule_id: id,
    amount_minor: toWireMinor(row.amount_minor),
    currency: row.currency,
    source_type: row.source_type,
    source_id: encodeId('invoice', row.source_id),
    status: row.status,
    collection_date: row.collection_on,
    notice_date: row.notice_on,
    submission_date: row.submission_on,
    settlement_date: row.settlement_on,
    failure_code: row.failure_code,
    already_scheduled: isRepeat,
  }
}
