import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import type { Tx } from '../../../../platform/db/index.ts'

/** One that was told before is left as it is. */
export async function insertOrganicPayment(
  tx: Tx,
  payment: {
    readonly accountId: Uuid
    readonly clientId: Uuid
    readonly transactionId: string
    readonly amountMinor: bigint
    readonly currency: string
    readonly createdAt: Instant
  },
): Promise<void> {
  await sql`
    insert into organic_payments (account_id, client_id, transaction_id, amount_minor, currency, created_at)
    values (${payment.accountId}, ${payment.clientId}, ${payment.transactionId}, ${payment.amountMinor},
            ${payment.currency}, ${payment.createdAt})
    on conflict (account_id, client_id, transaction_id) do nothing`.execute(tx)
}

export type PastDue = {
  readonly currency: string
  readonly owed_minor: bigint
  readonly failed: number
  readonly oldest_at: Instant
}

/** Nobody has more payments than this with one biller; the bound only guards against a mistake. */
const PAYMENTS_MAX = 1_000

/**
 * What a payer owes by currency: payments that failed and have not been collected, whether they are still tried or not, were
 * paid neither where their bill lives nor by a later one, and were not called off after they had failed. A payment that was won stands for one failed one of its amount
 * from before it, the oldest, so as many of the newest remain as the failed ones outnumber the won ones since any of them, at
 * most. One whose charge is out may be paid already. The currency that is owed longest first: sums of two do not compare.
 */
export async function listPastDue(
  tx: Tx,
  of: { readonly accountId: Uuid; readonly clientId: Uuid; readonly customerEmail: string },
): Promise<PastDue[]> {
  const { rows } = await sql<PastDue>`
    with payments as (
      select id, currency, amount_minor, opened_at, state <> 'succeeded' as is_failed from (
        select * from outside_recoveries
         where account_id = ${of.accountId} and client_id = ${of.clientId}
           and customer_email = ${of.customerEmail}
         order by id desc
         limit ${PAYMENTS_MAX}) as newest
       where state in ('scheduled', 'awaiting_card', 'failed', 'blocked', 'succeeded')
         and not exists (select from connected_invoices i
                          where i.account_id = newest.account_id and i.recovery_id = newest.id
                            and i.paid_there_at is not null)
         and not exists (select from outside_decisions d
                          where d.account_id = newest.account_id and d.recovery_id = newest.id
                            and d.state = 'canceled')),
    counted as (
      select *, count(*) filter (where is_failed) over since as failed_since,
             count(*) filter (where not is_failed) over since as won_since
        from payments
      window since as (partition by currency, amount_minor order by id desc)),
    remaining as (
      select *, max(failed_since - won_since) over (partition by currency, amount_minor) as owed from counted)
    select currency, sum(amount_minor)::int8 as owed_minor, count(*)::int as failed, min(opened_at) as oldest_at
      from remaining
     where is_failed and failed_since <= owed
     group by currency
     order by oldest_at, min(id::text)`.execute(tx)
  return rows
}

export type MonthCounts = {
  readonly currency: string
  readonly organic: number
  readonly organic_minor: bigint
  readonly opened: number
  readonly opened_minor: bigint
  readonly recovered: number
  readonly recovered_minor: bigint
  readonly blocked: number
  readonly blocked_minor: bigint
}

/**
 * One client's payments and recoveries between two instants, by currency. What was simulated does not count, nor what is canceled
 * without a platform: its biller handed it over anew, and the newer one stands for both, or called it off.
 */
export async function countMonth(
  tx: Tx,
  of: {
    readonly accountId: Uuid
    readonly clientId: Uuid
    readonly from: Instant
    readonly until: Instant
  },
): Promise<MonthCounts[]> {
  const { rows } = await sql<MonthCounts>`
    with organic as (
      select currency, count(*)::int as organic, sum(amount_minor)::int8 as organic_minor
        from organic_payments
       where account_id = ${of.accountId} and client_id = ${of.clientId}
         and created_at >= ${of.from} and created_at < ${of.until}
       group by currency),
    opened as (
      select currency, count(*)::int as opened, sum(amount_minor)::int8 as opened_minor,
             (count(*) filter (where state = 'succeeded'))::int as recovered,
             coalesce(sum(amount_minor) filter (where state = 'succeeded'), 0)::int8 as recovered_minor,
             (count(*) filter (where state = 'blocked'))::int as blocked,
             coalesce(sum(amount_minor) filter (where state = 'blocked'), 0)::int8 as blocked_minor
        from outside_recoveries
       where account_id = ${of.accountId} and client_id = ${of.clientId} and not is_simulated
         and opened_at >= ${of.from} and opened_at < ${of.until}
         and (state <> 'canceled' or connector_id is not null)
       group by currency)
    select coalesce(o.currency, f.currency) as currency, coalesce(organic, 0) as organic,
           coalesce(organic_minor, 0) as organic_minor, coalesce(opened, 0) as opened,
           coalesce(opened_minor, 0) as opened_minor, coalesce(recovered, 0) as recovered,
           coalesce(recovered_minor, 0) as recovered_minor, coalesce(blocked, 0) as blocked,
           coalesce(blocked_minor, 0) as blocked_minor
      from organic o
      full join opened f on f.currency = o.currency
     order by 1`.execute(tx)
  return rows
}
