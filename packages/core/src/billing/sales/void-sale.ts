import { isOpen, type Invoice, type InvoiceLine } from '../../invoices/index.ts'
import type { CustomerSale } from '../../sales/index.ts'
import { dropBill } from '../bills/drop-bill.ts'
import { writeOff } from '../bills/write-off.ts'
import type { ChangeSet } from '../state/change-set.ts'
import type { Work } from '../state/state.ts'
import type { SoldState } from '../state/sold-state.ts'
import { saleFact } from './sale-fact.ts'

/**
 * A sale is taken back. What was paid is refunded by whoever asks, and `work.changes` may have those refunds already;
 * what is still owed is owed no more: the bill is voided, or its rest written off where a part was paid.
 */
export function voidSale(
  sold: Pick<SoldState, 'sale' | 'lines'>,
  bill: { readonly invoice: Invoice; readonly lines: readonly InvoiceLine[] },
  work: Work,
): void {
  const { at, changes } = work
  const sale: CustomerSale = {
    ...sold.sale,
    status: 'voided',
    version: sold.sale.version + 1,
    updatedAt: at,
    voidedAt: at,
  }
  const invoice = endBill(latest(bill.invoice, changes), bill.lines, work)
  changes.changedCustomerSales.push(sale)
  changes.facts.push(saleFact('voided', { sale, lines: sold.lines, invoice }, at))
}

function latest(invoice: Invoice, changes: ChangeSet): Invoice {
  return changes.changedInvoices.find(({ id }) => id === invoice.id) ?? invoice
}

/** Nobody is to pay what is open of it; what has gone back twice is a loss. */
export function endBill(invoice: Invoice, lines: readonly InvoiceLine[], work: Work): Invoice {
  if (!isOpen(invoice.status)) return invoice
  const { changes } = work
  // A row is written once: refunds have changed it as well.
  const place = changes.changedInvoices.findIndex(({ id }) => id === invoice.id)
  if (place >= 0) changes.changedInvoices.splice(place, 1)
  const isUnpaid = invoice.paidMinor === 0n && invoice.refundedMinor === 0n
  const dropped = isUnpaid ? dropBill({ invoice, lines, renewalId: null }, work) : null
  return dropped ?? writeOff({ invoice, lines }, work)
}
