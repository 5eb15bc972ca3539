import { sql } from 'kysely'
import type { Check } from '../check.ts'
import { ofAccount } from './of-account.ts'

const sums: Check = {
  name: 'sale_is_its_invoice',
  promise: 'The lines of a sale sum to its invoice, which is of the same customer and currency.',
  find: (scope) => sql`
    with summed as (
      select l.account_id, l.sale_id,
             sum(case when l.kind = 'discount' then -l.amount_minor
                      -- Tax that the prices include.
                      when l.source ->> 'isIncluded' = 'true' then 0
                      else l.amount_minor end) as minor
        from sale_lines l where ${ofAccount(scope, 'l')}
       group by l.account_id, l.sale_id)
    select s.account_id, s.id::text as id,
           format('lines of %s, an invoice of %s', coalesce(l.minor::text, 'nothing'), coalesce(i.total_minor::text, 'nothing')) as message
      from sales s
      left join summed l on l.account_id = s.account_id and l.sale_id = s.id
      left join invoices i on i.account_id = s.account_id and i.id = s.invoice_id
     where ${ofAccount(scope, 's')}
       and (i.id is null or l.sale_id is null or i.total_minor <> l.minor
            or i.currency <> s.currency or i.customer_id <> s.customer_id)`,
}

const begun: Check = {
  name: 'sale_begins_what_it_sold',
  promise:
    'Each line that sells a subscription has begun one once its sale was paid, and none before; one that never was paid has begun none.',
  find: (scope) => sql`
    select s.account_id, s.id::text as id,
           format('line %s of a %s sale, begun %s, has %s', l.position, s.status, coalesce(s.begun_at::text, 'never'),
                  case when l.subscription_id is null then 'no subscription'
                       when b.id is null then 'a subscription that is not there'
                       else 'a subscription' end) as message
      from sales s
      join sale_lines l on l.account_id = s.account_id and l.sale_id = s.id and l.begins is not null
      left join subscriptions b
        on b.account_id = l.account_id and b.id = l.subscription_id and b.customer_id = s.customer_id
     where ${ofAccount(scope, 's')}
       and ((s.begun_at is not null) <> (b.id is not null) or l.subscription_id is not null and b.id is null)`,
}

const status: Check = {
  name: 'sale_status',
  promise:
    'A sale is pending exactly while a charge of it is under way and nothing has come of one, paid exactly while its invoice is, and a case tells what is left of one paid in part.',
  find: (scope) => sql`
    select s.account_id, s.id::text as id,
           format('is %s, its invoice %s', s.status, i.status) as message
      from sales s
      join invoices i on i.account_id = s.account_id and i.id = s.invoice_id
     where ${ofAccount(scope, 's')}
       and (i.status = 'paid' and s.status not in ('paid', 'voided')
            or s.status = 'paid' and i.status <> 'paid'
            or s.status = 'declined' and i.paid_minor > 0
            or s.status = 'partially_paid' and i.status not in ('void', 'uncollectible')
               and not exists (select from recovery_cases r
                                where r.account_id = s.account_id and r.invoice_id = s.invoice_id)
               -- Called off by the merchant: left to them.
               and not exists (select from transactions t
                                where t.account_id = s.account_id and t.invoice_id = s.invoice_id and t.status = 'voided')
            or s.status = 'pending'
               and not exists (select from payment_attempts p
                                where p.account_id = s.account_id and p.invoice_id = s.invoice_id
                                  and p.state in ('sending', 'unknown', 'pending', 'needs_action'))
               -- Its payer has been told of a debit, which is not handed in yet.
               and not exists (select from mandate_collections c
                                where c.account_id = s.account_id and c.invoice_id = s.invoice_id
                                  and c.status not in ('failed', 'cancelled')))`,
}

const voided: Check = {
  name: 'sale_voided_ends_all',
  promise:
    'Nothing that a voided sale has begun goes on, nor what took over from it, and nothing is owed on it.',
  find: (scope) => sql`
    with recursive begun as (
      select s.account_id, s.id as sale_id, l.subscription_id as id
        from sales s
        join sale_lines l on l.account_id = s.account_id and l.sale_id = s.id
       where ${ofAccount(scope, 's')} and s.status = 'voided' and l.subscription_id is not null
       union
      select g.account_id, g.sale_id, b.replaced_by_id
        from begun g
        join subscriptions b on b.account_id = g.account_id and b.id = g.id
       where b.replaced_by_id is not null)
    select s.account_id, s.id::text as id,
           format('its invoice is %s, and %s of its subscriptions go on', i.status, count(b.id)) as message
      from sales s
      join invoices i on i.account_id = s.account_id and i.id = s.invoice_id
      left join begun g on g.account_id = s.account_id and g.sale_id = s.id
      left join subscriptions b
        on b.account_id = g.account_id and b.id = g.id
       and b.status not in ('canceled', 'expired', 'incomplete_expired')
     where ${ofAccount(scope, 's')} and s.status = 'voided'
     group by s.account_id, s.id, i.status
    having count(b.id) > 0 or i.status in ('draft', 'finalized', 'approved', 'sent', 'partially_paid', 'overdue')`,
}

export const saleChecks = [sums, begun, status, voided] as const
