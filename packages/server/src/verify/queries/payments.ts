import { sql } from 'kysely'
import { formatInstant, addMs, MS_PER_HOUR } from '@perennial/core/time'
import type { Check } from '../check.ts'
import { ofAccount } from './of-account.ts'

const LIVE = sql`('sending', 'unknown', 'pending', 'needs_action')`

/** A sale takes money, an adjustment is a sale that a bank took back. */
const TAKEN = sql<bigint>`case t.type when 'sale' then t.amount_minor else -t.amount_minor end`

const paid: Check = {
  name: 'invoice_paid_by_sales',
  promise:
    'What counts as paid on an invoice is the sum of its succeeded sales, less what banks took back, and what the customer’s credit paid.',
  find: (scope) => sql`
    with taken as (
      select t.account_id, t.invoice_id, sum(${TAKEN}) as minor
        from transactions t
       where ${ofAccount(scope, 't')} and t.type in ('sale', 'adjustment') and t.status = 'succeeded'
         and t.invoice_id is not null
       group by t.account_id, t.invoice_id)
    select i.account_id, i.id::text as id,
           format('%s counts as paid, sales took %s and credit %s', i.paid_minor, coalesce(t.minor, 0), i.credit_applied_minor) as message
      from invoices i
      left join taken t on t.account_id = i.account_id and t.invoice_id = i.id
     where ${ofAccount(scope, 'i')} and i.paid_minor <> coalesce(t.minor, 0) + i.credit_applied_minor`,
}

const paidStatus: Check = {
  name: 'invoice_paid_status',
  promise: 'An invoice is paid exactly when it was issued and nothing of its total is missing.',
  find: (scope) => sql`
    select i.account_id, i.id::text as id,
           format('is %s with %s of %s paid', i.status, i.paid_minor, i.total_minor) as message
      from invoices i
     where ${ofAccount(scope, 'i')}
       and (i.status = 'paid' and (i.paid_minor < i.total_minor or i.paid_at is null or i.finalized_at is null)
            or i.status not in ('paid', 'void') and i.finalized_at is not null
               and i.paid_minor = i.total_minor and i.total_minor > 0)`,
}

const chargedOnce: Check = {
  name: 'invoice_charged_once',
  promise: 'Nobody pays more for an invoice than its total.',
  find: (scope) => sql`
    select t.account_id, t.invoice_id::text as id,
           format('%s sales took %s of a total of %s', count(*) filter (where t.type = 'sale'),
                  sum(${TAKEN}), i.total_minor) as message
      from transactions t
      join invoices i on i.account_id = t.account_id and i.id = t.invoice_id
     where ${ofAccount(scope, 't')} and t.type in ('sale', 'adjustment') and t.status = 'succeeded'
     group by t.account_id, t.invoice_id, i.total_minor, i.credit_applied_minor
    having sum(${TAKEN}) + i.credit_applied_minor > i.total_minor`,
}

/** What somebody charged at the gateway itself and a person has accepted here comes from a line of its list. */
const IS_LISTED_SALE = sql`(
  t.attempt_id is null and t.status in ('succeeded', 'voided')
  and exists (select from gateway_movements m
               where m.account_id = t.account_id and m.matched_id = t.id and m.kind = 'charge'
                 and m.gateway_id = t.gateway_id and m.charge_reference = t.gateway_reference
                 and m.amount_minor = t.amount_minor and m.currency = t.currency))`

const salesHaveAttempts: Check = {
  name: 'sale_has_attempt',
  promise:
    'Every sale through a gateway comes from one attempt that ended as the sale did, or from an accepted line of its list.',
  find: (scope) => sql`
    select t.account_id, t.id::text as id,
           format('%s sale of %s %s comes from %s', t.status, t.amount_minor, t.currency,
                  coalesce(format('a %s attempt of %s %s', a.state, a.amount_minor, a.currency), 'no attempt')) as message
      from transactions t
      left join payment_attempts a on a.account_id = t.account_id and a.id = t.attempt_id
     where ${ofAccount(scope, 't')} and t.type = 'sale' and (t.gateway_id is not null or t.attempt_id is not null)
       and not ${IS_LISTED_SALE}
       and (a.id is null
            or t.status = 'succeeded' and (a.state <> 'succeeded' or a.operation not in ('charge', 'capture'))
            or t.status = 'failed' and a.state <> 'declined'
            or a.amount_minor <> t.amount_minor
            or a.currency <> t.currency
            or a.invoice_id is distinct from t.invoice_id
            or a.payment_intent_id is distinct from t.payment_intent_id)`,
}

const captures: Check = {
  name: 'capture_within_hold',
  promise: 'Of an amount that a gateway holds no more is taken than was authorised.',
  find: (scope) => sql`
    with sums as (
      select a.account_id, a.payment_intent_id, a.currency,
             coalesce(sum(a.amount_minor) filter (where a.operation = 'capture' and a.state in ('succeeded', 'sending', 'unknown', 'pending')), 0) as taken,
             coalesce(sum(a.amount_minor) filter (where a.operation = 'authorize' and a.state = 'succeeded'), 0) as held
        from payment_attempts a
       where ${ofAccount(scope, 'a')} and a.operation in ('authorize', 'capture')
       group by a.account_id, a.payment_intent_id, a.currency)
    select account_id, payment_intent_id::text as id,
           format('%s %s are taken of %s authorised', taken, currency, held) as message
      from sums where taken > held`,
}

