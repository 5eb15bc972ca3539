import { endTrialNow, touched, type TrialRefusal } from '../../subscriptions/index.ts'
import type { Instant } from '../../time/index.ts'
import { decideDue, decideStep, type DueDecision } from './due.ts'
import type { BillingTools, SubscriptionState } from '../state/state.ts'

export type ExpireDecision =
  | { readonly kind: 'refused'; readonly code: TrialRefusal }
  | ({ readonly kind: 'accepted' } & DueDecision)

/** A trial that somebody ends: the same step that is taken when it ends by itself (spec/revcent.md 3.3). */
export function decideTrialExpiry(
  state: SubscriptionState,
  at: Instant,
  tools: BillingTools,
): ExpireDecision {
  const ended = endTrialNow(state.subscription, at)
  if (ended.kind === 'refused') return ended
  // Nothing is charged, so its dates stay, as those of a trial that is cancelled: it may end at the instant of its start.
  if (state.subscription.cancelAtPeriodEnd)
    return { kind: 'accepted', ...decideStep(state, 'cancel', { at, tools }) }
  // Due by itself: of a trial that ends at the instant of its start the dates do not tell whether it was billed.
  const subscription = { ...touched(ended.subscription, at), nextDueAt: at }
  return { kind: 'accepted', ...decideDue({ ...state, subscription }, at, tools) }
}
