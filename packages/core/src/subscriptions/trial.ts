import { addCalendarDays, alignToBillingDay, type Instant } from '../time/index.ts'
import { cancelSubscription, type SubscriptionDecision } from './commands.ts'
import { outsideOf, type Refused } from './moves.ts'
import { moveNextBilling } from './reschedule.ts'
import { isInTrial } from './schedule.ts'
import { isEnded, type Schedule, type Subscription } from './subscription.ts'

/** Whether a trial may still be changed: it runs, or its subscription is suspended in it (spec/revcent.md 3.3). */
export function isTrialActive(subscription: Subscription): boolean {
  return isInTrial(subscription) && !isEnded(subscription.status)
}

export type TrialRefusal =
  | 'trial_over'
  | 'trial_end_in_past'
  | 'subscription_state_invalid'
  | 'trial_outlasts_term'

export type TrialDecision =
  | Refused<TrialRefusal>
  | { readonly kind: 'accepted'; readonly subscription: Subscription }

/** Moves the end by whole days, and the next renewal with it; fewer than none shorten it. It still ends in the future, and before its term. */
export function moveTrialEnd(subscription: Subscription, days: number, at: Instant): TrialDecision {
  const { trialEnd, schedule } = subscription
  if (trialEnd === null || !isTrialActive(subscription)) return over()
  const endsAt = addCalendarDays(trialEnd, days, schedule.zone)
  if (endsAt <= at) return { kind: 'refused', code: 'trial_end_in_past' }
  const moved = toTrialDecision(moveNextBilling(subscription, endsAt, at))
  return moved.kind === 'refused'
    ? moved
    : { ...moved, subscription: onBillingDay(moved.subscription, schedule) }
}

/** Billed on a day of the month before the trial was moved, it still is: what lies before the first such day is a stub. */
function onBillingDay(moved: Subscription, { anchor, dateRule, zone }: Schedule): Subscription {
  if (anchor.day === null || dateRule !== 'anchored') return moved
  const rule = { kind: 'day_of_month', day: anchor.day } as const
  const realigned = alignToBillingDay({ from: moved.period.end, zone, rule })
  return { ...moved, schedule: { ...moved.schedule, anchor: realigned } }
}

/** The trial ends now. What it is billed at its end is due at once; its billing day stays. */
export function endTrialNow(subscription: Subscription, at: Instant): TrialDecision {
  if (!isTrialActive(subscription)) return over()
  if (subscription.status !== 'trialing') return outsideOf(['trialing'])
  const { schedule, period } = subscription
  const anchor = { at, zone: schedule.zone, day: null }
  const ended: Subscription = {
    ...subscription,
    schedule: { ...schedule, anchor, anchorCycle: subscription.cycle + 1 },
    period: { start: period.start, end: at },
    trialEnd: at,
    nextDueAt: at,
  }
  return { kind: 'accepted', subscription: onBillingDay(ended, schedule) }
}

/** The trial ends, and its subscription with it; nothing is charged. */
export function cancelTrial(subscription: Subscription, at: Instant): TrialDecision {
  if (!isTrialActive(subscription)) return over()
  const request = { mode: 'immediately', reason: 'trial_cancelled' } as const
  return toTrialDecision(cancelSubscription(subscription, request, at))
}

function over(): TrialDecision {
  return { kind: 'refused', code: 'trial_over' }
}

function toTrialDecision(decision: SubscriptionDecision): TrialDecision {
  if (decision.kind === 'accepted') return decision
  const code =
    decision.code === 'trial_outlasts_term' ? decision.code : 'subscription_state_invalid'
  return { kind: 'refused', code }
}
