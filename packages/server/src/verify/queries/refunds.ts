import { sql, type RawBuilder } from 'kysely'
import type { Check } from '../check.ts'
import { ofAccount } from './of-account.ts'

const sums: Check = {
  name: 'refunds_within_payment',
  promise:
    'What counts as refunded of a payment is the sum of its refunds that have not failed, and never more than it took.',
  find: (scope) => sql`
    with given as (
      select r.account_id, r.transaction_id, sum(r.amount_minor) as minor
        from refunds r
       where ${ofAccount(scope, 'r')} and r.status not in ('failed', 'canceled')
       group by r.account_id, r.transaction_id)
    select coalesce(t.account_id, g.account_id) as account_id, coalesce(t.id, g.transaction_id)::text as id,
           format('%s of %s %s counts as refunded, refunds say %s', t.refunded_minor, t.amount_minor, t.currency,
                  coalesce(g.minor, 0)) as message
      from transactions t
      full join given g on g.account_id = t.account_id and g.transaction_id = t.id
     where (t.id is null or ${ofAccount(scope, 't')})
       and (t.id is null or t.refunded_minor <> coalesce(g.minor, 0) or t.refunded_minor > t.amount_minor
            or g.minor > 0 and (t.type <> 'sale' or t.status = 'failed'))`,
}

const movements: Check = {
  name: 'refund_has_movement',
  promise:
    'Every refund that ended has its one movement, booked once if it succeeded; no movement is without its refund.',
  find: (scope) => sql`
    select r.account_id, r.id::text as id,
           format('%s refund of %s %s has %s, booked %s', r.status, r.amount_minor, r.currency,
                  coalesce(format('a %s movement of %s', t.status, t.amount_minor), 'no movement'),
                  coalesce(l.amount_minor::text, 'nothing')) as message
      from refunds r
      left join transactions t on t.account_id = r.account_id and t.id = r.id and t.type = 'refund'
      left join ledger_transfers l on l.account_id = r.account_id and l.source_id = r.id and l.source_kind = 'refund'
       and l.source_position = 0
      left join ledger_transfers b on b.account_id = r.account_id and b.source_id = r.id and b.source_kind = 'refund_failed'
       and b.source_position = 0
     where ${ofAccount(scope, 'r')}
       and (r.status in ('succeeded', 'failed')
              and (t.status is distinct from r.status or t.amount_minor <> r.amount_minor
                   or t.parent_transaction_id is distinct from r.transaction_id)
            or r.status in ('pending', 'processing', 'canceled') and (t.id is not null or l.id is not null)
            or r.status = 'succeeded' and (l.amount_minor is distinct from r.amount_minor or b.id is not null)
            or r.status = 'failed' and l.amount_minor is distinct from b.amount_minor)
    union all
    select t.account_id, t.id::text, 'this refund was never asked for'
      from transactions t
     where ${ofAccount(scope, 't')} and t.type = 'refund'
       and not exists (select from refunds r where r.account_id = t.account_id and r.id = t.id)`,
}

/** Refunds that were booked before they took tax back have none, so nothing is said of what is missing (record 37). */
const taxes: Check = {
  name: 'refund_tax',
  promise:
    'The tax that refunds took back is part of what they gave, and with that of the credit notes no more than the invoice bears.',
  find: (scope) => sql`
    with booked as (
      select l.account_id, l.source_id, l.invoice_id,
             sum(case l.debit_account when 'tax_payable' then l.amount_minor else -l.amount_minor end) as minor
        from ledger_transfers l
       where ${ofAccount(scope, 'l')} and l.source_kind in ('refund', 'refund_failed', 'refund_tax_undone')
         and 'tax_payable' in (l.debit_account, l.credit_account)
       group by l.account_id, l.source_id, l.invoice_id),
    noted as (
      select n.account_id, n.invoice_id, sum(n.tax_amount_minor) as minor
        from credit_notes n
       where ${ofAccount(scope, 'n')} and n.status in ('issued', 'applied') and n.tax_amount_minor > 0
       group by n.account_id, n.invoice_id),
    taken as (
      select account_id, invoice_id, sum(minor) as minor from booked group by account_id, invoice_id)
    select b.account_id, b.source_id::text as id,
           format('%s refund of %s took %s of tax back', coalesce(r.status, 'no'), coalesce(r.amount_minor, 0), b.minor) as message
      from booked b
      left join refunds r on r.account_id = b.account_id and r.id = b.source_id
     where r.id is null or r.invoice_id is distinct from b.invoice_id or b.minor < 0 or b.minor > r.amount_minor
        or r.status <> 'succeeded' and b.minor <> 0
    union all
    select t.account_id, t.invoice_id::text,
           format('bears %s of tax, refunds took %s back and credit notes %s', i.tax_minor, t.minor, coalesce(n.minor, 0))
      from taken t
      join invoices i on i.account_id = t.account_id and i.id = t.invoice_id
      left join noted n on n.account_id = t.account_id and n.invoice_id = t.invoice_id
     where t.minor > 0 and t.minor + coalesce(n.minor, 0) > i.tax_minor`,
}

