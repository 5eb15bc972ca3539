import { sql } from 'kysely'
import type { Tx } from './create-database.ts'

/** A part of a transaction: when it throws, what it wrote is undone and the rest may go on. One at a time. */
export async function inPart<T>(tx: Tx, fn: (tx: Tx) => Promise<T>): Promise<T> {
  await sql`savepoint part`.execute(tx)
  try {
    const result = await fn(tx)
    await sql`release savepoint part`.execute(tx)
    return result
  } catch (error) {
    // Should this fail too, the whole transaction has; its end says so.
    await sql`rollback to savepoint part`.execute(tx).catch(() => undefined)
    throw error
  }
}
