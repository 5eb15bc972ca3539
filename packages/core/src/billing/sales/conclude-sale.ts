import type { Invoice, InvoiceLine } from '../../invoices/index.ts'
import { isOpen } from '../../invoices/index.ts'
import type { CustomerSale } from '../../sales/index.ts'
import type { BilledState } from '../state/billed-state.ts'
import { newShipment } from '../extras/follow-lines.ts'
import { soldShipping } from '../extras/sold-shipping.ts'
import { subscriptionFact } from '../state/facts.ts'
import { moveTo } from '../standing/move-to.ts'
import { skipMissedCycles } from '../standing/skip-missed-cycles.ts'
import { viewOf, type SubscriptionState, type Work } from '../state/state.ts'
import { beginSold } from './begin-sold.ts'
import { leaveToPeople } from './leave-to-people.ts'
import type { SoldState } from '../state/sold-state.ts'
import { saleFact } from './sale-fact.ts'
import { statusOfBill } from './status-of-bill.ts'

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
  const status = statusOfBill(invoice)
  if (before.status === 'voided' || before.status === status) return
  // What was begun stands, whatever becomes of the rest.
  if (before.begunAt !== null && status === 'declined') return
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
  const { customerId, paymentMethodId, makesDefault } = sale
  if (isBegun && makesDefault && paymentMethodId !== null && !sold.isBuyerGone)
    changes.newDefaults.push({ customerId, paymentMethodId, at })
  changes.changedCustomerSales.push(sale)
  // Its money had gone back, and has come again.
  if (!isBegun && before.status === 'declined')
    for (const stopped of sold.begun ?? []) resume(stopped, work)
  const begun = new Map(changes.begunLines.map((line) => [line.position, line.subscriptionId]))
  const lines = sold.lines.map((line) => ({
    ...line,
    subscriptionId: line.subscriptionId ?? begun.get(line.position) ?? null,
  }))
  changes.facts.push(saleFact(status, { sale, lines, invoice }, at))
  const shipment = status === 'paid' ? soldShipping({ sale, lines: sold.lines }) : null
  if (shipment !== null)
    changes.newShipments.push(newShipment(work.tools.nextId(), { invoice, shipment }, at))
  if (status !== 'partially_paid' || !isBegun || !isOpen(invoice.status)) return
  const declineCode = bill.declineCode ?? 'generic_decline'
  leaveToPeople(sold, { invoice, subscriptionId: first?.id ?? null, declineCode }, work)
}

/** The same of the sale that a bill is of, where it is of one. */
export function concludeSaleOf(
  { sold, invoice: before, lines }: BilledState,
  declineCode: string | null,
  work: Work,
): void {
  if (sold === undefined) return
  const invoice = work.changes.changedInvoices.find(({ id }) => id === before.id) ?? before
  concludeSale(sold, { invoice, lines, declineCode }, work)
}

/** It stood still since a bank had taken its sale's money back. */
function resume(stopped: SubscriptionState, { at, changes }: Work): void {
  const before = stopped.subscription
  if (before.status !== 'unpaid') return
  const after = moveTo(skipMissedCycles(before, at), 'recover', at)
  changes.changedSubscriptions.push(after)
  const previous = { status: before.status }
  changes.facts.push(subscriptionFact('updated', viewOf(stopped, after), at, previous))
}
