import { addCalendarDays, type Instant } from '../time/index.ts'
import { cancelSubscription, type SubscriptionDecision } from './commands.ts'
import { onBillingDay, withTrialEnd } from './end-trial.ts'
import { outsideOf, type Refused } from './moves.ts'
import { moveNextBilling } from './reschedule.ts'
import { isInTrial } from './schedule.ts'
import { isEnded, type Subscription } from './subscription.ts'

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

/** The trial ends now. What it is billed at its end is due at once; its billing day stays. */
export function endTrialNow(subscription: Subscription, at: Instant): TrialDecision {
  if (!isTrialActive(subscription)) return over()
  if (subscription.status !== 'trialing') return outsideOf(['trialing'])
  const ended = { ...withTrialEnd(subscription, at), nextDueAt: at }
  return { kind: 'accepted', subscription: ended }
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
