import { isLastOccurrenceDone } from './profile.ts'
import type { Subscription } from './subscription.ts'

/** All payments of a fixed number are billed, whether they have come or not. */
export function isCountUsedUp({
  cyclesMax,
  cyclesBilled,
}: Pick<Subscription, 'cyclesMax' | 'cyclesBilled'>): boolean {
  return cyclesMax !== null && cyclesBilled >= cyclesMax
}

/** No renewal is left, by their number or by the profile's occurrences. */
export function areRenewalsUsedUp(subscription: Subscription): boolean {
  return isCountUsedUp(subscription) || isLastOccurrenceDone(subscription)
}

/** No renewal follows: its number of payments or of occurrences is used up, or its end comes no later than the period's. */
export function isTermBilled(subscription: Subscription): boolean {
  const { endsAt, period } = subscription
  const endsWithPeriod = endsAt !== null && endsAt <= period.end
  return areRenewalsUsedUp(subscription) || endsWithPeriod
}
