import { sql } from 'kysely'
import type { Check } from '../check.ts'

const rowLevelSecurity: Check = {
  name: 'row_level_security',
  promise: 'Every table that holds accounts’ rows hides them from other accounts’ requests.',
  find: () => sql`
    select null::uuid as account_id, c.relname::text as id, 'has no row level security by account' as message
      from pg_class c
      join pg_attribute a on a.attrelid = c.oid and a.attname = 'account_id' and not a.attisdropped
     where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p')
       and not (c.relrowsecurity
                and exists (select from pg_policy p
                             where p.polrelid = c.oid
                               and 'perennial_api'::regrole = any(p.polroles)
                               and pg_get_expr(p.polqual, p.polrelid) like '%perennial.account_id%'
                               and pg_get_expr(p.polwithcheck, p.polrelid) like '%perennial.account_id%'))`,
}

export const accountChecks = [rowLevelSecurity] as const
