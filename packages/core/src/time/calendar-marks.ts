import { assert, assertNever } from '../fault/index.ts'
import type { Frequency } from './frequency.ts'
import {
  dateOfDayNumber,
  dayNumberOf,
  dayNumberOfYear,
  daysInMonth,
  daysInYear,
} from './plain-date.ts'

/**
 * Days that the calendar marks whatever the anchor: exactly one in each of a numbered row of
 * stretches (weeks, months, quarters, years). `every` is how many stretches one period spans.
 */
export type CalendarMarks = {
  readonly stretchOf: (dayNumber: number) => number
  readonly markedDayIn: (stretch: number) => number
  readonly every: number
}

/** Day 0, 1 January 1970, was a Thursday, so three days earlier a week began. */
const MONDAY_SHIFT_DAYS = 3

export function calendarMarks(frequency: Exclude<Frequency, { kind: 'unit' }>): CalendarMarks {
  if (frequency.kind === 'fiscal') {
    const every = frequency.period === 'standard' ? 1 : frequency.nth
    return { stretchOf: quarterOf, markedDayIn: quarterStart, every }
  }
  const { nth, unit, parentUnit } = frequency
  switch (parentUnit) {
    case 'week':
      assert(unit === 'day', 'a week holds days only')
      return { stretchOf: weekOf, markedDayIn: (week) => weekStart(week) + nth - 1, every: 1 }
    case 'month': {
      assert(unit !== 'month', 'a month holds days and weeks only')
      const day = unit === 'day' ? nth : 1 + 7 * (nth - 1)
      return { stretchOf: monthOf, markedDayIn: (month) => dayInMonth(month, day), every: 1 }
    }
    case 'year':
      return { ...marksOfYear(unit, nth), every: 1 }
    default:
      return assertNever(parentUnit)
  }
}

/**
 * Faults: `n` is 0. Counted strictly after `dayNumber` for a positive `n`, strictly before it for a
 * negative one.
 */
export function nthMarkedDay(marks: CalendarMarks, dayNumber: number, n: number): number {
  assert(n !== 0, 'marked days are counted from 1 or from -1')
  const here = marks.stretchOf(dayNumber)
  const marked = marks.markedDayIn(here)
  if (n > 0) return marks.markedDayIn((marked > dayNumber ? here : here + 1) + n * marks.every - 1)
  return marks.markedDayIn((marked < dayNumber ? here : here - 1) + n * marks.every + 1)
}

/** A month counted from year 0, so that adding months is adding numbers. */
export function monthOf(dayNumber: number): number {
  const { year, month } = dateOfDayNumber(dayNumber)
  return year * 12 + month - 1
}

/** The day number of `day` in that month, or of the month's last day when it is shorter. */
export function dayInMonth(monthIndex: number, day: number): number {
  const year = Math.floor(monthIndex / 12)
  const month = monthIndex - year * 12 + 1
  return dayNumberOf({ year, month, day: Math.min(day, daysInMonth(year, month)) })
}

function marksOfYear(
  unit: 'day' | 'week' | 'month',
  nth: number,
): Pick<CalendarMarks, 'stretchOf' | 'markedDayIn'> {
  switch (unit) {
    case 'day': {
      const markedDayIn = (year: number): number =>
        dayNumberOfYear(year) + Math.min(nth, daysInYear(year)) - 1
      return { stretchOf: yearOf, markedDayIn }
    }
    case 'week':
      return { stretchOf: isoYearOf, markedDayIn: (isoYear) => isoWeekStart(isoYear, nth) }
    case 'month':
      return { stretchOf: yearOf, markedDayIn: (year) => dayInMonth(year * 12 + nth - 1, 1) }
    default:
      return assertNever(unit)
  }
}

function yearOf(dayNumber: number): number {
  return dateOfDayNumber(dayNumber).year
}

function quarterOf(dayNumber: number): number {
  return Math.floor(monthOf(dayNumber) / 3)
}

function quarterStart(quarter: number): number {
  return dayInMonth(quarter * 3, 1)
}

function weekOf(dayNumber: number): number {
  return Math.floor((dayNumber + MONDAY_SHIFT_DAYS) / 7)
}

function weekStart(week: number): number {
  return week * 7 - MONDAY_SHIFT_DAYS
}

/** ISO 8601: a week belongs to the year of its Thursday. */
function isoYearOf(dayNumber: number): number {
  return yearOf(weekStart(weekOf(dayNumber)) + 3)
}

function isoWeekStart(isoYear: number, week: number): number {
  // 4 January is always in week 1, so 28 December is always in the last.
  const firstMonday = weekStart(weekOf(dayNumberOf({ year: isoYear, month: 1, day: 4 })))
  const lastMonday = weekStart(weekOf(dayNumberOf({ year: isoYear, month: 12, day: 28 })))
  return Math.min(firstMonday + 7 * (week - 1), lastMonday)
}
