import { voidInvoice, voidTransfers, type Invoice, type InvoiceLine } from '../../invoices/index.ts'
import type { Uuid } from '../../ids/index.ts'
import { invoiceFact } from '../state/facts.ts'
import type { Work } from '../state/state.ts'
import { returnCredit } from './use-credit.ts'

/**
 * A bill that ends with its subscription or its payment: it is voided, and what credit had paid of it goes back. One that
 * has money, or of which credit notes have given something back, stays: null.
 */
export function dropBill(
  bill: {
    readonly invoice: Invoice
    readonly lines: readonly InvoiceLine[]
    readonly renewalId: Uuid | null
  },
  work: Work,
): Invoice | null {
  const { at, changes } = work
  const { invoice, lines, renewalId } = bill
  const decision = voidInvoice(invoice, at)
  if (decision.kind === 'refused') return null
  changes.changedInvoices.push(decision.invoice)
  if (renewalId !== null) changes.changedRenewals.push({ id: renewalId, status: 'void' })
  returnCredit(invoice, work)
  bookVoid(invoice, work)
  changes.facts.push(invoiceFact('voided', { invoice: decision.invoice, lines }, at))
  return decision.invoice
}

/** A voided invoice leaves nothing owed, neither by its customer nor to an authority, whatever refunds took of its tax. */
export function bookVoid(invoice: Invoice, { at, tools, changes }: Work): void {
  changes.transfers.push(...voidTransfers(invoice, at, tools.nextId))
  if (invoice.refundedMinor > 0n) changes.undoneTaxes.push({ invoiceId: invoice.id, at })
}
