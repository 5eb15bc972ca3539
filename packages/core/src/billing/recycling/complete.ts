import type { Invoice } from '../../invoices/index.ts'
import type { Subscription } from '../../subscriptions/index.ts'
import type { Instant } from '../../time/index.ts'
import { moveTo } from '../standing/move-to.ts'
import type { SubscriptionState } from '../state/state.ts'
import { billedItems, partsLeft } from './parts-left.ts'
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
  return arePlansSpent(billedItems(state), paid) ? complete(paid, at) : paid
}

/** An installment after an extra payment: over, once nothing is left of it and no part is owed. */
export function completeIfPaidUp(
  { subscription, items, recycling }: SubscriptionState,
  { subtotalMinor, discountMinor }: Pick<Invoice, 'subtotalMinor' | 'discountMinor'>,
  at: Instant,
): Subscription {
  const extra = recycling?.extraPayments
  if (extra === undefined || extra.owesPart || subscription.status !== 'active') return subscription
  const left = partsLeft(items, extra.paidMinor + subtotalMinor - discountMinor)
  return arePlansSpent(left, subscription) ? complete(subscription, at) : subscription
}

export function complete(subscription: Subscription, at: Instant): Subscription {
  const ended = { ...subscription, endedAt: at, cancelReason: ALL_CYCLES_COMPLETED }
  return moveTo(ended, 'expire', at)
}
