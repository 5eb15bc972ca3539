import { rate } from '../catalog/index.ts'
import { ratio, type Ratio } from '../money/index.ts'
import type { SubscriptionItem } from './subscription.ts'

/** What an item costs a full cycle: the amount of its own, or what its quantity costs at its terms. */
export function itemAmount(item: Priced): bigint {
  return item.ownAmountMinor ?? amountAtTerms(item)
}

/** What one of its units comes to, exactly; null where units do not cost the same. */
export function unitAmountOf({ terms, quantity, ownAmountMinor }: Priced): Ratio | null {
  if (ownAmountMinor !== null) return quantity === 0n ? null : ratio(ownAmountMinor, quantity)
  return terms.scheme.kind === 'per_unit' ? terms.scheme.unitAmount : null
}

/** What its quantity costs at its terms, whatever amount of its own it has. */
export function amountAtTerms({ terms, quantity }: Pick<Priced, 'terms' | 'quantity'>): bigint {
  return rate(terms, quantity).amountMinor
}

/** Whether it asks for something, and takes nothing off. */
export function isCharge({ component }: Pick<SubscriptionItem, 'component'>): boolean {
  return component === 'standard' || component === 'price_override'
}

/** An item that is billed with the first cycle alone, such as the price of a trial. */
export function isFirstCycleOnly({ cycleFirst, cycleCount }: SubscriptionItem): boolean {
  return cycleFirst === 0 && cycleCount === 1
}

/** What one full cycle of these items costs, in minor units, but for what the first one alone is billed. */
export function cycleAmount(items: readonly SubscriptionItem[]): bigint {
  return sumOf(items, itemAmount)
}

/** The same at their terms alone. */
export function cycleAmountAtTerms(items: readonly SubscriptionItem[]): bigint {
  return sumOf(items, amountAtTerms)
}

type Priced = Pick<SubscriptionItem, 'terms' | 'quantity' | 'ownAmountMinor'>

function sumOf(
  items: readonly SubscriptionItem[],
  amountOf: (item: SubscriptionItem) => bigint,
): bigint {
  const lasting = items.filter((item) => !isFirstCycleOnly(item))
  return lasting.reduce((sum, item) => sum + amountOf(item), 0n)
}
