import { alignToBillingDay, hasBillingDays, type Instant } from '../time/index.ts'
import type { Schedule, Subscription } from './subscription.ts'

/** The trial ends at `at` and billing begins there, without a notice; its billing day stays. The next due instant is the caller's. */
export function withTrialEnd(subscription: Subscription, at: Instant): Subscription {
  const { schedule, period, cycle } = subscription
  const anchor = { at, zone: schedule.zone, day: null }
  const ended: Subscription = {
    ...subscription,
    schedule: { ...schedule, anchor, anchorCycle: cycle + 1 },
    period: { start: period.start, end: at },
    trialEnd: at,
    isTrialEndingNoticeSent: true,
  }
  return onBillingDay(ended, schedule)
}

/**
 * Billed on a day of the month before the trial was moved, it still is: what lies before the first such day is a stub. One that is
 * billed by days or weeks has a day where it began on a date, but is not billed on it.
 */
export function onBillingDay(
  moved: Subscription,
  { anchor, dateRule, frequency, zone }: Schedule,
): Subscription {
  if (anchor.day === null || dateRule !== 'anchored' || !hasBillingDays(frequency)) return moved
  const rule = { kind: 'day_of_month', day: anchor.day } as const
  const realigned = alignToBillingDay({ from: moved.period.end, zone, rule })
  return { ...moved, schedule: { ...moved.schedule, anchor: realigned } }
}
