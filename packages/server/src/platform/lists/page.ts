import type { Uuid } from '@perennial/core/ids'
import { ApiRefusal } from '../http/index.ts'

/** What a list query asks for, whichever of the dialects it was written in. */
export type PageRequest = {
  readonly limit: number
  readonly offset: number
  readonly startingAfter: Uuid | null
  readonly endingBefore: Uuid | null
}

/** What `readPage` found. `total` is exact up to 10,000; beyond, it is 10,000 and `isTotalCapped`. */
export type Page<Row> = {
  readonly rows: readonly Row[]
  readonly hasMore: boolean
  readonly total: number
  readonly isTotalCapped: boolean
}

export const LIMIT_MAX = 100
export const OFFSET_MAX = 10_000
export const TOTAL_MAX = 10_000

type ListQuery = {
  readonly limit: number
  readonly offset?: number
  readonly page?: number
  readonly starting_after?: Uuid
  readonly ending_before?: Uuid
}

/** Clamps the limit and turns a page into an offset; a cursor makes the offset void. Refuses an offset beyond 10,000. */
export function toPageRequest(query: ListQuery): PageRequest {
  const limit = Math.min(query.limit, LIMIT_MAX)
  const startingAfter = query.starting_after ?? null
  const endingBefore = query.ending_before ?? null
  const hasCursor = startingAfter !== null || endingBefore !== null
  const offset = hasCursor ? 0 : (query.offset ?? ((query.page ?? 1) - 1) * limit)
  if (offset > OFFSET_MAX) {
    throw ApiRefusal.invalid(
      query.offset === undefined ? 'page' : 'offset',
      `Lists can be skipped through up to ${OFFSET_MAX} rows. To go further, pass the id of the last row you have as starting_after.`,
    )
  }
  return { limit, offset, startingAfter, endingBefore }
}
