import { CARD_NOTICE_DAYS } from '@perennial/core/dunning'
import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import { formatInstant, type Instant } from '@perennial/core/time'
import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { DB, Tx } from '../../platform/db/index.ts'
import { readRows, type Page, type PageRequest } from '../../platform/lists/index.ts'
import { findNextOutside } from '../recovery/index.ts'
import type { RunRow } from './run/run-schemas.ts'
import type { WorkDone } from './run/run-due-work.ts'

type RunKey = { readonly accountId: Uuid; readonly id: Uuid }

export async function startRun(db: Kysely<DB>, key: RunKey, at: Instant): Promise<void> {
  await sql`insert into renewal_runs (account_id, id, started_at) values (${key.accountId}, ${key.id}, ${at})`.execute(
    db,
  )
}

/** Reasons kept of one run; the subscriptions themselves keep all of them. */
const REASONS_MAX = 100

export async function updateRun(tx: Tx, key: RunKey, done: WorkDone): Promise<void> {
  const reasons = JSON.stringify(done.parked.slice(0, REASONS_MAX))
  await sql`
    update renewal_runs
       set due = ${done.due}, renewed = ${done.renewed}, failed = ${done.failed},
           other = ${done.due - done.renewed - done.parked.length}, parked = ${done.parked.length},
           parked_reasons = ${reasons}::jsonb
     where account_id = ${key.accountId} and id = ${key.id}`.execute(tx)
}

/** A run that found nothing to do leaves no record. */
export async function finishRun(
  tx: Tx,
  key: RunKey,
  given: { readonly done: WorkDone; readonly finishedAt: Instant },
): Promise<void> {
  const { done } = given
  if (
    done.due +
      done.retried +
      done.overdue +
      done.refunds +
      done.outside +
      done.paid +
      done.failed ===
    0
  ) {
    await sql`delete from renewal_runs where account_id = ${key.accountId} and id = ${key.id}`.execute(
      tx,
    )
    return
  }
  await updateRun(tx, key, done)
  await sql`
    update renewal_runs set finished_at = ${given.finishedAt}
     where account_id = ${key.accountId} and id = ${key.id}`.execute(tx)
}

/** The earliest instant at which each kind of work falls due; null = none of it ever will. */
export type NextDue = {
  readonly subscriptions: Instant | null
  readonly retries: Instant | null
  readonly invoices: Instant | null
  readonly pending: Instant | null
  readonly cards: Instant | null
  readonly notices: Instant | null
  readonly disputes: Instant | null
  readonly refunds: Instant | null
  readonly directDebits: Instant | null
  readonly outside: Instant | null
  readonly dunning: Instant | null
}

export async function findNextDue(db: Kysely<DB>, accountId: Uuid): Promise<NextDue> {
  const { rows } = await sql<Omit<NextDue, 'outside'>>`
    select
      (select min(next_due_at) from subscriptions
        where account_id = ${accountId} and next_due_at is not null and parked_at is null) as subscriptions,
      (select least(
         (select min(next_attempt_at) from recovery_cases
           where account_id = ${accountId} and state = 'open' and next_attempt_at is not null),
         (select min(plan_at) from recovery_cases
           where account_id = ${accountId} and state = 'open' and plan_at is not null),
         (select min(retry_now_at) from recovery_cases
           where account_id = ${accountId} and state = 'open' and retry_now_at is not null),
         (select min(told_at) from card_news where account_id = ${accountId}))) as retries,
      (select min(due_at) from invoices
        where account_id = ${accountId} and due_at is not null
          and status in ('finalized', 'approved', 'sent', 'partially_paid')) as invoices,
      (select least(
         (select min(check_at) from payment_attempts
           where account_id = ${accountId} and state = 'pending'),
         (select min(check_at) from payment_attempts
           where account_id = ${accountId} and state = 'needs_action'),
         (select min(updated_at) + interval '24 hours' from setup_intents
           where account_id = ${accountId} and status = 'requires_action'),
         (select min(check_at) from payment_attempts
           where account_id = ${accountId} and operation = 'authorize' and state = 'succeeded'
             and check_at is not null))) as pending,
      (select min(updater_ask_at) from payment_methods
        where account_id = ${accountId} and updater_ask_at is not null and status <> 'inactive') as cards,
      (select min(notices_due_at) from gateway_cursors
        where account_id = ${accountId} and notices_due_at is not null) as notices,
      (select min(next_due_at) from disputes
        where account_id = ${accountId} and next_due_at is not null) as disputes,
      (select least(
         (select min(check_at) from mandates where account_id = ${accountId} and check_at is not null),
         (select min(due_at) from mandate_collections
           where account_id = ${accountId} and due_at is not null))) as "directDebits",
      (select least(
         (select min(due_at) from dunning_runs where account_id = ${accountId} and due_at is not null),
         (select min(due_at) from invoice_reminders
           where account_id = ${accountId} and due_at is not null),
         ${nextCardNotice(accountId, 0)}, ${nextCardNotice(accountId, 1)})) as dunning,
      (select least(
         (select min(send_at) from refunds where account_id = ${accountId} and status = 'pending'),
         (select min(check_at) from refunds
           where account_id = ${accountId} and status = 'processing' and check_at is not null))) as refunds`.execute(
    db,
  )
  const [due] = rows
  assert(due !== undefined, 'a select without from has one row')
  return { ...due, outside: await findNextOutside(db, accountId) }
}

