import { sql } from 'kysely'
import type { Check } from '../check.ts'
import { ofAccount } from './of-account.ts'

/** What customers bring back from their banks by our page (`chargePresent`). */
const canBeMet: Check = {
  name: 'challenge_can_be_met',
  promise:
    'Every challenge is of a charge of its gateway, and every customer who is sent to our page is awaited there.',
  find: (scope) => sql`
    with subject as (
      select a.account_id, a.id, a.gateway_id, 'payment_intent' as kind from payment_attempts a
       where ${ofAccount(scope, 'a')} and a.payment_intent_id is not null
      union all
      select s.account_id, s.id, s.gateway_id, 'setup_intent' from setup_intents s where ${ofAccount(scope, 's')}
      union all
      select o.account_id, o.id, o.gateway_id, 'recovery' from outside_attempts o where ${ofAccount(scope, 'o')})
    select c.account_id, c.id::text as id,
           format('challenge of %s %s, which %s', c.subject, c.subject_id,
                  case when s.id is null then 'is not there' else 'is at another gateway' end) as message
      from challenges c
      left join subject s on s.account_id = c.account_id and s.id = c.subject_id and s.kind = c.subject
     where ${ofAccount(scope, 'c')}
       -- A method that is verified anew may have gone to another gateway since.
       and (s.id is null or c.subject <> 'setup_intent' and s.gateway_id <> c.gateway_id)
    union all
    select a.account_id, a.id::text, 'waits for a customer who finds nothing on our page'
      from payment_attempts a
     where ${ofAccount(scope, 'a')} and a.state = 'needs_action' and a.next_action->>'url' like '%/pay/challenges/%'
       and not exists (select from challenges c where c.account_id = a.account_id and c.id = a.id)`,
}

export const challengeChecks = [canBeMet] as const
