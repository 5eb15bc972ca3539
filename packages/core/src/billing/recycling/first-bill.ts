import type { FirstBill, Subscription } from '../../subscriptions/index.ts'
import type { Instant } from '../../time/index.ts'
import { moveTo } from '../standing/move-to.ts'
import type { SubscriptionState } from '../state/state.ts'
import { isBilledIn } from './terms.ts'

type Begun = { readonly subscription: Subscription; readonly firstBill: FirstBill }

/** A subscription begins without a bill where no plan is billed in its first cycle (spec/revolv3.md 5). */
export function withoutEmptyBill(
  state: Pick<SubscriptionState, 'items' | 'recycling'>,
  begun: Begun,
  at: Instant,
): Begun {
  const { subscription, firstBill } = begun
  if (state.recycling === undefined || firstBill.kind === 'none') return begun
  if (isBilledIn(state.items, subscription.cycle)) return begun
  return { subscription: moveTo(subscription, 'activate', at), firstBill: { kind: 'none' } }
}
