import { assert } from '../../fault/index.ts'
import { addDaysToDate, daysInMonth, type PlainDate } from '../../time/index.ts'

/** When people are paid. A day of the month that a month lacks is its last day. */
export type IncomeCalendar =
  | { readonly kind: 'month_days'; readonly days: readonly number[] }
  | {
      readonly kind: 'weeks'
      /** 1 is Monday. */
      readonly weekday: number
      readonly everyWeeks: number
      /** Which of the `everyWeeks` weeks, counted from Monday 5 January 1970. */
      readonly week: number
    }

export type WeightedCalendar = {
  readonly calendar: IncomeCalendar
  /** How likely it is before anything has been seen; all of them sum to 1. */
  readonly prior: number
}

const EPOCH: PlainDate = { year: 1970, month: 1, day: 1 }

/**
 * Pay calendars and how common they are. That the 1st, the 15th, the last day and Fridays stand out is of spec/revtain.md 8.2. In the
 * United States 32 of 100 private businesses pay every week, 37 every second, 20 twice a month and 11 once
 * (https://data.bls.gov/cgi-bin/print.pl/opub/ted/2014/ted_20140605.htm, March 2013). The shares here are ours, by judgement: they have
 * to do for every country at once, salaries outside North America are taken to come once a month, and no figures were found for its days.
 * Everything stays possible, and what an account's own charges show soon outweighs it.
 */
export const INCOME_CALENDARS: readonly WeightedCalendar[] = normalised([
  ...singleDays(),
  ...twiceAMonth(),
  ...everyFewWeeks(),
])

function singleDays(): WeightedCalendar[] {
  const common: Readonly<Record<number, number>> = {
    1: 3,
    3: 1,
    5: 1.5,
    10: 1.5,
    15: 2,
    20: 1.5,
    25: 3,
    27: 1.5,
    28: 2,
    30: 1.5,
    31: 4,
  }
  return range(1, 31).map((day) => ({
    calendar: { kind: 'month_days', days: [day] },
    prior: common[day] ?? 0.5,
  }))
}

function twiceAMonth(): WeightedCalendar[] {
  const common: Readonly<Record<string, number>> = {
    '1,15': 5,
    '15,31': 5,
    '5,20': 2,
    '10,25': 2,
    '14,28': 1,
    '15,30': 3,
  }
  return range(1, 21).flatMap((first) =>
    range(first + 10, Math.min(first + 20, 31)).map((second): WeightedCalendar => {
      const days = [first, second]
      return { calendar: { kind: 'month_days', days }, prior: common[days.join(',')] ?? 0.02 }
    }),
  )
}

function everyFewWeeks(): WeightedCalendar[] {
  const byWeekday = [0.4, 0.4, 0.8, 1.2, 4, 0.2, 0.2]
  const byInterval: Readonly<Record<number, number>> = { 1: 0.8, 2: 1, 4: 0.15 }
  return [1, 2, 4].flatMap((everyWeeks) =>
    range(0, everyWeeks - 1).flatMap((week) =>
      range(1, 7).map((weekday): WeightedCalendar => ({
        calendar: { kind: 'weeks', weekday, everyWeeks, week },
        prior: (byWeekday[weekday - 1] ?? 0) * (byInterval[everyWeeks] ?? 0),
      })),
    ),
  )
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index)
}

function normalised(weighted: readonly WeightedCalendar[]): WeightedCalendar[] {
  const sum = weighted.reduce((total, { prior }) => total + prior, 0)
  return weighted.map((entry) => ({ ...entry, prior: entry.prior / sum }))
}

/** Longer than the longest time between two incomes of any calendar. */
const LOOK_BACK_DAYS = 32

/**
 * For a stretch of days (numbers counted from 1970-01-01), how long ago each calendar last paid and how long that
 * pay period is. Made once, asked many thousand times.
 */
export type CalendarTable = {
  readonly fromDay: number
  readonly days: number
  /** [calendar × days + day − fromDay]: days since the last payday; 0 on the payday itself. */
  readonly since: Uint8Array
  /** The same place: days from that payday to the next. */
  readonly period: Uint8Array
}

export function makeCalendarTable(fromDay: number, untilDay: number): CalendarTable {
  assert(untilDay > fromDay, 'a table covers a day at least')
  const days = untilDay - fromDay
  const since = new Uint8Array(INCOME_CALENDARS.length * days)
  const period = new Uint8Array(INCOME_CALENDARS.length * days)
  const first = fromDay - LOOK_BACK_DAYS
  const length = days + 2 * LOOK_BACK_DAYS
  const dates = Array.from({ length }, (_, index) => addDaysToDate(EPOCH, first + index))
  for (const [index, { calendar }] of INCOME_CALENDARS.entries()) {
    const paydays = dates.flatMap((date, day) => (pays(calendar, date, first + day) ? [day] : []))
    fill(paydays, { since, period, from: index * days, days })
  }
  return { fromDay, days, since, period }
}

function fill(
  paydays: readonly number[],
  into: {
    readonly since: Uint8Array
    readonly period: Uint8Array
    readonly from: number
    readonly days: number
  },
): void {
  let index = 0
  for (let day = 0; day < into.days; day += 1) {
    const here = day + LOOK_BACK_DAYS
    while ((paydays[index + 1] ?? Number.POSITIVE_INFINITY) <= here) index += 1
    const last = paydays[index] ?? here
    const next = paydays[index + 1] ?? here + LOOK_BACK_DAYS
    into.since[into.from + day] = here - last
    into.period[into.from + day] = next - last
  }
}

function pays(calendar: IncomeCalendar, date: PlainDate, day: number): boolean {
  if (calendar.kind === 'month_days') {
    const lastDay = daysInMonth(date.year, date.month)
    return calendar.days.some((wanted) => Math.min(wanted, lastDay) === date.day)
  }
  // 1970-01-05, a Monday, is day 4.
  const sinceMonday = day - 4
  const weekday = (((sinceMonday % 7) + 7) % 7) + 1
  const week = Math.floor(sinceMonday / 7)
  const place = ((week % calendar.everyWeeks) + calendar.everyWeeks) % calendar.everyWeeks
  return weekday === calendar.weekday && place === calendar.week
}

const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']

/** "the 1st and 15th", "every second Friday": for people who read why. */
export function describeCalendar(calendar: IncomeCalendar): string {
  if (calendar.kind === 'month_days') {
    return `day ${calendar.days.map((day) => (day === 31 ? 'last' : String(day))).join(' and ')} of the month`
  }
  const weekday = WEEKDAYS[calendar.weekday - 1] ?? ''
  return calendar.everyWeeks === 1
    ? `every ${weekday}`
    : `every ${calendar.everyWeeks} weeks on ${weekday}`
}
