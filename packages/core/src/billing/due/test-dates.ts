// Calendars of profiles, and the next date of any frequency found the slow way. For the tests of this folder.
import {
  addDays,
  addDaysToDate,
  atWallTime,
  daysInMonth,
  type Frequency,
  type Instant,
  isLeapYear,
  MS_PER_DAY,
  parseTimeZone,
  type PlainDate,
  plainDateAt,
  startOfDay,
  type TimeZone,
  UTC,
} from '../../time/index.ts'

/** What a calendar counts, and how far (spec/revcent.md 6.4). */
const PLACES = [
  { nthMax: 7, unit: 'day', parentUnit: 'week' },
  { nthMax: 31, unit: 'day', parentUnit: 'month' },
  { nthMax: 5, unit: 'week', parentUnit: 'month' },
  { nthMax: 366, unit: 'day', parentUnit: 'year' },
  { nthMax: 53, unit: 'week', parentUnit: 'year' },
  { nthMax: 12, unit: 'month', parentUnit: 'year' },
] as const

/** Each there is, those of one place together. */
export const CALENDARS: readonly (readonly Frequency[])[] = PLACES.map(({ nthMax, ...place }) =>
  Array.from(
    { length: nthMax },
    (_, index) => ({ kind: 'calendar', nth: index + 1, ...place }) as const,
  ),
)

export const ZONES: readonly TimeZone[] = [
  'UTC',
  'America/New_York',
  'Europe/Berlin',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
].map((name) => parseTimeZone(name) ?? UTC)

/** Thursday. */
const EPOCH = { year: 1970, month: 1, day: 1 }

function dayNumber(date: PlainDate): number {
  return startOfDay(date, UTC) / MS_PER_DAY - startOfDay(EPOCH, UTC) / MS_PER_DAY
}

/** 1 = Monday. */
const weekday = (date: PlainDate): number => ((((dayNumber(date) + 3) % 7) + 7) % 7) + 1
const dayOfYear = (date: PlainDate): number =>
  dayNumber(date) - dayNumber({ year: date.year, month: 1, day: 1 }) + 1

/** The week of a Monday, and how many its year has. */
function isoWeek(monday: PlainDate): { week: number; weeks: number } {
  const thursday = addDaysToDate(monday, 3)
  const week = Math.ceil(dayOfYear(thursday) / 7)
  const last = addDaysToDate(thursday, 7 * (53 - week))
  return { week, weeks: last.year === thursday.year ? 53 : 52 }
}

/** Whether the calendar marks a day: revcent.md 6.4 read out, day by day. */
function isMarked(date: PlainDate, frequency: Exclude<Frequency, { kind: 'unit' }>): boolean {
  const { year, month, day } = date
  const days = daysInMonth(year, month)
  if (frequency.kind === 'fiscal') return day === 1 && month % 3 === 1
  const { nth, unit, parentUnit } = frequency
  if (parentUnit === 'week') return weekday(date) === nth
  if (parentUnit === 'month')
    return day === Math.min(unit === 'day' ? nth : 1 + 7 * (nth - 1), days)
  if (unit === 'day') return dayOfYear(date) === Math.min(nth, isLeapYear(year) ? 366 : 365)
  if (unit === 'month') return day === 1 && month === nth
  const { week, weeks } = isoWeek(addDaysToDate(date, 1 - weekday(date)))
  return weekday(date) === 1 && week === Math.min(nth, weeks)
}

/** The date after `from`, found the slow way. */
function nextDate(from: PlainDate, frequency: Frequency): PlainDate {
  if (frequency.kind === 'unit') {
    const months = frequency.count * (frequency.unit === 'year' ? 12 : 1)
    const index = from.year * 12 + from.month - 1 + months
    const [year, month] = [Math.floor(index / 12), (index % 12) + 1]
    return { year, month, day: Math.min(from.day, daysInMonth(year, month)) }
  }
  const wanted =
    frequency.kind === 'fiscal' && frequency.period === 'infrequent' ? frequency.nth : 1
  let date = from
  for (let found = 0; found < wanted;) {
    date = addDaysToDate(date, 1)
    if (isMarked(date, frequency)) found += 1
  }
  return date
}

/** The renewal after one at `from` (spec/revcent.md 6.3, 6.4). */
export function nextInstant(from: Instant, frequency: Frequency, zone: TimeZone): Instant {
  if (frequency.kind === 'unit' && frequency.unit === 'day') return addDays(from, frequency.count)
  if (frequency.kind === 'unit' && frequency.unit === 'week')
    return addDays(from, 7 * frequency.count)
  return atWallTime({ date: nextDate(plainDateAt(from, zone), frequency), zone, sameTimeAs: from })
}
