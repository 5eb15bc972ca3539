import type { PriceTerms } from '../../catalog/index.ts'
import type { Uuid } from '../../ids/index.ts'
import type { RecoveryPolicy } from '../../recovery/index.ts'
import type { CustomerSale, CustomerSaleLine } from '../../sales/index.ts'
import type { CollectionMethod, FollowedProfile } from '../../subscriptions/index.ts'
import type { TimeZone } from '../../time/index.ts'
import type { SubscriptionState } from './state.ts'

/** A sale with all that its subscriptions begin with. */
export type SoldState = {
  readonly sale: CustomerSale
  readonly lines: readonly CustomerSaleLine[]
  readonly zone: TimeZone
  readonly daysUntilDue: number
  readonly policy: RecoveryPolicy
  /** How its subscriptions are collected; absent = they are charged. */
  readonly collectionMethod?: CollectionMethod
  /** The customer was deleted meanwhile: what would begin ends at once. */
  readonly isBuyerGone: boolean
  /** By id; one that is gone decides nothing any more. */
  readonly profiles: ReadonlyMap<Uuid, FollowedProfile>
  /** What prices that lines were sold by say, by id. */
  readonly priceTerms: ReadonlyMap<Uuid, PriceTerms>
  /** What its money has begun, without trials, and what has taken over from that; absent where none has. */
  readonly begun?: readonly SubscriptionState[]
}
