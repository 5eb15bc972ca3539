import { assertNever } from '@perennial/core/fault'
import type { Frequency } from '@perennial/core/time'
import { choiceAt, integerAt, objectAt, problem, type Fields } from './fields.ts'

type Unit = Extract<Frequency, { readonly kind: 'unit' }>['unit']

export const INTERVAL_TYPES = ['Days', 'Weeks', 'Months', 'Years'] as const
export type IntervalType = (typeof INTERVAL_TYPES)[number]

export const FREQUENCY_TYPES = [
  'Daily',
  'Weekly',
  'Biweekly',
  'Monthly',
  'Bimonthly',
  'Quarterly',
  'Semiannually',
  'Yearly',
] as const
export type FrequencyType = (typeof FREQUENCY_TYPES)[number]

/** The older names for intervals (spec/revolv3.md 2). */
const INTERVAL_OF: Readonly<Record<FrequencyType, readonly [Unit, number]>> = {
  Daily: ['day', 1],
  Weekly: ['week', 1],
  Biweekly: ['week', 2],
  Monthly: ['month', 1],
  Bimonthly: ['month', 2],
  Quarterly: ['month', 3],
  Semiannually: ['month', 6],
  Yearly: ['year', 1],
}

/** A hundred years. */
const COUNT_MAX: Readonly<Record<IntervalType, number>> = {
  Days: 36_500,
  Weeks: 5_200,
  Months: 1_200,
  Years: 100,
}

export function unitOf(type: IntervalType): Unit {
  switch (type) {
    case 'Days':
      return 'day'
    case 'Weeks':
      return 'week'
    case 'Months':
      return 'month'
    case 'Years':
      return 'year'
    default:
      return assertNever(type)
  }
}

/** Either form, not both; null where neither is given. */
export function frequencyAt(fields: Fields): Frequency | null {
  const type = choiceAt(fields, 'billingFrequencyType', FREQUENCY_TYPES)
  const nested = objectAt(fields, 'billingFrequency')
  const isOlder = isGiven(fields, 'billingFrequencyType')
  const isNewer =
    nested !== null || isGiven(fields, 'intervalType') || fields.get('intervalCount') !== null
  if (isOlder && isNewer)
    return problem(fields, 'billingFrequencyType', 'and an interval exclude each other')
  if (type !== null) {
    const [unit, count] = INTERVAL_OF[type]
    return { kind: 'unit', unit, count }
  }
  if (!isNewer) return null
  const from = nested ?? fields
  const interval = choiceAt(from, 'intervalType', INTERVAL_TYPES)
  const count = integerAt(from, 'intervalCount', { min: 1, max: COUNT_MAX[interval ?? 'Days'] })
  if (!isGiven(from, 'intervalType')) return problem(from, 'intervalType', 'is required')
  if (interval === null || (count === null && from.get('intervalCount') !== null)) return null
  return { kind: 'unit', unit: unitOf(interval), count: count ?? 1 }
}

/** The same where one has to be given; null always comes with a problem that is noted. */
export function requiredFrequencyAt(fields: Fields): Frequency | null {
  const noted = fields.problems.length
  const frequency = frequencyAt(fields)
  if (frequency === null && fields.problems.length === noted)
    return problem(fields, 'billingFrequencyType', 'or billingFrequency is required')
  return frequency
}

/** An empty choice is none. */
function isGiven(fields: Fields, name: string): boolean {
  const value = fields.get(name)
  return value !== null && value !== ''
}

/** The interval in the newer words, and the older one where there is one. */
export function toWireFrequency(frequency: Frequency) {
  if (frequency.kind !== 'unit') return { billingFrequencyType: null, billingIntervalType: null, billingIntervalCount: null } // prettier-ignore
  const { unit, count } = frequency
  const older = FREQUENCY_TYPES.find((type) => {
    const [itsUnit, itsCount] = INTERVAL_OF[type]
    return itsUnit === unit && itsCount === count
  })
  return {
    billingFrequencyType: older ?? null,
    billingIntervalType: INTERVAL_TYPES.find((type) => unitOf(type) === unit) ?? null,
    billingIntervalCount: count,
  }
}
