import { assert } from '../fault/index.ts'
import { parseInstant, type Instant } from '../time/index.ts'

/** When a row of a table holds. A change ends one row and begins another, so that what was decided before it can be explained. */
export type DatedRow = {
  /** Half-open; a null end has not come. */
  readonly from: Instant
  readonly until: Instant | null
}

/** The first moment of a day, in UTC. */
export function ruleDay(date: string): Instant {
  const instant = parseInstant(`${date}T00:00:00Z`)
  assert(instant !== null, 'a rule holds from a day on')
  return instant
}

/** What holds as long as anybody remembers: nobody has published since when. */
export const SINCE_EVER: Instant = ruleDay('2000-01-01')

export function holdsAt({ from, until }: DatedRow, at: Instant): boolean {
  return at >= from && (until === null || at < until)
}
