import { assert } from '../fault/index.ts'

/** A calendar date of the Gregorian calendar, in no zone. Months and days count from 1. */
export type PlainDate = { readonly year: number; readonly month: number; readonly day: number }

const DAYS_IN_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
const DAYS_BEFORE_MONTH = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334]
const DAYS_BEFORE_1970 = 719_162
const DAYS_PER_YEAR_ON_AVERAGE = 365.2425

export function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
}

export function daysInMonth(year: number, month: number): number {
  const days = DAYS_IN_MONTH[month - 1]
  assert(days !== undefined, 'a month is 1 to 12')
  return month === 2 && isLeapYear(year) ? 29 : days
}

export function daysInYear(year: number): number {
  return isLeapYear(year) ? 366 : 365
}

export function isRealDate({ year, month, day }: PlainDate): boolean {
  return year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month)
}

const ISO_DATE = /^(\d{4})-(\d\d)-(\d\d)$/

/** "2027-01-31"; null for anything else, 30 February included. */
export function parsePlainDate(text: string): PlainDate | null {
  const match = ISO_DATE.exec(text)
  if (match === null) return null
  const part = (index: number): number => Number.parseInt(match[index] ?? '0', 10)
  const date = { year: part(1), month: part(2), day: part(3) }
  return isRealDate(date) ? date : null
}

export function formatPlainDate({ year, month, day }: PlainDate): string {
  const pad = (value: number, digits: number): string => String(value).padStart(digits, '0')
  return `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`
}

/** For sorting: negative, zero or positive. */
export function comparePlainDates(a: PlainDate, b: PlainDate): number {
  return a.year - b.year || a.month - b.month || a.day - b.day
}

export function addDaysToDate(date: PlainDate, days: number): PlainDate {
  return dateOfDayNumber(dayNumberOf(date) + days)
}

/** Days from 1970-01-01 to the first of January of `year`. */
export function dayNumberOfYear(year: number): number {
  const before = year - 1
  const leapDays = Math.floor(before / 4) - Math.floor(before / 100) + Math.floor(before / 400)
  return before * 365 + leapDays - DAYS_BEFORE_1970
}

/** Days from 1970-01-01 to `date`: the line of days on which all calendar arithmetic is done. */
export function dayNumberOf({ year, month, day }: PlainDate): number {
  const daysBefore = DAYS_BEFORE_MONTH[month - 1]
  assert(daysBefore !== undefined, 'a month is 1 to 12')
  const leapDay = month > 2 && isLeapYear(year) ? 1 : 0
  return dayNumberOfYear(year) + daysBefore + leapDay + day - 1
}

export function dateOfDayNumber(dayNumber: number): PlainDate {
  // The average year finds the right one or a neighbour.
  let year = Math.floor((dayNumber + DAYS_BEFORE_1970) / DAYS_PER_YEAR_ON_AVERAGE) + 1
  if (dayNumber < dayNumberOfYear(year)) year -= 1
  else if (dayNumber >= dayNumberOfYear(year + 1)) year += 1

  let day = dayNumber - dayNumberOfYear(year) + 1
  let month = 1
  for (let length = 31; day > length; length = daysInMonth(year, month)) {
    day -= length
    month += 1
  }
  return { year, month, day }
}
