import { cycleMinor } from '../../invoices/index.ts'
import type { Subscription } from '../../subscriptions/index.ts'
import type { SubscriptionState } from '../state/state.ts'
import { billedItems } from './parts-left.ts'
import { arePlansSpent } from './terms.ts'

/**
 * The subscription with what its next cycle asks for, before tax: plans begin and end, so that it differs from cycle to
 * cycle. Once no plan has a cycle left it keeps what the last one asked for; without stacked plans nothing changes.
 */
export function priceNextCycle(
  state: Pick<SubscriptionState, 'items' | 'recycling'>,
  subscription: Subscription,
): Subscription {
  const items = billedItems(state)
  if (state.recycling === undefined || arePlansSpent(items, subscription)) return subscription
  return { ...subscription, amountMinor: cycleMinor(items, subscription.cycle + 1) }
}
