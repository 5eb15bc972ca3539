import type { IncomeFile } from '../world-file/schema.ts'
import { DAY_MS, HOUR_MS, type Zone, fromLocal, toLocal, weekdayOf } from './zone.ts'

/**
 * Monday 5 January 1970: weeks are counted from here, so "every second Friday" is the same Friday
 * for everyone.
 */
const FIRST_MONDAY = 4

/** Instants of one UTC year at which money arrives, in order, each once. */
export function incomesOfYear(
  year: number,
  rule: { readonly income: IncomeFile; readonly hour: number; readonly zone: Zone },
): number[] {
  const from = Date.UTC(year, 0, 1)
  const to = Date.UTC(year + 1, 0, 1)
  const days = localDays(rule.income, { year, zone: rule.zone })
  const instants = days.map((day) => fromLocal(rule.zone, day * DAY_MS + rule.hour * HOUR_MS))
  const inYear = instants.filter((at) => at >= from && at < to)
  return [...new Set(inYear)].toSorted((a, b) => a - b)
}

/** Local days that may fall into the UTC year: a day more at each side, as zones reach 14 hours. */
function localDays(income: IncomeFile, { year, zone }: { year: number; zone: Zone }): number[] {
  const first = Math.floor(toLocal(zone, Date.UTC(year, 0, 1)) / DAY_MS) - 1
  const last = Math.floor(toLocal(zone, Date.UTC(year + 1, 0, 1)) / DAY_MS) + 1
  switch (income.kind) {
    case 'month_days':
      return monthsOf(year).flatMap((month) =>
        income.days.map((day) => month.firstDay + Math.min(day, month.length) - 1),
      )
    case 'month_end':
      return monthsOf(year).map((month) => month.firstDay + month.length - 1)
    case 'weekday': {
      const days: number[] = []
      for (let day = first; day <= last; day += 1) {
        const week = Math.floor((day - FIRST_MONDAY) / 7)
        const isDue = week % income.every_weeks === 0
        if (isDue && weekdayOf(day * DAY_MS) === income.weekday) days.push(day)
      }
      return days
    }
  }
}

/** The year's months and their two neighbours. A day past the end of a month means its last day. */
function monthsOf(year: number): { firstDay: number; length: number }[] {
  return Array.from({ length: 14 }, (_, i) => {
    const firstDay = Date.UTC(year, i - 1, 1) / DAY_MS
    return { firstDay, length: Date.UTC(year, i, 1) / DAY_MS - firstDay }
  })
}
