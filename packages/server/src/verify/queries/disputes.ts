import { sql } from 'kysely'
import type { Check } from '../check.ts'
import { ofAccount } from './of-account.ts'

const disputes: Check = {
  name: 'dispute_booked',
  promise:
    'A chargeback holds its money once and, when it was won, not at all; a warning has taken none.',
  find: (scope) => sql`
    select d.account_id, d.id::text as id,
           format('%s dispute of %s %s (%s): its movement is %s, %s booked as taken, %s as back', d.status, d.amount_minor,
                  d.currency, coalesce(d.resolution, 'open'), coalesce(t.status, 'missing'),
                  coalesce(taken.amount_minor, 0), coalesce(back.amount_minor, 0)) as message
      from disputes d
      left join transactions t
        on t.account_id = d.account_id and t.id = d.transaction_id and t.type = 'dispute'
       and t.parent_transaction_id = d.payment_id
      left join ledger_transfers taken
        on taken.account_id = d.account_id and taken.source_id = d.transaction_id and taken.source_kind = 'dispute'
      left join ledger_transfers back
        on back.account_id = d.account_id and back.source_id = d.transaction_id
       and back.source_kind = 'dispute_returned'
     where ${ofAccount(scope, 'd')}
       and (d.transaction_id is null and d.status not in ('warning_needs_response', 'warning_closed')
            or d.transaction_id is not null
               and (t.id is null or t.amount_minor <> d.amount_minor
                    or taken.amount_minor is distinct from d.amount_minor
                    or (t.status = 'voided') <> (d.status = 'won')
                    or (back.id is not null) <> (d.status = 'won')
                    or back.amount_minor <> d.amount_minor
                    -- Of a dispute that was taken up again, every earlier movement has come back.
                    or exists (select from transactions e
                                where e.account_id = d.account_id and e.parent_transaction_id = d.payment_id
                                  and e.type = 'dispute' and e.gateway_reference = d.gateway_reference
                                  and e.gateway_id = d.gateway_id and e.id <> d.transaction_id
                                  and e.status <> 'voided')))`,
}

const disputesBooked: Check = {
  name: 'ledger_disputes',
  promise:
    'What the ledger says was lost to disputes is what their movements have taken and not brought back, and of fees what gateways say they have kept for each.',
  find: (scope) => sql`
    with booked as (
      select l.account_id, l.source_id,
             sum(case 'disputes' when l.debit_account then l.amount_minor when l.credit_account then -l.amount_minor else 0 end) as minor,
             sum(case 'dispute_fees' when l.debit_account then l.amount_minor when l.credit_account then -l.amount_minor else 0 end) as fee_minor
        from ledger_transfers l
       where ${ofAccount(scope, 'l')}
         and ('disputes' in (l.debit_account, l.credit_account) or 'dispute_fees' in (l.debit_account, l.credit_account))
       group by l.account_id, l.source_id),
    taken as (
      select t.account_id, t.id, d.id as dispute_id, case t.status when 'succeeded' then t.amount_minor else 0 end as minor,
             case when d.transaction_id is null then 0 else d.fee_minor end as fee_minor
        from transactions t
        left join disputes d
          on d.account_id = t.account_id and d.payment_id = t.parent_transaction_id
         and d.gateway_id = t.gateway_id and d.gateway_reference = t.gateway_reference
       where ${ofAccount(scope, 't')} and t.type = 'dispute')
    select coalesce(t.account_id, b.account_id) as account_id, coalesce(t.id, b.source_id)::text as id,
           format('%s is taken, the ledger says %s', coalesce(t.minor, 0), coalesce(b.minor, 0)) as message
      from taken t
      full join booked b on b.account_id = t.account_id and b.source_id = t.id
     where coalesce(t.minor, 0) <> coalesce(b.minor, 0) or t.id is null and b.fee_minor <> 0
    union all
    select t.account_id, coalesce(t.dispute_id, min(t.id::text)::uuid)::text,
           format('%s is kept for it, the ledger says %s', max(t.fee_minor), coalesce(sum(b.fee_minor), 0))
      from taken t
      left join booked b on b.account_id = t.account_id and b.source_id = t.id
     group by t.account_id, t.dispute_id
    having coalesce(max(t.fee_minor), 0) <> coalesce(sum(b.fee_minor), 0)`,
}

