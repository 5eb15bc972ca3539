import { sql } from 'kysely'
import type { Check } from '../check.ts'
import { BOOKED_BY_MOVEMENT } from './booked-by-movement.ts'
import { bookedBy } from './booked-by-invoice.ts'
import { ofAccount } from './of-account.ts'

/** What a transaction changes of what its gateway holds for us. */
const MOVED = sql<bigint>`case t.type when 'sale' then t.amount_minor else -t.amount_minor end`

const clearing: Check = {
  name: 'ledger_clearing',
  promise:
    'What the ledger says a gateway holds is what it took, less what went back through it, what it kept and what it paid out.',
  find: (scope) => sql`
    with booked as (
      select l.account_id, l.gateway_id, l.currency, sum(${bookedBy('gateway_clearing')}) as minor
        from ledger_transfers l
       where ${ofAccount(scope, 'l')} and 'gateway_clearing' in (l.debit_account, l.credit_account)
       group by l.account_id, l.gateway_id, l.currency),
    expected as (
      select t.account_id, t.gateway_id, t.currency, sum(${MOVED}) as minor
        from transactions t
       where ${ofAccount(scope, 't')} and t.type in ('sale', 'refund', 'dispute', 'adjustment') and t.status = 'succeeded'
         and t.gateway_id is not null
       group by t.account_id, t.gateway_id, t.currency
      union all
      select d.account_id, d.gateway_id, d.currency, -sum(d.fee_minor)
        from disputes d where ${ofAccount(scope, 'd')} and d.transaction_id is not null
       group by d.account_id, d.gateway_id, d.currency
      union all
      select m.account_id, m.gateway_id, m.currency,
             sum(${BOOKED_BY_MOVEMENT} + case m.kind when 'payout' then m.amount_minor else 0 end)
        from gateway_movements m where ${ofAccount(scope, 'm')}
       group by m.account_id, m.gateway_id, m.currency),
    compared as (
      select account_id, gateway_id, currency, minor, 0 as booked from expected
      union all
      select account_id, gateway_id, currency, 0, minor from booked)
    select account_id, coalesce(gateway_id::text, currency) as id,
           format('should hold %s %s, the ledger says %s', sum(minor), currency, sum(booked)) as message
      from compared
     group by account_id, gateway_id, currency
    having sum(minor) <> sum(booked)`,
}

/** A line of something that we have booked, too. */
const LISTED = sql`
  m.set_aside_at is null and (m.kind in ('charge', 'refund', 'dispute', 'dispute_reversal')
                              or m.kind = 'adjustment' and m.charge_reference is not null)`

/**
 * Settled: the gateway lists exactly what we took and gave back through it, movement by movement, and every line is carried
 * by a payout that is the sum of its lines. A gateway whose first payouts carry lines from before the first that was read
 * is never asked.
 */
const settled: Check = {
  name: 'settled_clearing_is_empty',
  promise:
    'Of a gateway that has paid out all that it took for us, nothing is left in the clearing.',
  find: (scope) => sql`
    with carried as (
      select m.account_id, m.gateway_id, m.currency, m.payout_reference,
             sum(m.amount_minor - m.fee_minor) filter (where m.kind <> 'payout') as net_minor,
             sum(m.amount_minor) filter (where ${LISTED}) as listed_minor,
             count(*) filter (where ${LISTED}) as lines
        from gateway_movements m where ${ofAccount(scope, 'm')}
       group by m.account_id, m.gateway_id, m.currency, m.payout_reference),
    listed as (
      select c.account_id, c.gateway_id, c.currency, sum(c.listed_minor) as minor, sum(c.lines) as lines
        from carried c
        left join payouts p
          on p.account_id = c.account_id and p.gateway_id = c.gateway_id and p.reference = c.payout_reference
         and p.status = 'paid'
       group by c.account_id, c.gateway_id, c.currency
      having bool_and(coalesce(c.net_minor, 0) is not distinct from p.net_minor)),
    ours as (
      select t.account_id, t.gateway_id, t.currency, sum(${MOVED}) as minor, count(*) as lines
        from transactions t
       where ${ofAccount(scope, 't')} and t.type in ('sale', 'refund', 'dispute', 'adjustment') and t.status = 'succeeded'
         and exists (select from listed s where s.account_id = t.account_id and s.gateway_id = t.gateway_id)
       group by t.account_id, t.gateway_id, t.currency)
    select o.account_id, o.gateway_id::text as id,
           format('%s %s are left of what it has paid out', sum(${bookedBy('gateway_clearing')}), o.currency) as message
      from listed s
      join ours o on o.account_id = s.account_id and o.gateway_id = s.gateway_id and o.currency = s.currency
       and o.minor = s.minor and o.lines = s.lines
      join ledger_transfers l on l.account_id = o.account_id and l.gateway_id = o.gateway_id and l.currency = o.currency
     where 'gateway_clearing' in (l.debit_account, l.credit_account)
     group by o.account_id, o.gateway_id, o.currency
    having sum(${bookedBy('gateway_clearing')}) <> 0`,
}

const suspense: Check = {
  name: 'ledger_suspense',
  promise:
    'What waits in suspense are lines of gateways’ lists that nothing of ours stands behind, each with its amount.',
  find: (scope) => sql`
    with waiting as (
      select m.account_id, m.id, -m.amount_minor as minor
        from gateway_movements m
       where ${ofAccount(scope, 'm')}
         and (m.set_aside_at is not null or m.kind = 'adjustment' and m.charge_reference is null)),
    booked as (
      select l.account_id, l.source_id, sum(${bookedBy('suspense')}) as minor
        from ledger_transfers l
       where ${ofAccount(scope, 'l')} and 'suspense' in (l.debit_account, l.credit_account)
       group by l.account_id, l.source_id)
    select coalesce(w.account_id, b.account_id) as account_id, coalesce(w.id, b.source_id)::text as id,
           format('%s wait for a person, the ledger says %s', -coalesce(w.minor, 0), -coalesce(b.minor, 0)) as message
      from waiting w
      full join booked b on b.account_id = w.account_id and b.source_id = w.id
     where coalesce(w.minor, 0) <> coalesce(b.minor, 0)`,
}

export const clearingChecks = [clearing, settled, suspense] as const
