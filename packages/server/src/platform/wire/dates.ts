import {
  comparePlainDates,
  maxInstant,
  minInstant,
  plainDateAt,
  startOfDay,
  UTC,
  type Instant,
  type PlainDate,
} from '@perennial/core/time'

const FIRST_YEAR = 1970
const LAST_YEAR = 2199
// Within a month of 1970-01-01 PostgreSQL is handed an instant as a small integer (`platform/db`), which is no time to it.
const FIRST_FILTERED = { year: 1971, month: 1, day: 1 }
// With a day to go before instants end.
const LAST_FILTERED = { year: 9998, month: 12, day: 31 }

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

/**
 * The date itself, or the nearest that a query can compare with and count on from: for ends of a filter, which may lie where
 * nothing can (0001-01-01, 9999-12-31).
 */
export function toFilterDate(date: PlainDate): PlainDate {
  if (comparePlainDates(date, FIRST_FILTERED) < 0) return FIRST_FILTERED
  return comparePlainDates(date, LAST_FILTERED) > 0 ? LAST_FILTERED : date
}

/** The same of an instant. */
export function toFilterInstant(at: Instant): Instant {
  return minInstant(maxInstant(at, startOfDay(FIRST_FILTERED, UTC)), startOfDay(LAST_FILTERED, UTC))
}
