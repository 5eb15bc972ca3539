import { assert } from '@perennial/core/fault'
import { CompiledQuery, type Insertable, type Updateable } from 'kysely'

import { columnArray, columnExpression } from './column-array.ts'
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

type Statement = {
  readonly table: string
  readonly columns: readonly string[]
  readonly arrays: string
}

function insertSql({ table, columns, arrays }: Statement): string {
  return `insert into ${quoted(table)} (${columns.map(quoted).join(', ')}) select * from unnest(${arrays})`
}

function updateSql({ table, columns, arrays }: Statement): string {
  assert(
    columns.includes('account_id') && columns.includes('id'),
    'an update of many names its keys',
  )
  const changed = columns.filter((column) => column !== 'account_id' && column !== 'id')
  assert(changed.length > 0, 'an update of many changes something')
  return (
    `update ${quoted(table)} as t set ${changed.map((column) => `${quoted(column)} = u.${quoted(column)}`).join(', ')}` +
    ` from unnest(${arrays}) as u(${columns.map(quoted).join(', ')})` +
    ' where t.account_id = u.account_id and t.id = u.id'
  )
}

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
  const types = columns.map((column) => typeOf(columnTypes, { table, column }))
  const arrays = types.map((type, index) => columnExpression(`$${index + 1}`, type)).join(', ')
  const parameters = columns.map((column, index) =>
    columnArray(rows, column, types[index] ?? 'text'),
  )
  const sql = write.toSql({ table, columns, arrays })
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
