import type { Uuid } from '../ids/index.ts'
import { isMapTooLarge, mergeMap } from '../maps/index.ts'
import { fitsWire, ratio } from '../money/index.ts'
import type { Instant } from '../time/index.ts'
import { cancelSubscription, reactivateSubscription, type SubscriptionRefusal } from './commands.ts'
import { toExtras } from './extras.ts'
import { amountAtTerms, isCharge, isFirstCycleOnly, itemAmount } from './item-amount.ts'
import type { Refused } from './moves.ts'
import { changeBillingDay, moveNextBilling } from './reschedule.ts'
import { followProfile, isLastOccurrenceDone } from './profile.ts'
import type { FollowedProfile } from './profile-terms.ts'
import { touched } from './schedule.ts'
import { isEnded, type Subscription, type SubscriptionItem } from './subscription.ts'

/** What a merchant may change of a subscription; absent = unchanged. */
export type SubscriptionEdit = {
  readonly quantity?: bigint | undefined
  /** What a full cycle costs from the next bill on, until quantity or unit amount change. */
  readonly amountMinor?: bigint | undefined
  /** What one unit costs, instead of what the price says; not together with `amountMinor`. */
  readonly unitAmountMinor?: bigint | undefined
  readonly nextBillingAt?: Instant | undefined
  /** Decides its renewals from the next date calculation on. */
  readonly profile?: FollowedProfile | undefined
  /** Null = the customer's address again. */
  readonly shipTo?: Readonly<Record<string, string>> | null | undefined
  /** Discounts and tax rates that its bills bear from now on, in order. */
  readonly discountIds?: readonly Uuid[] | undefined
  readonly taxRateIds?: readonly Uuid[] | undefined
  readonly billingAnchorDay?: number | undefined
  readonly cancelAtPeriodEnd?: boolean | undefined
  readonly pauseAtPeriodEnd?: boolean | undefined
  /** Merged; a key set to null is removed. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
}

export type EditRefusal =
  | SubscriptionRefusal
  | 'edit_of_several_items'
  | 'amount_too_large'
  | 'map_too_large'
  | 'no_renewals_left'

export type EditDecision =
  | Refused<EditRefusal>
  | {
      readonly kind: 'accepted'
      readonly subscription: Subscription
      /** Those that changed. */
      readonly items: readonly SubscriptionItem[]
    }

/**
 * Changes fields of a subscription. Quantity and amount count from the next bill on and need a subscription of
 * one item, besides what its first cycle alone is billed. An ended subscription takes metadata only.
 */
export function editSubscription(
  state: { readonly subscription: Subscription; readonly items: readonly SubscriptionItem[] },
  edit: SubscriptionEdit,
  at: Instant,
): EditDecision {
  const { metadata: change, ...rest } = edit
  const isMetadataOnly = Object.values(rest).every((value) => value === undefined)
  if (isEnded(state.subscription.status) && !isMetadataOnly) {
    return { kind: 'refused', code: 'subscription_ended' }
  }
  const priced = editPrice(state, edit, at)
  if (priced.kind === 'refused') return priced
  let { subscription } = priced
  if (change !== undefined) {
    const metadata = mergeMap(subscription.metadata, change)
    if (isMapTooLarge(metadata)) return { kind: 'refused', code: 'map_too_large' }
    subscription = { ...subscription, metadata }
  }
  if (edit.pauseAtPeriodEnd !== undefined)
    subscription = { ...subscription, pauseAtPeriodEnd: edit.pauseAtPeriodEnd }
  if (edit.shipTo !== undefined) subscription = { ...subscription, shipTo: edit.shipTo }
  subscription = editExtras(subscription, edit)
  // Before the date, which a profile lets lie in the past.
  if (edit.profile !== undefined) subscription = followProfile(subscription, edit.profile)

  const steps = [moveDate, changeDay, changeCancellation]
  for (const step of steps) {
    const decision = step(subscription, edit, at)
    if (decision.kind === 'refused') return decision
    subscription = decision.subscription
  }
  return { kind: 'accepted', subscription: touched(subscription, at), items: priced.items }
}

