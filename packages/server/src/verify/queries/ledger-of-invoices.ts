import { sql } from 'kysely'
import type { Check } from '../check.ts'
import { bookedByInvoice } from './booked-by-invoice.ts'
import { ofAccount } from './of-account.ts'

const revenue: Check = {
  name: 'ledger_revenue',
  promise:
    'What the ledger says was earned on an invoice is its subtotal, once it is issued and not void; without an invoice, what sales took and no bank took back.',
  find: (scope) => sql`
    with booked as (${bookedByInvoice(scope, 'revenue')}),
    earned as (
      select i.account_id, i.id, i.currency,
             case when i.finalized_at is null or i.status = 'void' then 0 else i.subtotal_minor end as minor
        from invoices i where ${ofAccount(scope, 'i')}),
    without_invoice as (
      select t.account_id, t.currency, case t.type when 'adjustment' then -t.amount_minor else t.amount_minor end as minor,
             0 as booked
        from transactions t
       where ${ofAccount(scope, 't')} and t.type in ('sale', 'capture', 'adjustment') and t.status = 'succeeded'
         and t.invoice_id is null
      union all
      select l.account_id, l.currency, 0, case l.credit_account when 'revenue' then l.amount_minor else -l.amount_minor end
        from ledger_transfers l
       where ${ofAccount(scope, 'l')} and 'revenue' in (l.debit_account, l.credit_account) and l.invoice_id is null)
    select e.account_id, e.id::text as id,
           format('%s %s were earned, the ledger says %s', e.minor, e.currency, -coalesce(b.minor, 0)) as message
      from earned e
      left join booked b on b.account_id = e.account_id and b.invoice_id = e.id
     where coalesce(b.minor, 0) <> -e.minor
    union all
    select account_id, currency, format('%s %s were taken without an invoice, the ledger says %s', sum(minor), currency, sum(booked))
      from without_invoice
     group by account_id, currency
    having sum(minor) <> sum(booked)`,
}

/** What a refund takes of the tax: its transfer is the only record of it, held within bounds by `refund_tax`. */
const TAX_OF_REFUND = sql`
  l.source_kind in ('refund', 'refund_failed') and 'tax_payable' in (l.debit_account, l.credit_account)`

const tax: Check = {
  name: 'ledger_tax',
  promise:
    'What the ledger says is to be remitted of an invoice is its tax less what credit notes and refunds gave back of it, once it is issued, and nothing at all once it is void.',
  find: (scope) => sql`
    with compared as (
      select i.account_id, i.id, i.tax_minor as minor, 0 as booked, 0 as whole
        from invoices i
       where ${ofAccount(scope, 'i')} and i.finalized_at is not null and i.status <> 'void' and i.tax_minor <> 0
      union all
      select n.account_id, n.invoice_id, -n.tax_amount_minor, 0, 0
        from credit_notes n
       where ${ofAccount(scope, 'n')} and n.status in ('issued', 'applied') and n.tax_amount_minor > 0
      union all
      select l.account_id, l.invoice_id, 0, case when ${TAX_OF_REFUND} then 0 else s.minor end, s.minor
        from ledger_transfers l
       cross join lateral (
         select case l.credit_account when 'tax_payable' then l.amount_minor else -l.amount_minor end as minor) s
       where ${ofAccount(scope, 'l')} and 'tax_payable' in (l.debit_account, l.credit_account)),
    folded as (
      select account_id, id, sum(minor) as minor, sum(booked) as booked, sum(whole) as whole
        from compared
       group by account_id, id
      having sum(minor) <> sum(booked) or sum(whole) <> 0)
    select f.account_id, f.id::text as id,
           case i.status when 'void' then format('is void, the ledger says that %s is to be remitted', f.whole)
                else format('%s is to be remitted before refunds, the ledger says %s', f.minor, f.booked) end as message
      from folded f
      left join invoices i on i.account_id = f.account_id and i.id = f.id
     where case i.status when 'void' then f.whole <> 0 else f.minor <> f.booked end`,
}

