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
  /** A running subscription that is charged; null = there is none, and nobody needs to know. */
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
 * Default cards that have had `notices` notices of their end and that end before the month of `monthOf`, locked, soonest
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
             select id, product_id from subscriptions
              where account_id = m.account_id and customer_id = m.customer_id
                and status in ('active', 'trialing', 'past_due') and collection_method = 'charge_automatically'
                and not cancel_at_period_end
              order by id limit 1) s on true
     where m.account_id = ${accountId} and m.is_default and m.status = 'active' and m.card_exp_year is not null
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
