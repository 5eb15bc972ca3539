import type { ChangeSet } from '../state/change-set.ts'
import type { SubscriptionState } from '../state/state.ts'

/** What customers hold as credit while several bills are decided one after the other and written together. */
export type CreditInTurn = {
  /** What the customer of this subscription has left in its currency, in minor units. */
  leftFor(state: Pick<SubscriptionState, 'subscription' | 'creditMinor'>): bigint
  /** Counts what a decision has used or given back. */
  note(decided: Pick<ChangeSet, 'balanceChanges'>): void
}

/** Of states that were read together: each tells all that its customer held then. */
export function creditInTurn(): CreditInTurn {
  const moved = new Map<string, bigint>()
  return {
    leftFor: ({ subscription, creditMinor = 0n }) =>
      creditMinor + (moved.get(keyOf(subscription)) ?? 0n),
    note: ({ balanceChanges }) => {
      for (const change of balanceChanges) {
        const key = keyOf(change)
        moved.set(key, (moved.get(key) ?? 0n) + change.amountMinor)
      }
    },
  }
}

function keyOf({
  customerId,
  currency,
}: Pick<ChangeSet['balanceChanges'][number], 'customerId' | 'currency'>): string {
  return `${customerId} ${currency}`
}
