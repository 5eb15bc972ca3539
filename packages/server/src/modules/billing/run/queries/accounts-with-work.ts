import { CARD_NOTICE_DAYS } from '@perennial/core/dunning'
import type { Uuid } from '@perennial/core/ids'
import { formatInstant, type Instant } from '@perennial/core/time'
import { type RawBuilder, sql } from 'kysely'
import type { Tx } from '../../../../platform/db/index.ts'
import { isAnswerLost } from '../../attempts/queries.ts'

function hasEndingCard(realNow: Instant, notices: 0 | 1): RawBuilder<unknown> {
  const day = sql`((${formatInstant(realNow)}::timestamptz at time zone a.timezone)
                    + make_interval(days => ${CARD_NOTICE_DAYS[notices]}))`
  // The soonest alone: nothing that could be taken for a reason to read them all.
  return sql`exists (
    select from (select m.card_exp_year as year, m.card_exp_month as month
                   from payment_methods m
                  where m.account_id = a.id and m.status = 'active' and m.card_exp_year is not null
                    and m.card_notices = ${notices} and m.card_notices < 2
                  order by m.card_exp_year, m.card_exp_month
                  limit 1) c
     where (c.year, c.month) < (extract(year from ${day})::int, extract(month from ${day})::int))`
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
          or exists (select from outside_recoveries o where o.account_id = a.id and o.updater_ask_at <= ${realNow})
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
