import type { PriceTerms } from '../catalog/index.ts'
import type { Uuid } from '../ids/index.ts'
import type { Currency } from '../money/index.ts'
import type { Anchor, Frequency, Instant, TimeZone } from '../time/index.ts'
import type { ProfileTerms } from './profile-terms.ts'

export type SubscriptionStatus =
  | 'pending'
  | 'incomplete'
  | 'incomplete_expired'
  | 'trialing'
  | 'active'
  | 'past_due'
  | 'paused'
  | 'unpaid'
  | 'canceled'
  | 'expired'

export type CollectionMethod = 'charge_automatically' | 'send_invoice'
/** What becomes of the bills that fall due while it is paused. */
export type PauseBehavior = 'keep_as_draft' | 'mark_uncollectible' | 'void'
/** When the first money is due, if the billing day lies after the start (revkeen.md 5.5 `start_rule`). */
export type FirstCharge = 'immediate' | 'next_anchor' | 'prorate'
export type ProrationMode = 'immediate' | 'next_invoice' | 'none'

/** Half-open: the end belongs to the next period. */
export type Period = { readonly start: Instant; readonly end: Instant }

/**
 * How billing dates follow each other. `anchored` counts every boundary from the anchor (31 Jan, 28 Feb,
 * 31 Mar); `from_renewal` adds one duration to the renewal that just happened and keeps no memory.
 */
export type Schedule = {
  readonly zone: TimeZone
  readonly frequency: Frequency
  readonly dateRule: 'anchored' | 'from_renewal'
  readonly anchor: Anchor
  /** Which cycle starts at the anchor: 0, 1 after a stub that was billed, or a later one after the billing date was moved. */
  readonly anchorCycle: number
}

/** What its bills bear besides its items, in order. */
export type SubscriptionExtras = {
  readonly discountIds: readonly Uuid[]
  readonly taxRateIds: readonly Uuid[]
}

export type Subscription = {
  readonly id: Uuid
  readonly version: number
  readonly customerId: Uuid
  readonly businessId: Uuid | null
  readonly productId: Uuid | null
  readonly priceId: Uuid | null
  /** Null where no profile decides: the terms of its prices do. */
  readonly profile: ProfileTerms | null
  readonly status: SubscriptionStatus
  readonly currency: Currency
  readonly quantity: bigint
  /** What one full cycle costs at the present items. */
  readonly amountMinor: bigint
  readonly collectionMethod: CollectionMethod
  readonly daysUntilDue: number
  readonly schedule: Schedule
  readonly firstCharge: FirstCharge
  /** Number of the current period's cycle; -1 = before the first bill (trial, future start, a stub for free). */
  readonly cycle: number
  readonly cyclesBilled: number
  readonly cyclesMax: number | null
  readonly endsAt: Instant | null
  readonly startedAt: Instant
  readonly period: Period
  readonly trialEnd: Instant | null
  readonly isTrialEndingNoticeSent: boolean
  /** The one instant at which this subscription next needs something; null = nothing falls due by itself. */
  readonly nextDueAt: Instant | null
  readonly cancelAtPeriodEnd: boolean
  readonly canceledAt: Instant | null
  readonly endedAt: Instant | null
  readonly cancelReason: string | null
  readonly pauseAtPeriodEnd: boolean
  /** `suspend`: nothing is billed, and the dates stand still. */
  readonly pauseBehavior: PauseBehavior | 'suspend' | null
  readonly pausedAt: Instant | null
  readonly resumesAt: Instant | null
  readonly prorationMode: ProrationMode
  readonly latestInvoiceId: Uuid | null
  /** The one that it took the place of, and the one that took its place, when its product was replaced. */
  readonly replacesId: Uuid | null
  readonly replacedById: Uuid | null
  /** Where its goods go; null = the customer's address. */
  readonly shipTo: Readonly<Record<string, string>> | null
  /** Null = nothing besides its items. */
  readonly extras: SubscriptionExtras | null
  /** What it was sold in. */
  readonly campaign: string | null
  readonly parkedAt: Instant | null
  readonly parkedReason: string | null
  readonly metadata: Readonly<Record<string, unknown>>
  readonly createdAt: Instant
  readonly updatedAt: Instant
}

export type ItemComponent =
  | 'standard'
  | 'price_override'
  | 'discount'
  | 'discount_percentage'
  | 'final_discount'

/**
 * One component of what a cycle costs. It counts in cycles `cycleFirst` up to, not including,
 * `cycleFirst + cycleCount` (null = for ever). For `discount_percentage` the terms are a percentage.
 */
export type SubscriptionItem = {
  readonly id: Uuid
  readonly subscriptionId: Uuid
  readonly position: number
  readonly component: ItemComponent
  readonly terms: PriceTerms
  readonly priceId: Uuid | null
  readonly productId: Uuid | null
  readonly description: string
  readonly quantity: bigint
  /** Set where the amount of a unit is the item's own and not its price's. */
  readonly unitAmountMinor: bigint | null
  /** What a full cycle costs in the place of quantity and terms; those are as they were. Null = what they say. */
  readonly ownAmountMinor: bigint | null
  readonly cycleFirst: number
  readonly cycleCount: number | null
  readonly fulfillmentType: 'none' | 'physical' | 'digital'
  readonly metadata: Readonly<Record<string, unknown>>
  readonly createdAt: Instant
  readonly updatedAt: Instant
}

const ENDED: ReadonlySet<SubscriptionStatus> = new Set([
  'incomplete_expired',
  'canceled',
  'expired',
])

/** Its cycles go on, or do once it is resumed: it has begun, and has neither ended nor been given up. */
export const RUNNING: readonly SubscriptionStatus[] = ['trialing', 'active', 'past_due', 'paused']

/** Ended subscriptions never change again, except their metadata. */
export function isEnded(status: SubscriptionStatus): boolean {
  return ENDED.has(status)
}
