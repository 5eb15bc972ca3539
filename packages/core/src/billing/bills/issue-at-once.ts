import { issueTransfers, type Invoice, type InvoiceLine } from '../../invoices/index.ts'
import { saleTransfers, type Transaction } from '../../payments/index.ts'
import { invoiceFact, paymentFact } from '../state/facts.ts'
import type { Work } from '../state/state.ts'

/**
 * Adds an invoice that was never a draft: billed beside the cycles, and paid already where nothing is owed or `payment`,
 * money by hand, has come for it.
 */
export function issueAtOnce(
  bill: {
    readonly invoice: Invoice
    readonly lines: readonly InvoiceLine[]
    readonly payment?: Transaction
  },
  { at, tools, changes }: Work,
): void {
  const { invoice, lines, payment } = bill
  const view = { invoice, lines }
  changes.newInvoices.push(invoice)
  changes.newLines.push(...lines)
  changes.transfers.push(...issueTransfers(invoice, at, tools.nextId))
  changes.facts.push(invoiceFact('created', view, at), invoiceFact('finalized', view, at))
  if (payment !== undefined) {
    changes.newTransactions.push(payment)
    changes.transfers.push(...saleTransfers(payment, tools.nextId))
    changes.facts.push(paymentFact(payment, at))
  }
  if (invoice.status === 'paid') changes.facts.push(invoiceFact('paid', view, at))
}
