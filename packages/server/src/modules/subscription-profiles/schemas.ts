import Type, { type Static } from 'typebox'
import type { Frequency } from '@perennial/core/time'
import { ApiRefusal } from '../../platform/http/index.ts'
import { cursorQuery } from '../../platform/lists/index.ts'
import {
  readRecoveryChoice,
  RecoveryChoiceBody,
  RecoveryChoiceItem,
} from '../../platform/settings/index.ts'
import {
  given,
  idField,
  integerField,
  type JsonObject,
  nullable,
  oneOf,
  textField,
  timestamp,
  wireId,
} from '../../platform/wire/index.ts'
import type { ProfileFields } from './profile.ts'

export const ProfileItem = Type.Object(
  {
    id: wireId('subscription_profile', 'Id of the profile.'),
    object: oneOf(['subscription_profile'], { description: 'Always "subscription_profile".' }),
    name: Type.String({ description: 'Name, unique among profiles that are not archived.' }),
    description: nullable(Type.String({ description: 'What the profile is for.' })),
    enabled: Type.Boolean({
      description: 'Whether it sells. What follows a disabled profile goes on.',
    }),
    frequency: Type.Unsafe<JsonObject>({
      type: 'object',
      additionalProperties: true,
      description: 'The time between renewals, in the form in which it is given.',
    }),
    occurrences: nullable(Type.Integer({ description: 'Renewals in all; null = no end.' })),
    overdue_limit: Type.Integer({
      description: 'Overdue renewals at which a subscription is suspended; 0 = never.',
    }),
    retry_failed_renewals: Type.Boolean({
      description: 'Whether failed renewals are tried again by themselves.',
    }),
    payment_profile_id: nullable(
      wireId('payment_profile', "Routes the charges of renewals; null = the account's default."),
    ),
    prefer_last_success_gateway: Type.Boolean({
      description: 'Whether step 1 begins with the gateway of the latest approved charge.',
    }),
    shipping_profile_id: nullable(
      wireId(
        'shipping_profile',
        'Whose first rate renewals bear for what is shipped; null = whichever rate qualifies.',
      ),
    ),
    salvage_profile_id: nullable(
      wireId(
        'salvage_profile',
        'When and where failed renewals are tried again by themselves; null = as recovery says.',
      ),
    ),
    recovery: nullable(RecoveryChoiceItem),
    subscription_id: nullable(
      wireId('subscription', 'The one subscription that a custom profile belongs to.'),
    ),
    version: Type.Integer({ description: 'Rises with each change.' }),
    archived_at: nullable(timestamp('When it was archived.')),
    created_at: timestamp('When it was made.'),
    updated_at: timestamp('When it was last changed.'),
  },
  {
    title: 'SubscriptionProfile',
    description: 'What decides the dates and limits of the renewals of many subscriptions.',
  },
)

const whole = (description: string, maximum: number) =>
  Type.Optional(integerField(description, { minimum: 1, maximum }))

export const FrequencyBody = Type.Object(
  {
    kind: oneOf(['unit', 'calendar', 'fiscal'], {
      description:
        'unit: count units after the last renewal. calendar: on the nth unit of every parent unit. fiscal: at the start of every quarter, or of every nth.',
    }),
    unit: Type.Optional(
      oneOf(['day', 'week', 'month', 'year'], { description: 'With unit and calendar.' }),
    ),
    count: whole('Units between two renewals; with unit.', 36_500),
    parent_unit: Type.Optional(
      oneOf(['week', 'month', 'year'], {
        description: 'What the unit is counted in; with calendar.',
      }),
    ),
    nth: whole('Which unit of the parent unit, or every how many quarters.', 400),
    period: Type.Optional(
      oneOf(['standard', 'infrequent'], {
        description: 'Every quarter, or every nth quarter; with fiscal.',
      }),
    ),
  },
  { description: 'The time between renewals.' },
)

