import type { Uuid } from '@perennial/core/ids'
import { sql } from 'kysely'

import type { Tx } from './create-database.ts'
import type { WriterId } from './last-writer.ts'
import type { TableName } from './write-many.ts'

/**
 * Locks rows in the order of their ids, and says whether they all stand as `writtenBy` left them: then whoever still
 * has them in memory need not read them again. For the seconds after that write: PostgreSQL gives a writer's number
 * to another after two thousand million transactions.
 */
export async function lockUnchanged(
  tx: Tx,
  table: TableName,
  of: { readonly accountId: Uuid; readonly ids: readonly Uuid[]; readonly writtenBy: WriterId },
): Promise<boolean> {
  if (of.ids.length === 0) return true
  const { rows } = await sql<{ readonly unchanged: number }>`
    with locked as (
      select xmin as writer from ${sql.table(table)}
       where account_id = ${of.accountId} and id = any(${of.ids}::uuid[])
       order by id
         for update)
    select count(*)::int as unchanged from locked where writer = ${of.writtenBy}::xid`.execute(tx)
  return rows[0]?.unchanged === of.ids.length
}
