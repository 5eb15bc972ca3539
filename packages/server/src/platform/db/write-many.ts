import { assert } from '@perennial/core/fault'
import { CompiledQuery, type Insertable, type Updateable } from 'kysely'

import { columnExpression, ColumnTexts } from './column-array.ts'
import { COLUMN_TYPES } from './column-types.generated.ts'
import type { Tx } from './create-database.ts'
import { RowsChanged, type WriterId } from './last-writer.ts'
import type { DB } from './schema.generated.ts'

export type TableName = keyof DB
/** Column → PostgreSQL type; `COLUMN_TYPES` has one for each table. */
export type ColumnTypes = Readonly<Record<string, string>>

type Row = Readonly<Record<string, unknown>>

/**
 * Writes all rows in one statement, however many they are, and returns how many were written.
 * Every row names the same columns; columns that no row names take their default. Large batches come by
 * `rowsOf`: what waits for the database is then the parameters alone.
 */
export async function insertMany<T extends TableName>(
  tx: Tx,
  table: T,
  rows: Iterable<Readonly<Insertable<DB[T]>>>,
  columnTypes: ColumnTypes = COLUMN_TYPES[table],
): Promise<number> {
  const { written } = await run(tx, { table, rows, columnTypes, toSql: insertSql })
  return written
}

/**
 * Updates many rows by (account_id, id) in one statement and returns how many were found. Every row
 * names its key and the same other columns, which are set to the given values without a look at the old
 * ones: lock the rows first, or write a compare-and-set of your own.
 */
export async function updateMany<T extends TableName>(
  tx: Tx,
  table: T,
  rows: Iterable<Readonly<Updateable<DB[T]>>>,
  columnTypes: ColumnTypes = COLUMN_TYPES[table],
): Promise<number> {
  const { written } = await run(tx, { table, rows, columnTypes, toSql: updateSql })
  return written
}

/**
 * The same for rows that still stand as `lastWriter` left them, so that nobody has to lock or read them first. Where one
 * does not, it throws `RowsChanged`, and the transaction is to end with nothing done. For the seconds after that write:
 * PostgreSQL gives a writer's number to another after two thousand million transactions.
 */
export async function updateUnchanged<T extends TableName>(
  tx: Tx,
  table: T,
  rows: Iterable<Readonly<Updateable<DB[T]>>>,
  lastWriter: WriterId,
): Promise<void> {
  const columnTypes = COLUMN_TYPES[table]
  const done = await run(tx, { table, rows, columnTypes, toSql: updateSql, lastWriter })
  if (done.written < done.asked) throw new RowsChanged(table)
}

/** Rows that are made one after the other while they are written, and not kept. */
export function* rowsOf<T, R>(list: Iterable<T>, toRow: (one: T) => R): Iterable<R> {
  for (const one of list) yield toRow(one)
}

/** What a column is set to: a value of each row's own from the arrays, or one that all rows share. */
type ColumnSource = { readonly column: string; readonly expression: string }

type Statement = {
  readonly table: string
  readonly sources: readonly ColumnSource[]
  /** `from unnest(…) as u(…)`: one row of it for each row. Empty for a single row, whose values are the parameters. */
  readonly from: string
}

function insertSql({ table, sources, from }: Statement): string {
  const columns = sources.map(({ column }) => quoted(column)).join(', ')
  const values = sources.map(({ expression }) => expression).join(', ')
  return `insert into ${quoted(table)} (${columns}) select ${values} ${from}`
}

function updateSql({ table, sources, from }: Statement): string {
  const keys = sources.filter(({ column }) => column === 'account_id' || column === 'id')
  const changed = sources.filter((source) => !keys.includes(source))
  assert(keys.length === 2, 'an update of many names its keys')
  assert(changed.length > 0, 'an update of many changes something')
  const sets = changed.map(({ column, expression }) => `${quoted(column)} = ${expression}`)
  const isRow = keys.map(({ column, expression }) => `t.${quoted(column)} = ${expression}`)
  return `update ${quoted(table)} as t set ${sets.join(', ')} ${from} where ${isRow.join(' and ')}`
}

/** From as many rows on, a value that all share is sent once. Fewer rows all use one prepared statement, and a single row one. */
const SHARED_FROM_ROWS = 50

type Write = {
  readonly table: string
  readonly rows: Iterable<Row>
  readonly columnTypes: ColumnTypes
  readonly toSql: (statement: Statement) => string
  /** Of an update: rows that somebody else has written are passed over. */
  readonly lastWriter?: WriterId
}

async function run(
  tx: Tx,
  write: Write,
): Promise<{ readonly asked: number; readonly written: number }> {
  const { query, asked } = toQuery(write)
  if (query === null) return { asked, written: 0 }
  const { numAffectedRows } = await tx.executeQuery(query)
  return { asked, written: Number(numAffectedRows ?? 0n) }
}

type Column = { readonly column: string; readonly type: string; readonly texts: ColumnTexts }

/** No query where there are no rows. */
function toQuery(write: Write): { readonly query: CompiledQuery | null; readonly asked: number } {
  const { table, toSql, lastWriter } = write
  const { columns, rowCount } = readColumns(write)
  if (rowCount === 0) return { query: null, asked: 0 }
  const parameters: (string | null)[] = []
  const arrays: ColumnSource[] = []
  const isSingle = rowCount === 1
  const mayShare = isSingle || rowCount >= SHARED_FROM_ROWS
  const sources = columns.map(({ column, type, texts }): ColumnSource => {
    const shared = mayShare && (isSingle || column !== 'id') ? texts.toCommon() : null
    parameters.push(shared === null ? texts.toArray() : shared.text)
    const parameter = `$${parameters.length}`
    if (shared !== null) return { column, expression: `${parameter}::${type}` }
    const expression = columnExpression(parameter, type)
    if (isSingle) return { column, expression: `(${expression})[1]` }
    arrays.push({ column, expression })
    return { column, expression: `u.${quoted(column)}` }
  })
  assert(isSingle || arrays.length > 0, `rows for ${table} differ`)
  const from = isSingle ? '' : `from ${unnested(arrays)}`
  const sql = toSql({ table, sources, from })
  if (lastWriter === undefined)
    return { query: CompiledQuery.raw(sql, parameters), asked: rowCount }
  const guarded = `${sql} and t.xmin = $${parameters.length + 1}::xid`
  return { query: CompiledQuery.raw(guarded, [...parameters, lastWriter]), asked: rowCount }
}

function unnested(arrays: readonly ColumnSource[]): string {
  const names = arrays.map(({ column }) => quoted(column)).join(', ')
  return `unnest(${arrays.map(({ expression }) => expression).join(', ')}) as u(${names})`
}

function readColumns({ table, rows, columnTypes }: Pick<Write, 'table' | 'rows' | 'columnTypes'>): {
  readonly columns: readonly Column[]
  readonly rowCount: number
} {
  let columns: Column[] | null = null
  let rowCount = 0
  for (const row of rows) {
    columns ??= Object.keys(row).map((column) => {
      const type = typeOf(columnTypes, { table, column })
      return { column, type, texts: new ColumnTexts(column, type) }
    })
    assert(countKeys(row) === columns.length, `rows for ${table} name the same columns`)
    for (const { column, texts } of columns) texts.add(row[column])
    rowCount += 1
  }
  return { columns: columns ?? [], rowCount }
}

/** As `Object.keys` would, without a list for every row. */
function countKeys(row: Row): number {
  let count = 0
  for (const _key in row) count += 1
  return count
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
