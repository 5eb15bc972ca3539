import { plainDateAt, UTC, type Instant, type PlainDate } from '@perennial/core/time'

const FIRST_YEAR = 1970
const LAST_YEAR = 2199

/** What is wrong with a date that nothing can be set to, after the name of its field. */
export const DATE_OUT_OF_RANGE = `must lie in the years ${FIRST_YEAR} to ${LAST_YEAR}`

/**
 * Whether something may be set to this date. Billing counts on from the dates that it is given, by years at a time, and time
 * is counted to the year 9999; before 1970 nothing was ever paid.
 */
export function isDateInRange(date: Instant | PlainDate): boolean {
  const { year } = typeof date === 'number' ? plainDateAt(date, UTC) : date
  return year >= FIRST_YEAR && year <= LAST_YEAR
}
