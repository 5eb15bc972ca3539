import { assert, assertNever } from '../fault/index.ts'
import { calendarMarks, dayInMonth, monthOf, nthMarkedDay } from './calendar-marks.ts'
import type { Frequency } from './frequency.ts'
import type { Instant } from './instant.ts'
import { dateOfDayNumber } from './plain-date.ts'
import type { TimeZone } from './time-zone.ts'
import { instantOfWallTime, wallTimeAt } from './wall-time.ts'

/**
 * Where counting starts. `day` 1 to 31 is the wanted day of the month when `at` had to be clamped
 * into a short one (31 for a month-end anchor that starts on 28 February); null means the day of
 * `at`.
 */
export type Anchor = { readonly at: Instant; readonly zone: TimeZone; readonly day: number | null }

/**
 * An estimate by whole stretches is off by one at most; the rest is for skipped days such as
 * Samoa's in 2011.
 */
const ADJUSTMENTS_MAX = 4

/**
 * The `n`-th boundary counted from the anchor and never from the boundary before, at the anchor's
 * wall time; `n` = 0 is the anchor itself, negative ones lie before it. Period `n` is
 * [boundaryAt(n), boundaryAt(n + 1)). `calendar` and `fiscal`: the `n`-th matching day strictly
 * after the anchor's.
 */
export function boundaryAt(anchor: Anchor, frequency: Frequency, n: number): Instant {
  assert(Number.isSafeInteger(n), 'boundaries are counted in whole numbers')
  if (n === 0) return anchor.at
  const { dayNumber, timeOfDayMs } = wallTimeAt(anchor.at, anchor.zone)
  const target = {
    dayNumber: boundaryDay({ dayNumber, day: anchor.day, frequency, n }),
    timeOfDayMs,
  }
  return instantOfWallTime(target, anchor.zone)
}

/**
 * So many days of the calendar later, or earlier when there are fewer than none: at the same time of day on the zone's wall.
 * Across a change of its clocks that is not a multiple of 24 hours.
 */
export function addCalendarDays(at: Instant, days: number, zone: TimeZone): Instant {
  return boundaryAt({ at, zone, day: null }, { kind: 'unit', unit: 'day', count: 1 }, days)
}

/**
 * The first boundary strictly after `after`, counting from the anchor on: `n` is never negative.
 */
export function boundaryAfter(
  anchor: Anchor,
  frequency: Frequency,
  after: Instant,
): { readonly n: number; readonly at: Instant } {
  if (anchor.at > after) return { n: 0, at: anchor.at }
  const days = {
    fromDay: wallTimeAt(anchor.at, anchor.zone).dayNumber,
    toDay: wallTimeAt(after, anchor.zone).dayNumber,
  }
  let n = Math.max(1, boundariesBetween(frequency, days))
  let at = boundaryAt(anchor, frequency, n)
  let adjustments = 0
  while (at <= after) {
    n += 1
    adjustments += 1
    at = boundaryAt(anchor, frequency, n)
    assert(adjustments <= ADJUSTMENTS_MAX, 'the estimated boundary is near the right one')
  }
  for (;;) {
    const previousAt = boundaryAt(anchor, frequency, n - 1)
    if (previousAt <= after) return { n, at }
    n -= 1
    adjustments += 1
    at = previousAt
    assert(adjustments <= ADJUSTMENTS_MAX, 'the estimated boundary is near the right one')
  }
}

function boundaryDay(input: {
  readonly dayNumber: number
  readonly day: number | null
  readonly frequency: Frequency
  readonly n: number
}): number {
  const { dayNumber, frequency, n } = input
  if (frequency.kind !== 'unit') return nthMarkedDay(calendarMarks(frequency), dayNumber, n)
  const units = frequency.count * n
  switch (frequency.unit) {
    case 'day':
      return dayNumber + units
    case 'week':
      return dayNumber + 7 * units
    case 'month':
    case 'year': {
      const { year, month, day } = dateOfDayNumber(dayNumber)
      const months = frequency.unit === 'month' ? units : 12 * units
      return dayInMonth(year * 12 + month - 1 + months, input.day ?? day)
    }
    default:
      return assertNever(frequency)
  }
}

/** About how many boundaries lie between two days: right or one too few. */
function boundariesBetween(
  frequency: Frequency,
  days: { readonly fromDay: number; readonly toDay: number },
): number {
  if (frequency.kind !== 'unit') {
    const { stretchOf, every } = calendarMarks(frequency)
    return Math.floor((stretchOf(days.toDay) - stretchOf(days.fromDay)) / every)
  }
  switch (frequency.unit) {
    case 'day':
      return Math.floor((days.toDay - days.fromDay) / frequency.count)
    case 'week':
      return Math.floor((days.toDay - days.fromDay) / (7 * frequency.count))
    case 'month':
      return Math.floor((monthOf(days.toDay) - monthOf(days.fromDay)) / frequency.count)
    case 'year':
      return Math.floor((monthOf(days.toDay) - monthOf(days.fromDay)) / (12 * frequency.count))
    default:
      return assertNever(frequency)
  }
}
