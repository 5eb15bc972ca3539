import type { Frequency, Instant } from '../time/index.ts'
import type { SubscriptionDecision } from './commands.ts'
import { touched } from './schedule.ts'
import { isEnded, type Subscription, type SubscriptionItem } from './subscription.ts'

/** Another length of periods from the next billing date on, which stays (spec/revolv3.md 4.5). */
export function changeFrequency(
  subscription: Subscription,
  frequency: Frequency,
  at: Instant,
): SubscriptionDecision {
  if (isEnded(subscription.status)) return { kind: 'refused', code: 'subscription_ended' }
  const { schedule, period, cycle } = subscription
  const anchor = { at: period.end, zone: schedule.zone, day: null }
  const changed = { ...schedule, frequency, anchor, anchorCycle: cycle + 1 }
  return { kind: 'accepted', subscription: touched({ ...subscription, schedule: changed }, at) }
}

/** In how many cycles that are not billed yet a component still counts; null = without end. */
export function cyclesRemaining(
  item: Pick<SubscriptionItem, 'cycleFirst' | 'cycleCount'>,
  { cycle }: Pick<Subscription, 'cycle'>,
): number | null {
  const { cycleFirst, cycleCount } = item
  if (cycleCount === null) return null
  return Math.min(cycleCount, Math.max(0, cycleFirst + cycleCount - (cycle + 1)))
}
