import { isLastOccurrenceDone, type Subscription } from '../../subscriptions/index.ts'
import type { Instant } from '../../time/index.ts'
import { isBehind } from '../standing/is-behind.ts'
import { moveTo } from '../standing/move-to.ts'
import type { SubscriptionState } from '../state/state.ts'

/**
 * A subscription that resumes with a bill still uncollected is past due: its recovery goes on. One whose last renewal was paid
 * meanwhile is due at once, to end (revcent.md 6.5).
 */
export function afterResume(
  state: Pick<SubscriptionState, 'openCases' | 'overdueInvoiceIds' | 'isLastUnderWay'>,
  resumed: Subscription,
  at: Instant,
): Subscription {
  if (isBehind(state, null)) return moveTo(resumed, 'fall_past_due', at)
  const isOver = isLastOccurrenceDone(resumed) && state.isLastUnderWay !== true
  return isOver ? { ...resumed, nextDueAt: at } : resumed
}
