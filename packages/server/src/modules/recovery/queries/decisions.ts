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

/**
 * Whether the try of decision `d` was to show how another gateway does: the best one for that very instant is its runner-up. Whoever
 * does not explore takes the best gateway of an instant, and its runner-up is another instant.
 */
export const IS_EXPLORING = sql<boolean>`
  coalesce(d.runner_up_at = d.due_at and d.runner_up_gateway_id is distinct from d.gateway_id, false)`

/** A case is decided a few times for each try; what is more is not shown. */
const DECISIONS_MAX = 200

/** Oldest first. */
export async function listDecisions(tx: Tx, accountId: Uuid, caseId: Uuid): Promise<DecisionRow[]> {
  const { rows } = await sql<DecisionRow>`
    select d.*, ${IS_EXPLORING} as is_exploring
      from recovery_decisions d
     where d.account_id = ${accountId} and d.case_id = ${caseId}
     order by d.id
     limit ${DECISIONS_MAX}`.execute(tx)
  return rows
}
