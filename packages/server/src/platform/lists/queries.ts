import type { Uuid } from '@perennial/core/ids'
import { type RawBuilder, sql } from 'kysely'
import { asOwner, type Tx } from '../db/index.ts'
import { type Page, type PageRequest, TOTAL_MAX } from './page.ts'

export type PagedRead = {
  /** Columns and table: ours, never a caller's text. */
  readonly select: string
  readonly table: string
  readonly accountId: Uuid
  /** Conditions besides the account's, all of which must hold. */
  readonly filters: readonly RawBuilder<unknown>[]
  /** Column of the ids that the page goes by; `id` when absent. */
  readonly key?: string
  readonly page: PageRequest
}

/**
 * A page, newest first: the primary key read backwards, so a page costs its rows and a bounded skip however long the
 * table is. The count stops at 10,001 rows and is left out where the page itself tells the total.
 */
export async function readPage<Row>(tx: Tx, read: PagedRead): Promise<Page<Row>> {
  const { page } = read
  const [found, counted] = await Promise.all([
    readRows<Row>(tx, read),
    needsCount(page) ? countRows(tx, read) : null,
  ])
  const total =
    counted ?? (found.hasMore ? await countRows(tx, read) : page.offset + found.rows.length)
  const isTotalCapped = total > TOTAL_MAX
  return { ...found, total: isTotalCapped ? TOTAL_MAX : total, isTotalCapped }
}

/** A page of a list that tells no total. */
export async function readRows<Row>(
  tx: Tx,
  read: PagedRead,
): Promise<{ readonly rows: readonly Row[]; readonly hasMore: boolean }> {
  const { page, key = 'id' } = read
  const { cursors, order } = walkOf(page, key)
  const { rows } = await sql<Row>`
    select ${sql.raw(read.select)}
      from ${sql.table(read.table)}
     where ${conditions(read.accountId, [...read.filters, ...cursors])}
     order by ${sql.ref(key)} ${order}
     limit ${page.limit + 1} offset ${page.offset}`.execute(tx)
  return toRows(rows, page)
}

/** Newer rows are read upwards from their cursor, so that the page next to it comes out, and turned round afterwards. */
export function isUpwards({ startingAfter, endingBefore }: PageRequest): boolean {
  return endingBefore !== null && startingAfter === null
}

export function walkOf(
  page: PageRequest,
  key = 'id',
): {
  readonly cursors: readonly RawBuilder<unknown>[]
  readonly order: RawBuilder<unknown>
} {
  const { startingAfter, endingBefore } = page
  return {
    cursors: [
      ...(startingAfter === null ? [] : [sql`${sql.ref(key)} < ${startingAfter}`]),
      ...(endingBefore === null ? [] : [sql`${sql.ref(key)} > ${endingBefore}`]),
    ],
    order: sql.raw(isUpwards(page) ? 'asc' : 'desc'),
  }
}

/** One row more than was asked for tells that there are more. */
export function toRows<Row>(
  rows: readonly Row[],
  page: PageRequest,
): { readonly rows: readonly Row[]; readonly hasMore: boolean } {
  const kept = rows.slice(0, page.limit)
  return { rows: isUpwards(page) ? kept.toReversed() : kept, hasMore: rows.length > page.limit }
}

/**
 * A page of the rows in which every word of `text` begins a word of the `search` column. What is found is counted first:
 * up to 10,000 rows are gathered through the word index and sorted; more than that are so common that the first page of
 * them is soon met on the way back through the primary key. Either way alone would read the whole table for some word.
 */
export async function searchPage<Row>(
  tx: Tx,
  read: PagedRead & { readonly text: string },
): Promise<Page<Row>> {
  const isMatch = matchesSearch(read.accountId, read.text)
  const withMatch = { ...read, filters: [...read.filters, isMatch] }
  return asOwner(tx, async () => {
    const total = await countRows(tx, withMatch)
    if (total <= TOTAL_MAX) {
      return { ...(await readMatches<Row>(tx, withMatch)), total, isTotalCapped: false }
    }
    // `is true` keeps the planner from the word index, which would gather every match.
    const filters = [...read.filters, sql`(${isMatch}) is true`]
    const found = await readRows<Row>(tx, { ...read, filters })
    return { ...found, total: TOTAL_MAX, isTotalCapped: true }
  })
}

/** The same page from matches that are few enough to sort: only the rows shown are read whole. */
async function readMatches<Row>(
  tx: Tx,
  read: PagedRead,
): Promise<{ readonly rows: readonly Row[]; readonly hasMore: boolean }> {
  const { accountId, page } = read
  const { cursors, order } = walkOf(page)
  const { rows } = await sql<Row>`
    with matched as materialized (
           select id from ${sql.table(read.table)} where ${conditions(accountId, read.filters)}),
         shown as materialized (
           select id from matched
            where ${sql.join([sql`true`, ...cursors], sql` and `)}
            order by id ${order} limit ${page.limit + 1} offset ${page.offset})
    select ${sql.raw(read.select)}
      from ${sql.table(read.table)}
     where account_id = ${accountId} and id in (select id from shown)
     order by id ${order}`.execute(tx)
  return toRows(rows, page)
}

/**
 * The words are cut as the column's definition cuts them, and the account is a word of its own, so that no other
 * account's matches are read. No words: no rows.
 */
function matchesSearch(accountId: Uuid, text: string): RawBuilder<unknown> {
  return sql`search @@ to_tsquery('simple',
    ${`${accountId.replaceAll('-', '')} & `}::text || regexp_replace(
      nullif(btrim(regexp_replace(lower(${text}::text), '[^[:alnum:]]+', ' ', 'g')), ''), ' ', ':* & ', 'g') || ':*')`
}

/** A first page may tell its total by itself; a page after a cursor, or past the end, cannot. */
function needsCount(page: PageRequest): boolean {
  return page.startingAfter !== null || page.endingBefore !== null || page.offset > 0
}

export async function countRows(tx: Tx, read: PagedRead): Promise<number> {
  const { rows } = await sql<{ readonly count: bigint }>`
    select count(*) as count
      from (select 1
              from ${sql.table(read.table)}
             where ${conditions(read.accountId, read.filters)}
             limit ${TOTAL_MAX + 1}) as counted`.execute(tx)
  return Number(rows[0]?.count ?? 0n)
}

export function conditions(
  accountId: Uuid,
  filters: readonly RawBuilder<unknown>[],
): RawBuilder<unknown> {
  return sql.join([sql`account_id = ${accountId}`, ...filters], sql` and `)
}
