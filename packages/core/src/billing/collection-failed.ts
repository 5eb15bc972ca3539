import { assert } from '../fault/index.ts'
import { owedMinor, writeOffInvoice, writeOffTransfers } from '../invoices/index.ts'
import { closeCase, countFailedRetry, openCase, type RecoveryCase } from '../recovery/index.ts'
import { cancelSubscription, type Subscription } from '../subscriptions/index.ts'
import { addDays } from '../time/index.ts'
import { invoiceFact, subscriptionFact } from './facts.ts'
import { moveTo } from './move-to.ts'
import { viewOf, type BilledState, type SubscriptionState, type Work } from './state.ts'

type FailedBill = Pick<BilledState, 'invoice' | 'lines'>

/** A failed collection of a running subscription: its case is opened, moved on, or used up. */
export function collectionFailed(
  billed: SubscriptionState,
  bill: FailedBill,
  declineCode: string,
  work: Work,
): void {
  const { at, changes } = work
  const own = billed.openCases.find((open) => open.invoiceId === bill.invoice.id)
  if (own === undefined) {
    openCaseOf(billed, bill, declineCode, work)
    return
  }
  // A try between two scheduled ones, by hand, leaves the schedule as it is; so does one while it is paused.
  if (own.nextAttemptAt !== null || billed.subscription.status === 'paused') {
    const nextAttemptAt = own.nextAttemptAt ?? addDays(at, 1)
    changes.changedCases.push({ ...own, lastDeclineCode: declineCode, nextAttemptAt })
    return
  }
  const counted = countFailedRetry(own, declineCode, billed.policy, at)
  changes.changedCases.push(counted)
  if (counted.state === 'exhausted') exhaust(billed, bill, counted, work)
}

/**
 * The first failure of a bill: a case is opened for it, and the subscription is past due. One that was paused
 * while the charge was on its way stays paused; its case waits for the resume.
 */
export function openCaseOf(
  billed: SubscriptionState,
  { invoice }: FailedBill,
  declineCode: string,
  work: Work,
): Subscription {
  const { at, tools, changes } = work
  const before = billed.subscription
  const given = {
    id: tools.nextId(),
    invoiceId: invoice.id,
    subscriptionId: before.id,
    customerId: invoice.customerId,
    amountMinor: owedMinor(invoice),
    currency: invoice.currency,
  }
  const opened = openCase(given, declineCode, billed.policy, at)
  changes.newCases.push(opened)
  if (before.status === 'paused') return before
  const after = moveTo(before, 'fall_past_due', at)
  const view = viewOf(billed, after, opened)
  changes.changedSubscriptions.push(after)
  if (before.status === 'trialing') changes.facts.push(subscriptionFact('trial_ended', view, at))
  if (before.status !== 'past_due') changes.facts.push(subscriptionFact('past_due', view, at))
  return after
}

/** The last retry failed: the subscription ends as the merchant wants it to. */
function exhaust(
  billed: SubscriptionState,
  bill: FailedBill,
  used: RecoveryCase,
  work: Work,
): void {
  const { at, tools, changes } = work
  const others = billed.openCases.filter((open) => open.id !== used.id)
  changes.changedCases.push(...others.map((open) => closeCase(open, 'canceled', at)))
  if (billed.policy.onExhausted === 'unpaid') {
    const after = moveTo(billed.subscription, 'exhaust', at)
    const previous = { status: billed.subscription.status }
    changes.changedSubscriptions.push(after)
    changes.facts.push(subscriptionFact('updated', viewOf(billed, after), at, previous))
    return
  }
  const request = { mode: 'immediately', reason: 'payment_failed' } as const
  const ended = cancelSubscription(billed.subscription, request, at)
  assert(ended.kind === 'accepted', 'a past due subscription can be canceled')
  const writtenOff = writeOffInvoice(bill.invoice, at)
  assert(writtenOff.kind === 'accepted', 'an invoice in recovery is open')
  const { invoice } = writtenOff
  changes.changedSubscriptions.push(ended.subscription)
  changes.changedInvoices.push(invoice)
  changes.transfers.push(...writeOffTransfers(bill.invoice, at, tools.nextId))
  changes.facts.push(
    invoiceFact('marked_uncollectible', { invoice, lines: bill.lines }, at),
    subscriptionFact('canceled', viewOf(billed, ended.subscription), at),
  )
}
