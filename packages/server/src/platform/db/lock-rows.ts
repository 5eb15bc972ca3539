import type { Uuid } from '@perennial/core/ids'
import { sql, type Selectable } from 'kysely'

import type { Tx } from './create-database.ts'
import type { DB } from './schema.generated.ts'
import type { TableName } from './write-many.ts'

/** Rows of an account, locked in the order of their ids, so that two batches never wait for each other in a circle. */
export async function lockRows<Table extends TableName>(
  tx: Tx,
  table: Table,
  of: { readonly accountId: Uuid; readonly ids: readonly Uuid[] },
): Promise<Selectable<DB[Table]>[]> {
  const { rows } = await sql<Selectable<DB[Table]>>`
    select * from ${sql.table(table)}
     where account_id = ${of.accountId} and id = any(${of.ids}::uuid[])
     order by id
       for update`.execute(tx)
  return rows
}
