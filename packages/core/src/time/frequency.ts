import { assertNever } from '../fault/index.ts'

/**
 * How often a boundary between two periods comes.
 * - `unit`: every `count` days, weeks, months or years from the anchor.
 * - `calendar`: on the `nth` unit of every parent unit (revcent 6.4); past a parent's end means its
 *   last.
 * - `fiscal`: `standard` at the start of every quarter, `infrequent` at every `nth` quarter start;
 *   the `nth` of `standard` is not looked at.
 */
export type Frequency =
  | {
      readonly kind: 'unit'
      readonly unit: 'day' | 'week' | 'month' | 'year'
      readonly count: number
    }
  | {
      readonly kind: 'calendar'
      readonly nth: number
      readonly unit: 'day' | 'week' | 'month'
      readonly parentUnit: 'week' | 'month' | 'year'
    }
  | { readonly kind: 'fiscal'; readonly period: 'standard' | 'infrequent'; readonly nth: number }

/** A century of days: nobody bills less often, and it keeps dates within range. */
const COUNT_MAX = 36_500

/** What is wrong with a frequency that came from outside, as a sentence; null when nothing is. */
export function frequencyProblem(frequency: Frequency): string | null {
  switch (frequency.kind) {
    case 'unit':
      return rangeProblem('count', frequency.count, { min: 1, max: COUNT_MAX })
    case 'calendar': {
      const max = nthMax(frequency)
      if (max === null) return `there is no ${frequency.unit} in a ${frequency.parentUnit}`
      return rangeProblem('nth', frequency.nth, { min: 1, max })
    }
    case 'fiscal':
      if (frequency.period === 'standard') return null
      return rangeProblem('nth', frequency.nth, { min: 2, max: 400 })
    default:
      return assertNever(frequency)
  }
}

function nthMax({ unit, parentUnit }: Extract<Frequency, { kind: 'calendar' }>): number | null {
  const nthMaxByUnit = {
    week: { day: 7, week: null, month: null },
    month: { day: 31, week: 5, month: null },
    year: { day: 366, week: 53, month: 12 },
  }
  return nthMaxByUnit[parentUnit][unit]
}

function rangeProblem(
  name: string,
  value: number,
  range: { readonly min: number; readonly max: number },
): string | null {
  if (Number.isInteger(value) && value >= range.min && value <= range.max) return null
  return `${name} must be a whole number from ${range.min} to ${range.max}`
}

/** Whether both put boundaries at the same distances. */
export function isSameFrequency(one: Frequency, other: Frequency): boolean {
  if (one.kind === 'unit')
    return other.kind === 'unit' && one.unit === other.unit && one.count === other.count
  if (one.kind === 'fiscal') {
    const isStandard = one.period === 'standard'
    return (
      other.kind === 'fiscal' &&
      one.period === other.period &&
      (isStandard || one.nth === other.nth)
    )
  }
  return (
    other.kind === 'calendar' &&
    one.nth === other.nth &&
    one.unit === other.unit &&
    one.parentUnit === other.parentUnit
  )
}
