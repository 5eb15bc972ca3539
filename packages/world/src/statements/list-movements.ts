import { DAY_MS } from '../calendar/zone.ts'
import type { Position } from '../vault/endpoint.ts'
import type { Scope } from '../vault/state.ts'
import { type Happening, happeningsAfter, spanOf } from '../vault/timeline.ts'
import { type Books, timelineOf } from './books.ts'
import { type Movement, toMovement } from './movement.ts'
import { PAYOUT_DAYS_MAX, dayOf, listPayoutsAt, payoutAt, payoutIdOf } from './payouts.ts'

export interface MovementsQuery {
  readonly from: number
  /** Exclusive. */
  readonly until: number
  /** The caller's time: what lies after it has not happened. */
  readonly now: number
  /** Where the page before ended. */
  readonly after: Position | null
  readonly limit: number
}

export interface ListedMovement extends Movement {
  /** Null until it is paid out. */
  readonly payoutId: string | null
}

export interface MovementsPage {
  readonly movements: readonly ListedMovement[]
  /** Null on the last page. */
  readonly next: Position | null
}

/**
 * Oldest first; at one instant payouts come before what happens then, and all of them on one page. A position's
 * sequence is 0 after the payouts of its instant.
 */
export function listMovements(books: Books, scope: Scope, query: MovementsQuery): MovementsPage {
  const timeline = timelineOf(books, scope)
  const span = spanOf(timeline)
  const movements: ListedMovement[] = []
  if (span === null) return { movements, next: null }
  // No payout lies further than this from what it pays out.
  const farthest = span.last + (PAYOUT_DAYS_MAX + 1) * DAY_MS
  const until = Math.min(query.until, query.now + 1, farthest)
  let position = query.after ?? { at: Math.max(query.from, span.first), sequence: -1 }
  let midnight = firstMidnightAfter(position)
  const happenings = happeningsAfter(timeline, position)
  let happening: Happening | undefined = happenings.next().value ?? undefined
  while (movements.length < query.limit) {
    if (happening === undefined || midnight <= happening.at) {
      if (midnight >= until) return { movements, next: null }
      movements.push(...list(scope, listPayoutsAt(books, scope, midnight), query.now))
      position = { at: midnight, sequence: 0 }
      midnight += DAY_MS
    } else {
      if (happening.at >= until) return { movements, next: null }
      const moved = toMovement(books, happening)
      if (moved !== null) movements.push(...list(scope, [moved], query.now))
      position = happening
      happening = happenings.next().value ?? undefined
    }
  }
  return { movements, next: { at: position.at, sequence: position.sequence } }
}

function firstMidnightAfter({ at, sequence }: Position): number {
  const day = dayOf(at)
  return day === at && sequence < 0 ? day : day + DAY_MS
}

function list(scope: Scope, movements: readonly Movement[], now: number): ListedMovement[] {
  return movements.map((movement) => {
    if (movement.kind === 'payout') return { ...movement, payoutId: movement.reference }
    const isPaidOut = payoutAt(dayOf(movement.at)) <= now
    return { ...movement, payoutId: isPaidOut ? payoutIdOf(scope, movement) : null }
  })
}
