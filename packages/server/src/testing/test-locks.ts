import { CompiledQuery } from 'kysely'
import type { Database } from '../platform/db/index.ts'

const WAITING = `
  select pid from pg_stat_activity
   where datname = current_database() and wait_event_type = 'Lock'`

/** Statements of this database that wait for a lock. */
export async function countWaiting({ kysely }: Pick<Database, 'kysely'>): Promise<number> {
  const { rows } = await kysely.executeQuery(CompiledQuery.raw(WAITING))
  return rows.length
}
