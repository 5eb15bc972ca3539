import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import { sql, type RawBuilder } from 'kysely'
import type { Tx } from '../../../platform/db/index.ts'
import type { IdBounds } from '../../../platform/lists/index.ts'
import type { Window } from '../wire/fields.ts'

/** What subscriptions do not carry themselves. */
export type SubscriptionFacts = {
  readonly id: Uuid
  readonly overdueCount: number
  readonly renewals: number
  readonly lastRenewalAt: Instant | null
  readonly forcedGatewayId: Uuid | null
  readonly preferredGatewayId: Uuid | null
  /** Null, like its line and its shop, for what no sale began. */
  readonly saleId: Uuid | null
  /** Line of the sale's bill. */
  readonly saleLineId: Uuid | null
  readonly shop: string | null
}

/** A renewal that is paid in part is overdue (spec/revcent.md 8.2). */
export async function readSubscriptionFacts(
  tx: Tx,
  accountId: Uuid,
  ids: readonly Uuid[],
): Promise<SubscriptionFacts[]> {
  const { rows } = await sql<SubscriptionFacts>`
    select s.id, r.overdue as "overdueCount", r.made as renewals, r.last_at as "lastRenewalAt",
           g.forced_gateway_id as "forcedGatewayId", g.preferred_gateway_id as "preferredGatewayId",
           l.sale_id as "saleId", l.invoice_line_id as "saleLineId", o.shop
      from subscriptions s
      left join subscription_routing g on g.account_id = s.account_id and g.subscription_id = s.id
      left join sale_lines l on l.account_id = s.account_id and l.subscription_id = s.id
      left join sales o on o.account_id = l.account_id and o.id = l.sale_id
      cross join lateral (
        select count(*) filter (where status in ('overdue', 'partially_paid'))::int as overdue,
               count(*) filter (where kind in ('automatic', 'manual'))::int as made,
               max(renewal_at) filter (where kind in ('automatic', 'manual')) as last_at
          from renewals where account_id = s.account_id and subscription_id = s.id) r
     where s.account_id = ${accountId} and s.id = any(${ids}::uuid[])`.execute(tx)
  return rows
}

export type SubscriptionFilter = {
  readonly statuses: readonly string[]
  readonly customerIds: readonly Uuid[]
  readonly productIds: readonly Uuid[]
  readonly profileIds: readonly Uuid[]
  readonly currencies: readonly string[]
  readonly campaigns: readonly string[]
  readonly shops: readonly string[]
  readonly productGroups: readonly string[]
  readonly customerGroups: readonly string[]
}

/** Newest first; one more than asked for tells that there is more. One whose first charge was refused has never been. */
export async function listSubscriptionIds(
  tx: Tx,
  accountId: Uuid,
  {
    filter,
    window,
    bounds,
  }: { readonly filter: SubscriptionFilter; readonly window: Window; readonly bounds: IdBounds },
): Promise<Uuid[]> {
  const where = sql.join(
    [sql`s.account_id = ${accountId}`, ...conditionsOf(accountId, filter)],
    sql` and `,
  )
  const { rows } = await sql<{ readonly id: Uuid }>`
    select s.id from subscriptions s
     where ${where} and s.id between ${bounds.first} and ${bounds.last}
       and s.created_at >= ${window.from} and s.created_at <= ${window.until}
       and s.status <> 'incomplete_expired'
     order by s.id desc
     limit ${window.limit + 1} offset ${window.offset}`.execute(tx)
  return rows.map(({ id }) => id)
}

function conditionsOf(accountId: Uuid, filter: SubscriptionFilter): RawBuilder<unknown>[] {
  const { statuses, customerIds, productIds, profileIds, currencies, campaigns } = filter
  const { shops, productGroups, customerGroups } = filter
  return [
    statuses.length === 0 ? [] : [sql`s.status = any(${statuses}::text[])`],
    customerIds.length === 0 ? [] : [sql`s.customer_id = any(${customerIds}::uuid[])`],
    productIds.length === 0 ? [] : [sql`s.product_id = any(${productIds}::uuid[])`],
    profileIds.length === 0 ? [] : [sql`s.profile_id = any(${profileIds}::uuid[])`],
    currencies.length === 0 ? [] : [sql`s.currency = any(${currencies}::text[])`],
    campaigns.length === 0 ? [] : [sql`s.campaign = any(${campaigns}::text[])`],
    shops.length === 0
      ? []
      : [
          sql`(select o.shop from sale_lines l join sales o on o.account_id = l.account_id and o.id = l.sale_id
                where l.account_id = ${accountId} and l.subscription_id = s.id) = any(${shops}::text[])`,
        ],
    productGroups.length === 0
      ? []
      : [
          sql`(select d.product_group from products d
                where d.account_id = ${accountId} and d.id = s.product_id) = any(${productGroups}::text[])`,
        ],
    customerGroups.length === 0
      ? []
      : [
          sql`(select c.metadata ->> 'customer_group' from customers c
                where c.account_id = ${accountId} and c.id = s.customer_id) = any(${customerGroups}::text[])`,
        ],
  ].flat()
}

/** Of some customers, each one's newest first. */
export async function listSubscriptionIdsOf(
  tx: Tx,
  accountId: Uuid,
  of: { readonly customerIds: readonly Uuid[]; readonly limit: number },
): Promise<readonly { readonly id: Uuid; readonly customerId: Uuid }[]> {
  const { rows } = await sql<{ readonly id: Uuid; readonly customerId: Uuid }>`
    select id, customer_id as "customerId" from subscriptions
     where account_id = ${accountId} and customer_id = any(${of.customerIds}::uuid[])
       and status <> 'incomplete_expired'
     order by customer_id, id desc
     limit ${of.limit}`.execute(tx)
  return rows
}
