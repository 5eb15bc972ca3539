import { assert } from '@perennial/core/fault'
import { CompiledQuery, type Insertable, type Updateable } from 'kysely'

import { columnArray, columnExpression, commonValue } from './column-array.ts'
import { COLUMN_TYPES } from './column-types.generated.ts'
import type { Tx } from './create-database.ts'
import type { DB } from './schema.generated.ts'

export type TableName = keyof DB
/** Column → PostgreSQL type; `COLUMN_TYPES` has one for each table. */
export type ColumnTypes = Readonly<Record<string, string>>

type Row = Readonly<Record<string, unknown>>

/**
 * Writes all rows in one statement, however many they are, and returns how many were written.
 * Every row names the same columns; columns that no row names take their default.
 */
export async function insertMany<T extends TableName>(
  tx: Tx,
  table: T,
  rows: readonly Readonly<Insertable<DB[T]>>[],
  columnTypes: ColumnTypes = COLUMN_TYPES[table],
): Promise<number> {
  return run(tx, { table, rows, columnTypes, toSql: insertSql })
}

/**
 * Updates many rows by (account_id, id) in one statement and returns how many were found. Every row
 * names its key and the same other columns, which are set to the given values without a look at the old
 * ones: lock the rows first, or write a compare-and-set of your own.
 */
export async function updateMany<T extends TableName>(
  tx: Tx,
  table: T,
  rows: readonly Readonly<Updateable<DB[T]>>[],
  columnTypes: ColumnTypes = COLUMN_TYPES[table],
): Promise<number> {
  return run(tx, { table, rows, columnTypes, toSql: updateSql })
}

/** What a column is set to: a value of each row's own from the arrays, or one that all rows share. */
type ColumnSource = { readonly column: string; readonly expression: string }

type Statement = {
  readonly table: string
  readonly sources: readonly ColumnSource[]
  /** `unnest(…) as u(…)`: one row of it for each row. */
  readonly rows: string
}

function insertSql({ table, sources, rows }: Statement): string {
  const columns = sources.map(({ column }) => quoted(column)).join(', ')
  const values = sources.map(({ expression }) => expression).join(', ')
  return `insert into ${quoted(table)} (${columns}) select ${values} from ${rows}`
}

function updateSql({ table, sources, rows }: Statement): string {
  const keys = sources.filter(({ column }) => column === 'account_id' || column === 'id')
  const changed = sources.filter((source) => !keys.includes(source))
  assert(keys.length === 2, 'an update of many names its keys')
  assert(changed.length > 0, 'an update of many changes something')
  const sets = changed.map(({ column, expression }) => `${quoted(column)} = ${expression}`)
  const isRow = keys.map(({ column, expression }) => `t.${quoted(column)} = ${expression}`)
  return `update ${quoted(table)} as t set ${sets.join(', ')} from ${rows} where ${isRow.join(' and ')}`
}

/** From as many rows on, a value that all share is sent once. Fewer rows all use one prepared statement. */
const SHARED_FROM_ROWS = 50

async function run(
  tx: Tx,
  write: {
    readonly table: string
    readonly rows: readonly Row[]
    readonly columnTypes: ColumnTypes
    readonly toSql: (statement: Statement) => string
  },
): Promise<number> {
  const { table, rows, columnTypes } = write
  const [first] = rows
  if (first === undefined) return 0
  const columns = Object.keys(first)
  for (const row of rows) {
    assert(Object.keys(row).length === columns.length, `rows for ${table} name the same columns`)
  }
  const parameters: (string | null)[] = []
  const arrays: { readonly column: string; readonly expression: string }[] = []
  const sources = columns.map((column): ColumnSource => {
    const type = typeOf(columnTypes, { table, column })
    const shared =
      rows.length < SHARED_FROM_ROWS || column === 'id' ? null : commonValue(rows, column, type)
    parameters.push(shared === null ? columnArray(rows, column, type) : shared.text)
    const parameter = `$${parameters.length}`
    if (shared !== null) return { column, expression: `${parameter}::${type}` }
    arrays.push({ column, expression: columnExpression(parameter, type) })
    return { column, expression: `u.${quoted(column)}` }
  })
  assert(arrays.length > 0, `rows for ${table} differ`)
  const names = arrays.map(({ column }) => quoted(column)).join(', ')
  const unnested = `unnest(${arrays.map(({ expression }) => expression).join(', ')}) as u(${names})`
  const sql = write.toSql({ table, sources, rows: unnested })
  const result = await tx.executeQuery(CompiledQuery.raw(sql, parameters))
  return Number(result.numAffectedRows ?? 0n)
}

function typeOf(
  columnTypes: ColumnTypes,
  at: { readonly table: string; readonly column: string },
): string {
  const type = columnTypes[at.column]
  assert(type !== undefined, `${at.table} has a column ${at.column}`)
  // unnest would take such an array apart; store lists as jsonb.
  assert(!type.endsWith('[]'), `${at.table}.${at.column} is not an array`)
  return type
}

const quoted = (name: string): string => `"${name}"`