const attemptsHaveSales: Check = {
  name: 'attempt_has_sale',
  promise: 'Every charge that succeeded or was declined has left its one sale.',
  find: (scope) => sql`
    select a.account_id, a.id::text as id,
           format('%s charge of %s %s has %s', a.state, a.amount_minor, a.currency,
                  coalesce(format('a %s %s', t.status, t.type), 'no sale')) as message
      from payment_attempts a
      left join transactions t on t.account_id = a.account_id and t.attempt_id = a.id
     where ${ofAccount(scope, 'a')} and a.operation in ('charge', 'capture') and a.state in ('succeeded', 'declined')
       and (t.id is null
            or a.state = 'succeeded' and t.status not in ('succeeded', 'voided')
            or a.state = 'declined' and t.status <> 'failed')`,
}

const intents: Check = {
  name: 'intent_received',
  promise:
    'What a payment intent has received is the sum of its succeeded sales, less what banks took back, and then it has succeeded.',
  find: (scope) => sql`
    with taken as (
      select t.account_id, t.payment_intent_id,
             sum(case t.type when 'sale' then t.amount_minor else -t.amount_minor end) as minor
        from transactions t
       where ${ofAccount(scope, 't')} and t.type in ('sale', 'adjustment') and t.status = 'succeeded'
         and t.payment_intent_id is not null
       group by t.account_id, t.payment_intent_id)
    select p.account_id, p.id::text as id,
           format('%s intent has received %s, sales took %s', p.status, p.amount_received_minor, coalesce(t.minor, 0)) as message
      from payment_intents p
      left join taken t on t.account_id = p.account_id and t.payment_intent_id = p.id
     where ${ofAccount(scope, 'p')}
       and (p.amount_received_minor <> coalesce(t.minor, 0) or t.minor > 0 and p.status <> 'succeeded')`,
}

const oneLiveAttempt: Check = {
  name: 'one_live_attempt',
  promise: 'No invoice and no payment intent has two charges under way.',
  find: (scope) => sql`
    select a.account_id, coalesce(a.invoice_id, a.payment_intent_id)::text as id,
           format('%s charges are under way', count(*)) as message
      from payment_attempts a
     where ${ofAccount(scope, 'a')} and a.state in ${LIVE}
       and coalesce(a.invoice_id, a.payment_intent_id) is not null
     group by a.account_id, coalesce(a.invoice_id, a.payment_intent_id)
    having count(*) > 1`,
}

const liveAttemptIsOwed: Check = {
  name: 'live_attempt_is_owed',
  promise: 'No charge is under way for more than is owed on its invoice.',
  find: (scope) => sql`
    select a.account_id, a.id::text as id,
           format('%s charge of %s for a %s invoice with %s of %s paid', a.state, a.amount_minor, i.status, i.paid_minor,
                  i.total_minor) as message
      from payment_attempts a
      join invoices i on i.account_id = a.account_id and i.id = a.invoice_id
     where ${ofAccount(scope, 'a')} and a.state in ${LIVE}
       and (i.status in ('draft', 'paid', 'void') or a.amount_minor > i.total_minor - i.paid_minor)`,
}

/** Longer than any lease: by then some worker should have asked the gateway. */
const LOST_AFTER_MS = MS_PER_HOUR

const attemptsResolved: Check = {
  name: 'lost_answers_found',
  promise: 'No charge, refund or void waits for an answer that nobody asks for.',
  find: (scope) => sql`
    select a.account_id, a.id::text as id,
           format('%s since %s, %s', a.state, a.created_at,
                  coalesce(format('nobody asked since %s', coalesce(a.lease_until, a.check_at)), 'nobody will ever ask')) as message
      from payment_attempts a
     where ${ofAccount(scope, 'a')}
       and (a.state in ('sending', 'unknown')
              and (a.lease_until is null or a.lease_until < ${formatInstant(addMs(scope.realNow, -LOST_AFTER_MS))}::timestamptz)
            or a.state in ('pending', 'needs_action') and a.check_at is null)
    union all
    select r.account_id, r.id::text, format('refund sent since %s, nobody asked since %s', r.created_at, r.lease_until)
      from refunds r
     where ${ofAccount(scope, 'r')} and r.status = 'processing' and r.check_at is null
       and (r.lease_until is null or r.lease_until < ${formatInstant(addMs(scope.realNow, -LOST_AFTER_MS))}::timestamptz)
    union all
    select v.account_id, v.id::text, format('void sent since %s, nobody asked since %s', v.created_at, v.lease_until)
      from voids v
     where ${ofAccount(scope, 'v')} and v.status = 'processing'
       and (v.lease_until is null or v.lease_until < ${formatInstant(addMs(scope.realNow, -LOST_AFTER_MS))}::timestamptz)
    union all
    select o.account_id, o.id::text, format('charge for another biller, %s since %s', o.state, o.created_at)
      from outside_attempts o
     where ${ofAccount(scope, 'o')}
       and (o.state in ('sending', 'unknown')
              and (o.lease_until is null or o.lease_until < ${formatInstant(addMs(scope.realNow, -LOST_AFTER_MS))}::timestamptz)
            or o.state = 'pending' and o.check_at is null)`,
}

export const paymentChecks = [
  paid,
  paidStatus,
  chargedOnce,
  salesHaveAttempts,
  captures,
  attemptsHaveSales,
  intents,
  oneLiveAttempt,
  liveAttemptIsOwed,
  attemptsResolved,
] as const
