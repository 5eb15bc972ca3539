import { billItems } from '../../invoices/index.ts'
import { ratio } from '../../money/index.ts'
import type { Subscription } from '../../subscriptions/index.ts'
import type { SubscriptionState } from '../state/state.ts'
import { billedItems } from './parts-left.ts'
import { arePlansSpent } from './terms.ts'

const WHOLE = ratio(1n, 1n)

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
  const { id, currency, period } = subscription
  const cycle = subscription.cycle + 1
  const bill = billItems({ invoiceId: id, items, cycle, share: WHOLE, period, currency, nextId: () => id }) // prettier-ignore
  return { ...subscription, amountMinor: bill.subtotalMinor - bill.discountMinor }
}
