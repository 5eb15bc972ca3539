import type { BulkAction } from '@perennial/core/billing'
import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import type { JsonObject } from '../../../platform/wire/index.ts'
import type { SegmentKind } from '../edit.ts'

/** Half-open; null = without a bound on that side. */
export type Span = { readonly from: Instant | null; readonly before: Instant | null }
/** Both included; null = without a bound on that side. */
export type Range<T> = { readonly min: T | null; readonly max: T | null }
/** Null in it stands for "none". */
export type Choice<T> = readonly (T | null)[]

/** All must hold; what is absent does not narrow. */
export type EditFilters = {
  /** Of a trial its end. */
  readonly nextRenewal?: Span
  readonly created?: Span
  readonly lastRenewal?: Span
  readonly statuses?: readonly string[]
  readonly isInTrial?: boolean
  readonly productIds?: readonly Uuid[]
  readonly profileIds?: Choice<Uuid>
  readonly paymentProfileIds?: Choice<Uuid>
  readonly campaigns?: Choice<string>
  readonly shops?: Choice<string>
  readonly productGroups?: Choice<string>
  readonly customerGroups?: Choice<string>
  readonly currencies?: readonly string[]
  readonly paymentMethodTypes?: readonly string[]
  readonly amountMinor?: Range<bigint>
  readonly renewalCount?: Range<number>
  readonly overdueCount?: Range<number>
  readonly forcedGatewayIds?: Choice<Uuid>
  readonly preferredGatewayIds?: Choice<Uuid>
  readonly lastSuccessGatewayIds?: Choice<Uuid>
  readonly customerIds?: readonly Uuid[]
  readonly subscriptionIds?: readonly Uuid[]
  /** Null = whatever value. */
  readonly metadata?: readonly { readonly name: string; readonly value: string | null }[]
}

export type RequestedSegment = {
  /** As text; null for those that have none, and for the one segment of all. */
  readonly value: string | null
  readonly actions: readonly BulkAction[]
  /** Where the caller wrote its actions: what refusals name. */
  readonly param: string
}

export type EditRequest = {
  readonly filters: EditFilters
  /** The same in the caller's words, to be shown. */
  readonly filtersShown: JsonObject
  readonly segmentBy: SegmentKind
  readonly segments: readonly RequestedSegment[]
  /** How many may match; null = as many as an edit may hold. */
  readonly matchingMax: number | null
  /** How many may be changed at most, the soonest renewals first. */
  readonly limit: number | null
}
