import { phaseOf, type Access, type DunningRun } from '@perennial/core/dunning'
import { encodeId, type IdKind, type Uuid } from '@perennial/core/ids'
import { unitDecimalOf } from '@perennial/core/catalog'
import { toWireMinor } from '@perennial/core/money'
import type { RecoveryCase } from '@perennial/core/recovery'
import {
  nextRenewalAt,
  occurrencesDone,
  type Subscription,
  type SubscriptionExtras,
  type SubscriptionItem,
} from '@perennial/core/subscriptions'
import {
  formatInstant,
  formatInstantOrNull,
  type Frequency,
  type Instant,
  MS_PER_DAY,
} from '@perennial/core/time'
import type { JsonObject } from '../../platform/wire/index.ts'

const idOrNull = (kind: IdKind, id: Uuid | null): string | null =>
  id === null ? null : encodeId(kind, id)

export type SubscriptionWireContext = {
  readonly accountId: Uuid
  readonly items: readonly SubscriptionItem[]
  /** The open recovery case, if there is one. */
  readonly recovery: RecoveryCase | null
  /** Its dunning, as far as it has come; absent or null where its first step has not been taken. */
  readonly dunning?: DunningRun | null
  readonly retriesMax: number
  readonly now: Instant
}

/** The subscription as the API and events show it (spec/revkeen.md 5.10). */
export function toWireSubscription(subscription: Subscription, context: SubscriptionWireContext) {
  const { frequency } = subscription.schedule
  return {
    id: encodeId('subscription', subscription.id),
    object: 'subscription' as const,
    merchant_id: encodeId('account', context.accountId),
    customer_id: encodeId('customer', subscription.customerId),
    product_id: idOrNull('product', subscription.productId),
    price_id: idOrNull('price', subscription.priceId),
    plan_id: idOrNull('price', subscription.priceId),
    status: subscription.status,
    currency: subscription.currency,
    billing_interval: intervalOf(frequency),
    interval_count: frequency.kind === 'unit' ? frequency.count : 1,
    quantity: toWireMinor(subscription.quantity),
    amount_minor: toWireMinor(subscription.amountMinor),
    collection_method: subscription.collectionMethod,
    current_period_start: formatInstant(subscription.period.start),
    current_period_end: formatInstant(subscription.period.end),
    trial_end: formatInstantOrNull(subscription.trialEnd),
    cancel_at_period_end: subscription.cancelAtPeriodEnd,
    cancel_at: cancelAtOf(subscription),
    canceled_at: formatInstantOrNull(subscription.canceledAt),
    ended_at: formatInstantOrNull(subscription.endedAt),
    pause_at_period_end: subscription.pauseAtPeriodEnd,
    paused_at: formatInstantOrNull(subscription.pausedAt),
    resumes_at: formatInstantOrNull(subscription.resumesAt),
    billing_ends_on: formatInstantOrNull(subscription.endsAt),
    billing_max_cycles: subscription.cyclesMax,
    cycles_billed: subscription.cyclesBilled,
    latest_invoice_id: idOrNull('invoice', subscription.latestInvoiceId),
    dunning: dunningOf(subscription, context),
    profile: profileOf(subscription),
    pause_behavior: subscription.pauseBehavior,
    ship_to: subscription.shipTo === null ? null : { ...subscription.shipTo },
    campaign: subscription.campaign,
    replaces_id: idOrNull('subscription', subscription.replacesId),
    replaced_by_id: idOrNull('subscription', subscription.replacedById),
    ...(subscription.extras === null ? {} : toWireExtras(subscription.extras)),
    items: context.items.map(toWireItem),
    metadata: subscription.metadata as JsonObject,
    created_at: formatInstant(subscription.createdAt),
    updated_at: formatInstant(subscription.updatedAt),
  }
}

/** What its customer may use now. */
export function toWireAccess({ status, level, reason, until }: Access) {
  return { status, level, reason, until: formatInstantOrNull(until) }
}

export function cancelAtOf({ cancelAtPeriodEnd, period }: Subscription): string | null {
  return cancelAtPeriodEnd ? formatInstant(period.end) : null
}

/** Told only where there are any. */
export function toWireExtras(extras: SubscriptionExtras | null) {
  return {
    discount_ids: (extras?.discountIds ?? []).map((id) => encodeId('discount', id)),
    tax_rate_ids: (extras?.taxRateIds ?? []).map((id) => encodeId('tax_rate', id)),
  }
}

export function toWireItem(item: SubscriptionItem) {
  return {
    id: encodeId('subscription_item', item.id),
    subscription_id: encodeId('subscription', item.subscriptionId),
    product_id: idOrNull('product', item.productId),
    price_id: idOrNull('price', item.priceId),
    description: item.description,
    quantity: toWireMinor(item.quantity),
    currency: item.terms.currency,
    unit_amount_decimal: unitDecimalOf(item.terms),
    unit_amount_minor: unitAmountMinorOf(item),
    own_amount_minor: item.ownAmountMinor === null ? null : toWireMinor(item.ownAmountMinor),
    cycle_first: item.cycleFirst,
    cycle_count: item.cycleCount,
    fulfillment_type: item.fulfillmentType,
    metadata: item.metadata as JsonObject,
    created_at: formatInstant(item.createdAt),
    updated_at: formatInstant(item.updatedAt),
  }
}

/** Null where a unit has no one price, or one with a fraction. */
function unitAmountMinorOf({
  unitAmountMinor,
  terms: { scheme },
}: SubscriptionItem): number | null {
  if (unitAmountMinor !== null) return toWireMinor(unitAmountMinor)
  if (scheme.kind !== 'per_unit' || scheme.unitAmount.denominator !== 1n) return null
  return toWireMinor(scheme.unitAmount.numerator)
}

/** Null without a subscription profile. */
function profileOf(subscription: Subscription) {
  const { profile } = subscription
  if (profile === null) return null
  return {
    id: encodeId('subscription_profile', profile.profileId),
    next_renewal_at: formatInstantOrNull(nextRenewalAt(subscription)),
    occurrences: profile.occurrencesMax,
    occurrences_done: occurrencesDone(subscription),
    overdue_limit: profile.overdueLimit,
    retry_failed_renewals: profile.retriesFailed,
  }
}

function intervalOf(frequency: Frequency): string {
  switch (frequency.kind) {
    case 'unit':
      return frequency.unit
    case 'calendar':
      return frequency.parentUnit
    case 'fiscal':
      return 'quarter'
  }
}

/** Null unless a failed collection is being recovered (spec/revkeen.md 7.6). */
function dunningOf(subscription: Subscription, context: SubscriptionWireContext) {
  const { recovery, now, dunning = null } = context
  if (recovery === null || subscription.status !== 'past_due') return null
  const retriesMax = recovery.policy?.retryDays.length ?? context.retriesMax
  const days = Math.floor((now - recovery.openedAt) / MS_PER_DAY)
  const phase = phaseOf(dunning)
  return {
    is_in_dunning: true,
    phase: phase.number,
    phase_label: phase.label,
    phase_severity: phase.severity,
    retry_count: recovery.retriesMade,
    total_possible_retries: retriesMax,
    next_retry_at: recovery.waitsFor === 'try' ? formatInstantOrNull(recovery.nextAttemptAt) : null,
    days_in_dunning: days,
    access_restricted: phase.isAccessRestricted,
  }
}