const invoices: Check = {
  name: 'invoice_given_back',
  promise:
    'An invoice counts as given back what its refunds and credit notes gave, and no more than was paid on it, what banks took back included.',
  find: (scope) => sql`
    with refunded as (
      select r.account_id, r.invoice_id, sum(r.amount_minor) as minor
        from refunds r
       where ${ofAccount(scope, 'r')} and r.status not in ('failed', 'canceled') and r.invoice_id is not null
       group by r.account_id, r.invoice_id),
    credited as (
      select n.account_id, n.invoice_id, sum(n.amount_minor) as minor
        from credit_notes n
       where ${ofAccount(scope, 'n')} and n.status in ('issued', 'applied')
         and n.credit_method <> 'refund_to_payment_method'
       group by n.account_id, n.invoice_id),
    taken_back as (
      select t.account_id, t.invoice_id, sum(t.amount_minor) as minor
        from transactions t
       where ${ofAccount(scope, 't')} and t.type = 'adjustment' and t.status = 'succeeded' and t.invoice_id is not null
       group by t.account_id, t.invoice_id)
    select i.account_id, i.id::text as id,
           format('%s refunded and %s credited of %s paid, refunds say %s, credit notes %s', i.refunded_minor,
                  i.credited_minor, i.paid_minor, coalesce(r.minor, 0), coalesce(c.minor, 0)) as message
      from invoices i
      left join refunded r on r.account_id = i.account_id and r.invoice_id = i.id
      left join credited c on c.account_id = i.account_id and c.invoice_id = i.id
      left join taken_back b on b.account_id = i.account_id and b.invoice_id = i.id
     where ${ofAccount(scope, 'i')}
       and (i.refunded_minor <> coalesce(r.minor, 0) or i.credited_minor <> coalesce(c.minor, 0)
            -- A bank may take back what the merchant had given back already.
            or i.refunded_minor + i.credited_minor > i.paid_minor + coalesce(b.minor, 0))`,
}

const lines: Check = {
  name: 'line_given_back',
  promise:
    'Refunds of a line of an invoice are of a line of that invoice, and no more than its price.',
  find: (scope) => sql`
    with given as (
      select r.account_id, r.invoice_id, r.invoice_line_id, sum(r.amount_minor) as minor
        from refunds r
       where ${ofAccount(scope, 'r')} and r.status not in ('failed', 'canceled') and r.invoice_line_id is not null
       group by r.account_id, r.invoice_id, r.invoice_line_id)
    select g.account_id, g.invoice_line_id::text as id,
           format('%s refunded of %s', g.minor, coalesce(l.amount_minor::text, 'no such line')) as message
      from given g
      left join invoice_lines l
        on l.account_id = g.account_id and l.id = g.invoice_line_id and l.invoice_id = g.invoice_id
     where l.amount_minor is null or g.minor > l.amount_minor`,
}

const renewals: Check = {
  name: 'renewal_refunded',
  promise: 'A renewal says that it was refunded exactly as far as its invoice was.',
  find: (scope) => sql`
    select r.account_id, r.id::text as id,
           format('is %s with %s of %s refunded', r.status, i.refunded_minor, i.paid_minor) as message
      from renewals r
      join invoices i on i.account_id = r.account_id and i.id = r.invoice_id
     where ${ofAccount(scope, 'r')} and r.status in ('paid', 'partially_refunded', 'refunded')
       and r.status <> case when i.refunded_minor = 0 then 'paid'
                            when i.refunded_minor >= i.paid_minor then 'refunded'
                            else 'partially_refunded' end`,
}

