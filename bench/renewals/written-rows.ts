import type { Uuid } from '@perennial/core/ids'
import { CompiledQuery, type Insertable } from 'kysely'
import {
  COLUMN_TYPES,
  type Database,
  type DB,
} from '../../packages/server/src/platform/db/index.ts'

/** What a renewal run writes new rows to. */
export const WRITTEN_TABLES = [
  'renewals',
  'invoices',
  'invoice_lines',
  'payment_attempts',
  'transactions',
  'recovery_cases',
  'ledger_transfers',
  'events',
] as const
export type WrittenTable = (typeof WRITTEN_TABLES)[number]

export type WrittenBatch = {
  readonly table: WrittenTable
  readonly rows: readonly Readonly<Insertable<DB[WrittenTable]>>[]
}

const BEFORE_ALL = '00000000-0000-0000-0000-000000000000'

/** Reads a table's rows back in the order of their ids, a batch at a time. New rows have higher ids. */
export class RowCursor {
  readonly table: WrittenTable
  readonly #database: Database
  readonly #accountId: Uuid
  #after: string = BEFORE_ALL

  constructor(database: Database, of: { readonly table: WrittenTable; readonly accountId: Uuid }) {
    this.#database = database
    this.table = of.table
    this.#accountId = of.accountId
  }

  /** How many rows there are after the last one read. */
  async count(): Promise<number> {
    const [row] = await this.#ask<{ readonly count: string }>('count(*) as count')
    return Number(row?.count)
  }

  /** Passes over the rows that are there. */
  async skip(): Promise<void> {
    const [row] = await this.#ask<{ readonly id: string | null }>('max(id::text) as id')
    this.#after = row?.id ?? this.#after
  }

  async #ask<T>(what: string): Promise<readonly T[]> {
    const query = CompiledQuery.raw(
      `select ${what} from public.${this.table} where account_id = $1 and id > $2`,
      [this.#accountId, this.#after],
    )
    const { rows } = await this.#database.kysely.executeQuery(query)
    return rows as T[] // the one column that `what` names
  }

  async next(limit: number): Promise<WrittenBatch | null> {
    const columns = Object.keys(COLUMN_TYPES[this.table]).map((name) => `"${name}"`)
    const query = CompiledQuery.raw(
      `select ${columns.join(', ')} from public.${this.table}
        where account_id = $1 and id > $2 order by id limit $3`,
      [this.#accountId, this.#after, limit],
    )
    const { rows } = await this.#database.kysely.executeQuery(query)
    const last = rows.at(-1)
    if (last === undefined) return null
    const written = rows as WrittenBatch['rows'] // every column of the table, as its own parser gave it
    this.#after = String(written.at(-1)?.id)
    return { table: this.table, rows: written }
  }
}
