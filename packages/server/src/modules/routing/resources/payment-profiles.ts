import { isDeepStrictEqual } from 'node:util'
import { encodeId, type Uuid } from '@perennial/core/ids'
import {
  listNamedProducts,
  type ProfileDefinition,
  type ProfileProblem,
  validateProfile,
} from '@perennial/core/routing'
import { formatInstant } from '@perennial/core/time'
import Type, { type Static } from 'typebox'
import {
  accepted,
  type CommandContext,
  type Decision,
  refused,
} from '../../../platform/command/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { ApiRefusal } from '../../../platform/http/index.ts'
import {
  findKept,
  type Deletable,
  type Kept,
  type KeptFields,
  type KeptRow,
} from '../../../platform/kept/index.ts'
import { cursorQuery } from '../../../platform/lists/index.ts'
import {
  given,
  idField,
  type JsonObject,
  nullable,
  oneOf,
  textField,
  timestamp,
  wireId,
} from '../../../platform/wire/index.ts'
import type { NamingRefusal } from '../errors.ts'
import { fromStoredJson, toSnakeCase, toStoredJson, toWireJson } from '../json-forms.ts'
import {
  findChargedBy,
  findSubscriptionOfProfile,
  findSubscriptionProfileOf,
  insertProfileVersion,
  listKnownSources,
} from '../queries/resources.ts'
import { DefinitionBody } from './definition-schemas.ts'
import { toDefinition } from './to-definition.ts'

export const PaymentProfileItem = Type.Object(
  {
    id: wireId('payment_profile', 'Id of the profile.'),
    object: oneOf(['payment_profile'], { description: 'Always "payment_profile".' }),
    name: Type.String({ description: 'Name, unique in the account.' }),
    description: nullable(Type.String({ description: 'What the profile is for.' })),
    enabled: Type.Boolean({
      description:
        'Nothing new may name a disabled one, and one that is in use cannot be disabled.',
    }),
    definition: Type.Unsafe<JsonObject>({
      type: 'object',
      additionalProperties: true,
      description: 'How a charge finds its gateway, in the form in which it is given.',
    }),
    version: Type.Integer({ description: 'Rises with each change.' }),
    created_at: timestamp('When it was made.'),
    updated_at: timestamp('When it was last changed.'),
  },
  { title: 'PaymentProfile', description: 'How charges find their gateway.' },
)

const name = textField('Name, unique in the account.', { minLength: 1, maxLength: 100 })
const optional = {
  description: Type.Optional(nullable(textField('What the profile is for.'))),
  enabled: Type.Optional(
    Type.Boolean({
      description:
        'Nothing new may name a disabled one, and one that is in use cannot be disabled.',
    }),
  ),
}
export const PaymentProfileCreateBody = Type.Object({
  name,
  ...optional,
  definition: DefinitionBody,
})
export const PaymentProfileUpdateBody = Type.Object({
  name: Type.Optional(name),
  ...optional,
  definition: Type.Optional(DefinitionBody),
})
export const PaymentProfileCloneBody = Type.Object({ name })
export const PaymentProfileParams = Type.Object({
  id: idField('payment_profile', 'Id of the profile.'),
})
export const PaymentProfileListQuery = Type.Object(cursorQuery('payment_profile'))

export function toPaymentProfileChange(
  body: Static<typeof PaymentProfileUpdateBody>,
): KeptFields<'payment_profiles'> {
  const { definition } = body
  return {
    ...given('name', body.name),
    ...given('description', body.description),
    ...given('is_enabled', body.enabled),
    ...given(
      'definition',
      definition === undefined ? undefined : toStoredJson(readDefinition(definition)),
    ),
  }
}

export function toNewPaymentProfile(
  body: Static<typeof PaymentProfileCreateBody>,
): Required<KeptFields<'payment_profiles'>> {
  return {
    name: body.name,
    description: body.description ?? null,
    is_enabled: body.enabled ?? true,
    definition: toStoredJson(readDefinition(body.definition)),
  }
}

/** Throws an `ApiRefusal` that names every member which its kind lacks. */
export function readDefinition(body: Static<typeof DefinitionBody>): ProfileDefinition {
  const read = toDefinition(body)
  if (read.kind === 'definition') return read.definition
  throw refuseDefinition(read.problems)
}

const UNKNOWN_IDS: ReadonlySet<ProfileProblem['code'] | undefined> = new Set([
  'unknown_gateway',
  'unknown_group',
  'unknown_bin_profile',
  'unknown_product',
])

