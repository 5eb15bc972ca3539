import { assert } from '../../fault/index.ts'
import type { Decline } from '../../declines/index.ts'
import type { Invoice } from '../../invoices/index.ts'
import {
  closeCase,
  exhaustCase,
  isHardDecline,
  nextRunAt,
  recyclingEndsAt,
  type RecoveryCase,
} from '../../recovery/index.ts'
import { cancelSubscription, type Subscription } from '../../subscriptions/index.ts'
import type { Instant } from '../../time/index.ts'
import { subscriptionFact } from '../state/facts.ts'
import { writeOff } from '../bills/write-off.ts'
import { moveTo } from '../standing/move-to.ts'
import { type BilledState } from '../state/billed-state.ts'
import { viewOf, type Work } from '../state/state.ts'
import type { RecyclingState } from '../recycling/terms.ts'
import { openBillCase } from './open-bill-case.ts'

type FailedBill = Pick<BilledState, 'invoice' | 'lines'>

/** Why a run came to nothing. `decline`: null where nothing was charged, or a bank took the money back. */
export type FailedRun = {
  readonly code: string
  readonly decline: Decline | null
  /** Bank debits are not tried again (spec/revolv3.md 6.3). */
  readonly isRecyclable: boolean
}

/**
 * A run over all methods ended without the money: the bill is recycled, or given up after a hard decline, the last run
 * or too many days. Returns the subscription as that leaves it.
 */
export function recycleBill(
  billed: RecyclingState,
  bill: FailedBill,
  failed: FailedRun,
  work: Work,
): Subscription {
  const { rules } = billed.recycling
  const own = billed.openCases.find((open) => open.invoiceId === bill.invoice.id)
  const given = { own, code: failed.code }
  if (failed.decline !== null && isHardDecline(failed.decline, rules.hardDeclines))
    return giveUp(billed, bill, { ...given, onEnd: rules.onHardDecline }, work)
  if (!failed.isRecyclable)
    return giveUp(billed, bill, { ...given, onEnd: rules.onExhausted }, work)
  return own === undefined
    ? beginRecycling(billed, bill, failed.code, work)
    : countRun(billed, bill, { own, code: failed.code }, work)
}

/** From when on a bill is too old to be tried. */
export function givenUpAt(billed: RecyclingState, invoice: Invoice): Instant {
  return recyclingEndsAt(billedAt(invoice), billed.recycling.rules)
}

/** Whether a bill that is due for a run is too old for it. */
export function isTooOld(billed: RecyclingState, invoice: Invoice, at: Instant): boolean {
  return at >= givenUpAt(billed, invoice)
}

function billedAt(invoice: Invoice): Instant {
  return invoice.finalizedAt ?? invoice.createdAt
}

function beginRecycling(
  billed: RecyclingState,
  bill: FailedBill,
  code: string,
  work: Work,
): Subscription {
  const { at, changes } = work
  const { invoice } = bill
  const { rules } = billed.recycling
  const made = { failedFirstAt: at, runsMade: 0, billedAt: billedAt(invoice) }
  const runAt = nextRunAt(made, rules, at)
  if (runAt === null) {
    return giveUp(billed, bill, { own: undefined, code, onEnd: rules.onExhausted }, work)
  }
  const { subscription: before, policy } = billed
  const failed = { subscriptionId: before.id, declineCode: code, policy }
  const opened = { ...openBillCase(invoice, failed, work), nextAttemptAt: runAt, planAt: null }
  changes.newCases.push(opened)
  if (before.status === 'paused') return before
  const after = moveTo(begun(before), 'fall_past_due', at)
  const view = viewOf(billed, after, opened)
  changes.changedSubscriptions.push(after)
  if (before.status === 'trialing') changes.facts.push(subscriptionFact('trial_ended', view, at))
  const previous = { status: before.status }
  if (before.status !== 'past_due')
    changes.facts.push(subscriptionFact('past_due', view, at, previous))
  return after
}

