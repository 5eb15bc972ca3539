import {
  addMs,
  alignToBillingDay,
  hasBillingDays,
  maxInstant,
  type Anchor,
  type Instant,
} from '../time/index.ts'
import type { SubscriptionDecision } from './commands.ts'
import { outsideOf } from './moves.ts'
import { isInTrial, isTrialOver, touched } from './schedule.ts'
import { isEnded, RUNNING, type Subscription } from './subscription.ts'

/**
 * The current period (or trial) ends at `to` instead, and later periods are counted from there. Nothing is
 * prorated: moving the date forward gives time for free, moving it back takes some. A trial ends before its term does,
 * or its end would be charged for a period that is over.
 */
export function moveNextBilling(
  subscription: Subscription,
  to: Instant,
  at: Instant,
): SubscriptionDecision {
  return reanchored(subscription, { at: to, zone: subscription.schedule.zone, day: null }, at)
}

/**
 * From the end of the current period on it is billed on this day of the month; the period is extended to the first one, so
 * one of days or weeks, of which many would be given away, is refused.
 */
export function changeBillingDay(
  subscription: Subscription,
  day: number,
  at: Instant,
): SubscriptionDecision {
  const { zone, frequency } = subscription.schedule
  const rule = { kind: 'day_of_month', day } as const
  const anchor = alignToBillingDay({ from: subscription.period.end, zone, rule })
  const decision = reanchored(subscription, anchor, at)
  return decision.kind === 'accepted' && !hasBillingDays(frequency)
    ? { kind: 'refused', code: 'billing_day_not_monthly' }
    : decision
}

function reanchored(subscription: Subscription, anchor: Anchor, at: Instant): SubscriptionDecision {
  if (isEnded(subscription.status)) return { kind: 'refused', code: 'subscription_ended' }
  const isWaiting = subscription.status === 'trialing' && isTrialOver(subscription)
  if (!RUNNING.includes(subscription.status)) return outsideOf(RUNNING)
  if (isWaiting) return { kind: 'refused', code: 'subscription_state_invalid' }
  const isDated = subscription.schedule.dateRule === 'from_renewal'
  if (!isDated && (anchor.at <= at || anchor.at <= subscription.period.start)) {
    return { kind: 'refused', code: 'next_billing_in_past' }
  }
  // With a profile a date may lie in the past: it renews on the next pass (revcent.md 9.1). No period is turned round.
  const end = maxInstant(anchor.at, addMs(subscription.period.start, 1))
  const { endsAt } = subscription
  const isTrial = isInTrial(subscription)
  if (isTrial && endsAt !== null && end >= endsAt) {
    return { kind: 'refused', code: 'trial_outlasts_term' }
  }
  const moved: Subscription = {
    ...subscription,
    schedule: { ...subscription.schedule, anchor, anchorCycle: subscription.cycle + 1 },
    period: { start: subscription.period.start, end },
    trialEnd: isTrial ? end : subscription.trialEnd,
    // One that ends later again is worth another notice.
    isTrialEndingNoticeSent:
      subscription.isTrialEndingNoticeSent && !(isTrial && end > subscription.period.end),
  }
  return { kind: 'accepted', subscription: touched(moved, at) }
}
