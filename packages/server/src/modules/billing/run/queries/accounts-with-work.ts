import { CARD_NOTICE_DAYS } from '@perennial/core/dunning'
import type { Uuid } from '@perennial/core/ids'
import { formatInstant, type Instant } from '@perennial/core/time'
import { type RawBuilder, sql } from 'kysely'
import type { Tx } from '../../../../platform/db/index.ts'
import { firstOfAccounts } from '../../../../platform/queues/index.ts'
import { LEASED } from '../../attempts/queries.ts'

export type AccountWithWork = { readonly id: Uuid; readonly isClockHeld: boolean }

type DueIndex = {
  readonly table: string
  readonly at: string
  readonly isWaiting: RawBuilder<unknown> | null
}

const whenever = (table: string, at: string): DueIndex => ({ table, at, isWaiting: null })
const where = (table: string, at: string, isWaiting: RawBuilder<unknown>): DueIndex => ({
  table,
  at,
  isWaiting,
})

/** Looked at by the real clock, whatever clock the account has. */
const BY_REAL_TIME: readonly DueIndex[] = [
  ...LEASED.map(({ table, isWaiting }) => where(table, 'lease_until', isWaiting)),
  where('gateway_notices', 'next_try_at', sql`q.state = 'waiting'`),
]

/** Due by the account's time, where that goes on by itself. */
const BY_ACCOUNT_TIME: readonly DueIndex[] = [
  where('subscriptions', 'next_due_at', sql`q.parked_at is null`),
  where('payment_attempts', 'check_at', sql`q.state = 'pending'`),
  where('payment_attempts', 'check_at', sql`q.state = 'needs_action'`),
  where('payment_attempts', 'check_at', sql`q.operation = 'authorize' and q.state = 'succeeded'`),
  where('recovery_cases', 'next_attempt_at', sql`q.state = 'open'`),
  where('recovery_cases', 'plan_at', sql`q.state = 'open'`),
  where('recovery_cases', 'salvage_at', sql`q.state = 'exhausted'`),
  where('invoices', 'due_at', sql`q.status in ('finalized', 'approved', 'sent', 'partially_paid')`),
  where('refunds', 'send_at', sql`q.status = 'pending'`),
  where('refunds', 'check_at', sql`q.status = 'processing'`),
  where('payment_methods', 'updater_ask_at', sql`q.status <> 'inactive'`),
  where('outside_attempts', 'check_at', sql`q.state = 'pending'`),
  whenever('outside_recoveries', 'next_attempt_at'),
  whenever('outside_recoveries', 'updater_ask_at'),
  whenever('outside_cards', 'notice_at'),
  whenever('disputes', 'next_due_at'),
  whenever('mandates', 'check_at'),
  whenever('mandate_collections', 'due_at'),
  whenever('dunning_runs', 'due_at'),
  whenever('invoice_reminders', 'due_at'),
  whenever('gateway_cursors', 'notices_due_at'),
]

/**
 * Accounts that a worker has something to do for: work that is due by their time, or charges whose answer
 * got lost. An account whose test clock stands does its due work when the clock is moved; only its lost
 * answers are looked up before. Each index of due work is read once for all accounts: what is read grows with the accounts that
 * have something planned, and not with all accounts for every kind of work.
 */
export async function findAccountsWithWork(
  tx: Tx,
  realNow: Instant,
  limit: number,
): Promise<AccountWithWork[]> {
  const byRealTime = BY_REAL_TIME.map((index) => dueBy(index, realNow))
  const byAccountTime = BY_ACCOUNT_TIME.map((index) => dueBy(index, realNow))
  const { rows } = await sql<AccountWithWork>`
    select a.id, a.clock_held_at is not null as "isClockHeld"
      from (select account_id, bool_or(is_any_clock) as is_any_clock
              from (select account_id, true as is_any_clock
                      from (${together([...byRealTime, TOLD_CARDS, newCards(realNow)])}) as by_real_time
                     union all
                    select account_id, false
                      from (${together([
                        ...byAccountTime,
                        setupsOverdue(realNow),
                        endingCards(realNow),
                        gatewaysToAsk(realNow),
                      ])}) as by_account_time) as due
             group by account_id) as w
      join accounts a on a.id = w.account_id
     where w.is_any_clock or a.clock_held_at is null
     order by random()
     limit ${limit}`.execute(tx)
  return rows
}

