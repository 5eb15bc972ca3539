import { assert } from '../../fault/index.ts'
import {
  writeOffInvoice,
  writeOffTransfers,
  type Invoice,
  type InvoiceLine,
} from '../../invoices/index.ts'
import { invoiceFact } from '../state/facts.ts'
import type { Work } from '../state/state.ts'

/** A bill that nobody is to pay any more: it can be written off again once late money has come and gone. */
export function writeOff(
  bill: { readonly invoice: Invoice; readonly lines: readonly InvoiceLine[] },
  { at, tools, changes }: Work,
): Invoice {
  const { lines } = bill
  const writtenOff = writeOffInvoice(bill.invoice, at)
  assert(writtenOff.kind === 'accepted', 'a bill that is written off is open')
  const { invoice } = writtenOff
  changes.changedInvoices.push(invoice)
  changes.transfers.push(...writeOffTransfers(invoice, at, tools.nextId))
  const number = BigInt(invoice.version)
  changes.facts.push(invoiceFact('marked_uncollectible', { invoice, lines }, at, number))
  return invoice
}

/** What came late for a bill that was written off has gone back: it is a loss again, by as much and of nothing else. */
export function loseAgain(
  invoice: Invoice,
  amountMinor: bigint,
  { at, tools, changes }: Work,
): void {
  const lost = { ...invoice, paidMinor: invoice.totalMinor - amountMinor }
  changes.transfers.push(...writeOffTransfers(lost, at, tools.nextId))
}
