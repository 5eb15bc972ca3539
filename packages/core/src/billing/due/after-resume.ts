import type { Subscription } from '../../subscriptions/index.ts'
import type { Instant } from '../../time/index.ts'
import { isBehind } from '../settle/is-behind.ts'
import { moveTo } from '../move-to.ts'
import type { SubscriptionState } from '../state.ts'

/** A subscription that resumes with a bill still uncollected is past due: its recovery goes on. */
export function afterResume(
  state: Pick<SubscriptionState, 'openCases' | 'overdueInvoiceIds'>,
  resumed: Subscription,
  at: Instant,
): Subscription {
  return isBehind(state, null) ? moveTo(resumed, 'fall_past_due', at) : resumed
}
