import type { SubscriptionExtras } from './subscription.ts'

/** Null where nothing is named, so that a subscription without extras is told by one look. Each id counts once. */
export function toExtras(named: SubscriptionExtras): SubscriptionExtras | null {
  const discountIds = [...new Set(named.discountIds)]
  const taxRateIds = [...new Set(named.taxRateIds)]
  return discountIds.length + taxRateIds.length === 0 ? null : { discountIds, taxRateIds }
}
