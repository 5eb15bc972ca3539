import { voidInvoice, voidTransfers } from '../invoices/index.ts'
import { invoiceFact } from './facts.ts'
import type { SubscriptionState, Work } from './state.ts'
import { returnCredit } from './use-credit.ts'

/**
 * The first bill ends with the subscription that it was to begin: it is voided, unless a charge for it is
 * in flight, whose money then settles it.
 */
export function voidUnpaidStart(state: Pick<SubscriptionState, 'unpaidStart'>, work: Work): void {
  const { unpaidStart } = state
  if (unpaidStart === null || unpaidStart.isBeingPaid) return
  const { at, tools, changes } = work
  const { invoice, lines, renewalId } = unpaidStart
  const decision = voidInvoice(invoice, at)
  if (decision.kind === 'refused') return
  changes.changedInvoices.push(decision.invoice)
  if (renewalId !== null) changes.changedRenewals.push({ id: renewalId, status: 'void' })
  returnCredit(invoice, work)
  changes.transfers.push(...voidTransfers(invoice, at, tools.nextId))
  changes.facts.push(invoiceFact('voided', { invoice: decision.invoice, lines }, at))
}