/** A bank has taken the payment `t` back, by a return in one of these states. */
const isTakenBack = (states: RawBuilder<unknown>) => sql`
  exists (select from transactions r
           where r.account_id = t.account_id and r.parent_transaction_id = t.id and r.type = 'adjustment'
             and r.status in (${states}))`

const voids: Check = {
  name: 'void_has_movement',
  promise:
    'A payment counts as called off exactly when a void of it succeeded, and its booking is undone; one that a bank was faster to take back is undone by that alone.',
  find: (scope) => sql`
    select v.account_id, v.id::text as id,
           format('%s void of a %s payment, its booking undone: %s', v.status, t.status, coalesce(l.amount_minor::text, 'no')) as message
      from voids v
      left join transactions t on t.account_id = v.account_id and t.id = v.transaction_id
      left join ledger_transfers l on l.account_id = v.account_id and l.source_id = v.id and l.source_kind = 'void'
      left join ledger_transfers f on f.account_id = v.account_id and f.source_id = v.id and f.source_kind = 'void_failed'
       and f.source_position = l.source_position
     where ${ofAccount(scope, 'v')}
       and (t.id is null
            or v.status = 'succeeded'
               and case when t.status = 'voided' then l.amount_minor is distinct from t.amount_minor
                        else l.id is not null or not ${isTakenBack(sql`'succeeded', 'voided'`)} end
            or v.status <> 'succeeded' and l.amount_minor is distinct from f.amount_minor
            or v.status = 'succeeded' and f.id is not null)
    union all
    select t.account_id, t.id::text, 'was called off, and taken back by a bank as well'
      from transactions t
     where ${ofAccount(scope, 't')} and t.type = 'sale' and t.status = 'voided' and ${isTakenBack(sql`'succeeded'`)}
    union all
    select t.account_id, t.id::text, 'nobody called this payment off'
      from transactions t
     where ${ofAccount(scope, 't')} and t.type = 'sale' and t.status = 'voided'
       and not exists (select from voids v
                        where v.account_id = t.account_id and v.transaction_id = t.id and v.status = 'succeeded')`,
}

const balances: Check = {
  name: 'customer_balance',
  promise:
    'What a customer holds as credit is what the ledger owes them, and never less than nothing.',
  find: (scope) => sql`
    with sides as (
      select l.account_id, l.customer_id, l.currency,
             case when l.credit_account = 'customer_credit' then l.amount_minor else -l.amount_minor end as minor
        from ledger_transfers l
       where ${ofAccount(scope, 'l')} and 'customer_credit' in (l.debit_account, l.credit_account)),
    booked as (
      select account_id, customer_id, currency, sum(minor) as minor
        from sides group by account_id, customer_id, currency)
    select coalesce(c.account_id, b.account_id) as account_id, coalesce(c.customer_id, b.customer_id)::text as id,
           format('holds %s, the ledger says %s', coalesce(c.balance_minor, 0), coalesce(b.minor, 0)) as message
      from customer_balances c
      full join booked b
        on b.account_id = c.account_id and b.customer_id = c.customer_id and b.currency = c.currency
     where (c.account_id is null or ${ofAccount(scope, 'c')})
       and (coalesce(c.balance_minor, 0) <> coalesce(b.minor, 0) or c.balance_minor < 0)`,
}

const numbers: Check = {
  name: 'credit_note_numbers',
  promise:
    'Issued credit notes have a number, and of the numbers that were given out none is missing.',
  find: (scope) => sql`
    with numbered as (
      select n.account_id, substring(n.number from '-([0-9]{4,18})$')::bigint as counted
        from credit_notes n where ${ofAccount(scope, 'n')} and n.number is not null)
    select c.account_id, given.number::text as id, 'no credit note has this number' as message
      from credit_note_counters c
     cross join lateral generate_series(1, c.next_number - 1) as given(number)
     where ${ofAccount(scope, 'c')}
       and not exists (select from numbered n where n.account_id = c.account_id and n.counted = given.number)
    union all
    select n.account_id, n.id::text, format('%s credit note without a number', n.status)
      from credit_notes n
     where ${ofAccount(scope, 'n')} and n.issued_at is not null and n.number is null`,
}

export const refundChecks = [
  sums,
  movements,
  taxes,
  invoices,
  lines,
  renewals,
  voids,
  balances,
  numbers,
] as const
