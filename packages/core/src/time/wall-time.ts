import { type Instant, MS_PER_DAY, addMs, formatInstant, instantFromMs } from './instant.ts'
import { type PlainDate, dateOfDayNumber, dayNumberOf } from './plain-date.ts'
import { type TimeZone, offsetMsAt } from './time-zone.ts'

/**
 * What calendar and clock on the wall of a zone show: the day, counted from 1970-01-01, and the
 * time within it.
 */
export type WallTime = { readonly dayNumber: number; readonly timeOfDayMs: number }

export function wallTimeAt(instant: Instant, zone: TimeZone): WallTime {
  const localMs = instant + offsetMsAt(instant, zone)
  const dayNumber = Math.floor(localMs / MS_PER_DAY)
  return { dayNumber, timeOfDayMs: localMs - dayNumber * MS_PER_DAY }
}

/**
 * The instant at which the wall shows this. Where clocks are put back it is the earlier of two,
 * where they are put forward a skipped time moves on by as much as was skipped (`compatible`, the
 * rule of Temporal and RFC 5545).
 */
export function instantOfWallTime(wall: WallTime, zone: TimeZone): Instant {
  const localMs = wall.dayNumber * MS_PER_DAY + wall.timeOfDayMs
  // No zone was ever 16 hours off UTC, so a day to either side is surely before and after any change near `localMs`.
  const offsetBeforeMs = offsetMsAt(instantFromMs(localMs - MS_PER_DAY), zone)
  const offsetAfterMs = offsetMsAt(instantFromMs(localMs + MS_PER_DAY), zone)
  const byOffsetBefore = instantFromMs(localMs - offsetBeforeMs)
  if (offsetBeforeMs === offsetAfterMs) return byOffsetBefore

  const byOffsetAfter = instantFromMs(localMs - offsetAfterMs)
  const isBefore = offsetMsAt(byOffsetBefore, zone) === offsetBeforeMs
  const isAfter = offsetMsAt(byOffsetAfter, zone) === offsetAfterMs
  return isAfter && !isBefore ? byOffsetAfter : byOffsetBefore
}

/** The date on the wall of the zone. */
export function plainDateAt(instant: Instant, zone: TimeZone): PlainDate {
  return dateOfDayNumber(wallTimeAt(instant, zone).dayNumber)
}

/** Midnight, or the first instant of a day whose midnight is skipped. */
export function startOfDay(date: PlainDate, zone: TimeZone): Instant {
  return instantOfWallTime({ dayNumber: dayNumberOf(date), timeOfDayMs: 0 }, zone)
}

/**
 * On `date`, when the wall shows what it shows at `sameTimeAs`; skipped and doubled times as in
 * `instantOfWallTime`.
 */
export function atWallTime(input: {
  readonly date: PlainDate
  readonly zone: TimeZone
  readonly sameTimeAs: Instant
}): Instant {
  const { timeOfDayMs } = wallTimeAt(input.sameTimeAs, input.zone)
  return instantOfWallTime({ dayNumber: dayNumberOf(input.date), timeOfDayMs }, input.zone)
}

/** ISO 8601 as the wall of the zone shows it: "2027-03-03T00:00:00.000+01:00". */
export function formatInstantIn(instant: Instant, zone: TimeZone): string {
  const offsetMs = offsetMsAt(instant, zone)
  const minutes = Math.round(Math.abs(offsetMs) / 60_000)
  const hours = String(Math.floor(minutes / 60)).padStart(2, '0')
  const rest = String(minutes % 60).padStart(2, '0')
  const wall = formatInstant(addMs(instant, offsetMs)).slice(0, -1)
  return `${wall}${offsetMs < 0 ? '-' : '+'}${hours}:${rest}`
}
