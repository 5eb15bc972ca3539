import type { OnDispute } from '@perennial/core/billing'
import { accessOf, type Access, type DunningRun } from '@perennial/core/dunning'
import type { Uuid } from '@perennial/core/ids'
import type { RecoveryCase } from '@perennial/core/recovery'
import type { Subscription, SubscriptionItem } from '@perennial/core/subscriptions'
import type { Tx } from '../../../platform/db/index.ts'
import { listOnDispute } from '../../disputes/index.ts'
import { listHoldingRuns, listOpenRuns, oldestRuns } from '../../dunning/index.ts'
import { listOpenCases } from '../../recovery/index.ts'
import { findSubscription, listItems } from '../../subscriptions/index.ts'

/** A subscription with what its API representation shows besides. */
export type SubscriptionView = {
  readonly subscription: Subscription
  readonly items: readonly SubscriptionItem[]
  readonly recovery: RecoveryCase | null
  /** Of the open case; null where there is none. */
  readonly dunning: DunningRun | null
  readonly access: Access
  /** What a chargeback does to it; null = what the account says. */
  readonly onDispute: OnDispute | null
}

export async function findSubscriptionView(
  tx: Tx,
  accountId: Uuid,
  id: Uuid,
): Promise<SubscriptionView | null> {
  const subscription = await findSubscription(tx, accountId, id)
  if (subscription === null) return null
  const [view] = await viewSubscriptions(tx, accountId, [subscription])
  return view ?? null
}

/** Views of many, a set at a time, in the given order. */
export async function viewSubscriptions(
  tx: Tx,
  accountId: Uuid,
  subscriptions: readonly Subscription[],
): Promise<SubscriptionView[]> {
  const ids = subscriptions.map((subscription) => subscription.id)
  const owing = subscriptions.filter(({ status }) => status === 'past_due')
  const [items, cases, onDispute, holding] = await Promise.all([
    listItems(tx, accountId, ids),
    listOpenCases(tx, accountId, ids),
    listOnDispute(tx, accountId, ids),
    listHoldingRuns(
      tx,
      accountId,
      owing.map(({ id }) => id),
    ),
  ])
  const itemsOf = Map.groupBy(items, (item) => item.subscriptionId)
  const runs = oldestRuns(
    await listOpenRuns(
      tx,
      accountId,
      cases.map(({ subscriptionId }) => subscriptionId),
    ),
  )
  const holdingOf = Map.groupBy(holding, (run) => run.subscriptionId)
  const casesOf = Map.groupBy(cases, (open) => open.subscriptionId)
  return subscriptions.map((subscription) => ({
    subscription,
    items: itemsOf.get(subscription.id) ?? [],
    recovery: casesOf.get(subscription.id)?.[0] ?? null,
    dunning: runs.get(subscription.id) ?? null,
    access: accessOf(subscription, holdingOf.get(subscription.id) ?? []),
    onDispute: onDispute.get(subscription.id) ?? null,
  }))
}
