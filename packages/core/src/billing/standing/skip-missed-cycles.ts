import { cycleAround, periodOfCycle, type Subscription } from '../../subscriptions/index.ts'
import type { Instant } from '../../time/index.ts'

/**
 * Billing stood still while it was unpaid: the missed cycles are not billed, the next boundary is. Where dates are counted from
 * renewals, what is paid for begins when the money has come.
 */
export function skipMissedCycles(subscription: Subscription, at: Instant): Subscription {
  const { schedule } = subscription
  if (subscription.period.end > at) return subscription
  const isAnchored = schedule.dateRule === 'anchored'
  const cycle = isAnchored ? cycleAround(schedule, at) : subscription.cycle
  return { ...subscription, cycle, period: periodOfCycle(schedule, cycle, at) }
}
