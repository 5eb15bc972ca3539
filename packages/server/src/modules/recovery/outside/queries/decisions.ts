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