/** When the owner of a default card is next told of its end, by the account's calendar (core/dunning/card-end). */
function nextCardNotice(accountId: Uuid, notices: 0 | 1): RawBuilder<unknown> {
  return sql`(
    select (make_date(m.card_exp_year, m.card_exp_month, 1) + interval '1 month'
              - make_interval(days => ${CARD_NOTICE_DAYS[notices]})) at time zone a.timezone
      from payment_methods m
      join accounts a on a.id = m.account_id
     where m.account_id = ${accountId} and m.is_default and m.status = 'active' and m.card_exp_year is not null
       and m.card_notices = ${notices} and m.card_notices < 2
     order by m.card_exp_year, m.card_exp_month
     limit 1)`
}

function hasEndingCard(realNow: Instant, notices: 0 | 1): RawBuilder<unknown> {
  const day = sql`((${formatInstant(realNow)}::timestamptz at time zone a.timezone)
                    + make_interval(days => ${CARD_NOTICE_DAYS[notices]}))`
  // The soonest alone: nothing that could be taken for a reason to read them all.
  return sql`exists (
    select from (select m.card_exp_year as year, m.card_exp_month as month
                   from payment_methods m
                  where m.account_id = a.id and m.is_default and m.status = 'active' and m.card_exp_year is not null
                    and m.card_notices = ${notices} and m.card_notices < 2
                  order by m.card_exp_year, m.card_exp_month
                  limit 1) c
     where (c.year, c.month) < (extract(year from ${day})::int, extract(month from ${day})::int))`
}

/** Moves a sandbox's clock. False when it is not a sandbox, or when the clock would go back. */
export async function holdClock(db: Kysely<DB>, accountId: Uuid, at: Instant): Promise<boolean> {
  const result = await sql`
    update accounts set clock_held_at = ${at}
     where id = ${accountId} and environment = 'sandbox'
       and (clock_held_at is null or clock_held_at <= ${at})`.execute(db)
  return result.numAffectedRows === 1n
}

/** Lets a sandbox's time run with real time again. */
export async function releaseClock(tx: Tx, accountId: Uuid): Promise<void> {
  await sql`
    update accounts set clock_held_at = null where id = ${accountId} and environment = 'sandbox'`.execute(
    tx,
  )
}

/** Held until the transaction ends, however long it idles: one mover of an account's clock at a time. */
export async function tryLockClock(tx: Tx, accountId: Uuid): Promise<boolean> {
  await sql`set local idle_in_transaction_session_timeout = 0`.execute(tx)
  const { rows } = await sql<{ readonly locked: boolean }>`
    select pg_try_advisory_xact_lock(hashtextextended(${`clock:${accountId}`}, 0)) as locked`.execute(
    tx,
  )
  return rows[0]?.locked === true
}

/** Whether the account's clock was moved and stands. */
export async function isClockHeld(tx: Tx, accountId: Uuid): Promise<boolean> {
  const { rows } = await sql<{ readonly held: boolean }>`
    select clock_held_at is not null as held from accounts where id = ${accountId}`.execute(tx)
  return rows[0]?.held === true
}

/** Whether the account has charges, refunds, voids or verifications whose answer nobody waits for any more. */
export async function hasLostAnswers(
  db: Kysely<DB>,
  accountId: Uuid,
  realNow: Instant,
): Promise<boolean> {
  const { rows } = await sql<{ readonly isLost: boolean }>`
    select ${isAnswerLost(sql`${accountId}::uuid`, realNow)} as "isLost"`.execute(db)
  return rows[0]?.isLost === true
}

function isAnswerLost(accountId: RawBuilder<unknown>, realNow: Instant): RawBuilder<boolean> {
  return sql`(
           exists (select from payment_attempts p
                    where p.account_id = ${accountId} and p.state in ('sending', 'unknown') and p.lease_until <= ${realNow})
        or exists (select from refunds r
                    where r.account_id = ${accountId} and r.status = 'processing' and r.check_at is null
                      and r.lease_until <= ${realNow})
        or exists (select from voids v
                    where v.account_id = ${accountId} and v.status = 'processing' and v.lease_until <= ${realNow})
        or exists (select from setup_intents s
                    where s.account_id = ${accountId} and s.status = 'processing' and s.lease_until <= ${realNow})
        or exists (select from outside_attempts p
                    where p.account_id = ${accountId} and p.state in ('sending', 'unknown') and p.lease_until <= ${realNow}))`
}

