import { assertNever } from '../../fault/index.ts'
import { ratio, scaleMinor } from '../../money/index.ts'
import { isLastOccurrenceDone, type SubscriptionEdit } from '../../subscriptions/index.ts'
import { addDays, MAX_INSTANT, MS_PER_DAY, type Instant } from '../../time/index.ts'
import { actionOf, type BulkAction } from './bulk-action.ts'
import type { BulkChoices, BulkState } from './bulk-state.ts'
import { discountsAfter, type DiscountRefusal } from './discounts-after.ts'

export type WishRefusal =
  | 'amount_below_zero'
  | DiscountRefusal
  | 'no_renewals_left'
  | 'date_too_far'

const BPS_WHOLE = 10_000n

type Wish =
  | { readonly kind: 'refused'; readonly code: WishRefusal }
  | {
      readonly kind: 'wished'
      readonly edit: Pick<
        SubscriptionEdit,
        'profile' | 'amountMinor' | 'discountIds' | 'nextBillingAt'
      >
    }

/** What the actions change of the subscription itself; what is so already is left out. */
export function editOf(
  state: Pick<BulkState, 'subscription' | 'items'>,
  { actions, choices }: { readonly actions: readonly BulkAction[]; readonly choices: BulkChoices },
  now: Instant,
): Wish {
  const { subscription } = state
  const profile = profileOf(subscription.profile?.profileId ?? null, actions, choices)
  const amount = amountOf(subscription, actions)
  if (amount === 'amount_below_zero') return { kind: 'refused', code: amount }
  const discountIds = discountsAfter(state, { actions, choices }, now)
  if (discountIds === 'discount_not_usable') return { kind: 'refused', code: discountIds }
  const carried = discountIds === undefined ? {} : { discountIds }
  const edit = { ...profile, ...amount, ...carried }
  const date = actionOf(actions, 'date')
  if (date === undefined) return { kind: 'wished', edit }
  const { end } = subscription.period
  const movesOn = profile.profile === undefined && isLastOccurrenceDone(subscription)
  if (movesOn) return { kind: 'refused', code: 'no_renewals_left' }
  const to = dateOf(end, date)
  if (to === null) return { kind: 'refused', code: 'date_too_far' }
  const moved = to === end ? {} : { nextBillingAt: to }
  return { kind: 'wished', edit: { ...edit, ...moved } }
}

function profileOf(
  currentId: string | null,
  actions: readonly BulkAction[],
  { profiles }: BulkChoices,
): Pick<SubscriptionEdit, 'profile'> {
  const action = actionOf(actions, 'profile')
  const profile = action === undefined ? undefined : profiles.get(action.profileId)
  return profile === undefined || profile.id === currentId ? {} : { profile }
}

function amountOf(
  { amountMinor }: BulkState['subscription'],
  actions: readonly BulkAction[],
): Pick<SubscriptionEdit, 'amountMinor'> | 'amount_below_zero' {
  const action = actionOf(actions, 'amount')
  if (action === undefined) return {}
  const wanted = amountAfter(amountMinor, action)
  if (wanted < 0n) return 'amount_below_zero'
  return wanted === amountMinor ? {} : { amountMinor: wanted }
}

/** A part of an amount is rounded once, half away from zero. */
function amountAfter(
  amountMinor: bigint,
  action: Extract<BulkAction, { readonly kind: `${string}_amount` }>,
): bigint {
  switch (action.kind) {
    case 'set_amount':
      return action.amountMinor
    case 'adjust_amount':
      return amountMinor + action.byMinor
    case 'scale_amount':
      return scaleMinor(amountMinor, ratio(BPS_WHOLE + BigInt(action.byBps), BPS_WHOLE))
    default:
      return assertNever(action)
  }
}

/** Days are exact multiples of 24 hours. Null beyond the end of time. */
function dateOf(
  from: Instant,
  action: Extract<BulkAction, { readonly kind: `${string}_next_renewal` }>,
): Instant | null {
  switch (action.kind) {
    case 'extend_next_renewal':
      return action.days > daysBetween(from, MAX_INSTANT) ? null : addDays(from, action.days)
    case 'shorten_next_renewal':
      return addDays(from, -action.days)
    case 'set_next_renewal':
    case 'restore_next_renewal':
      return action.at
    default:
      return assertNever(action)
  }
}

function daysBetween(from: Instant, to: Instant): number {
  return Math.floor((to - from) / MS_PER_DAY)
}
