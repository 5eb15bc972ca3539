import { sql } from 'kysely'
import type { Check } from '../check.ts'
import { ofAccount } from './of-account.ts'

const RESULTS = ['planned', 'changed', 'unchanged', 'skipped', 'failed'] as const

const counts: Check = {
  name: 'subscription_edit_counts',
  promise:
    'A subscription edit counts as many rows of each result as it has, and has none left to do when it is over.',
  find: (scope) => sql`
    select e.account_id, e.id::text as id,
           format('is %s and counts %s loaded and %s planned; its rows are %s', e.status, e.loaded, e.planned,
                  coalesce(r.told, 'none')) as message
      from subscription_edits e
      cross join lateral (
        select ${sql.join(RESULTS.map((result) => sql`coalesce(sum(n) filter (where result = ${result}), 0) as ${sql.ref(result)}`))},
               string_agg(n || ' ' || result, ', ' order by result) as told
          from (select result, count(*) as n from subscription_edit_rows w
                 where w.account_id = e.account_id and w.edit_id = e.id group by result) as counted) r
     where ${ofAccount(scope, 'e')}
       and ((r.planned, r.changed, r.unchanged, r.skipped, r.failed)
              <> (e.planned, e.changed, e.unchanged, e.skipped, e.failed)
            or e.status in ('done', 'canceled') and e.planned > 0
            or e.status = 'draft' and e.changed + e.failed > 0)`,
}

const changed: Check = {
  name: 'subscription_edit_changed',
  promise: 'A subscription that an edit has changed is there, and no older than the edit left it.',
  find: (scope) => sql`
    select r.account_id, r.edit_id::text as id,
           format('changed %s to version %s, which is at %s', r.subscription_id, r.version_after,
                  coalesce(s.version::text, 'none')) as message
      from subscription_edit_rows r
      left join subscriptions s on s.account_id = r.account_id and s.id = r.subscription_id
     where ${ofAccount(scope, 'r')} and r.result = 'changed'
       and (s.id is null or r.version_after is null or s.version < r.version_after)`,
}

export const subscriptionEditChecks = [counts, changed] as const
