import type { RefundableSale } from '@perennial/core/billing'
import type { Uuid } from '@perennial/core/ids'
import type { CreditNote } from '@perennial/core/invoices'
import type { Tx } from '../../../platform/db/index.ts'
import { lockCreditNote, lockInvoices } from '../../invoices/index.ts'
import { listLiveVoids, lockSales } from '../../payments/index.ts'
import { listRenewalsOfInvoices } from '../../subscriptions/index.ts'
import { sumGivenBack } from './queries.ts'

export type LockedSale = RefundableSale & {
  /** It is being called off, or was. */
  readonly isBeingVoided: boolean
  readonly note: CreditNote | null
}

/** Locks an invoice, the credit note, and the sale, in this order. Null when the account has no such sale. */
export async function lockSale(
  tx: Tx,
  accountId: Uuid,
  key: {
    readonly saleId: Uuid
    readonly invoiceId: Uuid | null
    readonly creditNoteId: Uuid | null
  },
): Promise<LockedSale | null> {
  const invoiceIds = key.invoiceId === null ? [] : [key.invoiceId]
  const [invoices, note, renewals, sales, voided, sums] = await Promise.all([
    lockInvoices(tx, accountId, invoiceIds),
    key.creditNoteId === null ? null : lockCreditNote(tx, accountId, key.creditNoteId),
    listRenewalsOfInvoices(tx, accountId, invoiceIds),
    lockSales(tx, accountId, [key.saleId]),
    listLiveVoids(tx, accountId, [key.saleId]),
    key.invoiceId === null ? null : sumGivenBack(tx, accountId, key.invoiceId),
  ])
  const [sale] = sales
  if (sale === undefined) return null
  const isBeingVoided = voided.has(sale.id)
  const tellsTax = note !== null && note.taxAmountMinor !== null
  return {
    sale,
    invoice: invoices[0] ?? null,
    renewal: renewals[0] ?? null,
    givenBack: tellsTax ? null : sums,
    isBeingVoided,
    note,
  }
}
