import { assert, assertNever } from '../fault/index.ts'
import type { Anchor } from './boundary.ts'
import { dayInMonth, monthOf } from './calendar-marks.ts'
import type { Frequency } from './frequency.ts'
import type { Instant } from './instant.ts'
import type { TimeZone } from './time-zone.ts'
import { instantOfWallTime, wallTimeAt } from './wall-time.ts'

/**
 * The day of the month on which periods are to begin. A `day` past a month's end means its last
 * day.
 */
export type BillingDayRule =
  | { readonly kind: 'same_day' }
  | { readonly kind: 'day_of_month'; readonly day: number }
  | { readonly kind: 'last_day' }

/** Only months and years have a day of the month to begin on: the time up to it is never longer than a period of them. */
export function hasBillingDays(frequency: Frequency): boolean {
  return frequency.kind === 'unit' && (frequency.unit === 'month' || frequency.unit === 'year')
}

/** The first instant on or after `from`, at its wall time, whose date in the zone fits the rule. */
export function alignToBillingDay(input: {
  readonly from: Instant
  readonly zone: TimeZone
  readonly rule: BillingDayRule
}): Anchor {
  const { from, zone } = input
  const day = wantedDay(input.rule)
  if (day === null) return { at: from, zone, day: null }

  const { dayNumber, timeOfDayMs } = wallTimeAt(from, zone)
  const month = monthOf(dayNumber)
  const inThisMonth = dayInMonth(month, day)
  if (inThisMonth === dayNumber) return { at: from, zone, day }
  const target = inThisMonth > dayNumber ? inThisMonth : dayInMonth(month + 1, day)
  return { at: instantOfWallTime({ dayNumber: target, timeOfDayMs }, zone), zone, day }
}

function wantedDay(rule: BillingDayRule): number | null {
  switch (rule.kind) {
    case 'same_day':
      return null
    case 'day_of_month':
      assert(Number.isInteger(rule.day) && rule.day >= 1 && rule.day <= 31, 'a day is 1 to 31')
      return rule.day
    case 'last_day':
      return 31
    default:
      return assertNever(rule)
  }
}
