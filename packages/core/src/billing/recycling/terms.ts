import { isActiveInCycle } from '../../invoices/index.ts'
import type { Subscription, SubscriptionItem } from '../../subscriptions/index.ts'
import type { SubscriptionState } from '../state/state.ts'
import type { RecyclingTerms } from '../state/recycling-terms.ts'

export type RecyclingState = SubscriptionState & { readonly recycling: RecyclingTerms }

export function isRecycling(state: SubscriptionState): state is RecyclingState {
  return state.recycling !== undefined
}

/** Whether some plan is billed in this cycle. */
export function isBilledIn(items: readonly SubscriptionItem[], cycle: number): boolean {
  return items.some((item) => isActiveInCycle(item, cycle))
}

/** Whether no plan is left for any cycle after the subscription's present one. */
export function arePlansSpent(
  items: readonly SubscriptionItem[],
  { cycle }: Pick<Subscription, 'cycle'>,
): boolean {
  return items.every(
    ({ cycleFirst, cycleCount }) => cycleCount !== null && cycleFirst + cycleCount <= cycle + 1,
  )
}
