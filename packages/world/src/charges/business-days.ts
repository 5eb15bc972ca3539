import { DAY_MS, weekdayOf } from '../calendar/zone.ts'

const SATURDAY = 6

/** The same time of day, so many Mondays to Fridays (UTC) later. Holidays are not known here. */
export function addBusinessDays(at: number, days: number): number {
  let moved = at
  let left = days
  while (left > 0) {
    moved += DAY_MS
    if (weekdayOf(moved) < SATURDAY) left -= 1
  }
  return moved
}