/** A start that is recycled has begun all the same. */
function begun(subscription: Subscription): Subscription {
  return subscription.status === 'pending' ? { ...subscription, status: 'active' } : subscription
}

function countRun(
  billed: RecyclingState,
  bill: FailedBill,
  { own, code }: { readonly own: RecoveryCase; readonly code: string },
  work: Work,
): Subscription {
  const { at, changes } = work
  const { rules } = billed.recycling
  // A try between two runs, by hand or because of another card, is none of them.
  if (own.nextAttemptAt !== null) {
    changes.changedCases.push({ ...own, lastDeclineCode: code })
    return billed.subscription
  }
  const runsMade = own.retriesMade + 1
  const made = { failedFirstAt: own.openedAt, runsMade, billedAt: billedAt(bill.invoice) }
  const runAt = nextRunAt(made, rules, at)
  const counted = { ...own, retriesMade: runsMade, lastDeclineCode: code }
  if (runAt === null) {
    return giveUp(billed, bill, { own: counted, code, onEnd: rules.onExhausted }, work)
  }
  changes.changedCases.push({ ...counted, nextAttemptAt: runAt })
  return billed.subscription
}

/** The bill is written off, and the subscription ends or goes on as the merchant has said. */
export function giveUp(
  billed: RecyclingState,
  bill: FailedBill,
  given: {
    readonly own: RecoveryCase | undefined
    readonly code: string
    readonly onEnd: 'cancel' | 'keep'
    /** Whether runs were used up, which is what absent means, or somebody called them off. */
    readonly endsAs?: 'exhausted' | 'canceled'
  },
  work: Work,
): Subscription {
  const { at, changes } = work
  const { own, code, endsAs = 'exhausted' } = given
  writeOff(bill, work)
  if (own !== undefined) {
    const told = { ...own, lastDeclineCode: code }
    const ended = endsAs === 'exhausted' ? exhaustCase(told, at) : closeCase(told, endsAs, at)
    changes.changedCases.push(ended)
  }
  const before = billed.subscription
  const after = given.onEnd === 'cancel' ? canceled(before, at) : kept(before, at)
  if (after === before) return before
  changes.changedSubscriptions.push(after)
  const view = viewOf(billed, after)
  if (before.status === 'trialing') changes.facts.push(subscriptionFact('trial_ended', view, at))
  if (given.onEnd === 'cancel') changes.facts.push(subscriptionFact('canceled', view, at))
  else changes.facts.push(subscriptionFact('updated', view, at, { status: before.status }))
  return after
}

function canceled(subscription: Subscription, at: Instant): Subscription {
  const request = { mode: 'immediately', reason: 'payment_failed' } as const
  const decision = cancelSubscription(subscription, request, at)
  assert(decision.kind === 'accepted', 'a subscription with a bill can be canceled')
  return decision.subscription
}

function kept(subscription: Subscription, at: Instant): Subscription {
  switch (subscription.status) {
    case 'past_due':
      return moveTo(subscription, 'recover', at)
    case 'pending':
    case 'trialing':
      return moveTo(subscription, 'activate', at)
    default:
      return subscription
  }
}

/**
 * The first charge of a subscription that is being created was refused: hard, or softly where that is not recycled.
 * Then there is no subscription, and its bill is written off (spec/revolv3.md 4.4).
 */
export function failStart(
  billed: RecyclingState,
  bill: FailedBill,
  failed: FailedRun,
  work: Work,
): Subscription {
  const { hardDeclines } = billed.recycling.rules
  const isHard = failed.decline !== null && isHardDecline(failed.decline, hardDeclines)
  if (!isHard && failed.isRecyclable && billed.recycling.recyclesStart)
    return recycleBill(billed, bill, failed, work)
  const { at, changes } = work
  writeOff(bill, work)
  const before = billed.subscription
  const refused = moveTo({ ...before, endedAt: at }, 'expire_unpaid_start', at)
  changes.changedSubscriptions.push(refused)
  const previous = { status: before.status }
  changes.facts.push(subscriptionFact('updated', viewOf(billed, refused), at, previous))
  return refused
}
