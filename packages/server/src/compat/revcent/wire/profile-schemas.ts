import type { Frequency } from '@perennial/core/time'
import Type, { type Static } from 'typebox'
import { FaceRefusal } from '../face-refusal.ts'
import { choice, code, flag, strict, text, whole } from './fields.ts'

const UNITS = { days: 'day', weeks: 'week', months: 'month', years: 'year' } as const
type Unit = keyof typeof UNITS
const FREQUENCIES = ['unit', 'calendar', 'fiscal'] as const
const optional = Type.Optional

const Settings = {
  frequency_unit: optional(
    strict({
      unit: choice(['days', 'weeks', 'months', 'years'], 'What is counted.'),
      value: whole('How many.', 1, 36_500),
    }),
  ),
  frequency_calendar: optional(
    strict({
      nth: whole('Which unit of the parent unit.', 1, 366),
      unit: choice(['day', 'week', 'month'], 'What is counted.'),
      parent_unit: choice(['week', 'month', 'year'], 'What it is counted in.'),
    }),
  ),
  frequency_fiscal: optional(
    strict({
      period: choice(['standard', 'infrequent'], 'Each quarter, or each nth.'),
      nth: optional(whole('Every how many quarters; with infrequent.', 2, 400)),
    }),
  ),
}

const rest = {
  description: optional(text('What it is for.')),
  enabled: optional(flag('Whether it sells; default true.')),
  occurrences_unlimited: optional(flag('Whether renewals never end.')),
  occurrences: optional(whole('Renewals in all.', 1, 100_000)),
  overdue_limit: optional(whole('Overdue renewals that suspend; 0 = never.', 0, 1_000)),
  prefer_last_success_gateway: optional(flag('Whether step 1 begins where it last succeeded.')),
  shipping_profile: optional(
    Type.Unsafe<string | null>({
      type: ['string', 'null'],
      minLength: 20,
      maxLength: 20,
      description: 'Its first rate is what renewals ship at.',
    }),
  ),
}
const name = Type.String({ minLength: 1, maxLength: 100, description: 'Unique among profiles.' })
const frequency = choice(FREQUENCIES, 'How renewals follow each other.')
const payment_profile = code('Routes the charges of renewals.')

export const ProfileCreate = strict({ name, frequency, ...Settings, payment_profile, ...rest })
export const ProfileEdit = strict({
  name: optional(name),
  frequency: optional(frequency),
  ...Settings,
  payment_profile: optional(payment_profile),
  ...rest,
})
export type ProfileEdit = Static<typeof ProfileEdit>

/** As `/v2` takes it. Refuses a frequency without the settings of its kind, or with those of another. */
export function toOurFrequency(
  kind: (typeof FREQUENCIES)[number],
  given: Pick<ProfileEdit, 'frequency_unit' | 'frequency_calendar' | 'frequency_fiscal'>,
): Readonly<Record<string, unknown>> {
  const settings = { unit: given.frequency_unit, calendar: given.frequency_calendar, fiscal: given.frequency_fiscal } // prettier-ignore
  if (settings[kind] === undefined)
    throw FaceRefusal.invalid(`frequency_${kind} is required where frequency is ${kind}.`)
  const other = FREQUENCIES.find((one) => one !== kind && settings[one] !== undefined)
  if (other !== undefined)
    throw FaceRefusal.invalid(`frequency_${other} does not go with frequency ${kind}.`)
  if (given.frequency_fiscal?.period === 'standard' && given.frequency_fiscal.nth !== undefined)
    throw FaceRefusal.invalid(
      'frequency_fiscal.nth goes only with period infrequent, not with standard.',
    )
  const { unit, calendar, fiscal } = settings
  if (kind === 'unit' && unit !== undefined)
    return { kind, unit: UNITS[unit.unit], count: unit.value }
  if (kind === 'calendar' && calendar !== undefined) return { kind, ...calendar }
  return { kind, ...fiscal }
}

const UNIT_NAMES: Readonly<Record<(typeof UNITS)[Unit], Unit>> = {
  day: 'days',
  week: 'weeks',
  month: 'months',
  year: 'years',
}

export function showFrequency(of: Frequency) {
  const blank = { frequency_unit: null, frequency_calendar: null, frequency_fiscal: null }
  switch (of.kind) {
    case 'unit': {
      const unit = { unit: UNIT_NAMES[of.unit], value: of.count }
      return { frequency: of.kind, ...blank, frequency_unit: unit }
    }
    case 'calendar': {
      const calendar = { nth: of.nth, unit: of.unit, parent_unit: of.parentUnit }
      return { frequency: of.kind, ...blank, frequency_calendar: calendar }
    }
    case 'fiscal': {
      const fiscal = { period: of.period, nth: of.period === 'standard' ? null : of.nth }
      return { frequency: of.kind, ...blank, frequency_fiscal: fiscal }
    }
  }
}
