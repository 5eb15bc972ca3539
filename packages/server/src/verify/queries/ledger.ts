import { CHART } from '@perennial/core/ledger'
import { sql } from 'kysely'
import type { Check } from '../check.ts'
import { bookedByInvoice } from './booked-by-invoice.ts'
import { BOOKED_BY_MOVEMENT } from './booked-by-movement.ts'
import { ofAccount } from './of-account.ts'

/** What an invoice still owes: nothing before it is issued, and nothing once it is void or written off. */
const OWED = sql<bigint>`
  case when i.finalized_at is null or i.status in ('void', 'uncollectible') then 0
       else i.total_minor - i.paid_minor end`

const receivable: Check = {
  name: 'ledger_receivable',
  promise: 'What the ledger says a customer owes on an invoice is its total less what was paid.',
  find: (scope) => sql`
    with booked as (${bookedByInvoice(scope, 'receivable')})
    select i.account_id, i.id::text as id,
           format('%s invoice owes %s %s, the ledger says %s', i.status, ${OWED}, i.currency, coalesce(b.minor, 0)) as message
      from invoices i
      left join booked b on b.account_id = i.account_id and b.invoice_id = i.id
     where ${ofAccount(scope, 'i')} and coalesce(b.minor, 0) <> ${OWED}`,
}

const discounts: Check = {
  name: 'ledger_discounts',
  promise:
    'What the ledger says was taken off an invoice is its discount, once it is issued and not void.',
  find: (scope) => sql`
    with booked as (${bookedByInvoice(scope, 'discounts')}),
    given as (
      select i.account_id, i.id, i.currency,
             case when i.finalized_at is null or i.status = 'void' then 0 else i.discount_minor end as minor
        from invoices i where ${ofAccount(scope, 'i')})
    select g.account_id, g.id::text as id,
           format('%s %s were taken off, the ledger says %s', g.minor, g.currency, coalesce(b.minor, 0)) as message
      from given g
      left join booked b on b.account_id = g.account_id and b.invoice_id = g.id
     where coalesce(b.minor, 0) <> g.minor`,
}

const salesBooked: Check = {
  name: 'ledger_sales',
  promise:
    'Every succeeded sale is booked once with its amount, and nothing else is booked as one.',
  find: (scope) => sql`
    select t.account_id, t.id::text as id,
           format('sale of %s %s is booked as %s', t.amount_minor, t.currency, coalesce(l.amount_minor::text, 'nothing')) as message
      from transactions t
      left join ledger_transfers l
        on l.account_id = t.account_id and l.source_id = t.id and l.source_kind = 'sale'
     where ${ofAccount(scope, 't')} and t.type = 'sale' and t.status in ('succeeded', 'voided')
       and (l.amount_minor is distinct from t.amount_minor or l.currency <> t.currency
            or l.invoice_id is distinct from t.invoice_id)
    union all
    select l.account_id, l.source_id::text, format('transfer %s books a sale that did not succeed', l.id)
      from ledger_transfers l
     where ${ofAccount(scope, 'l')} and l.source_kind = 'sale'
       and not exists (select from transactions t
                        where t.account_id = l.account_id and t.id = l.source_id
                          and t.type = 'sale' and t.status in ('succeeded', 'voided'))`,
}

