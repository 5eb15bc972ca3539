import type { Renewal } from '@perennial/core/billing'
import type { PriceScheme, PriceTerms } from '@perennial/core/catalog'
import { assert } from '@perennial/core/fault'
import { isUuid, type Uuid } from '@perennial/core/ids'
import { ratio } from '@perennial/core/money'
import type {
  FirstCharge,
  ProrationMode,
  Subscription,
  SubscriptionExtras,
  SubscriptionItem,
} from '@perennial/core/subscriptions'
import { parseTimeZone, type Frequency } from '@perennial/core/time'
import type { Selectable } from 'kysely'
import type { DB } from '../../platform/db/index.ts'
import type { JsonObject } from '../../platform/wire/index.ts'
import { storedCurrency } from '../invoices/index.ts'

export type SubscriptionRow = Selectable<DB['subscriptions']>
export type ItemRow = Selectable<DB['subscription_items']>

export function toSubscription(row: SubscriptionRow): Subscription {
  const zone = parseTimeZone(row.timezone)
  assert(zone !== null, 'a stored time zone is a known one')
  return {
    id: row.id,
    version: row.version,
    customerId: row.customer_id,
    businessId: row.business_id,
    productId: row.product_id,
    priceId: row.price_id,
    profile: toProfileTerms(row),
    status: row.status,
    currency: storedCurrency(row.currency),
    quantity: row.quantity,
    amountMinor: row.amount_minor,
    collectionMethod: row.collection_method,
    daysUntilDue: row.days_until_due,
    schedule: {
      zone,
      frequency: row.frequency as Frequency,
      dateRule: row.date_rule,
      anchor: { at: row.anchor_at, zone, day: row.anchor_day },
      anchorCycle: row.anchor_cycle,
    },
    firstCharge: row.first_charge as FirstCharge,
    cycle: row.cycle,
    cyclesBilled: row.cycles_billed,
    cyclesMax: row.cycles_max,
    endsAt: row.ends_at,
    startedAt: row.started_at,
    period: { start: row.current_period_start, end: row.current_period_end },
    trialEnd: row.trial_end,
    isTrialEndingNoticeSent: row.trial_ending_notice_sent,
    nextDueAt: row.next_due_at,
    cancelAtPeriodEnd: row.cancel_at_period_end,
    canceledAt: row.canceled_at,
    endedAt: row.ended_at,
    cancelReason: row.cancel_reason,
    pauseAtPeriodEnd: row.pause_at_period_end,
    pauseBehavior: row.pause_behavior as Subscription['pauseBehavior'],
    pausedAt: row.paused_at,
    resumesAt: row.resumes_at,
    prorationMode: row.proration_mode as ProrationMode,
    latestInvoiceId: row.latest_invoice_id,
    replacesId: row.replaces_id,
    replacedById: row.replaced_by_id,
    shipTo: row.ship_to as Subscription['shipTo'],
    campaign: row.campaign,
    extras: row.extras === null ? null : toStoredExtras(row.extras),
    parkedAt: row.parked_at,
    parkedReason: row.parked_reason,
    metadata: row.metadata as JsonObject,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

/** Ids are stored as they are. */
export function toStoredExtras(stored: unknown): SubscriptionExtras {
  assert(typeof stored === 'object' && stored !== null, 'stored extras are an object')
  const discountIds = 'discount_ids' in stored ? stored.discount_ids : []
  const taxRateIds = 'tax_rate_ids' in stored ? stored.tax_rate_ids : []
  return { discountIds: toIds(discountIds), taxRateIds: toIds(taxRateIds) }
}

function toIds(stored: unknown): Uuid[] {
  assert(Array.isArray(stored) && stored.every(isStoredId), 'stored ids are ids')
  return stored
}

function isStoredId(value: unknown): value is Uuid {
  return typeof value === 'string' && isUuid(value)
}

export function toExtrasJson(extras: SubscriptionExtras | null): JsonObject | null {
  if (extras === null) return null
  return { discount_ids: [...extras.discountIds], tax_rate_ids: [...extras.taxRateIds] }
}

function toProfileTerms(row: SubscriptionRow): Subscription['profile'] {
  if (row.profile_id === null) return null
  return {
    profileId: row.profile_id,
    occurrencesMax: row.occurrences_max,
    billsBefore: row.bills_before,
    overdueLimit: row.overdue_limit,
    retriesFailed: row.retries_failed,
  }
}

/** The columns that renewals change. */
export function toSubscriptionUpdate(accountId: Uuid, subscription: Subscription) {
  return {
    account_id: accountId,
    id: subscription.id,
    version: subscription.version,
    status: subscription.status,
    quantity: subscription.quantity,
    amount_minor: subscription.amountMinor,
    anchor_at: subscription.schedule.anchor.at,
    anchor_day: subscription.schedule.anchor.day,
    anchor_cycle: subscription.schedule.anchorCycle,
    cycle: subscription.cycle,
    cycles_billed: subscription.cyclesBilled,
    cycles_max: subscription.cyclesMax,
    ends_at: subscription.endsAt,
    current_period_start: subscription.period.start,
    current_period_end: subscription.period.end,
    trial_end: subscription.trialEnd,
    trial_ending_notice_sent: subscription.isTrialEndingNoticeSent,
    next_due_at: subscription.nextDueAt,
    cancel_at_period_end: subscription.cancelAtPeriodEnd,
    canceled_at: subscription.canceledAt,
    ended_at: subscription.endedAt,
    cancel_reason: subscription.cancelReason,
    pause_at_period_end: subscription.pauseAtPeriodEnd,
    pause_behavior: subscription.pauseBehavior,
    paused_at: subscription.pausedAt,
    resumes_at: subscription.resumesAt,
    latest_invoice_id: subscription.latestInvoiceId,
    parked_at: subscription.parkedAt,
    parked_reason: subscription.parkedReason,
    metadata: subscription.metadata as JsonObject,
    updated_at: subscription.updatedAt,
  }
}

/** The columns that change besides, seldom enough to be written apart. */
export function toTermsUpdate(accountId: Uuid, subscription: Subscription) {
  const { profile, schedule } = subscription
  return {
    account_id: accountId,
    id: subscription.id,
    profile_id: profile?.profileId ?? null,
    occurrences_max: profile?.occurrencesMax ?? null,
    bills_before: profile?.billsBefore ?? 1,
    overdue_limit: profile?.overdueLimit ?? 0,
    retries_failed: profile?.retriesFailed ?? true,
    frequency: schedule.frequency as JsonObject,
    date_rule: schedule.dateRule,
    ship_to: subscription.shipTo as JsonObject | null,
    extras: toExtrasJson(subscription.extras),
    replaced_by_id: subscription.replacedById,
  }
}

export function toSubscriptionRow(accountId: Uuid, subscription: Subscription) {
  return {
    ...toSubscriptionUpdate(accountId, subscription),
    ...toTermsUpdate(accountId, subscription),
    customer_id: subscription.customerId,
    business_id: subscription.businessId,
    product_id: subscription.productId,
    price_id: subscription.priceId,
    replaces_id: subscription.replacesId,
    campaign: subscription.campaign,
    currency: subscription.currency,
    collection_method: subscription.collectionMethod,
    days_until_due: subscription.daysUntilDue,
    timezone: subscription.schedule.zone,
    first_charge: subscription.firstCharge,
    started_at: subscription.startedAt,
    proration_mode: subscription.prorationMode,
    created_at: subscription.createdAt,
  }
}

/** `terms` are the price's, unless a unit has an amount of its own. */
export function toItem(row: ItemRow, priceTerms: PriceTerms | null): SubscriptionItem {
  const currency = storedCurrency(row.currency)
  const scheme = ownScheme(row)
  const bounds = { freeUnits: 0n, minimumMinor: null, maximumMinor: null }
  const terms = scheme === null ? priceTerms : { currency, scheme, ...bounds }
  assert(terms !== null, 'an item has a price or an amount of its own')
  return {
    id: row.id,
    subscriptionId: row.subscription_id,
    position: row.position,
    component: row.component,
    terms,
    priceId: row.price_id,
    productId: row.product_id,
    description: row.description ?? '',
    quantity: row.quantity,
    unitAmountMinor: row.unit_amount_minor,
    ownAmountMinor: row.own_amount_minor,
    cycleFirst: row.cycle_first,
    cycleCount: row.cycle_count,
    fulfillmentType: row.fulfillment_type as SubscriptionItem['fulfillmentType'],
    metadata: row.metadata as JsonObject,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

function ownScheme(row: ItemRow): PriceScheme | null {
  if (row.rate_bps !== null) return { kind: 'percentage', rateBps: row.rate_bps }
  if (row.unit_amount_minor === null) return null
  return { kind: 'per_unit', unitAmount: ratio(row.unit_amount_minor, 1n) }
}

export function toItemRow(accountId: Uuid, item: SubscriptionItem) {
  const { scheme } = item.terms
  return {
    account_id: accountId,
    id: item.id,
    subscription_id: item.subscriptionId,
    position: item.position,
    component: item.component,
    price_id: item.priceId,
    product_id: item.productId,
    description: item.description,
    quantity: item.quantity,
    currency: item.terms.currency,
    unit_amount_minor: item.unitAmountMinor,
    own_amount_minor: item.ownAmountMinor,
    rate_bps: item.priceId === null && scheme.kind === 'percentage' ? scheme.rateBps : null,
    cycle_first: item.cycleFirst,
    cycle_count: item.cycleCount,
    fulfillment_type: item.fulfillmentType,
    metadata: item.metadata as JsonObject,
    created_at: item.createdAt,
    updated_at: item.updatedAt,
  }
}

export function toRenewalRow(accountId: Uuid, renewal: Renewal, runId: Uuid | null) {
  return {
    account_id: accountId,
    id: renewal.id,
    subscription_id: renewal.subscriptionId,
    cycle: renewal.cycle,
    kind: renewal.kind,
    status: renewal.status,
    renewal_at: renewal.renewalAt,
    period_start: renewal.period.start,
    period_end: renewal.period.end,
    amount_minor: renewal.amountMinor,
    currency: renewal.currency,
    invoice_id: renewal.invoiceId,
    run_id: runId,
    created_at: renewal.createdAt,
  }
}
