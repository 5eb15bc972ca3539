import { assert } from '../../fault/index.ts'
import {
  writeOffInvoice,
  writeOffTransfers,
  type Invoice,
  type InvoiceLine,
} from '../../invoices/index.ts'
import { invoiceFact } from '../facts.ts'
import type { Work } from '../state.ts'

/** A bill that nobody is to pay any more. */
export function writeOff(
  bill: { readonly invoice: Invoice; readonly lines: readonly InvoiceLine[] },
  { at, tools, changes }: Work,
): void {
  const { invoice: before, lines } = bill
  const writtenOff = writeOffInvoice(before, at)
  assert(writtenOff.kind === 'accepted', 'a bill that is written off is open')
  const { invoice } = writtenOff
  changes.changedInvoices.push(invoice)
  changes.transfers.push(...writeOffTransfers(before, at, tools.nextId))
  changes.facts.push(invoiceFact('marked_uncollectible', { invoice, lines }, at))
}