function editPrice(
  state: { readonly subscription: Subscription; readonly items: readonly SubscriptionItem[] },
  edit: SubscriptionEdit,
  at: Instant,
): EditDecision {
  const { subscription } = state
  const prices = [edit.quantity, edit.amountMinor, edit.unitAmountMinor]
  if (prices.every((given) => given === undefined)) {
    return { kind: 'accepted', subscription, items: [] }
  }
  const [only, ...others] = state.items.filter((item) => !isFirstCycleOnly(item))
  if (only === undefined || others.length > 0 || !isCharge(only))
    return { kind: 'refused', code: 'edit_of_several_items' }
  const item = pricedAnew(only, edit, at)
  const { quantity } = item
  const items = [item, ...withQuantity(state.items.filter(isTrialPriceOf(only)), quantity, at)]
  if (!items.map(itemAmount).every(fitsWire)) return { kind: 'refused', code: 'amount_too_large' }
  const amountMinor = itemAmount(item)
  return { kind: 'accepted', subscription: { ...subscription, quantity, amountMinor }, items }
}

/** An amount of its own stands beside quantity and price, and goes when either changes. */
function pricedAnew(
  only: SubscriptionItem,
  { quantity = only.quantity, amountMinor, unitAmountMinor }: SubscriptionEdit,
  at: Instant,
): SubscriptionItem {
  const counted = { ...only, quantity, updatedAt: at }
  const item = unitAmountMinor === undefined ? counted : withUnitAmount(counted, unitAmountMinor)
  if (amountMinor !== undefined) {
    const ownAmountMinor = amountMinor === amountAtTerms(item) ? null : amountMinor
    return { ...item, ownAmountMinor }
  }
  const isPricedAsBefore = quantity === only.quantity && unitAmountMinor === undefined
  return isPricedAsBefore ? item : { ...item, ownAmountMinor: null }
}

/** What the same product costs at the end of its trial. */
function isTrialPriceOf(only: SubscriptionItem): (item: SubscriptionItem) => boolean {
  return (item) => isFirstCycleOnly(item) && item.productId === only.productId
}

function withQuantity(
  items: readonly SubscriptionItem[],
  quantity: bigint,
  at: Instant,
): readonly SubscriptionItem[] {
  const changed = items.filter((item) => item.quantity !== quantity)
  return changed.map((item) => ({ ...item, quantity, updatedAt: at }))
}

function withUnitAmount(item: SubscriptionItem, unitAmountMinor: bigint): SubscriptionItem {
  const scheme = { kind: 'per_unit', unitAmount: ratio(unitAmountMinor, 1n) } as const
  const terms = {
    currency: item.terms.currency,
    scheme,
    freeUnits: 0n,
    minimumMinor: null,
    maximumMinor: null,
  }
  return { ...item, unitAmountMinor, terms }
}

function editExtras(
  subscription: Subscription,
  { discountIds, taxRateIds }: SubscriptionEdit,
): Subscription {
  if (discountIds === undefined && taxRateIds === undefined) return subscription
  const { extras } = subscription
  const named = {
    discountIds: discountIds ?? extras?.discountIds ?? [],
    taxRateIds: taxRateIds ?? extras?.taxRateIds ?? [],
  }
  return { ...subscription, extras: toExtras(named) }
}

function moveDate(
  subscription: Subscription,
  { nextBillingAt, profile }: SubscriptionEdit,
  at: Instant,
) {
  if (nextBillingAt === undefined) return unchanged(subscription)
  if (profile === undefined && isLastOccurrenceDone(subscription))
    return { kind: 'refused', code: 'no_renewals_left' } as const
  return moveNextBilling(subscription, nextBillingAt, at)
}

function changeDay(
  subscription: Subscription,
  { billingAnchorDay }: SubscriptionEdit,
  at: Instant,
) {
  if (billingAnchorDay === undefined) return unchanged(subscription)
  return changeBillingDay(subscription, billingAnchorDay, at)
}

function changeCancellation(
  subscription: Subscription,
  { cancelAtPeriodEnd }: SubscriptionEdit,
  at: Instant,
) {
  if (cancelAtPeriodEnd === undefined || cancelAtPeriodEnd === subscription.cancelAtPeriodEnd) {
    return unchanged(subscription)
  }
  return cancelAtPeriodEnd
    ? cancelSubscription(subscription, { mode: 'period_end', reason: null }, at)
    : reactivateSubscription(subscription, at)
}

function unchanged(subscription: Subscription) {
  return { kind: 'accepted', subscription } as const
}
