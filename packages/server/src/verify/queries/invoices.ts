import { sql } from 'kysely'
import type { Check } from '../check.ts'
import { ofAccount } from './of-account.ts'

const lines: Check = {
  name: 'invoice_is_its_lines',
  promise:
    'Before tax an invoice asks for the sum of its lines less the tax in them, in their currency; one made by hand may have a total alone.',
  find: (scope) => sql`
    with summed as (
      select l.account_id, l.invoice_id,
             coalesce(sum(l.amount_minor) filter (where l.kind in ('item', 'discount', 'shipping')), 0)
               - coalesce(sum(l.amount_minor) filter (where l.kind = 'tax_included'), 0) as minor,
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
              -- Made by hand, it may ask for a sum without saying for what.
              and (l.invoice_id is not null or i.billing_reason <> 'manual')
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

/** A merchant may give a draft a number of their own, which takes none of ours. */
const numbers: Check = {
  name: 'invoice_numbers',
  promise: 'Issued invoices have a number, and of the numbers that were given out none is missing.',
  find: (scope) => sql`
    with numbered as (
      select i.account_id, substring(i.number from '-([0-9]{4,18})$')::bigint as counted
        from invoices i where ${ofAccount(scope, 'i')} and i.finalized_at is not null)
    select c.account_id, given.number::text as id, 'no invoice has this number' as message
      from invoice_counters c
     cross join lateral generate_series(1, c.next_number - 1) as given(number)
     where ${ofAccount(scope, 'c')}
       and not exists (select from numbered n where n.account_id = c.account_id and n.counted = given.number)
    union all
    select i.account_id, i.id::text, format('%s invoice without a number', i.status)
      from invoices i
     where ${ofAccount(scope, 'i')} and i.number is null and i.finalized_at is not null`,
}

const issued: Check = {
  name: 'invoice_status',
  promise:
    'An invoice was issued exactly when it is no draft; what was voided or written off says so, and on a void one nothing counts as paid or credited.',
  find: (scope) => sql`
    select i.account_id, i.id::text as id,
           format('is %s, finalized %s, voided %s, %s paid and %s credited', i.status, coalesce(i.finalized_at::text, 'never'),
                  coalesce(i.voided_at::text, 'never'), i.paid_minor, i.credited_minor) as message
      from invoices i
     where ${ofAccount(scope, 'i')}
       and (i.status = 'draft' and i.finalized_at is not null
            or i.status in ('finalized', 'approved', 'sent', 'partially_paid', 'paid', 'overdue', 'uncollectible')
               and i.finalized_at is null
            or (i.status = 'void') <> (i.voided_at is not null)
            or i.status = 'void' and (i.paid_minor, i.credit_applied_minor, i.credited_minor) <> (0, 0, 0))`,
}

export const invoiceChecks = [lines, arithmetic, numbers, issued] as const
