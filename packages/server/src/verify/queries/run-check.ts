import { assert } from '@perennial/core/fault'
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
  await sql`select set_config('work_mem', '128MB', true), set_config('jit', 'off', true)`.execute(
    tx,
  )
}

/** A name by which other transactions can see exactly what this one sees, as long as it is open. */
export async function exportSnapshot(tx: Tx): Promise<string> {
  const { rows } = await sql<{
    readonly name: string
  }>`select pg_export_snapshot() as name`.execute(tx)
  const name = rows[0]?.name
  assert(name !== undefined, 'a snapshot has a name')
  return name
}

/** Must be the first statement of its transaction. */
export async function adoptSnapshot(tx: Tx, name: string): Promise<void> {
  await sql`set transaction snapshot ${sql.lit(name)}`.execute(tx)
}
