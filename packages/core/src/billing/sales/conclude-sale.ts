import type { Invoice, InvoiceLine } from '../../invoices/index.ts'
import { isOpen, owedMinor } from '../../invoices/index.ts'
import { exhaustCase, openCase } from '../../recovery/index.ts'
import type { CustomerSale, SaleStatus } from '../../sales/index.ts'
import { newShipment } from '../extras/follow-lines.ts'
import { soldShipping } from '../extras/sold-shipping.ts'
import type { Work } from '../state.ts'
import { beginSold } from './begin-sold.ts'
import type { SoldState } from './sold-state.ts'
import { saleFact } from './sale-fact.ts'

/**
 * What has come of charging a sale, once nothing more is charged: paid, paid in part, or declined (spec/revcent.md 4).
 * `invoice` is as the outcome has left it. Money, even less than was asked for, begins the subscriptions; what is left
 * then waits in a case for somebody to try it.
 */
export function concludeSale(
  sold: SoldState,
  bill: {
    readonly invoice: Invoice
    readonly lines: readonly InvoiceLine[]
    readonly declineCode: string | null
  },
  work: Work,
): void {
  const { sale: before } = sold
  const { invoice } = bill
  const status = statusAfter(invoice)
  if (before.status === 'voided' || before.status === status) return
  // What was begun stands, whatever becomes of the rest.
  if (before.begunAt !== null && status !== 'paid') return
  const { at, changes } = work
  const isBegun = before.begunAt === null && status !== 'declined'
  const sale: CustomerSale = {
    ...before,
    status,
    version: before.version + 1,
    begunAt: isBegun ? at : before.begunAt,
    updatedAt: at,
  }
  const first = isBegun ? beginSold({ ...sold, sale }, invoice, work)[0] : undefined
  changes.changedCustomerSales.push(sale)
  const begun = new Map(changes.begunLines.map((line) => [line.position, line.subscriptionId]))
  const lines = sold.lines.map((line) => ({
    ...line,
    subscriptionId: line.subscriptionId ?? begun.get(line.position) ?? null,
  }))
  changes.facts.push(saleFact(status, { sale, lines, invoice }, at))
  const shipment = status === 'paid' ? soldShipping({ sale, lines: sold.lines }) : null
  if (shipment !== null)
    changes.newShipments.push(newShipment(work.tools.nextId(), { invoice, shipment }, at))
  if (status !== 'partially_paid' || first === undefined || !isOpen(invoice.status)) return
  const given = {
    id: work.tools.nextId(),
    invoiceId: invoice.id,
    subscriptionId: first.id,
    customerId: invoice.customerId,
    amountMinor: owedMinor(invoice),
    currency: invoice.currency,
  }
  // Tries are for people to make: the case only tells what is left.
  const open = openCase(given, bill.declineCode ?? 'generic_decline', sold.policy, at)
  changes.newCases.push(exhaustCase(open, at))
}

function statusAfter(invoice: Invoice): SaleStatus {
  if (invoice.status === 'paid') return 'paid'
  return invoice.paidMinor > 0n ? 'partially_paid' : 'declined'
}
