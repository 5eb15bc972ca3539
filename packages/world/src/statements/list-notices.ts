import type { Position } from '../vault/endpoint.ts'
import type { Scope } from '../vault/state.ts'
import { type Happening, happeningsAfter } from '../vault/timeline.ts'
import { type Books, timelineOf } from './books.ts'

export interface NoticesQuery {
  readonly after: Position
  /** What is due by then, and then itself, is told. */
  readonly now: number
  readonly limit: number
}

export interface NoticesPage<Told> {
  readonly told: readonly Told[]
  readonly next: Position
  readonly hasMore: boolean
  /** When there will be more to tell, as far as is known by now. */
  readonly nextDueAt: number | null
}

/** Oldest first, in the words of a dialect: `tell` says what it makes of a happening. */
export function listNotices<Told>(
  books: Books,
  scope: Scope,
  query: NoticesQuery & { readonly tell: (happening: Happening) => readonly Told[] },
): NoticesPage<Told> {
  const told: Told[] = []
  let next = query.after
  for (const happening of happeningsAfter(timelineOf(books, scope), query.after)) {
    const news = query.tell(happening)
    const { at, sequence } = happening
    if (at > query.now && news.length > 0) return { told, next, hasMore: false, nextDueAt: at }
    if (at > query.now) continue
    if (told.length >= query.limit && news.length > 0) {
      return { told, next, hasMore: true, nextDueAt: at }
    }
    told.push(...news)
    next = { at, sequence }
  }
  return { told, next, hasMore: false, nextDueAt: null }
}
