import type { SubscriptionState } from '@perennial/core/billing'
import type { Uuid } from '@perennial/core/ids'
import type { Subscription } from '@perennial/core/subscriptions'
import type { Tx } from '../../platform/db/index.ts'
import { listRoutes } from '../payments/index.ts'
import { listOpenCases } from '../recovery/index.ts'
import { listItems } from '../subscriptions/index.ts'
import { recoveryPolicyOf, type BillingScope } from './scope.ts'

/** Everything that decisions about these subscriptions need, a set at a time. The subscriptions are locked. */
export async function loadStates(
  tx: Tx,
  scope: BillingScope,
  subscriptions: readonly Subscription[],
): Promise<SubscriptionState[]> {
  const { accountId } = scope
  const ids = subscriptions.map((subscription) => subscription.id)
  const [items, routes, cases] = await Promise.all([
    listItems(tx, accountId, ids),
    listRoutes(tx, accountId, subscriptions),
    listOpenCases(tx, accountId, ids),
  ])
  const itemsOf = groupBy(items, (item) => item.subscriptionId)
  const routesOf = groupBy(routes, (route) => route.subscriptionId)
  const casesOf = groupBy(cases, (open) => open.subscriptionId)
  const policy = recoveryPolicyOf(scope.account)
  return subscriptions.map((subscription) => ({
    subscription,
    items: itemsOf.get(subscription.id) ?? [],
    routes: routesOf.get(subscription.id) ?? [],
    openCases: casesOf.get(subscription.id) ?? [],
    policy,
  }))
}

export function groupBy<T>(list: readonly T[], keyOf: (entry: T) => Uuid): Map<Uuid, T[]> {
  const groups = new Map<Uuid, T[]>()
  for (const entry of list) {
    const group = groups.get(keyOf(entry))
    if (group === undefined) groups.set(keyOf(entry), [entry])
    else group.push(entry)
  }
  return groups
}
