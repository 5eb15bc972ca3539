import { assert, assertNever } from '../../fault/index.ts'
import { payInvoice, writeOffRecoveryTransfers } from '../../invoices/index.ts'
import { saleTransfers, type Transaction } from '../../payments/index.ts'
import { closeCase } from '../../recovery/index.ts'
import type { Subscription } from '../../subscriptions/index.ts'
import type { Instant } from '../../time/index.ts'
import type { ChangeSet } from '../state/change-set.ts'
import { paidRenewalStatus } from '../bills/paid-renewal-status.ts'
import { followPaid } from '../extras/follow-lines.ts'
import { begunFacts, invoiceFact, renewedFact, subscriptionFact } from '../state/facts.ts'
import { isBehind } from '../standing/is-behind.ts'
import { moveTo } from '../standing/move-to.ts'
import { completeIfPaidUp, completeIfSpent } from '../recycling/complete.ts'
import { completeIfLast } from '../standing/complete-if-last.ts'
import { skipMissedCycles } from '../standing/skip-missed-cycles.ts'
import { type BilledState } from '../state/billed-state.ts'
import { viewOf, type BillingTools, type SubscriptionState, type Work } from '../state/state.ts'

/** Money arrived for an invoice, from a gateway or recorded by hand. Faults: more than is owed. */
// oxlint-disable-next-line max-params -- part of the face, called beside decideSettlement with the same words
export function settlePaid(
  state: BilledState,
  sale: Transaction,
  at: Instant,
  tools: BillingTools,
  changes: ChangeSet,
): ChangeSet {
  changes.transfers.push(...saleTransfers(sale, tools.nextId))
  return receive(state, sale.amountMinor, { at, tools, changes })
}

/** The same of money whose own posting is made elsewhere. */
export function receive(state: BilledState, amountMinor: bigint, work: Work): ChangeSet {
  const { at, tools, changes } = work
  const paid = payInvoice(state.invoice, amountMinor, at)
  assert(paid.kind === 'accepted', 'a charge was sent for an invoice that can be paid')
  const { invoice } = paid
  if (state.invoice.status === 'uncollectible') {
    const recovered = { invoice, amountMinor, position: invoice.version }
    changes.transfers.push(...writeOffRecoveryTransfers(recovered, at, tools.nextId))
  }
  changes.changedInvoices.push(invoice)
  if (invoice.status !== 'paid') return changes

  followPaid(
    { invoice, lines: state.lines, subscription: state.billed?.subscription ?? null },
    work,
  )
  // Paid again after its money went back: another fact.
  const timesBefore = BigInt(invoice.reopenCount)
  changes.facts.push(invoiceFact('paid', { invoice, lines: state.lines }, at, timesBefore))
  if (state.renewal !== null && state.renewal.status !== 'void') {
    const status = paidRenewalStatus(invoice)
    changes.changedRenewals.push({ id: state.renewal.id, status })
  }
  if (state.billed === null) return changes
  const isBesideCycles = state.renewal === null && state.billed.recycling !== undefined
  if (isBesideCycles) paidBesideCycles(state.billed, state, at, changes)
  else subscriptionPaid(state.billed, state, at, changes)
  return changes
}

function paidBesideCycles(
  billed: SubscriptionState,
  { invoice }: Pick<BilledState, 'invoice'>,
  at: Instant,
  changes: ChangeSet,
): void {
  const { subscription: before } = billed
  const after = completeIfPaidUp(billed, invoice, at)
  if (after === before) return
  changes.changedSubscriptions.push(after)
  changes.facts.push(
    subscriptionFact('updated', viewOf(billed, after), at, { status: before.status }),
  )
}

function subscriptionPaid(
  billed: SubscriptionState,
  state: Pick<BilledState, 'invoice' | 'renewal'>,
  at: Instant,
  changes: ChangeSet,
): void {
  const own = billed.openCases.find((open) => open.invoiceId === state.invoice.id)
  if (own !== undefined) changes.changedCases.push(closeCase(own, 'recovered', at))
  const owesMore = isBehind(billed, state.invoice.id)

  const before = billed.subscription
  const isRenewal = state.renewal?.kind === 'automatic' || state.renewal?.kind === 'manual'
  const paid = statusAfterPayment(before, owesMore, at)
  const after = completeIfSpent(billed, isRenewal ? completeIfLast(paid, at) : paid, at)
  if (after !== before) changes.changedSubscriptions.push(after)
  const view = viewOf(billed, after)
  if (before.status === 'trialing' && after.status === 'active') {
    changes.facts.push(subscriptionFact('trial_ended', view, at))
  }
  const isFirst =
    before.status === 'trialing' || before.status === 'pending' || before.status === 'incomplete'
  if (isFirst) changes.facts.push(...begunFacts(view, at))
  if (isRenewal && state.renewal !== null && state.invoice.reopenCount === 0) {
    changes.facts.push(renewedFact(view, state.renewal.cycle, at))
  }
  if (!isFirst && after.status !== before.status) {
    changes.facts.push(subscriptionFact('updated', view, at, { status: before.status }))
  }
}

function statusAfterPayment(
  subscription: Subscription,
  owesMore: boolean,
  at: Instant,
): Subscription {
  switch (subscription.status) {
    case 'pending':
    case 'incomplete':
    case 'trialing':
      return moveTo(subscription, 'activate', at)
    case 'past_due':
      return owesMore ? subscription : moveTo(subscription, 'recover', at)
    case 'unpaid':
      return moveTo(skipMissedCycles(subscription, at), 'recover', at)
    case 'active':
    case 'paused':
    case 'incomplete_expired':
    case 'canceled':
    case 'expired':
      return subscription
    default:
      return assertNever(subscription.status)
  }
}
