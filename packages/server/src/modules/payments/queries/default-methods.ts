import type { Uuid } from '@perennial/core/ids'
import { sql } from 'kysely'
import type { Tx } from '../../../platform/db/index.ts'

/** The default method of each of these customers that has one. */
export async function findDefaultMethods(
  tx: Tx,
  of: { readonly accountId: Uuid; readonly customerIds: readonly Uuid[] },
): Promise<ReadonlyMap<Uuid, Uuid>> {
  const { rows } = await sql<{ readonly customer_id: Uuid; readonly id: Uuid }>`
    select customer_id, id from payment_methods
     where account_id = ${of.accountId} and customer_id = any(${of.customerIds}::uuid[]) and is_default`.execute(
    tx,
  )
  return new Map(rows.map((row) => [row.customer_id, row.id]))
}
