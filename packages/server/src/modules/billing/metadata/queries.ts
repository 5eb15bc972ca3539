import type { Uuid } from '@perennial/core/ids'
import { sql, type RawBuilder } from 'kysely'
import type { Tx } from '../../../platform/db/index.ts'

const TABLES = ['subscriptions', 'invoices', 'sales', 'shipments', 'disputes'] as const
type Table = (typeof TABLES)[number]

/** A thing of somebody else, of those that are named; what does not exist is nobody's. Null = there is none. */
export async function findOfAnother(
  tx: Tx,
  accountId: Uuid,
  of: { readonly customerId: Uuid; readonly ids: Readonly<Record<Table, readonly Uuid[]>> },
): Promise<{ readonly table: Table; readonly id: Uuid } | null> {
  const each = TABLES.filter((table) => of.ids[table].length > 0).map(
    (table): RawBuilder<unknown> => sql`
    select ${table}::text as "table", id from ${sql.table(table)}
     where account_id = ${accountId} and id = any(${of.ids[table]}::uuid[])
       and customer_id is distinct from ${of.customerId}`,
  )
  if (each.length === 0) return null
  const { rows } = await sql<{ readonly table: Table; readonly id: Uuid }>`
    ${sql.join(each, sql` union all `)} limit 1`.execute(tx)
  return rows[0] ?? null
}
