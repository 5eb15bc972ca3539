import type { Uuid } from '@perennial/core/ids'
import type { Subscription, SubscriptionItem } from '@perennial/core/subscriptions'
import { sql } from 'kysely'
import type { Tx } from '../../../platform/db/index.ts'
import {
  readChoicesPage,
  readPage,
  type Page,
  type PageRequest,
} from '../../../platform/lists/index.ts'
import { findPriceTerms } from '../../catalog/index.ts'
import { toItem, toSubscription, type ItemRow, type SubscriptionRow } from '../rows.ts'

export async function findSubscription(
  tx: Tx,
  accountId: Uuid,
  id: Uuid,
): Promise<Subscription | null> {
  const { rows } = await sql<SubscriptionRow>`
    select * from subscriptions where account_id = ${accountId} and id = ${id}`.execute(tx)
  return rows[0] === undefined ? null : toSubscription(rows[0])
}

export async function findSubscriptions(
  tx: Tx,
  accountId: Uuid,
  ids: readonly Uuid[],
): Promise<Subscription[]> {
  const { rows } = await sql<SubscriptionRow>`
    select * from subscriptions where account_id = ${accountId} and id = any(${ids}::uuid[])`.execute(
    tx,
  )
  return rows.map(toSubscription)
}

/** Replacements in a row that are followed from one subscription. */
const SUCCESSORS_MAX = 1_000

/** Of each of these subscriptions: itself, and all that have taken over from it since. */
export async function findWithSuccessors(
  tx: Tx,
  accountId: Uuid,
  ids: readonly Uuid[],
): Promise<ReadonlyMap<Uuid, readonly Uuid[]>> {
  if (ids.length === 0) return new Map()
  const { rows } = await sql<{ readonly root: Uuid; readonly ids: Uuid[] }>`
    with recursive going as (
           select id as root, id, replaced_by_id, 0 as depth from subscriptions
            where account_id = ${accountId} and id = any(${ids}::uuid[])
           union all
           select g.root, s.id, s.replaced_by_id, g.depth + 1
             from going g
             join subscriptions s on s.account_id = ${accountId} and s.id = g.replaced_by_id
            where g.depth < ${SUCCESSORS_MAX})
    select root, array_agg(distinct id) as ids from going group by root`.execute(tx)
  return new Map(rows.map((row) => [row.root, row.ids]))
}

/** The same of all of them together. */
export async function listWithSuccessors(
  tx: Tx,
  accountId: Uuid,
  ids: readonly Uuid[],
): Promise<Uuid[]> {
  const found = await findWithSuccessors(tx, accountId, ids)
  return [...new Set([...found.values()].flat())]
}

/** Items of many subscriptions with the terms they are priced by, each subscription's in order. */
export async function listItems(
  tx: Tx,
  accountId: Uuid,
  subscriptionIds: readonly Uuid[],
): Promise<SubscriptionItem[]> {
  const { rows } = await sql<ItemRow>`
    select * from subscription_items
     where account_id = ${accountId} and subscription_id = any(${subscriptionIds}::uuid[]) and removed_at is null
     order by subscription_id, position`.execute(tx)
  const priceIds = [
    ...new Set(rows.flatMap((row) => (row.price_id === null ? [] : [row.price_id]))),
  ]
  const terms = await findPriceTerms(tx, accountId, priceIds)
  return rows.map((row) =>
    toItem(row, row.price_id === null ? null : (terms.get(row.price_id) ?? null)),
  )
}

export type SubscriptionFilter = {
  readonly statuses: readonly string[] | null
  readonly customerId: Uuid | null
}

export async function listSubscriptions(
  tx: Tx,
  accountId: Uuid,
  filter: SubscriptionFilter,
  page: PageRequest,
): Promise<Page<Subscription>> {
  const found = await readSubscriptions(tx, { accountId, filter, page })
  return { ...found, rows: found.rows.map(toSubscription) }
}

/** A customer's are few; a status is read as a list of its own, because its rows may be rare. */
async function readSubscriptions(
  tx: Tx,
  list: {
    readonly accountId: Uuid
    readonly filter: SubscriptionFilter
    readonly page: PageRequest
  },
): Promise<Page<SubscriptionRow>> {
  const { accountId, filter, page } = list
  const { statuses, customerId } = filter
  const base = { select: '*', table: 'subscriptions', accountId, page } as const
  if (customerId !== null) {
    const isOne = statuses === null ? [] : [sql`status = any(${statuses}::text[])`]
    return readPage(tx, { ...base, filters: [sql`customer_id = ${customerId}`, ...isOne] })
  }
  if (statuses === null) return readPage(tx, { ...base, filters: [] })
  const choices = { columns: ['status'], combinations: statuses.map((status) => [status]) }
  return readChoicesPage(tx, { ...base, filters: [], choices })
}

/** Ids of a customer's subscriptions that have not ended. */
export async function listRunningSubscriptionIds(
  tx: Tx,
  accountId: Uuid,
  customerId: Uuid,
): Promise<Uuid[]> {
  const { rows } = await sql<{ readonly id: Uuid }>`
    select id from subscriptions
     where account_id = ${accountId} and customer_id = ${customerId}
       and status not in ('incomplete_expired', 'canceled', 'expired')
     order by id`.execute(tx)
  return rows.map((row) => row.id)
}
