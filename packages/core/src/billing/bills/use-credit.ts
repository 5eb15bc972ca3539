import {
  applyCredit,
  creditReturnTransfers,
  creditTransfers,
  type Invoice,
} from '../../invoices/index.ts'
import type { Work } from '../state/state.ts'

/** Pays an invoice that is just issued out of what its customer holds as credit, and adds what that changes. */
export function payWithCredit(issued: Invoice, creditMinor: bigint, work: Work): Invoice {
  const { at, tools, changes } = work
  const { invoice, usedMinor } = applyCredit(issued, creditMinor, at)
  if (usedMinor === 0n) return issued
  const { customerId, currency } = invoice
  changes.transfers.push(...creditTransfers({ ...invoice, usedMinor }, at, tools.nextId))
  changes.balanceChanges.push({ customerId, currency, amountMinor: -usedMinor })
  return invoice
}

/** An invoice that is called off gives the credit back that it had used. */
export function returnCredit(invoice: Invoice, work: Work): void {
  const usedMinor = invoice.creditAppliedMinor
  if (usedMinor === 0n) return
  const { at, tools, changes } = work
  const { customerId, currency } = invoice
  changes.transfers.push(...creditReturnTransfers({ ...invoice, usedMinor }, at, tools.nextId))
  changes.balanceChanges.push({ customerId, currency, amountMinor: usedMinor })
}
