import { isOpen, type Invoice } from '../../invoices/index.ts'
import type { CustomerSale } from '../../sales/index.ts'
import { subscriptionFact } from '../state/facts.ts'
import { moveTo } from '../standing/move-to.ts'
import { viewOf, type SubscriptionState, type Work } from '../state/state.ts'
import { leaveToPeople } from './leave-to-people.ts'
import { saleFact } from './sale-fact.ts'
import type { SoldState } from '../state/sold-state.ts'
import { statusOfBill } from './status-of-bill.ts'

/**
 * What was paid for a sale has gone back, or stands again after all: the sale is what its bill is. Its subscriptions go on
 * as they are, as they do when the merchant calls a payment off.
 */
export function restateSale(
  { sale: before, lines }: Pick<SoldState, 'sale' | 'lines'>,
  invoice: Invoice,
  { at, changes }: Pick<Work, 'at' | 'changes'>,
): CustomerSale {
  const status = statusOfBill(invoice)
  if (before.status === 'voided' || before.status === status) return before
  const sale: CustomerSale = { ...before, status, version: before.version + 1, updatedAt: at }
  changes.changedCustomerSales.push(sale)
  changes.facts.push(saleFact(status, { sale, lines, invoice }, at))
  return sale
}

/**
 * A bank has taken back what was paid for a sale. Less than was asked for keeps a sale going, as it would have begun it;
 * with nothing left, what it has begun is unpaid and stands still until money comes. A sale is tried by people: its case
 * only tells what is owed.
 */
export function saleReturned(
  sold: SoldState,
  bill: {
    readonly invoice: Invoice
    readonly declineCode: string
    /** The invoice has a case, which goes on telling of it. */
    readonly hasCase: boolean
  },
  work: Work,
): void {
  const { invoice, declineCode } = bill
  const { status } = restateSale(sold, invoice, work)
  const [subscriptionId] = sold.lines.flatMap((line) => line.subscriptionId ?? [])
  if (status === 'voided') return
  if (!bill.hasCase && isOpen(invoice.status))
    leaveToPeople(sold, { invoice, subscriptionId: subscriptionId ?? null, declineCode }, work)
  if (status === 'declined') for (const begun of sold.begun ?? []) stop(begun, work)
}

/** One that is behind with bills of its own is in recovery already, and a trial costs nothing. */
function stop(begun: SubscriptionState, { at, changes }: Work): void {
  const before = begun.subscription
  if (before.status !== 'active') return
  const after = moveTo(moveTo(before, 'fall_past_due', at), 'exhaust', at)
  changes.changedSubscriptions.push(after)
  const previous = { status: before.status }
  changes.facts.push(subscriptionFact('updated', viewOf(begun, after), at, previous))
}
