import { assert } from '@perennial/core/fault'
import {
  addMs,
  atWallTime,
  parseInstant,
  parsePlainDate,
  startOfDay,
  type Instant,
  type TimeZone,
} from '@perennial/core/time'

/**
 * The instant that a scenario means: "2027-01-31" is the first of that day on the account's wall,
 * "2027-01-31 02:30" that time there, "2027-01-31T02:30:00Z" an instant as it is.
 */
export function toMoment(text: string, zone: TimeZone): Instant {
  if (text.includes('T')) {
    const instant = parseInstant(text)
    assert(instant !== null, `${text} is an instant`)
    return instant
  }
  const [day = '', time] = text.split(' ', 2)
  const date = parsePlainDate(day)
  assert(date !== null, `${text} is a date`)
  if (time === undefined) return startOfDay(date, zone)
  // A day without a change of the clocks, so that hours since midnight are what the wall shows.
  const [hours, minutes] = time.split(':').map(Number)
  const calmDay = startOfDay({ year: 2027, month: 1, day: 10 }, zone)
  const sameTimeAs = addMs(calmDay, ((hours ?? 0) * 60 + (minutes ?? 0)) * 60_000)
  return atWallTime({ date, zone, sameTimeAs })
}

/** What the account's wall shows: "2027-01-31", and the time unless it is midnight. */
export function onTheWall(instant: string | number | Date, zone: TimeZone): string {
  const shown = new Intl.DateTimeFormat('sv-SE', {
    timeZone: zone,
    dateStyle: 'short',
    timeStyle: 'short',
  }).format(new Date(instant))
  return shown.endsWith(' 00:00') ? shown.slice(0, 10) : shown
}