const returns: Check = {
  name: 'return_booked',
  promise:
    'A payment that a bank took back is undone whole, and once; given again, it stands as it did before.',
  find: (scope) => sql`
    select r.account_id, r.id::text as id,
           format('%s return of %s %s of a sale of %s is booked as %s, %s as given again', r.status, r.amount_minor, r.currency,
                  coalesce(s.amount_minor::text, 'nothing'), coalesce(l.amount_minor::text, 'nothing'),
                  coalesce(again.amount_minor, 0)) as message
      from transactions r
      left join transactions s
        on s.account_id = r.account_id and s.id = r.parent_transaction_id and s.type = 'sale'
      left join ledger_transfers l
        on l.account_id = r.account_id and l.source_id = r.id and l.source_kind = 'return'
      left join ledger_transfers again
        on again.account_id = r.account_id and again.source_id = r.id and again.source_kind = 'return_undone'
     where ${ofAccount(scope, 'r')} and r.type = 'adjustment'
       and (s.amount_minor is distinct from r.amount_minor or l.amount_minor is distinct from r.amount_minor
            or coalesce(again.amount_minor, 0) <> case r.status when 'voided' then r.amount_minor else 0 end)`,
}

const notices: Check = {
  name: 'no_notice_parked',
  promise: 'Nothing that a gateway told about our money waits for a person.',
  find: (scope) => sql`
    select n.account_id, n.id::text as id, format('%s notice told %s: %s', n.kind, n.told_at, n.reason) as message
      from gateway_notices n
     where ${ofAccount(scope, 'n')} and n.state = 'parked'`,
}

/** What each line of a gateway's list books by itself: its fee, a payout, and what nothing of ours stands behind, once it is set aside. */
const movements: Check = {
  name: 'movement_booked',
  promise:
    'Every fee and payout that a gateway lists, and every line that was set aside, is booked once, with its amount.',
  find: (scope) => sql`
    with expected as (
      select m.account_id, m.id, m.currency,
             case when m.kind = 'dispute' and m.set_aside_at is null then 0 else m.fee_minor end
             + case when m.kind in ('fee', 'payout') or m.kind = 'adjustment' and m.charge_reference is null
                         or m.set_aside_at is not null
                    then -m.amount_minor else 0 end as minor
        from gateway_movements m where ${ofAccount(scope, 'm')}),
    booked as (
      select l.account_id, l.source_id,
             sum(case when l.credit_account = 'gateway_clearing' then l.amount_minor else -l.amount_minor end) as minor
        from ledger_transfers l
       where ${ofAccount(scope, 'l')} and l.source_kind in ('gateway_fee', 'gateway_payout', 'gateway_adjustment', 'gateway_unmatched',
                                                  'gateway_unmatched_undone')
       group by l.account_id, l.source_id)
    select coalesce(e.account_id, b.account_id) as account_id, coalesce(e.id, b.source_id)::text as id,
           format('takes %s from what the gateway owes us, %s is booked', coalesce(e.minor, 0), coalesce(b.minor, 0)) as message
      from expected e
      full join booked b on b.account_id = e.account_id and b.source_id = e.id
     where coalesce(e.minor, 0) <> coalesce(b.minor, 0)`,
}

const payouts: Check = {
  name: 'payout_adds_up',
  promise: 'A payout is what the lines that it carries come to, less their fees.',
  find: (scope) => sql`
    with began as (
      -- The first payouts carry lines from before the first that was read.
      select m.account_id, m.gateway_id, min(m.moved_at) + interval '15 days' as at
        from gateway_movements m where ${ofAccount(scope, 'm')}
       group by m.account_id, m.gateway_id),
    carried as (
      select m.account_id, m.gateway_id, m.payout_reference, sum(m.amount_minor - m.fee_minor) as minor
        from gateway_movements m
       where ${ofAccount(scope, 'm')} and m.payout_reference is not null and m.kind <> 'payout'
       group by m.account_id, m.gateway_id, m.payout_reference)
    select p.account_id, p.id::text as id,
           format('payout of %s %s (gross %s, fees %s) carries %s', p.net_minor, p.currency, p.gross_minor, p.fees_minor,
                  c.minor) as message
      from payouts p
      join began b
        on b.account_id = p.account_id and b.gateway_id = p.gateway_id and p.arrived_at >= b.at
      join carried c
        on c.account_id = p.account_id and c.gateway_id = p.gateway_id and c.payout_reference = p.reference
     where ${ofAccount(scope, 'p')} and p.status = 'paid'
       and (c.minor <> p.net_minor or p.gross_minor - p.fees_minor <> p.net_minor)`,
}

export const disputeChecks = [
  disputes,
  disputesBooked,
  returns,
  notices,
  movements,
  payouts,
] as const
