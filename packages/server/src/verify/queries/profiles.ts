import { sql } from 'kysely'
import type { Check } from '../check.ts'
import { ofAccount } from './of-account.ts'

const terms: Check = {
  name: 'profile_terms',
  promise: 'A subscription that goes on carries the terms of the profile that it follows.',
  find: (scope) => sql`
    select s.account_id, s.id::text as id,
           format('follows %s with %s, %s renewals and limit %s', coalesce(p.name, 'a profile that is not there'),
                  s.frequency, coalesce(s.occurrences_max::text, 'endless'), s.overdue_limit) as message
      from subscriptions s
      left join subscription_profiles p on p.account_id = s.account_id and p.id = s.profile_id
     where ${ofAccount(scope, 's')} and s.profile_id is not null
       and (p.id is null
            or s.status not in ('canceled', 'expired', 'incomplete_expired')
               and (s.frequency <> p.frequency or s.date_rule <> 'from_renewal'
                    or s.occurrences_max is distinct from p.occurrences
                    or s.overdue_limit <> p.overdue_limit or s.retries_failed <> p.retries_failed))`,
}

const custom: Check = {
  name: 'profile_custom',
  promise: 'A profile that was made for one subscription is followed by no other that goes on.',
  find: (scope) => sql`
    select s.account_id, s.id::text as id, format('follows %s, which is another one’s', p.name) as message
      from subscriptions s
      join subscription_profiles p on p.account_id = s.account_id and p.id = s.profile_id
     where ${ofAccount(scope, 's')} and p.subscription_id <> s.id
       and s.status not in ('canceled', 'expired', 'incomplete_expired')`,
}

const versions: Check = {
  name: 'profile_versions',
  promise: 'Every version of a subscription profile is kept.',
  find: (scope) => sql`
    select p.account_id, p.id::text as id,
           format('is at version %s and has %s kept', p.version, count(v.version)) as message
      from subscription_profiles p
      left join subscription_profile_versions v
        on v.account_id = p.account_id and v.subscription_profile_id = p.id
     where ${ofAccount(scope, 'p')}
     group by p.account_id, p.id
    having count(v.version) <> p.version`,
}

const replaced: Check = {
  name: 'replacement_links',
  promise: 'A subscription that was replaced has ended, and its successor names it.',
  find: (scope) => sql`
    select s.account_id, s.id::text as id,
           format('is %s and was replaced by %s, which replaces %s', s.status, s.replaced_by_id,
                  coalesce(n.replaces_id::text, 'nothing')) as message
      from subscriptions s
      left join subscriptions n on n.account_id = s.account_id and n.id = s.replaced_by_id
     where ${ofAccount(scope, 's')} and s.replaced_by_id is not null
       and (s.status <> 'canceled' or n.replaces_id is distinct from s.id)`,
}

export const profileChecks = [terms, custom, versions, replaced] as const