function together(subqueries: readonly RawBuilder<unknown>[]): RawBuilder<unknown> {
  return sql.join(subqueries, sql` union all `)
}

function dueBy(index: DueIndex, at: Instant): RawBuilder<unknown> {
  return sql`select account_id from ${firstOfAccounts(index)} as first where due_at <= ${at}`
}

/** Rows of news are taken out as soon as they are heard. */
const TOLD_CARDS = sql`
  select account_id from ${firstOfAccounts(whenever('card_news', 'told_at'))} as first`

/** A customer who has brought another card does not wait for a clock that stands. */
function newCards(realNow: Instant): RawBuilder<unknown> {
  const index = where('recovery_cases', 'retry_now_at', sql`q.state = 'open'`)
  return sql`
    select f.account_id from ${firstOfAccounts(index)} as f
      join accounts a on a.id = f.account_id
     where f.due_at <= coalesce(a.clock_held_at, ${realNow})`
}

/** A challenge that nobody has answered for a day. */
function setupsOverdue(realNow: Instant): RawBuilder<unknown> {
  const index = where('setup_intents', 'updated_at', sql`q.status = 'requires_action'`)
  return sql`
    select account_id from ${firstOfAccounts(index)} as first
     where due_at <= ${realNow}::timestamptz - interval '24 hours'`
}

/**
 * By the account's calendar. Only the soonest card of an account is looked at for each notice, and its zone only where the
 * card ends soon in one that is as far ahead as any.
 */
function endingCards(realNow: Instant): RawBuilder<unknown> {
  const endsBefore = (localTime: RawBuilder<unknown>): RawBuilder<unknown> => {
    const day = sql`(${localTime} + make_interval(days => c.days))`
    return sql`(c.year, c.month) < (extract(year from ${day})::int, extract(month from ${day})::int)`
  }
  const now = sql`${formatInstant(realNow)}::timestamptz`
  const isTold = sql`q.status = 'active' and q.card_exp_year is not null and q.card_notices < 2`
  return sql`
    select c.account_id
      from (with recursive owners as (
              (select q.account_id from payment_methods q where ${isTold}
                order by q.account_id, q.card_notices limit 1)
              union all
              select next.* from owners o cross join lateral (
                select q.account_id from payment_methods q
                 where ${isTold} and q.account_id > o.account_id
                 order by q.account_id, q.card_notices limit 1) as next)
            select o.account_id, n.days, soonest.*
              from owners o
             cross join (values (0, ${CARD_NOTICE_DAYS[0]}::int), (1, ${CARD_NOTICE_DAYS[1]}::int)) as n (notices, days)
             cross join lateral (
              select q.card_exp_year as year, q.card_exp_month as month from payment_methods q
               where q.account_id = o.account_id and ${isTold} and q.card_notices = n.notices
               order by q.card_exp_year, q.card_exp_month limit 1) as soonest) as c
      join accounts a on a.id = c.account_id
     where ${endsBefore(sql`(${now} at time zone 'UTC' + interval '14 hours')`)}
       and ${endsBefore(sql`(${now} at time zone a.timezone)`)}`
}

/** Books are compared once a day; a simulated gateway is asked what it has to tell from its first day on. */
function gatewaysToAsk(realNow: Instant): RawBuilder<unknown> {
  return sql`
    select g.account_id from gateways g
      left join gateway_cursors c on c.account_id = g.account_id and c.gateway_id = g.id
     where coalesce(c.reconcile_at, g.created_at + interval '1 day') <= ${realNow}
        or g.kind = 'simulated' and c.gateway_id is null`
}
