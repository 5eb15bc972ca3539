import { encodeId } from '@perennial/core/ids'
import { formatInstant } from '@perennial/core/time'
import Type, { type Static } from 'typebox'
import { ApiRefusal } from '../../../platform/http/index.ts'
import { type KeptFields, statusOf } from '../../../platform/kept/index.ts'
import { cursorQuery } from '../../../platform/lists/index.ts'
import {
  given,
  idField,
  integerField,
  nullable,
  oneOf,
  textField,
  timestamp,
  wireId,
} from '../../../platform/wire/index.ts'
import {
  type SalvageProfileRow,
  SOURCES,
  type StoredAttempt,
  toSources,
  toStoredAttempts,
} from './stored-profile.ts'

const ATTEMPTS_MAX = 30
const GATEWAY_CHOICES = ['original', 'payment_profile'] as const

const AttemptItem = Type.Object(
  {
    after_days: Type.Integer({ description: 'Days after the first failure.' }),
    gateway_choice: oneOf(GATEWAY_CHOICES, {
      description: 'original: where the first charge went. payment_profile: wherever that leads.',
    }),
    amount_percent: Type.Integer({ description: 'How much of what is owed by then.' }),
  },
  { description: 'One try.' },
)

export const SalvageProfileItem = Type.Object(
  {
    id: wireId('salvage_profile', 'Id of the profile.'),
    object: oneOf(['salvage_profile'], { description: 'Always "salvage_profile".' }),
    name: Type.String({ description: 'Name, unique among profiles that are not archived.' }),
    description: nullable(Type.String({ description: 'What it is for.' })),
    enabled: Type.Boolean({
      description: 'Whether it holds; while it does not, what the account says of recovery does.',
    }),
    source_types: Type.Array(oneOf(SOURCES, { description: 'A kind of bill.' }), {
      description: 'What it is for.',
    }),
    attempts: Type.Array(AttemptItem, { description: 'In order of their days.' }),
    version: Type.Integer({ description: 'Rises with each change.' }),
    archived: Type.Boolean({ description: 'Whether it was deleted.' }),
    created_at: timestamp('When it was made.'),
    updated_at: timestamp('When it was last changed.'),
  },
  {
    title: 'SalvageProfile',
    description: 'When and where salvage transactions are tried by themselves.',
  },
)

const AttemptBody = Type.Object({
  after_days: integerField('Days after the first failure.', { minimum: 1, maximum: 365 }),
  gateway_choice: Type.Optional(
    oneOf(GATEWAY_CHOICES, {
      description:
        'original: where the first charge went, if the card to try has a token there. payment_profile (default): wherever that leads.',
    }),
  ),
  amount_percent: Type.Optional(
    integerField('How much of what is owed by then; default 100.', { minimum: 1, maximum: 100 }),
  ),
})

const name = textField('Name, unique among profiles.', { minLength: 1, maxLength: 100 })
const attempts = Type.Array(AttemptBody, {
  minItems: 1,
  maxItems: ATTEMPTS_MAX,
  description: 'In order of their days, no two on one.',
})
const optional = {
  description: Type.Optional(nullable(textField('What it is for.', { maxLength: 1000 }))),
  enabled: Type.Optional(Type.Boolean({ description: 'Whether it holds; default true.' })),
  source_types: Type.Optional(
    Type.Array(oneOf(SOURCES, { description: 'A kind of bill.' }), {
      minItems: 1,
      maxItems: SOURCES.length,
      description: 'Which bills it is for; default all.',
    }),
  ),
}
export const SalvageProfileCreateBody = Type.Object({ name, attempts, ...optional })
export const SalvageProfileUpdateBody = Type.Object({
  name: Type.Optional(name),
  attempts: Type.Optional(attempts),
  ...optional,
})
export const SalvageProfileParams = Type.Object({
  id: idField('salvage_profile', 'Id of the profile.'),
})
export const SalvageProfileListQuery = Type.Object(cursorQuery('salvage_profile'))

type Fields = KeptFields<'salvage_profiles'>

export function toNewSalvageProfile(body: Static<typeof SalvageProfileCreateBody>): Fields {
  return {
    name: body.name,
    description: body.description ?? null,
    status: statusOf(body.enabled ?? true),
    sources: [...(body.source_types ?? SOURCES)],
    attempts: inOrder(body.attempts.map(toStoredAttempt)),
  }
}

export function toSalvageProfileChange(body: Static<typeof SalvageProfileUpdateBody>): Fields {
  const { enabled, source_types: sources, attempts: tries } = body
  return {
    ...given('name', body.name),
    ...given('description', body.description),
    ...given('sources', sources === undefined ? undefined : [...sources]),
    ...given('attempts', tries === undefined ? undefined : inOrder(tries.map(toStoredAttempt))),
    ...given('status', enabled === undefined ? undefined : statusOf(enabled)),
  }
}

function toStoredAttempt(body: Static<typeof AttemptBody>): StoredAttempt {
  const { after_days, gateway_choice = 'payment_profile', amount_percent = 100 } = body
  return { after_days, gateway_choice, amount_percent }
}

/** Throws an `ApiRefusal` that names the one that comes too early. */
function inOrder(list: readonly StoredAttempt[]): StoredAttempt[] {
  const early = list.findIndex(
    ({ after_days: day }, index) => day <= (list[index - 1]?.after_days ?? 0),
  )
  if (early >= 0)
    throw ApiRefusal.invalid(
      `attempts[${early}].after_days`,
      'Each attempt comes at least a day after the one before it.',
    )
  return [...list]
}

export function toWireSalvageProfile(row: SalvageProfileRow): Static<typeof SalvageProfileItem> {
  return {
    id: encodeId('salvage_profile', row.id),
    object: 'salvage_profile',
    name: row.name,
    description: row.description,
    enabled: row.status === 'active',
    source_types: [...toSources(row.sources)],
    attempts: toStoredAttempts(row.attempts).map((one) => ({ ...one })),
    version: row.version,
    archived: row.status === 'archived',
    created_at: formatInstant(row.created_at),
    updated_at: formatInstant(row.updated_at),
  }
}
