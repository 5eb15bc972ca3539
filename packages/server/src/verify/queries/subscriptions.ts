import { formatInstant, type Instant } from '@perennial/core/time'
import { sql, type RawBuilder } from 'kysely'
import type { Check, VerifyScope } from '../check.ts'
import { ofAccount } from './of-account.ts'

const LIVE_ATTEMPT_OF_INVOICE = (
  invoiceId: RawBuilder<unknown>,
  accountId: RawBuilder<unknown>,
) => sql`
  exists (select from payment_attempts p
           where p.account_id = ${accountId} and p.invoice_id = ${invoiceId}
             and p.state in ('sending', 'unknown', 'pending', 'needs_action'))`

/** A debit of it is announced, and not handed in yet. */
const ANNOUNCED_DEBIT_OF_INVOICE = (
  invoiceId: RawBuilder<unknown>,
  accountId: RawBuilder<unknown>,
) => sql`
  exists (select from mandate_collections c
           where c.account_id = ${accountId} and c.invoice_id = ${invoiceId}
             and c.status in ('scheduled', 'notified'))`

/**
 * The latest instant at which a subscription's own state lets it be due, as `nextDueAt` of the core works it out. A first
 * payment has 23 hours from its bill, which was a change like any other; after the last bill an end of the term may be
 * all that is left to wait for.
 */
const LATEST_DUE = sql<Instant>`(case
  when s.status in ('pending', 'incomplete') then greatest(s.started_at, s.updated_at) + interval '23 hours'
  when s.status = 'trialing' then s.current_period_end
  when s.status = 'active' then least(s.current_period_end, s.ends_at)
  when s.status in ('past_due', 'unpaid') then greatest(s.current_period_end, s.ends_at)
  when s.status = 'paused' and s.pause_behavior = 'suspend'
    then least(case when s.cancel_at_period_end then s.current_period_end end, s.resumes_at, s.ends_at)
  when s.status = 'paused' then least(s.current_period_end, s.resumes_at, s.ends_at) end)`

const due: Check = {
  name: 'subscription_due',
  promise:
    'A subscription that goes on has an instant at which it is due next, no later than its period, pause or term ends; one that ended has none.',
  find: (scope) => sql`
    select s.account_id, s.id::text as id,
           format('is %s and is next due %s, its period ends %s', s.status, coalesce(s.next_due_at::text, 'never'),
                  s.current_period_end) as message
      from subscriptions s
     where ${ofAccount(scope, 's')}
       and (s.status in ('canceled', 'expired', 'incomplete_expired')
              and (s.next_due_at is not null or s.ended_at is null)
            or s.next_due_at > ${LATEST_DUE}
            or s.status = 'paused' and s.pause_behavior = 'suspend' and (s.next_due_at is null) <> (${LATEST_DUE} is null)
            or s.status in ('pending', 'incomplete', 'active', 'past_due', 'paused') and s.next_due_at is null
               -- Suspended, it waits for somebody; after its last bill, for the money.
               and s.pause_behavior is distinct from 'suspend'
               and (s.status = 'past_due'
                    and (s.cycles_billed - s.bills_before >= s.occurrences_max
                         or s.cycles_billed >= s.cycles_max
                         or s.ends_at <= s.current_period_end)) is not true
            -- A trial whose end was billed waits for the answer to its first charge.
            or s.status = 'trialing' and s.next_due_at is null
               and not ${LIVE_ATTEMPT_OF_INVOICE(sql`s.latest_invoice_id`, sql`s.account_id`)})`,
}

const ownAmounts: Check = {
  name: 'own_amount_is_billed',
  promise:
    'A subscription whose only lasting item has an amount of its own says that a full cycle costs that.',
  find: (scope) => sql`
    select s.account_id, s.id::text as id,
           format('says %s, and its item %s', s.amount_minor, i.own_amount_minor) as message
      from subscription_items i
      join subscriptions s on s.account_id = i.account_id and s.id = i.subscription_id
     where ${ofAccount(scope, 'i')} and i.own_amount_minor <> s.amount_minor and i.removed_at is null
       and not exists (select from subscription_items o
                        where o.account_id = i.account_id and o.subscription_id = i.subscription_id and o.id <> i.id
                          and o.removed_at is null and (o.cycle_first, o.cycle_count) is distinct from (0, 1))`,
}

const parked: Check = {
  name: 'nothing_parked',
  promise: 'No subscription is parked: set aside by a fault until somebody retries it.',
  find: (scope) => sql`
    select s.account_id, s.id::text as id,
           format('parked since %s: %s', s.parked_at, s.parked_reason) as message
      from subscriptions s
     where ${ofAccount(scope, 's')} and s.parked_at is not null`,
}

