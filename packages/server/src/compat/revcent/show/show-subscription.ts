import { assertNever } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import {
  cycleAmountAtTerms,
  isTrialActive,
  nextRenewalAt,
  occurrencesDone,
  type Subscription,
  type SubscriptionItem,
} from '@perennial/core/subscriptions'
import { formatInstantOrNull, toUnixSeconds } from '@perennial/core/time'
import { listLastSuccesses } from '../../../modules/routing/index.ts'
import { findSubscriptions, listItems } from '../../../modules/subscriptions/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { listRenewalIdsOf } from '../queries/renewals.ts'
import { readSubscriptionFacts, type SubscriptionFacts } from '../queries/subscriptions.ts'
import { toShipTo } from '../wire/addresses.ts'
import { toMajor } from '../wire/amounts.ts'
import { codeOrNull, toCode } from '../wire/codes.ts'
import { toMetadata } from '../wire/metadata.ts'

/** Renewals that one subscription names. */
const RENEWALS_MAX = 25

export type FaceStatus = 'pending' | 'active' | 'overdue' | 'suspended' | 'cancelled' | 'completed'

export function statusOf({ status }: Pick<Subscription, 'status'>): FaceStatus {
  switch (status) {
    case 'pending':
    case 'incomplete':
      return 'pending'
    case 'trialing':
    case 'active':
      return 'active'
    case 'past_due':
    case 'unpaid':
      return 'overdue'
    case 'paused':
      return 'suspended'
    case 'canceled':
    case 'incomplete_expired':
      return 'cancelled'
    case 'expired':
      return 'completed'
    default:
      return assertNever(status)
  }
}

/** Our statuses that this face calls so. */
export const STATUSES_OF: Readonly<Record<string, readonly Subscription['status'][]>> = {
  pending: ['pending', 'incomplete'],
  active: ['trialing', 'active'],
  overdue: ['past_due', 'unpaid'],
  suspended: ['paused'],
  cancelled: ['canceled'],
  completed: ['expired'],
}

/** In the order given; those that are not there are left out. */
export async function showSubscriptions(tx: Tx, accountId: Uuid, ids: readonly Uuid[]) {
  if (ids.length === 0) return []
  const renewalsOf = { subscriptionIds: ids, limitEach: RENEWALS_MAX }
  const [found, items, facts, renewals] = await Promise.all([
    findSubscriptions(tx, accountId, ids),
    listItems(tx, accountId, ids),
    readSubscriptionFacts(tx, accountId, ids),
    listRenewalIdsOf(tx, accountId, renewalsOf),
  ])
  const subjects = found.map(({ id, customerId }) => ({ key: id, subscriptionId: id, customerId, paymentMethodId: null })) // prettier-ignore
  const successes = await listLastSuccesses(tx, accountId, subjects)
  return ids.flatMap((id) => {
    const subscription = found.find((one) => one.id === id)
    const own = facts.find((one) => one.id === id)
    if (subscription === undefined || own === undefined) return []
    if (subscription.status === 'incomplete_expired') return []
    const made = renewals.filter((one) => one.subscriptionId === id)
    return [
      toWire(subscription, {
        ...own,
        items: items.filter(({ subscriptionId }) => subscriptionId === id),
        lastSuccessGatewayId: successes.get(id) ?? null,
        renewalCodes: made.map((one) => toCode(one.id)),
      }),
    ]
  })
}

type Facts = SubscriptionFacts & {
  readonly items: readonly SubscriptionItem[]
  readonly lastSuccessGatewayId: Uuid | null
  readonly renewalCodes: readonly string[]
}

function toWire(subscription: Subscription, facts: Facts) {
  const { currency, profile, metadata } = subscription
  const isTrial = isTrialActive(subscription)
  return {
    id: toCode(subscription.id),
    created_date_unix: toUnixSeconds(subscription.createdAt),
    customer: toCode(subscription.customerId),
    sale: codeOrNull(facts.saleId),
    product_sale: codeOrNull(facts.saleLineId),
    product: codeOrNull(subscription.productId),
    campaign: subscription.campaign,
    shop: facts.shop,
    status: statusOf(subscription),
    iso_currency: currency,
    amount: toMajor(subscription.amountMinor, currency),
    quantity: Number(subscription.quantity),
    price: priceOf(subscription, facts.items),
    subscription_profile: codeOrNull(profile?.profileId ?? null),
    next_renewal_date: formatInstantOrNull(nextRenewalAt(subscription)),
    last_renewal_date: formatInstantOrNull(facts.lastRenewalAt),
    coupon: (subscription.extras?.discountIds ?? []).map(toCode),
    is_trial: isTrial,
    trial: isTrial ? toCode(subscription.id) : null,
    ship_to: subscription.shipTo === null ? null : toShipTo(subscription.shipTo),
    occurrences_total: profile?.occurrencesMax ?? null,
    occurrences_done: occurrencesDone(subscription),
    overdue_count: facts.overdueCount,
    renewal_count: facts.renewals,
    subscription_renewal: facts.renewalCodes,
    forced_gateway: codeOrNull(facts.forcedGatewayId),
    preferred_gateway: codeOrNull(facts.preferredGatewayId),
    last_success_gateway: codeOrNull(facts.lastSuccessGatewayId),
    replaces: codeOrNull(subscription.replacesId),
    replaced_by: codeOrNull(subscription.replacedById),
    end_reason: endReasonOf(subscription),
    metadata: toMetadata(metadata),
  }
}

/** Of a unit, whatever amount was set since (spec/revcent.md 2.5); null where units do not cost the same. */
function priceOf(
  { quantity, currency }: Subscription,
  items: readonly SubscriptionItem[],
): number | null {
  const soldMinor = cycleAmountAtTerms(items)
  if (quantity === 0n || soldMinor % quantity !== 0n) return null
  return toMajor(soldMinor / quantity, currency)
}

const END_REASONS = ['sale_voided', 'trial_cancelled', 'fraud']

function endReasonOf(subscription: Subscription): string | null {
  const { status, replacedById, cancelReason } = subscription
  if (status === 'expired') return 'completed'
  if (status !== 'canceled') return null
  if (replacedById !== null) return 'replaced'
  return cancelReason !== null && END_REASONS.includes(cancelReason) ? cancelReason : 'cancelled'
}
