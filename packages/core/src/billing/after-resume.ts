import type { Subscription } from '../subscriptions/index.ts'
import type { Instant } from '../time/index.ts'
import { moveTo } from './move-to.ts'
import type { SubscriptionState } from './state.ts'

/** A subscription that resumes with a bill still uncollected is past due: its recovery goes on. */
export function afterResume(
  state: Pick<SubscriptionState, 'openCases'>,
  resumed: Subscription,
  at: Instant,
): Subscription {
  return state.openCases.length === 0 ? resumed : moveTo(resumed, 'fall_past_due', at)
}
