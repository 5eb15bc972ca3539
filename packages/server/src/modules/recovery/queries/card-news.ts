import type { Uuid } from '@perennial/core/ids'
import { formatInstant, type Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import type { Tx } from '../../../platform/db/index.ts'

export type CardNews = { readonly customerId: Uuid; readonly toldAt: Instant }

/** Takes what was told of customers' cards, oldest first; what another worker takes is left to it. */
export async function takeCardNews(
  tx: Tx,
  accountId: Uuid,
  of: { readonly until: Instant; readonly limit: number },
): Promise<CardNews[]> {
  const { rows } = await sql<CardNews>`
    delete from card_news
     where account_id = ${accountId} and customer_id = any(array(
             select customer_id from card_news
              where account_id = ${accountId} and told_at <= ${of.until}
              order by told_at
              limit ${of.limit}
                for update skip locked))
    returning customer_id as "customerId", told_at as "toldAt"`.execute(tx)
  return rows
}

/** Subscriptions of these customers that have an open case. */
export async function listSubscriptionsInRecovery(
  tx: Tx,
  accountId: Uuid,
  customerIds: readonly Uuid[],
): Promise<Uuid[]> {
  const { rows } = await sql<{ readonly id: Uuid }>`
    select distinct subscription_id as id from recovery_cases
     where account_id = ${accountId} and customer_id = any(${customerIds}::uuid[]) and state = 'open'`.execute(
    tx,
  )
  return rows.map((row) => row.id)
}

/** Open cases of these customers try their new card now. The caller holds the subscriptions' locks. */
export async function wakeCases(
  tx: Tx,
  accountId: Uuid,
  news: readonly CardNews[],
): Promise<number> {
  const { numAffectedRows } = await sql`
    update recovery_cases c set retry_now_at = coalesce(c.retry_now_at, n.told_at)
      from unnest(${news.map((one) => one.customerId)}::uuid[],
                  ${news.map((one) => formatInstant(one.toldAt))}::timestamptz[]) as n (customer_id, told_at)
     where c.account_id = ${accountId} and c.customer_id = n.customer_id and c.state = 'open'`.execute(
    tx,
  )
  return Number(numAffectedRows ?? 0n)
}
