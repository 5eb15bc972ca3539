import type { Uuid } from '@perennial/core/ids'
import { type RawBuilder, sql } from 'kysely'
import type { Tx } from '../db/index.ts'
import { type Page, type PageRequest, TOTAL_MAX } from './page.ts'

export type PagedRead = {
  /** Columns and table: ours, never a caller's text. */
  readonly select: string
  readonly table: string
  readonly accountId: Uuid
  /** Conditions besides the account's, all of which must hold. */
  readonly filters: readonly RawBuilder<unknown>[]
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
  const { limit, offset, startingAfter, endingBefore } = read.page
  const filters = [...read.filters]
  if (startingAfter !== null) filters.push(sql`id < ${startingAfter}`)
  if (endingBefore !== null) filters.push(sql`id > ${endingBefore}`)
  // Newer rows are read upwards from the cursor, so that the page next to it comes out, then turned round.
  const isUpwards = endingBefore !== null && startingAfter === null
  const { rows } = await sql<Row>`
    select ${sql.raw(read.select)}
      from ${sql.table(read.table)}
     where ${conditions(read.accountId, filters)}
     order by id ${sql.raw(isUpwards ? 'asc' : 'desc')}
     limit ${limit + 1} offset ${offset}`.execute(tx)
  const kept = rows.slice(0, limit)
  return { rows: isUpwards ? kept.toReversed() : kept, hasMore: rows.length > limit }
}

/**
 * Every word of `text` begins a word of the row's `search` column. The words are cut as that column's definition cuts
 * them, and the account is a word of its own, so that no other account's matches are read. No words: no rows.
 */
export function matchesSearch(accountId: Uuid, text: string): RawBuilder<unknown> {
  return sql`search @@ to_tsquery('simple',
    ${`${accountId.replaceAll('-', '')} & `}::text || regexp_replace(
      nullif(btrim(regexp_replace(lower(${text}::text), '[^[:alnum:]]+', ' ', 'g')), ''), ' ', ':* & ', 'g') || ':*')`
}

/** A first page may tell its total by itself; a page after a cursor, or past the end, cannot. */
function needsCount(page: PageRequest): boolean {
  return page.startingAfter !== null || page.endingBefore !== null || page.offset > 0
}

async function countRows(tx: Tx, read: PagedRead): Promise<number> {
  const { rows } = await sql<{ readonly count: bigint }>`
    select count(*) as count
      from (select 1
              from ${sql.table(read.table)}
             where ${conditions(read.accountId, read.filters)}
             limit ${TOTAL_MAX + 1}) as counted`.execute(tx)
  return Number(rows[0]?.count ?? 0n)
}

function conditions(accountId: Uuid, filters: readonly RawBuilder<unknown>[]): RawBuilder<unknown> {
  return sql.join([sql`account_id = ${accountId}`, ...filters], sql` and `)
}
