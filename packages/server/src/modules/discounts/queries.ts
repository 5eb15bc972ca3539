import type { Redemption } from '@perennial/core/billing'
import type { Uuid } from '@perennial/core/ids'
import { formatInstant, type Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import type { Tx } from '../../platform/db/index.ts'

/** Discounts that have reduced new bills: written, and counted by discount and by subscription, in one statement. */
export async function insertRedemptions(
  tx: Tx,
  accountId: Uuid,
  redemptions: readonly Redemption[],
): Promise<void> {
  if (redemptions.length === 0) return
  const rows = JSON.stringify(redemptions.map(toJson))
  await sql`
    with used as materialized (
           select * from jsonb_to_recordset(${rows}::jsonb)
             as u (id uuid, discount_id uuid, customer_id uuid, subscription_id uuid, invoice_id uuid,
                   amount_minor bigint, currency text, status text, at timestamptz)),
         made as (
           insert into discount_redemptions (account_id, id, discount_id, customer_id, subscription_id, invoice_id,
                                             amount_minor, currency, status, created_at, updated_at)
           select ${accountId}, id, discount_id, customer_id, subscription_id, invoice_id, amount_minor, currency,
                  status, at, at
             from used),
         counted as (
           insert into subscription_discounts as s (account_id, subscription_id, discount_id, uses_made)
           select ${accountId}, subscription_id, discount_id, count(*)::int
             from used where subscription_id is not null
            group by subscription_id, discount_id
           on conflict (account_id, subscription_id, discount_id)
              do update set uses_made = s.uses_made + excluded.uses_made),
         locked as materialized (
           select id from discounts
            where account_id = ${accountId} and id in (select discount_id from used)
            order by id
              for update),
         uses as (
           select discount_id, (count(*) filter (where status = 'reserved'))::int as reserved,
                  (count(*) filter (where status = 'counted'))::int as counted
             from used group by discount_id)
    update discounts d
       set uses_reserved = d.uses_reserved + u.reserved, redemptions = d.redemptions + u.counted
      from locked l join uses u on u.discount_id = l.id
     where d.account_id = ${accountId} and d.id = l.id`.execute(tx)
}

/** What a sale has used of the discounts of subscriptions that it begins. */
export async function insertUses(
  tx: Tx,
  accountId: Uuid,
  used: readonly { readonly subscriptionId: Uuid; readonly discountId: Uuid }[],
): Promise<void> {
  if (used.length === 0) return
  await sql`
    insert into subscription_discounts (account_id, subscription_id, discount_id, uses_made)
    select ${accountId}, u.subscription_id, u.discount_id, 1
      from unnest(${used.map(({ subscriptionId }) => subscriptionId)}::uuid[],
                  ${used.map(({ discountId }) => discountId)}::uuid[]) as u (subscription_id, discount_id)`.execute(
    tx,
  )
}

function toJson({ amountMinor, at, ...redemption }: Redemption) {
  return {
    id: redemption.id,
    discount_id: redemption.discountId,
    customer_id: redemption.customerId,
    subscription_id: redemption.subscriptionId,
    invoice_id: redemption.invoiceId,
    amount_minor: String(amountMinor),
    currency: redemption.currency,
    status: redemption.status,
    at: formatInstant(at),
  }
}

/** The discounts of invoices that are paid are used for good; a late payment takes a released use up again. */
export function countRedemptions(
  tx: Tx,
  accountId: Uuid,
  of: { readonly invoiceIds: readonly Uuid[]; readonly at: Instant },
): Promise<void> {
  return moveRedemptions(tx, accountId, { ...of, from: ['reserved', 'released'], to: 'counted' })
}

/** The discounts of invoices that nobody is to pay any more, also of those that had been paid, may be used by others again. */
export function releaseRedemptions(
  tx: Tx,
  accountId: Uuid,
  of: { readonly invoiceIds: readonly Uuid[]; readonly at: Instant },
): Promise<void> {
  return moveRedemptions(tx, accountId, { ...of, from: ['reserved', 'counted'], to: 'released' })
}

async function moveRedemptions(
  tx: Tx,
  accountId: Uuid,
  move: {
    readonly invoiceIds: readonly Uuid[]
    readonly at: Instant
    readonly from: readonly ('reserved' | 'counted' | 'released')[]
    readonly to: 'counted' | 'released'
  },
): Promise<void> {
  const { invoiceIds, at, from, to } = move
  if (invoiceIds.length === 0) return
  await sql`
    with before as materialized (
           select id, status from discount_redemptions
            where account_id = ${accountId} and invoice_id = any(${invoiceIds}::uuid[])
              and status = any(${from}::text[])
            order by id
              for update),
         moved as (
           update discount_redemptions r
              set status = ${to}, updated_at = ${at}
             from before b
            where r.account_id = ${accountId} and r.id = b.id
           returning r.discount_id, r.subscription_id, b.status as was),
         changes as (
           select discount_id, subscription_id, (count(*) filter (where was = 'reserved'))::int as unreserved,
                  -- By how many more bills it has been used for good.
                  (case when ${to} = 'counted' then count(*) else -count(*) filter (where was = 'counted') end)::int as counted,
                  -- A use of its subscription begins with the bill and ends when that is released.
                  (count(*) filter (where was = 'released') - count(*) filter (where ${to} = 'released'))::int as uses
             from moved group by discount_id, subscription_id),
         of_subscriptions as (
           update subscription_discounts s set uses_made = greatest(s.uses_made + c.uses, 0)
             from changes c
            where s.account_id = ${accountId} and s.subscription_id = c.subscription_id
              and s.discount_id = c.discount_id and c.uses <> 0),
         locked as materialized (
           select id from discounts
            where account_id = ${accountId} and id in (select discount_id from changes)
            order by id
              for update),
         sums as (
           select discount_id, sum(unreserved)::int as unreserved, sum(counted)::int as counted
             from changes group by discount_id)
    update discounts d
       set uses_reserved = d.uses_reserved - s.unreserved,
           redemptions = d.redemptions + s.counted
      from locked l join sums s on s.discount_id = l.id
     where d.account_id = ${accountId} and d.id = l.id`.execute(tx)
}

/** Codes are kept in upper case. */
export async function findDiscountId(tx: Tx, accountId: Uuid, code: string): Promise<Uuid | null> {
  const { rows } = await sql<{ readonly id: Uuid }>`
    select id from discounts
     where account_id = ${accountId} and code = ${code.toUpperCase()}`.execute(tx)
  return rows[0]?.id ?? null
}

export type CustomerUses = {
  readonly discountId: Uuid
  readonly customerId: Uuid
  readonly uses: number
}

/** Bills of these customers that these discounts have reduced, unpaid ones included. */
export async function countCustomerUses(
  tx: Tx,
  accountId: Uuid,
  of: readonly { readonly discountId: Uuid; readonly customerId: Uuid }[],
): Promise<CustomerUses[]> {
  if (of.length === 0) return []
  const discountIds = of.map(({ discountId }) => discountId)
  const customerIds = of.map(({ customerId }) => customerId)
  const { rows } = await sql<CustomerUses>`
    select w.discount_id as "discountId", w.customer_id as "customerId",
           (select count(*)::int from discount_redemptions r
             where r.account_id = ${accountId} and r.discount_id = w.discount_id
               and r.customer_id = w.customer_id and r.status <> 'released') as uses
      from (select distinct discount_id, customer_id
              from unnest(${discountIds}::uuid[], ${customerIds}::uuid[]) as u (discount_id, customer_id)) as w`.execute(
    tx,
  )
  return rows
}

/** What another subscription goes on with: the bills that its discounts have reduced count for it as well. */
export async function copyUses(
  tx: Tx,
  accountId: Uuid,
  move: { readonly fromId: Uuid; readonly toId: Uuid },
): Promise<void> {
  await sql`
    insert into subscription_discounts (account_id, subscription_id, discount_id, uses_made)
    select account_id, ${move.toId}, discount_id, uses_made
      from subscription_discounts
     where account_id = ${accountId} and subscription_id = ${move.fromId}`.execute(tx)
}

/** How many bills of a subscription each of its discounts has reduced. */
export async function listSubscriptionUses(
  tx: Tx,
  accountId: Uuid,
  subscriptionId: Uuid,
): Promise<ReadonlyMap<Uuid, number>> {
  const { rows } = await sql<{ readonly id: Uuid; readonly uses: number }>`
    select discount_id as id, uses_made as uses from subscription_discounts
     where account_id = ${accountId} and subscription_id = ${subscriptionId}`.execute(tx)
  return new Map(rows.map(({ id, uses }) => [id, uses]))
}
