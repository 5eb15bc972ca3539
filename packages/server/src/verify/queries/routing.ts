import { sql } from 'kysely'
import type { Check } from '../check.ts'
import { ofAccount } from './of-account.ts'

const decisions: Check = {
  name: 'routing_decision_is_its_attempt',
  promise:
    'Every decision that led to a charge is that of an attempt on the same invoice or intent at the gateway it chose; every stop is of one that exists.',
  find: (scope) => sql`
    select d.account_id, d.id::text as id,
           case when d.kind = 'charge' and a.id is null then 'no attempt was made along this decision'
                when d.kind = 'charge' then 'its attempt went to another gateway, invoice or intent'
                else 'it stopped for an invoice or intent that does not exist' end as message
      from routing_decisions d
      left join payment_attempts a on a.account_id = d.account_id and a.id = d.id
      left join invoices i on i.account_id = d.account_id and i.id = d.invoice_id
      left join payment_intents p on p.account_id = d.account_id and p.id = d.payment_intent_id
     where ${ofAccount(scope, 'd')}
       and (i.id is null and p.id is null
            or d.kind = 'charge' and (a.id is null or a.gateway_id <> d.gateway_id
                                      or a.invoice_id is distinct from d.invoice_id
                                      or a.payment_intent_id is distinct from d.payment_intent_id))`,
}

const usage: Check = {
  name: 'gateway_usage_within_attempts',
  promise:
    'What counts as approved, declined and captured at a gateway is at most what its settled attempts came to.',
  find: (scope) => sql`
    with made as (
      select a.account_id, a.gateway_id,
             count(*) filter (where a.state = 'succeeded' and a.operation <> 'capture') as approved,
             count(*) filter (where a.state = 'declined' and a.operation <> 'capture') as declined,
             coalesce(sum(a.amount_minor) filter
               (where a.state = 'succeeded' and a.operation <> 'authorize'), 0) as captured
        from payment_attempts a
       where ${ofAccount(scope, 'a')} and a.state in ('succeeded', 'declined')
       group by a.account_id, a.gateway_id
    ), counted as (
      select u.account_id, u.gateway_id, sum(u.approved) as approved, sum(u.declined) as declined,
             sum(u.captured_minor) as captured
        from gateway_usage u
       where ${ofAccount(scope, 'u')}
       group by u.account_id, u.gateway_id
    )
    select c.account_id, c.gateway_id::text as id,
           format('%s approved and %s declined are counted, attempts say %s and %s', c.approved, c.declined,
                  coalesce(m.approved, 0), coalesce(m.declined, 0)) as message
      from counted c
      left join made m on m.account_id = c.account_id and m.gateway_id = c.gateway_id
     where c.approved > coalesce(m.approved, 0)
        -- What was declined may have gone through after all, and is not counted twice.
        or c.approved + c.declined > coalesce(m.approved + m.declined, 0)
        or c.captured > coalesce(m.captured, 0)`,
}

export const routingChecks: readonly Check[] = [decisions, usage]
