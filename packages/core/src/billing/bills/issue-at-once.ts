import { issueTransfers, type Invoice, type InvoiceLine } from '../../invoices/index.ts'
import { invoiceFact } from '../facts.ts'
import type { Work } from '../state.ts'

/** Adds an invoice that was never a draft: billed beside the cycles, and paid already where nothing is owed. */
export function issueAtOnce(
  invoice: Invoice,
  lines: readonly InvoiceLine[],
  { at, tools, changes }: Work,
): void {
  const view = { invoice, lines }
  changes.newInvoices.push(invoice)
  changes.newLines.push(...lines)
  changes.transfers.push(...issueTransfers(invoice, at, tools.nextId))
  changes.facts.push(invoiceFact('created', view, at), invoiceFact('finalized', view, at))
  if (invoice.status === 'paid') changes.facts.push(invoiceFact('paid', view, at))
}
