import type { BulkAction, BulkChoices, BulkState, SubscriptionState } from '@perennial/core/billing'
import type { Uuid } from '@perennial/core/ids'
import type { FollowedProfile, Subscription } from '@perennial/core/subscriptions'
import type { Tx } from '../../platform/db/index.ts'
import { findManyKept } from '../../platform/kept/index.ts'
import { loadEditStates, type BillingScope } from '../billing/index.ts'
import { toDiscount } from '../discounts/index.ts'
import { listLivePayments } from '../payments/index.ts'
import {
  findProfiles,
  listOwnProfiles,
  lockProfiles,
  type SubscriptionProfile,
} from '../subscription-profiles/index.ts'
import { listEnabledGatewayIds, listSaidGateways } from './queries/choices.ts'

/** What a row is decided on: for the edit, and for writing it. */
export type LoadedState = BulkState & SubscriptionState

/** What these actions name and may be chosen. With `lock` it stays so until the caller commits. */
export async function loadChoices(
  tx: Tx,
  accountId: Uuid,
  { actions, lock }: { readonly actions: readonly BulkAction[]; readonly lock: boolean },
): Promise<BulkChoices> {
  const named = actions.flatMap((one) =>
    one.kind === 'set_subscription_profile' ? [one.profileId] : [],
  )
  const ids = [...new Set(named)]
  const discountIds = actions.flatMap((one) =>
    one.kind === 'add_discount' || one.kind === 'remove_discount' ? [one.discountId] : [],
  )
  const [profiles, gatewayIds, discounts] = await Promise.all([
    lock ? lockProfiles(tx, accountId, { ids, mode: 'share' }) : findProfiles(tx, accountId, ids),
    listEnabledGatewayIds(tx, accountId),
    findManyKept(tx, { table: 'discounts', accountId, ids: [...new Set(discountIds)] }),
  ])
  return {
    profiles: new Map(profiles.filter(isForAll).map((profile) => [profile.id, profile])),
    gatewayIds: new Set(gatewayIds),
    discounts: new Map(
      discounts.map((row) => [
        row.id,
        { discount: toDiscount(row), usesInAll: row.uses_reserved + row.redemptions },
      ]),
    ),
  }
}

function isForAll(profile: SubscriptionProfile): profile is SubscriptionProfile & FollowedProfile {
  return profile.isEnabled && profile.archivedAt === null && profile.subscriptionId === null
}

/** Profiles that would be discarded: those of these subscriptions alone. Nobody asks unless a profile is set. */
export async function listDiscardable(
  tx: Tx,
  accountId: Uuid,
  given: { readonly subscriptionIds: readonly Uuid[]; readonly actions: readonly BulkAction[] },
): Promise<SubscriptionProfile[]> {
  const setsProfile = given.actions.some(({ kind }) => kind === 'set_subscription_profile')
  return setsProfile ? listOwnProfiles(tx, accountId, given.subscriptionIds) : []
}

/** Everything that decisions about these subscriptions need, a set at a time and in the given order. */
export async function loadBulkStates(
  tx: Tx,
  scope: BillingScope,
  given: {
    readonly subscriptions: readonly Subscription[]
    readonly own: readonly SubscriptionProfile[]
  },
): Promise<LoadedState[]> {
  const { accountId } = scope
  const { subscriptions, own } = given
  const invoiceIds = subscriptions.flatMap(({ latestInvoiceId: id }) => (id === null ? [] : [id]))
  const [states, said, live] = await Promise.all([
    loadEditStates(tx, scope, subscriptions),
    listSaidGateways(
      tx,
      accountId,
      subscriptions.map(({ id }) => id),
    ),
    listLivePayments(tx, accountId, invoiceIds),
  ])
  const saidBy = new Map(said.map((one) => [one.subscriptionId, one]))
  const ownIds = new Set(own.map(({ id }) => id))
  return states.map((state) => {
    const { id, latestInvoiceId, profile } = state.subscription
    const { forcedGatewayId = null, preferredGatewayId = null } = saidBy.get(id) ?? {}
    return {
      ...state,
      gateways: { forcedGatewayId, preferredGatewayId },
      isBeingRenewed: latestInvoiceId !== null && live.has(latestInvoiceId),
      hasOwnProfile: profile !== null && ownIds.has(profile.profileId),
    }
  })
}
