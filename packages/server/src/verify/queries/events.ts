import { sql, type RawBuilder } from 'kysely'
import type { Check, VerifyScope } from '../check.ts'
import { ofAccount } from './of-account.ts'

/**
 * An event's object is told by the first word of its type, so that these checks read the unique index of
 * the facts and not the events with their bodies.
 */
const FIRST_WORDS = [
  ['subscription', 'subscriptions'],
  ['invoice', 'invoices'],
  ['sale', 'sales'],
  ['payment', 'transactions'],
  ['payment_intent', 'payment_intents'],
  ['product', 'products'],
  ['price', 'prices'],
  ['customer', 'customers'],
  ['customer', 'payment_methods'],
  ['payment_method', 'payment_methods'],
  ['dispute', 'disputes'],
  ['refund', 'refunds'],
  ['void', 'voids'],
  ['credit_note', 'credit_notes'],
  ['payment_attempt', 'payment_attempts'],
  ['salvage_transaction', 'recovery_cases'],
] as const

const WORDS = FIRST_WORDS.map(([word]) => word)

function objectsOf(
  scope: VerifyScope,
  [word, table]: (typeof FIRST_WORDS)[number],
): RawBuilder<unknown> {
  return sql`
    select o.account_id, o.id, ${word}::text as word from ${sql.table(table)} o where ${ofAccount(scope, 'o')}`
}

/**
 * One pass over the events, against the ids of everything that can have one. A draft invoice that was never issued may
 * be deleted; what was told of it stays.
 */
const objects: Check = {
  name: 'event_has_object',
  promise: 'Every event happened to an object that exists, or to a draft invoice that was deleted.',
  find: (scope) => sql`
    select lost.account_id, lost.object_id::text as id,
           format('%s happened to an object that is not there', lost.type) as message
      from (
        select e.account_id, e.object_id, e.type
          from events e
         where ${ofAccount(scope, 'e')} and split_part(e.type, '.', 1) = any(${WORDS}::text[])
           and not exists (
             select from (${sql.join(
               FIRST_WORDS.map((pair) => objectsOf(scope, pair)),
               sql` union all `,
             )}) o
              where o.account_id = e.account_id and o.id = e.object_id
                and o.word = split_part(e.type, '.', 1))
        offset 0) lost
     where lost.type not in ('invoice.created', 'invoice.updated')
        or exists (select from events f
                    where f.account_id = lost.account_id and f.object_id = lost.object_id
                      and f.type not in ('invoice.created', 'invoice.updated'))`,
}

const factsTold: Check = {
  name: 'fact_has_event',
  promise: 'Every creation, issue, payment, refusal and renewal was told by an event.',
  find: (scope) => sql`
    with fact as (
      select i.account_id, i.id, 'invoice.created' as type, 0::bigint as number
        from invoices i where ${ofAccount(scope, 'i')}
      union all
      select i.account_id, i.id, 'invoice.finalized', 0 from invoices i
       where ${ofAccount(scope, 'i')} and i.finalized_at is not null
      union all
      select i.account_id, i.id, 'invoice.paid', i.reopen_count from invoices i
       where ${ofAccount(scope, 'i')} and i.status = 'paid'
      union all
      select d.account_id, d.id, 'dispute.created', 0 from disputes d where ${ofAccount(scope, 'd')}
      union all
      select s.account_id, s.id, 'subscription.created', 0 from subscriptions s where ${ofAccount(scope, 's')}
      union all
      select r.account_id, r.subscription_id, 'subscription.renewed', r.cycle from renewals r
       where ${ofAccount(scope, 'r')} and r.status in ('paid', 'partially_refunded', 'refunded') and r.kind in ('automatic', 'manual')
      union all
      select t.account_id, t.id, case t.status when 'failed' then 'payment.failed' else 'payment.succeeded' end, 0
        from transactions t
       where ${ofAccount(scope, 't')} and t.type = 'sale' and t.status in ('succeeded', 'voided', 'failed')
      union all
      select s.account_id, s.id, 'sale.created', 0 from sales s where ${ofAccount(scope, 's')}
      union all
      select r.account_id, r.id, 'salvage_transaction.recovered', i.reopen_count
        from recovery_cases r
        join invoices i on i.account_id = r.account_id and i.id = r.invoice_id
        join events e on e.account_id = r.account_id and e.object_id = r.id
                     and e.type = 'salvage_transaction.created' and e.fact_number = 0
       where ${ofAccount(scope, 'r')} and i.status = 'paid'
      union all
      select r.account_id, r.id, 'refund.created', 0 from refunds r where ${ofAccount(scope, 'r')}
      union all
      select r.account_id, r.id, 'refund.' || r.status, 0 from refunds r
       where ${ofAccount(scope, 'r')} and r.status in ('succeeded', 'failed')
      union all
      select v.account_id, v.id, 'void.' || v.status, 0 from voids v
       where ${ofAccount(scope, 'v')} and v.status in ('succeeded', 'failed')
      union all
      select n.account_id, n.id, 'credit_note.issued', 0 from credit_notes n
       where ${ofAccount(scope, 'n')} and n.issued_at is not null
      union all
      select n.account_id, n.id, 'credit_note.voided', 0 from credit_notes n
       where ${ofAccount(scope, 'n')} and n.status = 'void')
    select f.account_id, f.id::text as id, format('nobody was told of %s %s', f.type, f.number) as message
      from fact f
     where not exists (select from events e
                        where e.account_id = f.account_id and e.object_id = f.id
                          and e.type = f.type and e.fact_number = f.number)`,
}

const eventsTrue: Check = {
  name: 'event_has_fact',
  promise: 'Every event about a payment or a renewal tells of one that happened.',
  find: (scope) => sql`
    select e.account_id, e.object_id::text as id, format('%s was told and is not so', e.type) as message
      from events e
      join invoices i on i.account_id = e.account_id and i.id = e.object_id
     where ${ofAccount(scope, 'e')} and e.type = 'invoice.paid' and i.status <> 'paid'
       -- Money that had paid it may have gone back since.
       and e.fact_number >= i.reopen_count
    union all
    select e.account_id, e.object_id::text, format('%s was told and is not so', e.type)
      from events e
      join transactions t on t.account_id = e.account_id and t.id = e.object_id
     where ${ofAccount(scope, 'e')}
       and (e.type = 'payment.succeeded' and t.status not in ('succeeded', 'voided')
            -- One that was told as refused may have gone through after all.
            or e.type = 'payment.failed' and t.status <> 'failed'
               and not exists (select from events o
                                where o.account_id = e.account_id and o.object_id = e.object_id
                                  and o.type = 'payment.succeeded'))
    union all
    select e.account_id, e.object_id::text, format('the renewal of cycle %s was told and is not so', e.fact_number)
      from events e
     where ${ofAccount(scope, 'e')} and e.type = 'subscription.renewed'
       and not exists (select from renewals r
                        left join invoices i on i.account_id = r.account_id and i.id = r.invoice_id
                        where r.account_id = e.account_id and r.subscription_id = e.object_id
                          and r.cycle = e.fact_number
                          and (r.status in ('paid', 'partially_refunded', 'refunded', 'void') or i.reopen_count > 0))
    union all
    select e.account_id, e.object_id::text, format('%s was told and is not so', e.type)
      from events e
      join refunds r on r.account_id = e.account_id and r.id = e.object_id
     where ${ofAccount(scope, 'e')}
       and (e.type = 'refund.failed' and r.status <> 'failed'
            or e.type = 'refund.succeeded' and r.status not in ('succeeded', 'failed'))`,
}

export const eventChecks = [objects, factsTold, eventsTrue] as const
