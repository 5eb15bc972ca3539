import { CARD_NOTICE_DAYS } from '@perennial/core/dunning'
import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { DB } from '../../../../platform/db/index.ts'
import { findNextOutside } from '../../../recovery/index.ts'

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
         (select min(salvage_at) from recovery_cases
           where account_id = ${accountId} and state = 'exhausted' and salvage_at is not null),
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

/** When the owner of a card is next told of its end, by the account's calendar (core/dunning/card-end). */
function nextCardNotice(accountId: Uuid, notices: 0 | 1): RawBuilder<unknown> {
  return sql`(
    select (make_date(m.card_exp_year, m.card_exp_month, 1) + interval '1 month'
              - make_interval(days => ${CARD_NOTICE_DAYS[notices]})) at time zone a.timezone
      from payment_methods m
      join accounts a on a.id = m.account_id
     where m.account_id = ${accountId} and m.status = 'active' and m.card_exp_year is not null
       and m.card_notices = ${notices} and m.card_notices < 2
     order by m.card_exp_year, m.card_exp_month
     limit 1)`
}
