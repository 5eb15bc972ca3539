import type { BulkAction, BulkWarning } from '@perennial/core/billing'
import type { Currency } from '@perennial/core/money'
import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import type { JsonObject } from '../../platform/wire/index.ts'
import type { WireStanding } from './standing-wire.ts'

/** `previewing`: its review goes on; `draft`: it is there and waits for its confirmation. */
export const EDIT_STATUSES = [
  'previewing',
  'draft',
  'running',
  'paused',
  'done',
  'canceled',
] as const
export type EditStatus = (typeof EDIT_STATUSES)[number]

/** `planned` waits for its turn; the others are results. */
export const ROW_RESULTS = ['planned', 'changed', 'unchanged', 'skipped', 'failed'] as const
export type RowResult = (typeof ROW_RESULTS)[number]

/** What subscriptions can be told apart by: each value that is found is a segment. */
export const SEGMENT_KINDS = [
  'none',
  'subscription_profile',
  'product',
  'status',
  'trial',
  'payment_profile',
  'campaign',
  'shop',
  'currency',
  'amount',
  'renewal_count',
  'forced_gateway',
  'preferred_gateway',
  'last_success_gateway',
] as const
export type SegmentKind = (typeof SEGMENT_KINDS)[number]

/** A part of a review, and what was counted in it. */
export type EditSegment = {
  /** As text; null where the subscriptions have none, and where there is one segment for all. */
  readonly value: string | null
  readonly actions: readonly BulkAction[]
  readonly loaded: number
  readonly planned: number
  readonly unchanged: number
  readonly skipped: number
  readonly warnings: Readonly<Partial<Record<BulkWarning, number>>>
}

/** What a full period of those that change comes to, in one currency. */
export type EditTotal = {
  readonly currency: string
  readonly subscriptions: number
  readonly amountBeforeMinor: bigint
  /** What is canceled comes to nothing. */
  readonly amountAfterMinor: bigint
}

/** Where a review stands: behind this subscription, found by this renewal (null = none follows). */
export type ReviewedTo = { readonly nextRenewalAt: Instant | null; readonly subscriptionId: Uuid }

export type EditCounts = Readonly<Record<'loaded' | RowResult, number>>

export type EditRecord = {
  readonly id: Uuid
  readonly status: EditStatus
  /** The edit that it takes back. */
  readonly undoesId: Uuid | null
  /** As they were asked for. */
  readonly filters: JsonObject
  readonly segmentBy: SegmentKind
  readonly segments: readonly EditSegment[]
  readonly limit: number | null
  /** Of all that the review shows; as far as it has come while it goes on. */
  readonly reviewDigest: string
  /** What matched when the review turned out to be a long one; null where it was done at once. */
  readonly matching: number | null
  readonly reviewedTo: ReviewedTo | null
  readonly totals: readonly EditTotal[]
  readonly counts: EditCounts
  readonly requestId: string | null
  readonly createdAt: Instant
  readonly expiresAt: Instant
  readonly confirmedAt: Instant | null
  readonly finishedAt: Instant | null
  readonly updatedAt: Instant
}

/** One subscription of an edit, as it was reviewed and what came of it. */
export type EditRow = {
  readonly position: number
  readonly subscriptionId: Uuid
  readonly segment: number
  readonly result: RowResult
  readonly reason: string | null
  readonly version: number
  readonly isNoticeSent: boolean
  /** In the API's words; `after` is null where nothing was planned. */
  readonly before: WireStanding
  readonly after: WireStanding | null
  readonly warnings: readonly BulkWarning[]
  /** Its own, in the place of its segment's. */
  readonly actions: readonly BulkAction[] | null
  readonly undo: readonly BulkAction[] | null
  readonly versionAfter: number | null
}

/** A row, and what the amounts of its subscription are in. */
export type ShownRow = EditRow & { readonly currency: Currency }

/** What is not found at all: what has ended, and what has not begun. */
export const EDITABLE_STATUSES = ['trialing', 'active', 'past_due', 'paused', 'unpaid'] as const
