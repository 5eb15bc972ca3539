import { sql } from 'kysely'

import type { Tx } from './create-database.ts'

declare const writerBrand: unique symbol

/** A transaction that wrote rows. Each row carries its last writer until somebody else writes it. */
export type WriterId = string & { readonly [writerBrand]: true }

/** The name that this transaction leaves on the rows it writes. */
export async function writerOf(tx: Tx): Promise<WriterId> {
  const { rows } = await sql<{ readonly writer: WriterId }>`
    select pg_current_xact_id()::xid::text as writer`.execute(tx)
  return rows[0]?.writer ?? ('' as WriterId)
}

/** Rows stand no more as they were left, so what was decided on them in memory is not to be kept. */
export class RowsChanged extends Error {
  override readonly name = 'RowsChanged'

  constructor(table: string) {
    super(`somebody else has written rows of ${table}`)
  }
}
