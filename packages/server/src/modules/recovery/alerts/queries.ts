import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import type { Tx } from '../../../platform/db/index.ts'

export type AlertKey = {
  readonly accountId: Uuid
  readonly objectId: Uuid
  readonly type: string
  readonly factNumber: bigint
}

/** Where the account's clock stands (null = it runs), and whether this was told of already; null = no such account. */
export async function findAlert(
  tx: Tx,
  key: AlertKey,
): Promise<{ readonly clockHeldAt: Instant | null; readonly isTold: boolean } | null> {
  const { rows } = await sql<{ readonly clock_held_at: Instant | null; readonly is_told: boolean }>`
    select clock_held_at,
           exists (select from events
                    where account_id = ${key.accountId} and object_id = ${key.objectId} and type = ${key.type}
                      and fact_number = ${key.factNumber}) as is_told
      from accounts
     where id = ${key.accountId}`.execute(tx)
  const [row] = rows
  return row === undefined ? null : { clockHeldAt: row.clock_held_at, isTold: row.is_told }
}
