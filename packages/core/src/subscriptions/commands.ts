import type { Instant } from '../time/index.ts'
import { withTrialEnd } from './end-trial.ts'
import { decideMove, outsideOf, type Move, type Refused } from './moves.ts'
import { cycleAround, isInTrial, isTrialOver, periodOfCycle, touched } from './schedule.ts'
import { isEnded, RUNNING, type PauseBehavior, type Subscription } from './subscription.ts'

/** Commands check them in this order. */
export type SubscriptionRefusal =
  | 'subscription_ended'
  | 'subscription_state_invalid'
  | 'cancel_not_scheduled'
  | 'resumes_at_in_past'
  | 'next_billing_in_past'
  | 'trial_outlasts_term'
  | 'billing_day_not_monthly'

export type SubscriptionDecision =
  | Refused<SubscriptionRefusal>
  | { readonly kind: 'accepted'; readonly subscription: Subscription }

function refused(code: SubscriptionRefusal): SubscriptionDecision {
  return { kind: 'refused', code }
}

/** Applies a named move and a change of fields, or refuses where the state machine does. */
function moved(
  subscription: Subscription,
  step: { readonly move: Move; readonly change: Partial<Subscription> },
  at: Instant,
): SubscriptionDecision {
  if (isEnded(subscription.status)) return refused('subscription_ended')
  const decision = decideMove(subscription.status, step.move)
  if (decision.kind === 'refused') return decision
  return {
    kind: 'accepted',
    subscription: touched({ ...subscription, ...step.change, status: decision.to }, at),
  }
}

/** Cancels now, or sets the flag that ends it when the current period does. */
export function cancelSubscription(
  subscription: Subscription,
  request: { readonly mode: 'immediately' | 'period_end'; readonly reason: string | null },
  at: Instant,
): SubscriptionDecision {
  if (isEnded(subscription.status)) return refused('subscription_ended')
  const cancelReason = request.reason ?? subscription.cancelReason
  const canceledAt = subscription.canceledAt ?? at
  if (request.mode === 'period_end') {
    if (!RUNNING.includes(subscription.status)) return outsideOf(RUNNING)
    const flagged = { ...subscription, cancelAtPeriodEnd: true, canceledAt, cancelReason }
    return { kind: 'accepted', subscription: touched(flagged, at) }
  }
  const change = { canceledAt, cancelReason, endedAt: at, pausedAt: null, resumesAt: null }
  return moved(subscription, { move: 'cancel', change }, at)
}

/** Takes back a cancellation that has not happened yet, whatever the status (docs/decisions/0031-reactivate-takes-back-any-cancellation.md). */
export function reactivateSubscription(
  subscription: Subscription,
  at: Instant,
): SubscriptionDecision {
  if (isEnded(subscription.status)) return refused('subscription_ended')
  if (!subscription.cancelAtPeriodEnd) return refused('cancel_not_scheduled')
  const kept = { ...subscription, cancelAtPeriodEnd: false, canceledAt: null, cancelReason: null }
  return { kind: 'accepted', subscription: touched(kept, at) }
}

/** active -> paused. Periods go on; what their bills become is the behaviour's to say. */
export function pauseSubscription(
  subscription: Subscription,
  request: { readonly behavior: PauseBehavior; readonly resumesAt: Instant | null },
  at: Instant,
): SubscriptionDecision {
  const { behavior: pauseBehavior, resumesAt } = request
  const change = { pausedAt: at, pauseBehavior, resumesAt, pauseAtPeriodEnd: false }
  const decision = moved(subscription, { move: 'pause', change }, at)
  const isInPast = resumesAt !== null && resumesAt <= at
  return decision.kind === 'accepted' && isInPast ? refused('resumes_at_in_past') : decision
}

/**
 * trialing, active or past_due -> paused. Nothing is billed and the dates stay as they are until it is activated; a trial
 * whose first charge is under way is none any more.
 */
export function suspendSubscription(subscription: Subscription, at: Instant): SubscriptionDecision {
  const isBilling = subscription.status === 'trialing' && isTrialOver(subscription)
  if (isBilling) return refused('subscription_state_invalid')
  const change = { pausedAt: at, pauseBehavior: 'suspend', resumesAt: null } as const
  return moved(subscription, { move: 'suspend', change }, at)
}

/**
 * paused -> active; the next bill comes at the end of the current period. Of a suspended one the date stays: when it has
 * passed, one renewal follows at once for all that were left out (revcent.md 3.1, 6.2), or the end of its trial.
 */
export function resumeSubscription(subscription: Subscription, at: Instant): SubscriptionDecision {
  const change = { pausedAt: null, pauseBehavior: null, resumesAt: null }
  if (subscription.pauseBehavior !== 'suspend')
    return moved(subscription, { move: 'resume', change }, at)
  const move = isInTrial(subscription) ? 'resume_trial' : 'resume'
  return moved(withOneMissedCycle(subscription, at), { move, change }, at)
}

/**
 * Counted from an anchor, it stands just before the boundary that passed last; what lies before is not billed. A trial that is
 * over ends now.
 */
function withOneMissedCycle(subscription: Subscription, at: Instant): Subscription {
  const { schedule, period } = subscription
  if (schedule.dateRule !== 'anchored' || period.end > at) return subscription
  if (isInTrial(subscription)) return withTrialEnd(subscription, at)
  const cycle = Math.max(subscription.cycle, cycleAround(schedule, at) - 1)
  return { ...subscription, cycle, period: periodOfCycle(schedule, cycle, at) }
}
