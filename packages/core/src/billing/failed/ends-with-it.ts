import { isEnded } from '../../subscriptions/index.ts'
import { isRecycling } from '../recycling/terms.ts'
import type { BilledState } from '../state/billed-state.ts'
import type { SubscriptionState } from '../state/state.ts'

/**
 * A bill that was under way when its subscription ended, and has come to nothing, is owed no more: a recycled one's, one
 * that was to begin it, or the first charge at the end of its trial.
 */
export function endsWithIt(billed: SubscriptionState, renewal: BilledState['renewal']): boolean {
  if (renewal === null || !isEnded(billed.subscription.status)) return false
  const isFirst =
    renewal.kind === 'initial' || (renewal.kind === 'trial_end' && renewal.status === 'processing')
  return isRecycling(billed) || isFirst
}
