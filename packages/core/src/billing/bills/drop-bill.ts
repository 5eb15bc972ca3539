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
  const { at, tools, changes } = work
  const { invoice, lines, renewalId } = bill
  const decision = voidInvoice(invoice, at)
  if (decision.kind === 'refused') return null
  changes.changedInvoices.push(decision.invoice)
  if (renewalId !== null) changes.changedRenewals.push({ id: renewalId, status: 'void' })
  returnCredit(invoice, work)
  changes.transfers.push(...voidTransfers(invoice, at, tools.nextId))
  changes.facts.push(invoiceFact('voided', { invoice: decision.invoice, lines }, at))
  return decision.invoice
}