const name = textField('Name, unique among profiles.', { minLength: 1, maxLength: 100 })
/** What a custom profile may say as well. */
const own = {
  occurrences: Type.Optional(
    nullable(integerField('Renewals in all; null = no end.', { minimum: 1, maximum: 100_000 })),
  ),
  overdue_limit: Type.Optional(
    integerField('Overdue renewals at which a subscription is suspended; 0 (default) = never.', {
      minimum: 0,
      maximum: 1_000,
    }),
  ),
  retry_failed_renewals: Type.Optional(
    Type.Boolean({
      description:
        'Whether failed renewals are tried again by themselves, as the account is set up; default true.',
    }),
  ),
  recovery: Type.Optional(nullable(RecoveryChoiceBody)),
  salvage_profile_id: Type.Optional(
    nullable(
      idField(
        'salvage_profile',
        'When and where failed renewals are tried again by themselves; goes before recovery. null (default) = as that says.',
      ),
    ),
  ),
  shipping_profile_id: Type.Optional(
    nullable(
      idField(
        'shipping_profile',
        'Whose first rate renewals bear for what is shipped, whatever its conditions; null (default) = the first rate that qualifies.',
      ),
    ),
  ),
  prefer_last_success_gateway: Type.Optional(
    Type.Boolean({
      description:
        'Whether step 1 begins with the gateway of the latest approved charge; step 1 must be a cascade.',
    }),
  ),
}
const optional = {
  description: Type.Optional(nullable(textField('What the profile is for.'))),
  enabled: Type.Optional(Type.Boolean({ description: 'Whether it sells; default true.' })),
  ...own,
}
const paymentProfileId = nullable(
  idField('payment_profile', "Routes the charges of renewals; null = the account's default."),
)

export const ProfileCreateBody = Type.Object({
  name,
  frequency: FrequencyBody,
  payment_profile_id: paymentProfileId,
  ...optional,
})
export const ProfileUpdateBody = Type.Object({
  name: Type.Optional(name),
  frequency: Type.Optional(FrequencyBody),
  payment_profile_id: Type.Optional(paymentProfileId),
  ...optional,
})
/** A profile for one subscription; what is absent is as in the one that it takes the place of. */
export const CustomProfileBody = Type.Object(
  {
    frequency: Type.Optional(FrequencyBody),
    payment_profile_id: Type.Optional(paymentProfileId),
    ...own,
  },
  { description: 'A profile for this subscription alone.' },
)
export const ProfileParams = Type.Object({
  id: idField('subscription_profile', 'Id of the profile.'),
})
export const ProfileListQuery = Type.Object(cursorQuery('subscription_profile'))

type UpdateBody = Static<typeof ProfileUpdateBody>

export function toProfileChange(body: UpdateBody): Partial<ProfileFields> {
  return {
    ...given('name', body.name),
    ...given('description', body.description),
    ...given('isEnabled', body.enabled),
    ...given('frequency', body.frequency === undefined ? undefined : toFrequency(body.frequency)),
    ...given('occurrences', body.occurrences),
    ...given('overdueLimit', body.overdue_limit),
    ...given('retriesFailed', body.retry_failed_renewals),
    ...given('paymentProfileId', body.payment_profile_id),
    ...given('prefersLastSuccessGateway', body.prefer_last_success_gateway),
    ...given('shippingProfileId', body.shipping_profile_id),
    ...given('salvageProfileId', body.salvage_profile_id),
    ...given('recovery', toRecovery(body.recovery)),
  }
}

export function toNewProfile(body: Static<typeof ProfileCreateBody>): ProfileFields {
  return {
    name: body.name,
    description: body.description ?? null,
    isEnabled: body.enabled ?? true,
    frequency: toFrequency(body.frequency),
    occurrences: body.occurrences ?? null,
    overdueLimit: body.overdue_limit ?? 0,
    retriesFailed: body.retry_failed_renewals ?? true,
    paymentProfileId: body.payment_profile_id,
    prefersLastSuccessGateway: body.prefer_last_success_gateway ?? false,
    shippingProfileId: body.shipping_profile_id ?? null,
    salvageProfileId: body.salvage_profile_id ?? null,
    recovery: toRecovery(body.recovery) ?? null,
  }
}

function toRecovery(body: UpdateBody['recovery']): ProfileFields['recovery'] | undefined {
  return body === undefined || body === null ? body : readRecoveryChoice(body, 'recovery')
}

/** Throws an `ApiRefusal` that names the setting which its kind lacks. */
export function toFrequency(body: Static<typeof FrequencyBody>): Frequency {
  switch (body.kind) {
    case 'unit':
      return { kind: 'unit', unit: need('unit', body.unit), count: need('count', body.count) }
    case 'calendar': {
      const unit = need('unit', body.unit)
      if (unit === 'year') throw ApiRefusal.invalid('frequency.unit', 'Nothing is made of years.')
      const parentUnit = need('parent_unit', body.parent_unit)
      return { kind: 'calendar', nth: need('nth', body.nth), unit, parentUnit }
    }
    case 'fiscal': {
      const period = need('period', body.period)
      return { kind: 'fiscal', period, nth: period === 'standard' ? 1 : need('nth', body.nth) }
    }
  }
}

function need<Value>(field: string, value: Value | undefined): Value {
  if (value === undefined)
    throw ApiRefusal.invalid(`frequency.${field}`, 'This kind of frequency needs it.')
  return value
}
