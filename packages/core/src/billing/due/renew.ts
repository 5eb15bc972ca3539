import { assert } from '../../fault/index.ts'
import { ratio } from '../../money/index.ts'
import {
  areRenewalsUsedUp,
  isEnded,
  outsideOf,
  periodOfCycle,
  touched,
  type Refused,
  type Subscription,
} from '../../subscriptions/index.ts'
import { MS_PER_DAY, type Instant } from '../../time/index.ts'
import { emptyChangeSet, type ChangeSet } from '../state/change-set.ts'
import { answeredCards, findDenial, type DeniedCharge } from '../charges/guard-charge.ts'
import { openCaseOf } from '../failed/collection-failed.ts'
import { renewedFact, subscriptionFact, uncollectedFact } from '../state/facts.ts'
import { issueBill, type IssuedBill } from '../bills/issue-bill.ts'
import { completeIfLast } from '../standing/complete-if-last.ts'
import { completeIfSpent } from '../recycling/complete.ts'
import { isExtraUnderWay } from '../recycling/parts-left.ts'
import { priceNextCycle } from '../recycling/price-next-cycle.ts'
import { isRecycling } from '../recycling/terms.ts'
import { viewOf, type BillingTools, type SubscriptionState, type Work } from '../state/state.ts'

const LATE_MS = MS_PER_DAY

/**
 * Where the cycle begins that follows the current period or trial: at its end. A day late and more, a schedule that counts
 * from the renewal counts from now (revcent.md 6.2).
 */
export function nextCycleFrom({ schedule, period }: Subscription, at: Instant): Instant {
  const isLate = schedule.dateRule === 'from_renewal' && at - period.end >= LATE_MS
  return isLate ? at : period.end
}

/** The next cycle, which is due. */
export function enterNextCycle(subscription: Subscription, at: Instant): Subscription {
  const { period: ended } = subscription
  const entered = enterCycleAt(subscription, nextCycleFrom(subscription, at))
  assert(entered.period.start >= ended.end, 'periods follow each other without overlap')
  return entered
}

function enterCycleAt(subscription: Subscription, renewedAt: Instant): Subscription {
  const cycle = subscription.cycle + 1
  return { ...subscription, cycle, period: periodOfCycle(subscription.schedule, cycle, renewedAt) }
}

/** A new cycle: its period, its bill and, unless the money is already there, the charge to follow. */
export function renew(state: SubscriptionState, work: Work): Subscription {
  return billCycle(
    state,
    { entered: enterNextCycle(state.subscription, work.at), kind: 'automatic' },
    work,
  )
}

function billCycle(
  state: SubscriptionState,
  { entered, kind }: { readonly entered: Subscription; readonly kind: 'automatic' | 'manual' },
  work: Work,
): Subscription {
  const { at, changes } = work
  const order = { kind, reason: 'subscription_cycle', share: ratio(1n, 1n) } as const
  const bill = issueBill({ ...state, subscription: entered }, order, work)
  const cyclesBilled = entered.cyclesBilled + 1
  const next = priceNextCycle(state, entered)
  const counted = { ...next, cyclesBilled, latestInvoiceId: bill.invoice.id }
  if (bill.result === 'no_payment_method') {
    return leaveUncollected({ ...state, subscription: counted }, bill, work)
  }
  if (bill.result !== 'settled') {
    const subscription = touched(counted, at)
    changes.changedSubscriptions.push(subscription)
    return subscription
  }
  const before = touched(counted, at)
  const subscription = completeIfSpent(state, completeIfLast(before, at), at)
  changes.changedSubscriptions.push(subscription)
  const view = viewOf(state, subscription)
  changes.facts.push(renewedFact(view, subscription.cycle, at))
  if (subscription !== before)
    changes.facts.push(subscriptionFact('updated', view, at, { status: before.status }))
  return subscription
}

/** A due charge without any method to charge is a failed collection. */
export function leaveUncollected(
  state: SubscriptionState,
  bill: IssuedBill,
  work: Work,
): Subscription {
  work.changes.facts.push(uncollectedFact(bill, 0, work.at))
  return openCaseOf(state, bill, bill.failureCode ?? 'no_payment_method', work)
}

/** Checked in this order. */
export type RenewRefusal =
  | 'subscription_ended'
  | 'subscription_state_invalid'
  | 'no_renewals_left'
  | 'renewed_at_this_instant'

export type RenewDecision =
  | Refused<RenewRefusal>
  /** Nothing but charges of its card that are not answered yet stands against the renewal. Asked last. */
  | { readonly kind: 'refused'; readonly code: 'attempt_forbidden'; readonly denied: DeniedCharge }
  | { readonly kind: 'accepted'; readonly subscription: Subscription; readonly changes: ChangeSet }

/**
 * A renewal that somebody asks for: dated now, so that the current period ends early and all later dates are counted from
 * here (revcent.md 6.2, 9).
 */
export function decideRenewNow(
  state: SubscriptionState,
  at: Instant,
  tools: BillingTools,
): RenewDecision {
  const { subscription } = state
  const { status, period, endsAt } = subscription
  if (isEnded(status)) return { kind: 'refused', code: 'subscription_ended' }
  if (status !== 'active' && status !== 'past_due') return outsideOf(['active', 'past_due'])
  const isTermOver = endsAt !== null && endsAt <= at
  if (isTermOver || areRenewalsUsedUp(subscription))
    return { kind: 'refused', code: 'no_renewals_left' }
  if (period.start >= at) return { kind: 'refused', code: 'renewed_at_this_instant' }
  // While a bill is recycled, or an extra payment under way, no other is made (spec/revolv3.md 6.3, 11).
  if (isRecycling(state) && (status === 'past_due' || isExtraUnderWay(state)))
    return { kind: 'refused', code: 'subscription_state_invalid' }

  const work: Work = { at, tools, changes: emptyChangeSet() }
  const entered = enterCycleAt(endPeriodAt(subscription, at), at)
  const renewed = billCycle(state, { entered, kind: 'manual' }, work)
  const held = work.changes.newAttempts.length === 0 ? denialUnderWay(state, entered, work) : null
  if (held !== null) return { kind: 'refused', code: 'attempt_forbidden', denied: held }
  return { kind: 'accepted', subscription: renewed, changes: work.changes }
}

/**
 * What stands against the charge of a renewal that could be made if nothing were under way on its card: the answers may
 * allow it. Null where it could not be made either way.
 */
function denialUnderWay(
  state: SubscriptionState,
  entered: Subscription,
  { at, tools }: Work,
): DeniedCharge | null {
  const { cards } = state
  if (cards === undefined) return null
  const work: Work = { at, tools, changes: emptyChangeSet() }
  billCycle({ ...state, cards: answeredCards(cards) }, { entered, kind: 'manual' }, work)
  const [charge] = work.changes.newAttempts
  if (charge === undefined) return null
  const { paymentMethodId, gatewayId, amountMinor, currency } = charge
  const asked = { paymentMethodId, gatewayIds: [gatewayId], amountMinor, currency, at }
  return findDenial(cards, asked)
}

/** Counted from an anchor, boundaries are counted from here on. */
function endPeriodAt(subscription: Subscription, at: Instant): Subscription {
  if (subscription.schedule.dateRule === 'from_renewal') return subscription
  const { zone } = subscription.schedule
  const anchor = { at, zone, day: null }
  const schedule = { ...subscription.schedule, anchor, anchorCycle: subscription.cycle + 1 }
  return { ...subscription, schedule }
}
