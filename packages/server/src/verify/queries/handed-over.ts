import { sql } from 'kysely'
import type { Check } from '../check.ts'
import { ofAccount } from './of-account.ts'

const isChargedOnce: Check = {
  name: 'handed_over_charges',
  promise:
    'A payment of another biller that was won has one charge that succeeded, of its amount; one that is being charged has one under way; no other has either.',
  find: (scope) => sql`
    select r.account_id, r.id::text as id,
           format('%s, with %s charges that succeeded and %s under way', r.state, made.won, made.live) as message
      from outside_recoveries r
     cross join lateral (
       select count(*) filter (where t.state = 'succeeded' and t.amount_minor = r.amount_minor
                                 and t.currency = r.currency) as won,
              count(*) filter (where t.state = 'succeeded') as taken,
              count(*) filter (where t.state in ('sending', 'unknown', 'pending')) as live
         from outside_attempts t
        where t.account_id = r.account_id and t.recovery_id = r.id) as made
     where ${ofAccount(scope, 'r')} and not r.is_simulated
       and (made.won, made.taken, made.live) is distinct from (
         case when r.state = 'succeeded' then 1 else 0 end,
         case when r.state = 'succeeded' then 1 else 0 end,
         case when r.state = 'attempting' then 1 else 0 end)`,
}

/** A client may not want to be told of what failed, and may have wanted it before. */
const isToldOnce: Check = {
  name: 'handed_over_is_told',
  promise:
    'Whoever handed a payment over is told once how it ended, by the webhook for that, and of no end before.',
  find: (scope) => sql`
    select r.account_id, r.id::text as id, format('%s, and told %s', r.state, coalesce(told.of, 'nothing')) as message
      from outside_recoveries r
     cross join lateral (
       select string_agg(d.event, ', ') as of from recovery_deliveries d
        where d.account_id = r.account_id and d.recovery_id = r.id
          and d.event in ('recovery.success', 'recovery.failed', 'recovery.blocked')) as told
     where ${ofAccount(scope, 'r')}
       and told.of is distinct from case when r.state = 'succeeded' then 'recovery.success'
                                         when r.state = 'blocked' then 'recovery.blocked'
                                         when r.state = 'failed' then 'recovery.failed'
                                         -- Another recovery stands for it, which its biller may not know.
                                         when r.state = 'canceled' and r.recommended_action is not null
                                           then 'recovery.failed' end
       and not (r.state in ('failed', 'canceled') and told.of is null)`,
}

export const handedOverChecks = [isChargedOnce, isToldOnce] as const
