import { sql } from 'kysely'
import type { Check } from '../check.ts'
import { ofAccount } from './of-account.ts'

const runs: Check = {
  name: 'dunning_follows_cases',
  promise:
    'Every open recovery case has an open dunning run; a run whose case has ended ends with it, or still has a step to take.',
  find: (scope) => sql`
    select c.account_id, c.id::text as id,
           format('%s case with a dunning run that is %s', c.state, coalesce(d.state, 'missing')) as message
      from recovery_cases c
      left join dunning_runs d on d.account_id = c.account_id and d.id = c.id
     where ${ofAccount(scope, 'c')}
       and (c.state = 'open' and d.state is distinct from 'open'
            or c.state <> 'open' and d.state = 'open' and d.due_at is null)`,
}

export const dunningChecks = [runs] as const
