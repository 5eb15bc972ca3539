import type { Discount } from '../../discounts/index.ts'
import type { Uuid } from '../../ids/index.ts'
import {
  nextRenewalAt,
  type FollowedProfile,
  type Subscription,
  type SubscriptionItem,
  type SubscriptionStatus,
} from '../../subscriptions/index.ts'
import type { Instant } from '../../time/index.ts'
import type { SubscriptionState } from '../state/state.ts'

/** Which gateways charge it, as the subscription says itself. */
export type GatewayChoice = {
  readonly forcedGatewayId: Uuid | null
  readonly preferredGatewayId: Uuid | null
}

/** What a bulk edit of one subscription is decided on. */
export type BulkState = Pick<
  SubscriptionState,
  'subscription' | 'items' | 'openCases' | 'overdueInvoiceIds'
> & {
  readonly gateways: GatewayChoice
  /** Its latest bill is being paid: a charge is in flight or its outcome not known yet. */
  readonly isBeingRenewed: boolean
  /** The profile that it follows was made for it alone. */
  readonly hasOwnProfile: boolean
}

/** What the actions name and may be chosen: enabled, and nobody's own. */
export type BulkChoices = {
  readonly profiles: ReadonlyMap<Uuid, FollowedProfile>
  readonly gatewayIds: ReadonlySet<Uuid>
  readonly discounts: ReadonlyMap<Uuid, { readonly discount: Discount; readonly usesInAll: number }>
}

/** What a review shows of a subscription, before and after. */
export type BulkStanding = GatewayChoice & {
  readonly status: SubscriptionStatus
  readonly amountMinor: bigint
  /** Of a trial its end; null when no renewal follows. */
  readonly nextRenewalAt: Instant | null
  readonly trialEnd: Instant | null
  readonly profileId: Uuid | null
  readonly discountIds: readonly Uuid[]
}

export function bulkStanding(subscription: Subscription, gateways: GatewayChoice): BulkStanding {
  const { status, amountMinor, trialEnd, profile, extras } = subscription
  return {
    status,
    amountMinor,
    nextRenewalAt: nextRenewalAt(subscription),
    trialEnd,
    profileId: profile?.profileId ?? null,
    discountIds: extras?.discountIds ?? [],
    forcedGatewayId: gateways.forcedGatewayId,
    preferredGatewayId: gateways.preferredGatewayId,
  }
}

/** What is written: one step for each event that tells of it. */
export type BulkStep = {
  readonly event: 'updated' | 'paused' | 'resumed' | 'canceled'
  readonly subscription: Subscription
  /** Those that changed. */
  readonly items: readonly SubscriptionItem[]
}
