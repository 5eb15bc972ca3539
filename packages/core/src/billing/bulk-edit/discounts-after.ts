import { findObstacle } from '../../discounts/index.ts'
import type { Uuid } from '../../ids/index.ts'
import type { Instant } from '../../time/index.ts'
import type { BulkAction } from './bulk-action.ts'
import type { BulkChoices, BulkState } from './bulk-state.ts'

export type DiscountRefusal = 'discount_not_usable'

/**
 * The discounts that a subscription has once these actions are taken, in order; undefined where they stay. What is added must
 * be for what the subscription sells. How often it and its customer have had one is asked by each bill, as always.
 */
export function discountsAfter(
  { subscription, items }: Pick<BulkState, 'subscription' | 'items'>,
  { actions, choices }: { readonly actions: readonly BulkAction[]; readonly choices: BulkChoices },
  at: Instant,
): readonly Uuid[] | undefined | DiscountRefusal {
  const before = subscription.extras?.discountIds ?? []
  const lines = items.map(({ productId }) => ({ productId, isRecurring: true }))
  const sale = { at, lines, isFirstTimeCustomer: subscription.cyclesBilled === 0 }
  let after = before
  for (const action of actions) {
    if (action.kind === 'set_discounts') after = action.discountIds
    if (action.kind === 'remove_discount') after = after.filter((id) => id !== action.discountId)
    if (action.kind !== 'add_discount' || after.includes(action.discountId)) continue
    const chosen = choices.discounts.get(action.discountId)
    if (chosen === undefined) return 'discount_not_usable'
    const uses = { ofSubscription: 0, ofCustomer: 0, inAll: chosen.usesInAll }
    if (findObstacle(chosen.discount, uses, sale) !== null) return 'discount_not_usable'
    after = [...after, action.discountId]
  }
  const isSame = after.length === before.length && after.every((id, index) => id === before[index])
  return isSame ? undefined : after
}