/** A worker looks about once a second; a run of a million renewals takes ten minutes. */
const STUCK_AFTER_MS = 15 * 60_000

function lateFor(scope: VerifyScope): RawBuilder<Instant> {
  const realNow = formatInstant(scope.realNow)
  const graceSeconds = STUCK_AFTER_MS / 1_000
  return sql`(coalesce(a.clock_held_at, ${realNow}::timestamptz) - make_interval(secs => ${graceSeconds}))`
}

const stuck: Check = {
  name: 'nothing_stuck',
  promise: 'Nothing that fell due a quarter of an hour ago by its account’s clock still waits.',
  find: (scope) => sql`
    select d.account_id, d.id::text as id, format('%s has waited since %s', d.what, d.at) as message
      from (
        select s.account_id, s.id, s.next_due_at as at, format('%s subscription', s.status) as what
          from subscriptions s where s.next_due_at is not null and s.parked_at is null
        union all
        select r.account_id, r.id, r.next_attempt_at, 'retry of a recovery case'
          from recovery_cases r where r.state = 'open' and r.next_attempt_at is not null
        union all
        select r.account_id, r.id, least(r.plan_at, r.retry_now_at), 'recovery case to be planned or tried'
          from recovery_cases r
         where r.state = 'open' and (r.plan_at is not null or r.retry_now_at is not null)
        union all
        select r.account_id, r.id, r.salvage_at, 'rest of a sale to be tried'
          from recovery_cases r where r.state = 'exhausted' and r.salvage_at is not null
        union all
        select i.account_id, i.id, i.due_at, 'invoice past its due date'
          from invoices i
         where i.due_at is not null and i.status in ('finalized', 'approved', 'sent', 'partially_paid')
        union all
        select n.account_id, n.id, n.told_at, format('notice of a %s', n.kind)
          from gateway_notices n
         where n.state = 'waiting'
           and n.next_try_at < ${formatInstant(scope.realNow)}::timestamptz - make_interval(secs => ${STUCK_AFTER_MS / 1_000})
        union all
        select c.account_id, c.customer_id, c.told_at, 'news of a card'
          from card_news c
        union all
        select m.account_id, m.id, m.updater_ask_at, 'card to ask an updater about'
          from payment_methods m where m.updater_ask_at is not null and m.status <> 'inactive'
        union all
        select m.account_id, m.id, m.check_at, format('%s mandate', m.status)
          from mandates m where m.check_at is not null
        union all
        select o.account_id, o.id, o.next_attempt_at, 'recovery of another biller'
          from outside_recoveries o where o.next_attempt_at is not null
        union all
        select o.account_id, o.id, o.updater_ask_at, 'card of another biller to ask an updater about'
          from outside_recoveries o where o.updater_ask_at is not null
        union all
        select o.account_id, o.id, o.check_at, 'pending payment of another biller'
          from outside_attempts o where o.state = 'pending' and o.check_at is not null
        union all
        select c.account_id, c.client_id, c.notice_at, 'end of a card of another biller'
          from outside_cards c where c.notice_at is not null
        union all
        select r.account_id, r.id, coalesce(r.send_at, r.check_at), format('%s refund', r.status)
          from refunds r where r.status = 'pending' or r.status = 'processing' and r.check_at is not null
        union all
        select d.account_id, d.id, d.next_due_at, 'unanswered dispute'
          from disputes d where d.next_due_at is not null
        union all
        select d.account_id, d.id, d.due_at, 'step of a dunning run'
          from dunning_runs d where d.due_at is not null
        union all
        select i.account_id, i.id, i.due_at, 'reminder of an invoice'
          from invoice_reminders i where i.due_at is not null
        union all
        select c.account_id, c.id, c.due_at, format('%s debit', c.status)
          from mandate_collections c where c.due_at is not null
        union all
        select p.account_id, p.id, p.check_at, 'pending payment'
          from payment_attempts p where p.state = 'pending' and p.check_at is not null
        union all
        select p.account_id, p.id, p.check_at, 'charge that its customer was to authenticate'
          from payment_attempts p where p.state = 'needs_action' and p.check_at is not null
        union all
        select s.account_id, s.id, s.updated_at + interval '24 hours', 'method that its customer was to authenticate'
          from setup_intents s where s.status = 'requires_action'
        union all
        select h.account_id, h.id, h.check_at, 'hold that should have lapsed'
          from payment_attempts h
         where h.operation = 'authorize' and h.state = 'succeeded' and h.check_at is not null
      ) d
      join accounts a on a.id = d.account_id
     where ${ofAccount(scope, 'd')} and d.at < ${lateFor(scope)}`,
}

