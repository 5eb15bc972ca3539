import type { Uuid } from '@perennial/core/ids'
import type { CaseDecision } from '@perennial/core/recovery'
import { sql } from 'kysely'
import { COLUMN_TYPES, insertMany, type Tx } from '../../../platform/db/index.ts'
import { toDecisionRow, type DecisionRow } from '../rows.ts'

export async function recordCaseDecisions(
  tx: Tx,
  accountId: Uuid,
  given: {
    readonly decisions: readonly (CaseDecision & { readonly caseId: Uuid })[]
    readonly nextId: () => Uuid
  },
): Promise<void> {
  const rows = given.decisions.map((each) => toDecisionRow(accountId, given.nextId(), each))
  await insertMany(tx, 'recovery_decisions', rows, COLUMN_TYPES.recovery_decisions)
}

/** A case is decided a few times for each try; what is more is not shown. */
const DECISIONS_MAX = 200

/** Oldest first. */
export async function listDecisions(tx: Tx, accountId: Uuid, caseId: Uuid): Promise<DecisionRow[]> {
  const { rows } = await sql<DecisionRow>`
    select * from recovery_decisions
     where account_id = ${accountId} and case_id = ${caseId}
     order by id
     limit ${DECISIONS_MAX}`.execute(tx)
  return rows
}
