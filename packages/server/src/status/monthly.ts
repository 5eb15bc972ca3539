import { assert, assertNever } from '@perennial/core/fault'
import { type Ratio, ratio } from '@perennial/core/money'
import type { Frequency } from '@perennial/core/time'

const WEEKS_A_YEAR = 52n
const DAYS_A_YEAR = 365n
const MONTHS_A_YEAR = 12n
const QUARTERS_A_YEAR = 4n

/**
 * How many cycles of a frequency a month has: a year is 365 days or 52 weeks or 12 months (revkeen 5.21, the rule for
 * MRR).
 */
export function cyclesPerMonth(frequency: Frequency): Ratio {
  switch (frequency.kind) {
    case 'unit':
      return ratio(unitsPerYear(frequency.unit), MONTHS_A_YEAR * BigInt(frequency.count))
    case 'calendar':
      // Once in every parent unit, whichever day of it.
      return ratio(unitsPerYear(frequency.parentUnit), MONTHS_A_YEAR)
    case 'fiscal': {
      const quarters = frequency.period === 'standard' ? 1n : BigInt(frequency.nth)
      return ratio(QUARTERS_A_YEAR, MONTHS_A_YEAR * quarters)
    }
    default:
      return assertNever(frequency)
  }
}

function unitsPerYear(unit: 'day' | 'week' | 'month' | 'year'): bigint {
  switch (unit) {
    case 'day':
      return DAYS_A_YEAR
    case 'week':
      return WEEKS_A_YEAR
    case 'month':
      return MONTHS_A_YEAR
    case 'year':
      return 1n
    default:
      return assertNever(unit)
  }
}

/** A frequency as it is stored. */
export function toFrequency(stored: unknown): Frequency {
  assert(stored instanceof Object && 'kind' in stored, 'a stored frequency has a kind')
  return stored as Frequency // a parsed boundary: only core's own form is ever written
}
