import type { Uuid } from '@perennial/core/ids'
import type { Instant, PlainDate } from '@perennial/core/time'
import { sql } from 'kysely'
import type { Tx } from '../../../platform/db/index.ts'

export type EndingCard = {
  readonly id: Uuid
  readonly customerId: Uuid
  readonly brand: string | null
  readonly last4: string | null
  readonly year: number
  readonly month: number
  readonly createdAt: Instant
  /** A running subscription that is charged to it, its own method or else the default; null = nobody needs to know. */
  readonly subscription: { readonly id: Uuid; readonly productId: Uuid | null } | null
}

type CardRow = {
  readonly id: Uuid
  readonly customer_id: Uuid
  readonly card_brand: string | null
  readonly card_last4: string | null
  readonly card_exp_year: number
  readonly card_exp_month: number
  readonly created_at: Instant
  readonly subscription_id: Uuid | null
  readonly product_id: Uuid | null
}

/**
 * Cards that have had `notices` notices of their end and that end before the month of `monthOf`, locked, soonest
 * first. What another worker holds is left to it.
 */
export async function claimEndingCards(
  tx: Tx,
  accountId: Uuid,
  given: { readonly notices: number; readonly monthOf: PlainDate; readonly limit: number },
): Promise<EndingCard[]> {
  const { notices, monthOf, limit } = given
  const { rows } = await sql<CardRow>`
    select m.id, m.customer_id, m.card_brand, m.card_last4, m.card_exp_year, m.card_exp_month, m.created_at,
           s.id as subscription_id, s.product_id
      from payment_methods m
      left join lateral (
             select own.id, own.product_id
               from subscriptions own
               left join lateral (
                      select sm.payment_method_id as id
                        from subscription_payment_methods sm
                        join payment_methods pm on pm.account_id = sm.account_id and pm.id = sm.payment_method_id
                                               and pm.status = 'active' and pm.customer_id = own.customer_id
                       where sm.account_id = own.account_id and sm.subscription_id = own.id
                       order by sm.priority limit 1) named on true
              where own.account_id = m.account_id and own.customer_id = m.customer_id
                and own.status in ('active', 'trialing', 'past_due') and own.collection_method = 'charge_automatically'
                and not own.cancel_at_period_end
                and case when named.id is null then m.is_default else named.id = m.id end
              order by own.id limit 1) s on true
     where m.account_id = ${accountId} and m.status = 'active' and m.card_exp_year is not null
       and m.card_notices = ${notices} and m.card_notices < 2
       and (m.card_exp_year, m.card_exp_month) < (${monthOf.year}::int, ${monthOf.month}::int)
     order by m.card_exp_year, m.card_exp_month
     limit ${limit}
       for update of m skip locked`.execute(tx)
  return rows.map((row) => ({
    id: row.id,
    customerId: row.customer_id,
    brand: row.card_brand,
    last4: row.card_last4,
    year: row.card_exp_year,
    month: row.card_exp_month,
    createdAt: row.created_at,
    subscription:
      row.subscription_id === null ? null : { id: row.subscription_id, productId: row.product_id },
  }))
}

/** Counts notices of the end, whether or not a mail went out. */
export async function countNotices(
  tx: Tx,
  accountId: Uuid,
  given: { readonly ids: readonly Uuid[]; readonly notices: number },
): Promise<void> {
  await sql`
    update payment_methods set card_notices = ${given.notices}
     where account_id = ${accountId} and id = any(${given.ids}::uuid[])`.execute(tx)
}