const refunds: Check = {
  name: 'ledger_refunds',
  promise:
    'What the ledger says was given back of an invoice, or without one, is what refunds and credit notes gave, less the tax in it; a void invoice has no tax.',
  find: (scope) => sql`
    with compared as (
      select r.account_id, r.invoice_id, r.amount_minor as minor, 0 as noted_tax, 0 as booked, 0 as whole
        from refunds r where ${ofAccount(scope, 'r')} and r.status = 'succeeded'
      union all
      select n.account_id, n.invoice_id, case n.credit_method when 'refund_to_payment_method' then 0 else n.amount_minor end,
             coalesce(n.tax_amount_minor, 0), 0, 0
        from credit_notes n where ${ofAccount(scope, 'n')} and n.status in ('issued', 'applied')
      union all
      select l.account_id, l.invoice_id, 0, 0, case when ${TAX_OF_REFUND} then 0 else s.minor end, s.minor
        from ledger_transfers l
       cross join lateral (
         select case l.debit_account when 'refunds' then l.amount_minor else -l.amount_minor end as minor) s
       where ${ofAccount(scope, 'l')} and 'refunds' in (l.debit_account, l.credit_account)),
    folded as (
      select account_id, invoice_id, sum(minor) as minor, sum(minor) - sum(noted_tax) as untaxed, sum(booked) as booked,
             sum(whole) as whole
        from compared
       group by account_id, invoice_id
      having sum(minor) - sum(noted_tax) <> sum(booked) or sum(minor) <> sum(whole))
    select f.account_id, coalesce(f.invoice_id::text, 'without an invoice') as id,
           case i.status when 'void' then format('%s was given back, the ledger says %s', f.minor, f.whole)
                else format('%s was given back before the tax of refunds, the ledger says %s', f.untaxed, f.booked) end as message
      from folded f
      left join invoices i on i.account_id = f.account_id and i.id = f.invoice_id
     where case i.status when 'void' then f.minor <> f.whole else f.untaxed <> f.booked end`,
}

const writeOffs: Check = {
  name: 'ledger_write_offs',
  promise:
    'What the ledger says was given up of an invoice is all that it still owes once it is written off.',
  find: (scope) => sql`
    with booked as (${bookedByInvoice(scope, 'write_offs')}),
    lost as (
      select i.account_id, i.id, i.total_minor - i.paid_minor as minor
        from invoices i where ${ofAccount(scope, 'i')} and i.status = 'uncollectible')
    select coalesce(g.account_id, b.account_id) as account_id, coalesce(g.id, b.invoice_id)::text as id,
           format('%s is given up, the ledger says %s', coalesce(g.minor, 0), coalesce(b.minor, 0)) as message
      from lost g
      full join booked b on b.account_id = g.account_id and b.invoice_id = g.id
     where coalesce(b.minor, 0) <> coalesce(g.minor, 0)`,
}

const credit: Check = {
  name: 'ledger_credit',
  promise:
    'What counts as paid by credit on an invoice is what the ledger says its customer’s credit paid, less what went back.',
  find: (scope) => sql`
    with booked as (
      select l.account_id, l.invoice_id,
             sum(case l.source_kind when 'credit_applied' then l.amount_minor else -l.amount_minor end) as minor
        from ledger_transfers l
       where ${ofAccount(scope, 'l')} and l.source_kind in ('credit_applied', 'credit_returned')
       group by l.account_id, l.invoice_id),
    paid as (
      select i.account_id, i.id, i.credit_applied_minor as minor
        from invoices i where ${ofAccount(scope, 'i')} and i.credit_applied_minor <> 0)
    select coalesce(p.account_id, b.account_id) as account_id, coalesce(p.id, b.invoice_id)::text as id,
           format('credit has paid %s, the ledger says %s', coalesce(p.minor, 0), coalesce(b.minor, 0)) as message
      from paid p
      full join booked b on b.account_id = p.account_id and b.invoice_id = p.id
     where coalesce(b.minor, 0) <> coalesce(p.minor, 0)`,
}

export const ledgerOfInvoicesChecks = [revenue, tax, refunds, writeOffs, credit] as const