/** Both sides of every transfer, summed by account, currency and ledger account. */
const trialBalance: Check = {
  name: 'ledger_trial_balance',
  promise:
    'In every account and currency the ledger’s receivable is what all invoices owe, and its money is what all sales took, less what went back and what gateways kept.',
  find: (scope) => sql`
    with sums as (
      select l.account_id, l.currency, l.debit_account, l.credit_account, sum(l.amount_minor) as minor
        from ledger_transfers l where ${ofAccount(scope, 'l')}
       group by l.account_id, l.currency, l.debit_account, l.credit_account),
    sides as (
      select account_id, currency, debit_account as name, minor from sums
      union all
      select account_id, currency, credit_account, -minor from sums),
    expected as (
      select i.account_id, i.currency, 'what is owed' as what, sum(${OWED}) as minor
        from invoices i where ${ofAccount(scope, 'i')} group by i.account_id, i.currency
      union all
      select t.account_id, t.currency, 'money', sum(t.amount_minor)
        from transactions t
       where ${ofAccount(scope, 't')} and t.type in ('sale', 'capture') and t.status = 'succeeded'
       group by t.account_id, t.currency
      union all
      select t.account_id, t.currency, 'money', -sum(t.amount_minor)
        from transactions t
       where ${ofAccount(scope, 't')} and t.type in ('refund', 'dispute', 'adjustment') and t.status = 'succeeded'
       group by t.account_id, t.currency
      union all
      select d.account_id, d.currency, 'money', -sum(d.fee_minor)
        from disputes d where ${ofAccount(scope, 'd')} and d.transaction_id is not null
       group by d.account_id, d.currency
      union all
      select m.account_id, m.currency, 'money', sum(${BOOKED_BY_MOVEMENT})
        from gateway_movements m where ${ofAccount(scope, 'm')}
       group by m.account_id, m.currency
      union all
      -- Given back outside: booked against the bank.
      select n.account_id, n.currency, 'money', -sum(n.amount_minor)
        from credit_notes n
       where ${ofAccount(scope, 'n')} and n.credit_method = 'external' and n.status = 'issued'
       group by n.account_id, n.currency),
    compared as (
      select account_id, currency, what, minor, 0 as booked from expected
      union all
      select account_id, currency,
             case name when 'receivable' then 'what is owed' else 'money' end, 0, minor
        from sides where name in ('receivable', 'gateway_clearing', 'bank'))
    select account_id, currency as id,
           format('%s should be %s %s, the ledger says %s', what, sum(minor), currency, sum(booked)) as message
      from compared
     group by account_id, currency, what
    having sum(minor) <> sum(booked)`,
}

const chart: Check = {
  name: 'ledger_chart',
  promise: 'Every transfer moves between two accounts of the chart.',
  find: (scope) => sql`
    select distinct l.account_id, name as id, 'no such ledger account' as message
      from (select account_id, debit_account, credit_account from ledger_transfers
             group by account_id, debit_account, credit_account) l
     cross join lateral (values (l.debit_account), (l.credit_account)) as side(name)
     where ${ofAccount(scope, 'l')} and not name = any(${Object.keys(CHART)}::text[])`,
}

const reversals: Check = {
  name: 'ledger_reversals',
  promise:
    'A reversal is what it takes back the other way round, to the unit, and takes it back once for one reason, unless it was taken back itself.',
  find: (scope) => sql`
    select r.account_id, r.id::text as id,
           format('%s %s < %s of %s %s takes back %s', r.source_kind, r.debit_account, r.credit_account, r.amount_minor,
                  r.currency,
                  coalesce(format('%s < %s of %s %s', o.debit_account, o.credit_account, o.amount_minor, o.currency), 'nothing')) as message
      from ledger_transfers r
      left join ledger_transfers o on o.account_id = r.account_id and o.id = r.reversal_of
     where ${ofAccount(scope, 'r')} and r.reversal_of is not null
       and (o.debit_account, o.credit_account, o.amount_minor, o.currency, o.customer_id, o.invoice_id, o.gateway_id)
           is distinct from
           (r.credit_account, r.debit_account, r.amount_minor, r.currency, r.customer_id, r.invoice_id, r.gateway_id)
    union all
    select r.account_id, r.reversal_of::text, format('is taken back %s times as %s', count(*), r.source_kind)
      from ledger_transfers r
      left join ledger_transfers back on back.account_id = r.account_id and back.reversal_of = r.id
     where ${ofAccount(scope, 'r')} and r.reversal_of is not null and back.id is null
     group by r.account_id, r.reversal_of, r.source_kind
    having count(*) > 1`,
}

export const ledgerChecks = [
  receivable,
  discounts,
  salesBooked,
  reversals,
  trialBalance,
  chart,
] as const
