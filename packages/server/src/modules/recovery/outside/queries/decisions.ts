import type { Uuid } from '@perennial/core/ids'
import { type Insertable, sql } from 'kysely'
import { type DB, insertMany, type Tx } from '../../../../platform/db/index.ts'
import type { OutsideDecisionRow } from '../rows.ts'

export async function insertOutsideDecisions(
  tx: Tx,
  rows: readonly Insertable<DB['outside_decisions']>[],
): Promise<void> {
  await insertMany(tx, 'outside_decisions', rows)
}

/** Whether its biller has said that it is owed no more, or it was canceled: what failed before that keeps its state. */
export async function isCalledOff(
  tx: Tx,
  { accountId, id }: { readonly accountId: Uuid; readonly id: Uuid },
): Promise<boolean> {
  const { rows } = await sql`
    select 1 from outside_decisions
     where account_id = ${accountId} and recovery_id = ${id} and state = 'canceled'
     limit 1`.execute(tx)
  return rows.length > 0
}

/** A recovery makes eight tries at most; what is more than this is not shown. */
const DECISIONS_MAX = 200

/** Oldest first. */
export async function listOutsideDecisions(
  tx: Tx,
  accountId: Uuid,
  recoveryId: Uuid,
): Promise<OutsideDecisionRow[]> {
  const { rows } = await sql<OutsideDecisionRow>`
    select * from outside_decisions
     where account_id = ${accountId} and recovery_id = ${recoveryId}
     order by id
     limit ${DECISIONS_MAX}`.execute(tx)
  return rows
}
