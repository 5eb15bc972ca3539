import { sql } from 'kysely'
import type { Tx } from './create-database.ts'

/**
 * Runs a read without row level security, under which PostgreSQL uses no index for an operator that is not
 * leakproof: `search @@ …`, `lower(email) = …`. Only for a statement that names its account itself. Queries that the
 * same transaction sends meanwhile run without it too.
 */
export async function asOwner<T>(tx: Tx, read: () => Promise<T>): Promise<T> {
  const { rows } = await sql<{ readonly role: string }>`
    select current_setting('role') as role`.execute(tx)
  if (rows[0]?.role !== 'perennial_api') return read()
  await sql`set local role none`.execute(tx)
  // Should the read fail, PostgreSQL ends the transaction anyway.
  const result = await read()
  await sql`set local role perennial_api`.execute(tx)
  return result
}
