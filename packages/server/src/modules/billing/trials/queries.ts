import type { Uuid } from '@perennial/core/ids'
import type { Subscription, SubscriptionItem } from '@perennial/core/subscriptions'
import { sql } from 'kysely'
import type { Tx } from '../../../platform/db/index.ts'
import { readRows, type PageRequest } from '../../../platform/lists/index.ts'
import { findSubscriptions, listItems } from '../../subscriptions/index.ts'

export type TrialStatus = 'active' | 'expired' | 'cancelled'

/** A subscription that is in its trial, or has been, with the sale that it was sold in. */
export type SeenTrial = {
  readonly subscription: Subscription
  readonly items: readonly SubscriptionItem[]
  readonly saleId: Uuid | null
}

export type TrialFilter = {
  readonly customerId: Uuid | null
  readonly status: TrialStatus | null
}

const HAS_TRIAL = sql`trial_end is not null`
const IS_ENDED = sql`status in ('canceled', 'expired', 'incomplete_expired')`

/** Billed, its period begins at the trial's end or later. */
const STATUS = {
  active: sql`current_period_start < trial_end and not ${IS_ENDED}`,
  expired: sql`current_period_start >= trial_end`,
  cancelled: sql`current_period_start < trial_end and ${IS_ENDED}`,
} as const

/** Newest first. A status is looked for among the trials of one customer only. */
export async function listTrials(
  tx: Tx,
  list: { readonly accountId: Uuid; readonly filter: TrialFilter; readonly page: PageRequest },
): Promise<{ readonly rows: readonly SeenTrial[]; readonly hasMore: boolean }> {
  const { accountId, filter, page } = list
  const { customerId, status } = filter
  const filters = [
    HAS_TRIAL,
    ...(customerId === null ? [] : [sql`customer_id = ${customerId}`]),
    ...(status === null ? [] : [STATUS[status]]),
  ]
  const read = { select: 'id', table: 'subscriptions', accountId, filters, page }
  const found = await readRows<{ readonly id: Uuid }>(tx, read)
  const ids = found.rows.map(({ id }) => id)
  return { ...found, rows: await loadTrials(tx, accountId, ids) }
}

/** Null for a subscription without a trial too. */
export async function findTrial(tx: Tx, accountId: Uuid, id: Uuid): Promise<SeenTrial | null> {
  const [found] = await loadTrials(tx, accountId, [id])
  return found === undefined || found.subscription.trialEnd === null ? null : found
}

/** In the order of the ids. */
async function loadTrials(tx: Tx, accountId: Uuid, ids: readonly Uuid[]): Promise<SeenTrial[]> {
  if (ids.length === 0) return []
  const [subscriptions, items, sales] = await Promise.all([
    findSubscriptions(tx, accountId, ids),
    listItems(tx, accountId, ids),
    listSalesOfSubscriptions(tx, accountId, ids),
  ])
  const byId = new Map(subscriptions.map((one) => [one.id, one]))
  const itemsOf = Map.groupBy(items, ({ subscriptionId }) => subscriptionId)
  return ids.flatMap((id) => {
    const subscription = byId.get(id)
    if (subscription === undefined) return []
    return [{ subscription, items: itemsOf.get(id) ?? [], saleId: sales.get(id) ?? null }]
  })
}

async function listSalesOfSubscriptions(
  tx: Tx,
  accountId: Uuid,
  ids: readonly Uuid[],
): Promise<ReadonlyMap<Uuid, Uuid>> {
  const { rows } = await sql<{ readonly id: Uuid; readonly sale_id: Uuid }>`
    select subscription_id as id, sale_id from sale_lines
     where account_id = ${accountId} and subscription_id = any(${ids}::uuid[])`.execute(tx)
  return new Map(rows.map((row) => [row.id, row.sale_id]))
}
