import type { Uuid } from '@perennial/core/ids'
import { type Instant, formatInstant } from '@perennial/core/time'
import { type RawBuilder, sql } from 'kysely'
import type { Tx } from '../db/index.ts'
import { ApiRefusal } from '../http/index.ts'
import { type Page, TOTAL_MAX } from './page.ts'
import {
  type PagedRead,
  conditions,
  countRows,
  isUpwards,
  readPage,
  toRows,
  walkOf,
} from './queries.ts'

/** Texts that a row must have in some of its columns: one of the combinations. The columns lead an index that ends in id. */
export type Choices = {
  readonly columns: readonly string[]
  readonly combinations: readonly (readonly string[])[]
}

type Rows<Row> = { readonly rows: readonly Row[]; readonly hasMore: boolean }

/**
 * A page of the rows that have one of a few combinations, each read as one short list. `between` says no more than `=`
 * would, but then the order is one that only the index on these columns gives; with `=`, the planner may walk the primary
 * key instead and read the whole table for a combination that is rare.
 */
export async function readChoices<Row>(
  tx: Tx,
  read: PagedRead & { readonly choices: Choices },
): Promise<Rows<Row>> {
  const { page, accountId, choices } = read
  const { cursors, order } = walkOf(page)
  const columns = choices.columns.map((name) => sql.ref(`${read.table}.${name}`))
  const wanted = choices.columns.map((name) => sql.ref(`wanted.${name}`))
  const arrays = choices.columns.map(
    (_name, index) =>
      sql`${choices.combinations.map((combination) => combination[index] ?? '')}::text[]`,
  )
  const isWanted = columns.map((column, index) => {
    const value = wanted[index] ?? sql`null`
    return sql`${column} between ${value} and ${value}`
  })
  const sorts = columns.map((column) => sql`${column} ${order}`)
  const most = page.offset + page.limit + 1
  const { rows } = await sql<Row>`
    select found.*
      from unnest(${sql.join(arrays)}) as wanted(${sql.join(choices.columns.map((name) => sql.ref(name)))})
     cross join lateral (
       select ${sql.raw(read.select)}
         from ${sql.table(read.table)}
        where ${conditions(accountId, [...read.filters, ...isWanted, ...cursors])}
        order by ${sql.join(sorts)}, id ${order}
        limit ${most}) as found
     order by found.id ${order}
     limit ${page.limit + 1} offset ${page.offset}`.execute(tx)
  return toRows(rows, page)
}

/** The same with a total, as `readPage` counts it. */
export async function readChoicesPage<Row>(
  tx: Tx,
  read: PagedRead & { readonly choices: Choices },
): Promise<Page<Row>> {
  const { choices } = read
  const [column, ...others] = choices.columns
  if (column === undefined || others.length > 0) return readPage(tx, read)
  const values = choices.combinations.flat()
  const isOne = sql`${sql.ref(column)} = any(${values}::text[])`
  const [found, total] = await Promise.all([
    readChoices<Row>(tx, read),
    countRows(tx, { ...read, filters: [...read.filters, isOne] }),
  ])
  const isTotalCapped = total > TOTAL_MAX
  return { ...found, total: isTotalCapped ? TOTAL_MAX : total, isTotalCapped }
}

/** A stretch of time, in whole seconds: the last one counts to its end. */
export type Window = {
  /** Column of the instant; an index on account, this column and id leads the way. */
  readonly column: string
  readonly from: Instant | null
  readonly to: Instant | null
  /** A text that rows must have; its column stands before the instant's in that index. Absent = none is asked for. */
  readonly within?: { readonly column: string; readonly value: string }
}

/** The conditions of a window, for rows that something else narrows down already. */
export function windowFilters({ column, from, to, within }: Window): RawBuilder<unknown>[] {
  const at = sql.ref(column)
  return [
    ...(within === undefined
      ? []
      : [sql`${sql.ref(within.column)} between ${within.value} and ${within.value}`]),
    ...(from === null ? [] : [sql`${at} >= ${formatInstant(from)}::timestamptz`]),
    ...(to === null ? [] : [sql`${at} < ${formatInstant(to)}::timestamptz + interval '1 second'`]),
  ]
}

/**
 * A page of what lies in a window, newest first by that time. Cursors are ids; where they lie in it is looked up, and refused
 * where there is no such row: it has no place in time, unlike one in the order of ids.
 */
export async function readWindow<Row>(
  tx: Tx,
  read: PagedRead & { readonly window: Window },
): Promise<Rows<Row>> {
  const { page, accountId, window, table } = read
  const { startingAfter, endingBefore } = page
  const at = sql.ref(window.column)
  const placeOf = (id: Uuid) =>
    sql`(select cursor.${at}, cursor.id from ${sql.table(table)} as cursor
          where cursor.account_id = ${accountId} and cursor.id = ${id})`
  const cursors = [
    ...(startingAfter === null ? [] : [sql`(${at}, id) < ${placeOf(startingAfter)}`]),
    ...(endingBefore === null ? [] : [sql`(${at}, id) > ${placeOf(endingBefore)}`]),
  ]
  const order = sql.raw(isUpwards(page) ? 'asc' : 'desc')
  const { within } = window
  // As `readChoices` has it, for the same reason: an order that only the index with that column gives.
  const lead = within === undefined ? sql`` : sql`${sql.ref(within.column)} ${order}, `
  const { rows } = await sql<Row>`
    select ${sql.raw(read.select)}
      from ${sql.table(table)}
     where ${conditions(accountId, [...read.filters, ...windowFilters(window), ...cursors])}
     order by ${lead}${at} ${order}, id ${order}
     limit ${page.limit + 1} offset ${page.offset}`.execute(tx)
  if (rows.length === 0) await refuseUnknownCursor(tx, read)
  return toRows(rows, page)
}

/** Of an empty page: whether it is the end of the list, or its cursor is no row. */
async function refuseUnknownCursor(
  tx: Tx,
  { table, accountId, page }: Pick<PagedRead, 'table' | 'accountId' | 'page'>,
): Promise<void> {
  const { startingAfter, endingBefore } = page
  const id = startingAfter ?? endingBefore
  if (id === null) return
  const { rows } = await sql`
    select 1 from ${sql.table(table)} where account_id = ${accountId} and id = ${id}`.execute(tx)
  if (rows.length > 0) return
  const param = startingAfter === null ? 'ending_before' : 'starting_after'
  throw ApiRefusal.invalid(param, 'There is no row with this id to go on from.')
}

/** The same with a total, as `readPage` counts it. */
export async function readWindowPage<Row>(
  tx: Tx,
  read: PagedRead & { readonly window: Window },
): Promise<Page<Row>> {
  const filters = [...read.filters, ...windowFilters(read.window)]
  const [found, total] = await Promise.all([
    readWindow<Row>(tx, read),
    countRows(tx, { ...read, filters }),
  ])
  const isTotalCapped = total > TOTAL_MAX
  return { ...found, total: isTotalCapped ? TOTAL_MAX : total, isTotalCapped }
}
