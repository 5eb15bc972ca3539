import type { ChangeSet, SubscriptionState } from '@perennial/core/billing'
import type { Subscription, SubscriptionItem, TrialRefusal } from '@perennial/core/subscriptions'
import type { Decision } from '../../../platform/command/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import type { ProfileChoiceRefusal } from '../subscriptions/choose-profile.ts'
import type { ChangeRefusal } from '../subscriptions/change-subscription.ts'
import type { ExtrasRefusal } from '../extras/check-extras.ts'
import type { PlanRefusal } from '../subscriptions/plan-subscription.ts'

export type OperationRefusal =
  | ChangeRefusal
  | ExtrasRefusal
  | ProfileChoiceRefusal
  | PlanRefusal
  | TrialRefusal
  | 'profile_changed_meanwhile'
  | 'attempt_forbidden'
  | 'renewed_at_this_instant'
  | 'profile_invalid'
  | 'payment_profile_not_found'
  | 'payment_profile_disabled'
  | 'first_step_no_cascade'
  | 'shipping_profile_not_found'
  | 'salvage_profile_not_found'
  | 'product_not_found'
  | 'product_has_no_profile'

/** What a person should know before an operation, besides what it changes. */
export type WarningCode =
  | 'next_renewal_in_past'
  | 'custom_profile_discarded'
  | 'discounts_not_carried_over'
  | 'profile_not_carried_over'
  | 'no_renewals_follow'
  | 'nothing_to_charge'

export type Standing = {
  readonly subscription: Subscription
  readonly items: readonly SubscriptionItem[]
}

/** What an operation comes to. A preview tells it, and nothing of it is written. */
export type DecidedOperation = {
  readonly after: Standing
  /** The one that takes over. */
  readonly successor: Standing | null
  readonly changes: ChangeSet
  readonly warnings: readonly WarningCode[]
}

/** Whether a locked subscription follows another profile than the one that an operation was planned for. */
export function followsAnother(
  { subscription }: SubscriptionState,
  planned: Pick<Subscription, 'profile'>,
): boolean {
  return subscription.profile?.profileId !== planned.profile?.profileId
}

/**
 * An operation that knows all it needs besides the locked subscription. `write`: what goes along with the change set, after
 * it and in the same transaction.
 */
export type PlannedOperation = {
  readonly decide: (state: SubscriptionState) => Decision<DecidedOperation, OperationRefusal>
  readonly write?: (tx: Tx) => Promise<void>
}

/** Finds and locks what comes before the subscription in the order of locks. */
export type PlanOperation = (tx: Tx) => Promise<Decision<PlannedOperation, OperationRefusal>>