/** Every problem by its path, in the words of the request; the first is the message, and says whether something is not found. */
export function refuseDefinition(
  problems: readonly (Pick<ProfileProblem, 'path' | 'message'> & Partial<ProfileProblem>)[],
): ApiRefusal {
  const fields: Record<string, string[]> = {}
  for (const { path, message } of problems) {
    const param = `definition.${toSnakeCase(path)}`
    fields[param] = [...(fields[param] ?? []), message]
  }
  const [[param, [message = '']] = ['definition', ['']]] = Object.entries(fields)
  const isUnknownId = UNKNOWN_IDS.has(problems[0]?.code)
  const base = isUnknownId
    ? ({ status: 404, code: 'resource_not_found' } as const)
    : ({ status: 400, code: 'validation_error' } as const)
  return new ApiRefusal({
    ...base,
    type: 'invalid_request_error',
    message,
    param,
    details: { fields },
  })
}

/** Whether something new may be charged by this profile; null = it names none. */
export async function checkNamedProfile(
  tx: Tx,
  accountId: Uuid,
  id: Uuid | null,
): Promise<Decision<null, NamingRefusal>> {
  if (id === null) return accepted(null)
  const row = await findKept(tx, { table: 'payment_profiles', accountId, id })
  if (row === null) return refused('payment_profile_not_found')
  return row.is_enabled ? accepted(null) : refused('payment_profile_disabled')
}

/** What step 1 of a payment profile chooses from; null when the account has no such profile. */
export async function findFirstStepSource(
  tx: Tx,
  accountId: Uuid,
  id: Uuid,
): Promise<'gateway' | 'cascade' | 'no_steps' | null> {
  const row = await findKept(tx, { table: 'payment_profiles', accountId, id })
  if (row === null) return null
  const definition = definitionOf(row)
  return definition.kind === 'basic' ? (definition.steps[0]?.source ?? 'gateway') : 'no_steps'
}

/** Stored definitions were found valid before. */
export function definitionOf(row: Pick<KeptRow<'payment_profiles'>, 'definition'>) {
  return fromStoredJson(row.definition) as ProfileDefinition
}

export function toWirePaymentProfile(row: KeptRow<'payment_profiles'>) {
  return {
    id: encodeId('payment_profile', row.id),
    object: 'payment_profile' as const,
    name: row.name,
    description: row.description,
    enabled: row.is_enabled,
    definition: toWireJson(row.definition) as JsonObject,
    version: row.version,
    created_at: formatInstant(row.created_at),
    updated_at: formatInstant(row.updated_at),
  }
}

export const paymentProfiles: Kept<'payment_profiles', 'name_taken'> & Deletable = {
  table: 'payment_profiles',
  unique: { constraint: 'payment_profiles_name_unique', code: 'name_taken' },
  kind: 'payment_profile',
  toWire: toWirePaymentProfile,
  check: async (tx, context, row, before) => {
    if (before?.is_enabled === true && !row.is_enabled) await refuseIfCharging(tx, context, row.id)
    // What it names may have been archived since: that holds up no other change.
    if (isDeepStrictEqual(row.definition, before?.definition)) return
    const definition = definitionOf(row)
    const named = listNamedProducts(definition)
    const known = await listKnownSources(tx, context.accountId, named)
    const problems = validateProfile(definition, known)
    if (problems.length > 0) throw refuseDefinition(problems)
  },
  afterSave: insertProfileVersion,
  findUser: async (tx, { accountId, account }, id) => {
    if (account.settings.defaultPaymentProfileId === id) return 'the account as its default'
    const profileId = await findSubscriptionProfileOf(tx, accountId, id)
    if (profileId !== null)
      return `subscription profile ${encodeId('subscription_profile', profileId)}`
    const subscriptionId = await findSubscriptionOfProfile(tx, accountId, id)
    return subscriptionId === null
      ? null
      : `subscription ${encodeId('subscription', subscriptionId)}`
  },
}

const USERS = {
  subscription_profile: 'subscription profile',
  subscription: 'subscription',
} as const

/** Its charges would go elsewhere: one that is to be disabled has to be taken out of what it charges first. */
async function refuseIfCharging(
  tx: Tx,
  { accountId, account }: CommandContext,
  id: Uuid,
): Promise<void> {
  const charged = await findChargedBy(tx, accountId, id)
  const isDefault = account.settings.defaultPaymentProfileId === id
  if (charged === null && !isDefault) return
  const user =
    charged === null
      ? 'the account as its default'
      : `${USERS[charged.kind]} ${encodeId(charged.kind, charged.id)}`
  const message = `It is used by ${user}. Name another payment profile there first.`
  throw new ApiRefusal({
    status: 400,
    type: 'invalid_request_error',
    code: 'resource_in_use',
    message,
    param: 'enabled',
  })
}
