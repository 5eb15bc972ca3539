import type { Decline } from '../../declines/index.ts'
import { assert } from '../../fault/index.ts'
import type { BillingReason, Invoice } from '../../invoices/index.ts'
import {
  closeCase,
  countFailedRetry,
  countRetryInOutage,
  exhaustCase,
  type RecoveryCase,
} from '../../recovery/index.ts'
import {
  cancelSubscription,
  suspendSubscription,
  type Subscription,
} from '../../subscriptions/index.ts'
import { addDays, type Instant } from '../../time/index.ts'
import { writeOff } from '../bills/write-off.ts'
import { subscriptionFact } from '../state/facts.ts'
import { moveTo } from '../standing/move-to.ts'
import { openBillCase } from './open-bill-case.ts'
import { recycleBill, type FailedRun } from './recycle-bill.ts'
import { isRecycling } from '../recycling/terms.ts'
import { type BilledState } from '../state/billed-state.ts'
import { viewOf, type SubscriptionState, type Work } from '../state/state.ts'

type FailedBill = Pick<BilledState, 'invoice' | 'lines'> & {
  /** What the last charge of it was refused with. */
  readonly decline?: Decline | null
  /** Debited from a bank account, and not to be tried again where bills are recycled. */
  readonly isBankDebit?: boolean
  /** The charge was made in an outage of ours. */
  readonly isInOutage?: boolean
}

function failedRun(bill: FailedBill, code: string): FailedRun {
  return { code, decline: bill.decline ?? null, isRecyclable: bill.isBankDebit !== true }
}

/**
 * A failed collection of a running subscription: its case is opened, moved on, or used up. A bill that is sent has none: a card
 * is charged for it by hand alone, and its customer still has until it is due.
 */
export function collectionFailed(
  billed: SubscriptionState,
  bill: FailedBill,
  declineCode: string,
  work: Work,
): void {
  const { at, changes } = work
  if (isRecycling(billed)) {
    recycleBill(billed, bill, failedRun(bill, declineCode), work)
    return
  }
  const own = billed.openCases.find((open) => open.invoiceId === bill.invoice.id)
  if (own === undefined) {
    if (bill.invoice.collectionMethod === 'charge_automatically')
      openCaseOf(billed, bill, declineCode, work)
    return
  }
  // A try between two scheduled ones, by hand, leaves the schedule as it is; so does one while it is paused and not tried.
  const isHeld =
    billed.subscription.status === 'paused' && !isSuspendedByProfile(billed.subscription)
  if (own.nextAttemptAt !== null || isHeld) {
    const nextAttemptAt = own.nextAttemptAt ?? addDays(at, 1)
    const told = { lastDeclineCode: declineCode, nextAttemptAt, planAt: at }
    changes.changedCases.push({ ...own, ...told })
    return
  }
  const count = bill.isInOutage === true ? countRetryInOutage : countFailedRetry
  const counted = count(own, declineCode, billed.policy, at)
  changes.changedCases.push(counted)
  if (counted.state === 'exhausted') endSubscription(billed, bill, counted, work)
}

/** Its dates stand still, and what is overdue of it may be tried all the same. */
export function isSuspendedByProfile({
  status,
  pauseBehavior,
  profile,
}: Pick<Subscription, 'status' | 'pauseBehavior' | 'profile'>): boolean {
  return status === 'paused' && pauseBehavior === 'suspend' && profile !== null
}

/** Nothing is left to try, or it is not to be tried any more: the case ends, and its subscription with it. */
export function giveUpCase(
  billed: SubscriptionState,
  bill: FailedBill,
  given: { readonly open: RecoveryCase; readonly endsAs: 'exhausted' | 'canceled' },
  work: Work,
): void {
  const { open, endsAs } = given
  const ended =
    endsAs === 'exhausted' ? exhaustCase(open, work.at) : closeCase(open, endsAs, work.at)
  work.changes.changedCases.push(ended)
  endSubscription(billed, bill, ended, work)
}

/**
 * The first failure of a bill: a case is opened for it, and the subscription is past due. One that was paused
 * while the charge was on its way stays paused; its case waits for the resume.
 */
export function openCaseOf(
  billed: SubscriptionState,
  bill: FailedBill,
  declineCode: string,
  work: Work,
): Subscription {
  if (isRecycling(billed)) return recycleBill(billed, bill, failedRun(bill, declineCode), work)
  const { invoice } = bill
  const { at, changes } = work
  const { subscription: before, policy } = billed
  const open = openBillCase(invoice, { subscriptionId: before.id, declineCode, policy }, work)
  // A profile may leave all tries to people: then the case only tells of the failure.
  const opened = before.profile?.retriesFailed === false ? exhaustCase(open, at) : open
  changes.newCases.push(opened)
  if (before.status === 'paused') return before
  const after = fallBehind(billed, invoice, opened.state === 'open' ? opened : null, work)
  changes.changedSubscriptions.push(after)
  return after
}

/**
 * The subscription with a bill that is not paid: past due, or suspended at its overdue limit; a paused one stays as it is. Its
 * facts are told; the row is the caller's to write. `open`: the bill's case, if it is tried again.
 */
export function fallBehind(
  billed: SubscriptionState,
  invoice: Invoice,
  open: RecoveryCase | null,
  { at, changes }: Work,
): Subscription {
  const before = billed.subscription
  if (before.status === 'paused') return before
  const behind = moveTo(before, 'fall_past_due', at)
  const after = isOverdueLimitReached(billed, invoice) ? suspended(behind, at) : behind
  const view = viewOf(billed, after, open)
  if (before.status === 'trialing') changes.facts.push(subscriptionFact('trial_ended', view, at))
  if (before.status !== 'past_due') changes.facts.push(subscriptionFact('past_due', view, at))
  if (after.status === 'paused') changes.facts.push(subscriptionFact('paused', view, at))
  return after
}

/** So many of its renewals are overdue, this one among them, that its profile stops it (revcent.md 8.2). */
function isOverdueLimitReached(billed: SubscriptionState, invoice: Invoice): boolean {
  const limit = billed.subscription.profile?.overdueLimit ?? 0
  const overdueIds = new Set(billed.overdueInvoiceIds)
  if (BILLS_OF_RENEWALS.includes(invoice.billingReason)) overdueIds.add(invoice.id)
  return limit > 0 && overdueIds.size >= limit
}

const BILLS_OF_RENEWALS: readonly BillingReason[] = ['subscription_create', 'subscription_cycle']

function suspended(subscription: Subscription, at: Instant): Subscription {
  const decision = suspendSubscription(subscription, at)
  assert(decision.kind === 'accepted', 'a subscription that is behind can be suspended')
  return decision.subscription
}

/** The subscription of a bill that is given up ends as the merchant wants it to. */
function endSubscription(
  billed: SubscriptionState,
  bill: FailedBill,
  used: RecoveryCase,
  work: Work,
): void {
  // With a profile it is the number of overdue renewals that stops it, and nothing ends it (revcent.md 8).
  if (billed.subscription.profile !== null) return
  const { at, changes } = work
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
  changes.changedSubscriptions.push(ended.subscription)
  writeOff(bill, work)
  changes.facts.push(subscriptionFact('canceled', viewOf(billed, ended.subscription), at))
}
