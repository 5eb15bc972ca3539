import type { Subscription } from '../../subscriptions/index.ts'
import type { Instant } from '../../time/index.ts'
import { moveTo } from '../move-to.ts'
import type { SubscriptionState } from '../state.ts'
import { arePlansSpent, isRecycling } from './terms.ts'

/** Why a subscription ended whose plans have no cycle left; told as `cancel_reason`. */
export const ALL_CYCLES_COMPLETED = 'all_cycles_completed'

/** The subscription after a bill was paid: over, once its plans have no cycle left (spec/revolv3.md 5). */
export function completeIfSpent(
  state: SubscriptionState,
  paid: Subscription,
  at: Instant,
): Subscription {
  if (!isRecycling(state) || paid.status !== 'active' || paid.cycle < 0) return paid
  return arePlansSpent(state.items, paid) ? complete(paid, at) : paid
}

export function complete(subscription: Subscription, at: Instant): Subscription {
  const ended = { ...subscription, endedAt: at, cancelReason: ALL_CYCLES_COMPLETED }
  return moveTo(ended, 'expire', at)
}
