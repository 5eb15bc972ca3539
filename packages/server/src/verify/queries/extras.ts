import { sql } from 'kysely'
import type { Check } from '../check.ts'
import { ofAccount } from './of-account.ts'

const taxes: Check = {
  name: 'invoice_tax_is_its_lines',
  promise: 'Where lines tell of tax, they tell of all the tax that an invoice bears.',
  find: (scope) => sql`
    select i.account_id, i.id::text as id,
           format('bears tax of %s, the lines say %s', i.tax_minor, sum(l.amount_minor)) as message
      from invoice_lines l
      join invoices i on i.account_id = l.account_id and i.id = l.invoice_id
     where ${ofAccount(scope, 'l')} and l.kind in ('tax', 'tax_included')
     group by i.account_id, i.id
    having sum(l.amount_minor) <> i.tax_minor`,
}

const redeemed: Check = {
  name: 'discount_redemptions',
  promise:
    'Every discount on a bill that counts is a use of it, counted once the bill is paid and released once nobody is to pay it.',
  find: (scope) => sql`
    select l.account_id, l.invoice_id::text as id,
           format('takes %s off, its use says %s and is %s', -l.amount_minor,
                  coalesce(r.amount_minor::text, 'nothing'), coalesce(r.status, 'missing')) as message
      from invoice_lines l
      join invoices i on i.account_id = l.account_id and i.id = l.invoice_id
      left join discount_redemptions r
        on r.account_id = l.account_id and r.invoice_id = l.invoice_id and r.discount_id = l.source_id
     where ${ofAccount(scope, 'l')} and l.kind = 'discount'
       and (r.id is null and i.status not in ('void', 'uncollectible')
            or r.amount_minor <> -l.amount_minor
            or r.status <> 'counted' and i.paid_at is not null
            or r.status = 'counted' and i.paid_at is null and i.reopen_count = 0
            or r.status = 'reserved' and i.status in ('void', 'uncollectible'))`,
}

const counters: Check = {
  name: 'discount_counts',
  promise: 'What a discount says of its uses is how many there are, in all and by subscription.',
  find: (scope) => sql`
    select d.account_id, d.id::text as id,
           format('says %s reserved and %s counted, there are %s and %s', d.uses_reserved, d.redemptions,
                  r.reserved, r.counted) as message
      from discounts d
     cross join lateral (
       select count(*) filter (where r.status = 'reserved') as reserved,
              count(*) filter (where r.status = 'counted') as counted
         from discount_redemptions r where r.account_id = d.account_id and r.discount_id = d.id) r
     where ${ofAccount(scope, 'd')} and (d.uses_reserved <> r.reserved or d.redemptions <> r.counted)
    union all
    -- One that took over begins with the uses of the one before.
    select r.account_id, r.subscription_id::text,
           format('has used %s %s times, and says %s', r.discount_id, count(*), coalesce(s.uses_made, 0))
      from discount_redemptions r
      left join subscription_discounts s
        on s.account_id = r.account_id and s.subscription_id = r.subscription_id and s.discount_id = r.discount_id
     where ${ofAccount(scope, 'r')} and r.subscription_id is not null and r.status <> 'released'
     group by r.account_id, r.subscription_id, r.discount_id, s.uses_made
    having count(*) > coalesce(s.uses_made, 0)`,
}

const shipments: Check = {
  name: 'shipment_of_paid_invoice',
  promise:
    'What is paid and bears shipping has a shipment; one that is still to go out is of an invoice that is paid and not given back.',
  find: (scope) => sql`
    select i.account_id, i.id::text as id,
           format('%s invoice, shipment %s', i.status, coalesce(s.status, 'missing')) as message
      from invoices i
      left join shipments s on s.account_id = i.account_id and s.invoice_id = i.id
     where ${ofAccount(scope, 'i')}
       and (s.status = 'pending'
              and (i.status <> 'paid' or i.paid_minor > 0 and i.refunded_minor + i.credited_minor >= i.paid_minor)
            or s.id is null and i.status = 'paid'
               and exists (select from invoice_lines l
                            where l.account_id = i.account_id and l.invoice_id = i.id and l.kind = 'shipping'))`,
}

const known: Check = {
  name: 'extras_are_known',
  promise: 'The discounts and tax rates that a subscription names are there.',
  find: (scope) => sql`
    select s.account_id, s.id::text as id, 'names ' || named.kind || ' ' || named.id || ', which is not there' as message
      from subscriptions s
     cross join lateral (
       select 'discount' as kind, jsonb_array_elements_text(s.extras -> 'discount_ids')::uuid as id
       union all
       select 'tax rate', jsonb_array_elements_text(s.extras -> 'tax_rate_ids')::uuid) named
     where ${ofAccount(scope, 's')} and s.extras is not null
       and not exists (select from discounts d where d.account_id = s.account_id and d.id = named.id)
       and not exists (select from tax_rates t where t.account_id = s.account_id and t.id = named.id)`,
}

export const extrasChecks = [taxes, redeemed, counters, shipments, known] as const
