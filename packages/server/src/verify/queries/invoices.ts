import { sql } from 'kysely'
import type { Check } from '../check.ts'
import { ofAccount } from './of-account.ts'

const lines: Check = {
  name: 'invoice_is_its_lines',
  promise:
    'An invoice asks for the sum of its lines, in their currency; one made by hand may have a total alone.',
  find: (scope) => sql`
    with summed as (
      select l.account_id, l.invoice_id, sum(l.amount_minor) as minor,
             min(l.currency) as currency, count(distinct l.currency) as currencies
        from invoice_lines l where ${ofAccount(scope, 'l')}
       group by l.account_id, l.invoice_id)
    select i.account_id, i.id::text as id,
           format('subtotal %s less discount %s, the lines say %s', i.subtotal_minor, i.discount_minor, coalesce(l.minor, 0)) as message
      from invoices i
      left join summed l on l.account_id = i.account_id and l.invoice_id = i.id
     where ${ofAccount(scope, 'i')}
       and (i.billing_reason <> 'manual' or l.invoice_id is not null)
       and (i.subtotal_minor - i.discount_minor <> coalesce(l.minor, 0)
            or l.currencies > 1 or l.currency <> i.currency)`,
}

const arithmetic: Check = {
  name: 'invoice_adds_up',
  promise: 'The total of an invoice is its subtotal less its discount plus its tax.',
  find: (scope) => sql`
    select i.account_id, i.id::text as id,
           format('%s - %s + %s is not %s', i.subtotal_minor, i.discount_minor, i.tax_minor, i.total_minor) as message
      from invoices i
     where ${ofAccount(scope, 'i')} and i.total_minor <> i.subtotal_minor - i.discount_minor + i.tax_minor`,
}

const numbers: Check = {
  name: 'invoice_numbers',
  promise:
    'Issued invoices are numbered from 1 on without a gap or a repetition; drafts have no number.',
  find: (scope) => sql`
    with numbered as (
      select i.account_id, i.id, i.number, substring(i.number from '[0-9]+$')::bigint as counted
        from invoices i where ${ofAccount(scope, 'i')} and i.number is not null),
    ordered as (
      select n.*, lag(counted, 1, 0::bigint) over (partition by account_id order by counted) as before from numbered n)
    select account_id, id::text as id,
           format('%s follows number %s', number, before) as message
      from ordered where counted is distinct from before + 1
    union all
    select i.account_id, i.id::text,
           case when i.number is null then format('%s invoice without a number', i.status)
                else format('%s has the number %s and was never issued', i.status, i.number) end
      from invoices i
     where ${ofAccount(scope, 'i')} and (i.number is null) <> (i.finalized_at is null)
    union all
    select c.account_id, c.account_id::text, format('the next number is %s after %s invoices', c.next_number, count(n.id))
      from invoice_counters c
      left join numbered n on n.account_id = c.account_id
     where ${ofAccount(scope, 'c')}
     group by c.account_id, c.next_number
    having c.next_number <> count(n.id) + 1`,
}

const issued: Check = {
  name: 'invoice_status',
  promise:
    'An invoice was issued exactly when it is no draft; what was voided or written off says so.',
  find: (scope) => sql`
    select i.account_id, i.id::text as id,
           format('is %s, finalized %s, voided %s', i.status, coalesce(i.finalized_at::text, 'never'), coalesce(i.voided_at::text, 'never')) as message
      from invoices i
     where ${ofAccount(scope, 'i')}
       and (i.status = 'draft' and i.finalized_at is not null
            or i.status in ('finalized', 'approved', 'sent', 'partially_paid', 'paid', 'overdue', 'uncollectible')
               and i.finalized_at is null
            or (i.status = 'void') <> (i.voided_at is not null))`,
}

export const invoiceChecks = [lines, arithmetic, numbers, issued] as const