const cases: Check = {
  name: 'recovery_case_state',
  promise:
    'An open recovery case has an open invoice, a past due (or meanwhile paused) subscription of its own and a next try, a charge under way or a debit announced; a closed one has none of its own.',
  find: (scope) => sql`
    select r.account_id, r.id::text as id,
           format('%s case of a %s invoice and a %s subscription, next try %s, closed %s', r.state,
                  coalesce(i.status, 'missing'), coalesce(s.status, 'missing'),
                  coalesce(r.next_attempt_at::text, 'never'), coalesce(r.closed_at::text, 'never')) as message
      from recovery_cases r
      left join invoices i on i.account_id = r.account_id and i.id = r.invoice_id
      left join subscriptions s on s.account_id = r.account_id and s.id = r.subscription_id
     where ${ofAccount(scope, 'r')}
       and (i.id is null or s.id is null and (r.state = 'open' or r.subscription_id is not null)
            or r.state <> 'open' and (r.closed_at is null or r.next_attempt_at is not null)
            or r.state = 'recovered' and i.status <> 'paid'
            or r.state = 'open'
               and (r.closed_at is not null
                    or i.status not in ('finalized', 'approved', 'sent', 'partially_paid', 'overdue')
                    or s.status not in ('past_due', 'paused')
                    or r.next_attempt_at is null
                       and not ${LIVE_ATTEMPT_OF_INVOICE(sql`r.invoice_id`, sql`r.account_id`)}
                       and not ${ANNOUNCED_DEBIT_OF_INVOICE(sql`r.invoice_id`, sql`r.account_id`)}))`,
}

const pastDue: Check = {
  name: 'past_due_has_case',
  promise:
    'Every past due subscription has an open recovery case that works on it or, with a profile, an overdue renewal.',
  find: (scope) => sql`
    select s.account_id, s.id::text as id, 'past due without an open recovery case' as message
      from subscriptions s
     where ${ofAccount(scope, 's')} and s.status = 'past_due'
       and not exists (select from recovery_cases r
                        where r.account_id = s.account_id and r.subscription_id = s.id and r.state = 'open')
       and not (s.profile_id is not null
                and exists (select from renewals n
                             where n.account_id = s.account_id and n.subscription_id = s.id
                               and n.status in ('overdue', 'partially_paid')))`,
}

const caseDecisions: Check = {
  name: 'recovery_case_is_decided',
  promise: 'A case that waits for another card, or for better times, has a decision that says why.',
  find: (scope) => sql`
    select r.account_id, r.id::text as id,
           format('waits for %s until %s, and nothing says why', r.waits_for, r.next_attempt_at) as message
      from recovery_cases r
     where ${ofAccount(scope, 'r')} and r.state = 'open' and r.waits_for in ('card', 'chance')
       and not exists (select from recovery_decisions d where d.account_id = r.account_id and d.case_id = r.id)`,
}

const retriesAllowed: Check = {
  name: 'recovery_stops_where_told',
  promise:
    'No scheduled retry was made on a card after its network or issuer had forbidden every other try.',
  find: (scope) => sql`
    select p.account_id, p.id::text as id,
           format('retried although %s was answered before', coalesce('advice ' || before.advice_code, before.decline_code)) as message
      from payment_attempts p
      join payment_methods m on m.account_id = p.account_id and m.id = p.payment_method_id and m.type = 'card'
      cross join lateral (
        select b.advice_code, b.decline_code from payment_attempts b
         where b.account_id = p.account_id and b.invoice_id = p.invoice_id and b.payment_method_id = p.payment_method_id
           and b.id < p.id and b.state = 'declined'
           and b.created_at >= coalesce(m.card_number_at, '-infinity'::timestamptz)
           and b.settled_at <= p.created_at
           and (b.advice_code in ('03', '21') or b.decline_code in ('stolen_card', 'lost_card', 'revocation_of_authorization'))
         limit 1) as before
     where ${ofAccount(scope, 'p')} and p.retry_kind = 'scheduled' and p.invoice_id is not null`,
}

export const subscriptionChecks = [
  due,
  ownAmounts,
  parked,
  stuck,
  cases,
  pastDue,
  caseDecisions,
  retriesAllowed,
] as const
