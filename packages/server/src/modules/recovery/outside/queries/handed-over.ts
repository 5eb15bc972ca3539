import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import type { Tx } from '../../../../platform/db/index.ts'
import { readRows, type PageRequest } from '../../../../platform/lists/index.ts'
import type { StoredRecovery } from '../rows.ts'
import type { OutsideKey } from './recoveries.ts'

/** Newest first. */
export async function listHandedOver(tx: Tx, accountId: Uuid, page: PageRequest) {
  const table = 'outside_recoveries'
  return readRows<StoredRecovery>(tx, { select: '*', table, accountId, filters: [], page })
}

export async function findHandedOver(tx: Tx, key: OutsideKey): Promise<StoredRecovery | null> {
  const { rows } = await sql<StoredRecovery>`
    select * from outside_recoveries where account_id = ${key.accountId} and id = ${key.id}`.execute(
    tx,
  )
  return rows[0] ?? null
}

export type ShownAttempt = {
  readonly number: number
  readonly state: 'sending' | 'unknown' | 'pending' | 'succeeded' | 'declined'
  readonly at: Instant
  readonly declineCode: string | null
  /** Code of the gateway. */
  readonly gateway: string | null
}

/** Oldest first; a recovery makes eight at most. */
export async function listAttemptsOf(tx: Tx, key: OutsideKey): Promise<ShownAttempt[]> {
  const { rows } = await sql<ShownAttempt>`
    select t.number, t.state, t.created_at as at, t.decline ->> 'code' as "declineCode", g.code as gateway
      from outside_attempts t
      left join gateways g on g.account_id = t.account_id and g.id = t.gateway_id
     where t.account_id = ${key.accountId} and t.recovery_id = ${key.id}
     order by t.id
     limit 100`.execute(tx)
  return rows
}