export type AccountWithWork = { readonly id: Uuid; readonly isClockHeld: boolean }

/**
 * Accounts that a worker has something to do for: work that is due by their time, or charges whose answer
 * got lost. An account whose test clock stands does its due work when the clock is moved; only its lost
 * answers are looked up before.
 */
export async function findAccountsWithWork(
  tx: Tx,
  realNow: Instant,
  limit: number,
): Promise<AccountWithWork[]> {
  const { rows } = await sql<AccountWithWork>`
    select a.id, a.clock_held_at is not null as "isClockHeld"
      from accounts a
     where ${isAnswerLost(sql`a.id`, realNow)}
        or exists (select from gateway_notices n
                    where n.account_id = a.id and n.state = 'waiting' and n.next_try_at <= ${realNow})
        or exists (select from card_news n where n.account_id = a.id)
        or exists (select from recovery_cases r
                    where r.account_id = a.id and r.state = 'open'
                      and r.retry_now_at <= coalesce(a.clock_held_at, ${realNow}))
        or a.clock_held_at is null and (
          exists (select from disputes d where d.account_id = a.id and d.next_due_at <= ${realNow})
          or exists (select from mandates m where m.account_id = a.id and m.check_at <= ${realNow})
          or exists (select from mandate_collections c where c.account_id = a.id and c.due_at <= ${realNow})
          or exists (select from gateways g
                       left join gateway_cursors c on c.account_id = g.account_id and c.gateway_id = g.id
                      where g.account_id = a.id
                        and coalesce(c.reconcile_at, g.created_at + interval '1 day') <= ${realNow})
          or exists (select from gateway_cursors c
                      where c.account_id = a.id and c.notices_due_at <= ${realNow})
          or exists (select from gateways g
                      where g.account_id = a.id and g.kind = 'simulated'
                        and not exists (select from gateway_cursors c
                                         where c.account_id = a.id and c.gateway_id = g.id))
          or exists (select from refunds r
                   where r.account_id = a.id and r.status = 'pending' and r.send_at <= ${realNow})
          or exists (select from refunds r
                      where r.account_id = a.id and r.status = 'processing' and r.check_at <= ${realNow})
          or exists (select from subscriptions s
                   where s.account_id = a.id and s.next_due_at <= ${realNow} and s.parked_at is null)
          or exists (select from outside_recoveries o where o.account_id = a.id and o.next_attempt_at <= ${realNow})
          or exists (select from outside_attempts o
                      where o.account_id = a.id and o.state = 'pending' and o.check_at <= ${realNow})
          or exists (select from recovery_cases r
                      where r.account_id = a.id and r.state = 'open' and r.next_attempt_at <= ${realNow})
          or exists (select from recovery_cases r
                      where r.account_id = a.id and r.state = 'open' and r.plan_at <= ${realNow})
          or exists (select from invoices i
                      where i.account_id = a.id and i.due_at <= ${realNow}
                        and i.status in ('finalized', 'approved', 'sent', 'partially_paid'))
          or exists (select from dunning_runs d where d.account_id = a.id and d.due_at <= ${realNow})
          or exists (select from invoice_reminders d where d.account_id = a.id and d.due_at <= ${realNow})
          or exists (select from payment_methods m
                      where m.account_id = a.id and m.updater_ask_at <= ${realNow} and m.status <> 'inactive')
          or ${hasEndingCard(realNow, 0)} or ${hasEndingCard(realNow, 1)}
          or exists (select from outside_cards c where c.account_id = a.id and c.notice_at <= ${realNow})
          or exists (select from payment_attempts p
                      where p.account_id = a.id and p.state = 'needs_action' and p.check_at <= ${realNow})
          or exists (select from setup_intents s
                      where s.account_id = a.id and s.status = 'requires_action'
                        and s.updated_at <= ${realNow}::timestamptz - interval '24 hours')
          or exists (select from payment_attempts p
                      where p.account_id = a.id and p.operation = 'authorize' and p.state = 'succeeded'
                        and p.check_at is not null and p.check_at <= ${realNow})
          or exists (select from payment_attempts p
                      where p.account_id = a.id and p.state = 'pending' and p.check_at <= ${realNow}))
     order by random()
     limit ${limit}`.execute(tx)
  return rows
}

export async function listRuns(
  tx: Tx,
  accountId: Uuid,
  page: PageRequest,
): Promise<Pick<Page<RunRow>, 'rows' | 'hasMore'>> {
  return readRows<RunRow>(tx, {
    select: 'id, started_at, finished_at, due, renewed, failed, other, parked, parked_reasons',
    table: 'renewal_runs',
    accountId,
    filters: [],
    page,
  })
}
