import { assert } from '@perennial/core/fault'
import { VISA_ATTEMPTS, type RecoveryChoice } from '@perennial/core/recovery'
import Type, { type Static } from 'typebox'
import { Check } from 'typebox/value'
import { ApiRefusal } from '../http/index.ts'
import { integerField, nullable, oneOf } from '../wire/index.ts'

// How failed charges are retried, as accounts, products and subscriptions say it alike.

const POLICIES = ['planner', 'fixed', 'ladder'] as const
const DAYS_MAX = 90
const RETRIES_MAX = 20
const HORIZON = { minimum: 1, maximum: 60 } as const

/** What a request says. */
export const RecoveryChoiceBody = Type.Object(
  {
    policy: oneOf(POLICIES, {
      description:
        'planner learns and chooses the instants; fixed tries on the days in retry_days; ladder on those of the dunning settings.',
    }),
    retry_days: Type.Optional(
      Type.Array(integerField('Days after the failed charge.', { minimum: 1, maximum: DAYS_MAX }), {
        maxItems: RETRIES_MAX,
        description: 'Only with fixed: the days, ascending.',
      }),
    ),
    horizon_days: Type.Optional(
      nullable(
        integerField(
          'Only with planner: it chooses any instant within so many days. Without limits of its own it keeps to the windows between the days of the dunning settings.',
          HORIZON,
        ),
      ),
    ),
    max_attempts: Type.Optional(
      nullable(
        integerField('Only with planner: tries after the failed charge, at most.', {
          minimum: 1,
          maximum: RETRIES_MAX,
        }),
      ),
    ),
  },
  { description: 'Who chooses when a failed charge is tried again.' },
)

/** The same in an answer. */
export const RecoveryChoiceItem = Type.Object(
  {
    policy: oneOf(POLICIES, { description: 'Who chooses the instants.' }),
    retry_days: nullable(
      Type.Array(Type.Integer({ description: 'Days after the failed charge.' }), {
        description: 'The days of a fixed schedule.',
      }),
    ),
    horizon_days: nullable(Type.Integer({ description: 'Days that the planner chooses from.' })),
    max_attempts: nullable(Type.Integer({ description: 'Tries of the planner at most.' })),
  },
  { description: 'Who chooses when a failed charge is tried again.' },
)

const VISA =
  'Refused tries of one amount on a Visa card in 30 days, at most: 15, or what your acquirer allows, up to 20.'

/** The same of an account, which says beside it what its acquirer allows. */
export const AccountRecoveryBody = Type.Object({
  ...RecoveryChoiceBody.properties,
  policy: Type.Optional(RecoveryChoiceBody.properties.policy),
  visa_attempts_max: Type.Optional(
    integerField(VISA, { minimum: VISA_ATTEMPTS.default, maximum: VISA_ATTEMPTS.max }),
  ),
})

export const AccountRecoveryItem = Type.Object(
  { ...RecoveryChoiceItem.properties, visa_attempts_max: Type.Integer({ description: VISA }) },
  { description: 'Who chooses when a failed charge is tried again, and how often a card is.' },
)

/** What is named alone changes. Throws an `ApiRefusal` that names the field below `param`. */
export function readAccountRecovery(
  body: Static<typeof AccountRecoveryBody>,
  param: string,
): { readonly recovery?: RecoveryChoice; readonly visaAttemptsMax?: number } {
  const { visa_attempts_max: visaAttemptsMax, policy, ...rest } = body
  const cap = visaAttemptsMax === undefined ? {} : { visaAttemptsMax }
  if (policy !== undefined)
    return { ...cap, recovery: readRecoveryChoice({ ...rest, policy }, param) }
  if (Object.keys(rest).length > 0)
    throw ApiRefusal.invalid(`${param}.policy`, 'Name the policy that these go with.')
  return cap
}

/** Throws an `ApiRefusal` that names the field below `param`. */
export function readRecoveryChoice(
  body: Static<typeof RecoveryChoiceBody>,
  param: string,
): RecoveryChoice {
  const { policy, retry_days: days, horizon_days: horizon, max_attempts: attempts } = body
  const refuse = (field: string, message: string): never => {
    throw ApiRefusal.invalid(`${param}.${field}`, message)
  }
  if (policy !== 'fixed' && days !== undefined)
    refuse('retry_days', 'Days go only with the policy fixed; the ladder has those of the dunning settings.') // prettier-ignore
  if (policy !== 'planner' && (horizon ?? null) !== null)
    refuse('horizon_days', 'A horizon goes only with the policy planner.')
  if (policy !== 'planner' && (attempts ?? null) !== null)
    refuse('max_attempts', 'A limit of tries goes only with the policy planner.')
  switch (policy) {
    case 'ladder':
      return { policy }
    case 'planner':
      return { policy, horizonDays: horizon ?? null, attemptsMax: attempts ?? null }
    case 'fixed': {
      const retryDays = days ?? []
      if (retryDays.length === 0) refuse('retry_days', 'The policy fixed needs at least one day.')
      if (retryDays.some((day, index) => day <= (retryDays[index - 1] ?? 0)))
        refuse('retry_days', 'Name the days in ascending order, each once.')
      return { policy, retryDays }
    }
  }
}

export function toWireChoice(choice: RecoveryChoice): Static<typeof RecoveryChoiceItem> {
  const none = { retry_days: null, horizon_days: null, max_attempts: null }
  switch (choice.policy) {
    case 'ladder':
      return { ...none, policy: 'ladder' }
    case 'fixed':
      return { ...none, policy: 'fixed', retry_days: [...choice.retryDays] }
    case 'planner': {
      const { horizonDays, attemptsMax } = choice
      return { ...none, policy: 'planner', horizon_days: horizonDays, max_attempts: attemptsMax }
    }
  }
}

const days = Type.Integer({ minimum: 1, maximum: DAYS_MAX })
const limit = (maximum: number) => Type.Union([Type.Integer({ minimum: 1, maximum }), Type.Null()])

const StoredChoice = Type.Union([
  Type.Object({ policy: Type.Literal('ladder') }),
  Type.Object({
    policy: Type.Literal('fixed'),
    retryDays: Type.Array(days, { minItems: 1, maxItems: RETRIES_MAX }),
  }),
  Type.Object({
    policy: Type.Literal('planner'),
    // Settings are stored without their nulls.
    horizonDays: Type.Optional(limit(HORIZON.maximum)),
    attemptsMax: Type.Optional(limit(RETRIES_MAX)),
  }),
])

/** What was stored as JSON. Faults when it is no choice. */
export function toStoredChoice(stored: unknown): RecoveryChoice {
  assert(isStoredChoice(stored), 'a stored choice of a recovery policy has its form')
  if (stored.policy !== 'planner') return stored
  const { horizonDays = null, attemptsMax = null } = stored
  return { policy: 'planner', horizonDays, attemptsMax }
}

function isStoredChoice(stored: unknown): stored is Static<typeof StoredChoice> {
  return Check(StoredChoice, stored)
}
