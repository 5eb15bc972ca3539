import { sql } from 'kysely'
import type { Tx } from '../../platform/db/index.ts'
import type { Check, ProblemRow, VerifyScope } from '../check.ts'

export type CountedProblem = ProblemRow & { readonly count: bigint }

/** The first problems of a check, each with the number of all of them. */
export async function findProblems(
  tx: Tx,
  given: { readonly check: Check; readonly scope: VerifyScope; readonly limit: number },
): Promise<CountedProblem[]> {
  const { rows } = await sql<CountedProblem>`
    with problem as (${given.check.find(given.scope)})
    select account_id, id, message, count(*) over () as count
      from problem
     order by account_id, id, message
     limit ${given.limit}`.execute(tx)
  return rows
}

/** Joins of whole tables: memory for their hashes, and no time spent on compiling short queries. */
export async function prepareForWholeTables(tx: Tx): Promise<void> {
  await sql`select set_config('work_mem', '256MB', true), set_config('jit', 'off', true)`.execute(
    tx,
  )
}
