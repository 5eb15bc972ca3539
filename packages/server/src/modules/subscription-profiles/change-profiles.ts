import { isDeepStrictEqual } from 'node:util'
import { encodeId, type Uuid } from '@perennial/core/ids'
import { isSameFrequency } from '@perennial/core/time'
import {
  accepted,
  refused,
  type CommandContext,
  type Decision,
  unlessViolated,
} from '../../platform/command/index.ts'
import type { Tx } from '../../platform/db/index.ts'
import { findKept } from '../../platform/kept/index.ts'
import {
  factNumberOf,
  type NewEvent,
  recordEvents,
  toPreviousAttributes,
} from '../../platform/outbox/index.ts'
import { checkNamedProfile, findFirstStepSource, type NamingRefusal } from '../routing/index.ts'
import { findProfileProblem, type ProfileFields, type SubscriptionProfile } from './profile.ts'
import {
  deleteProfileRow,
  findProfileUser,
  insertProfile,
  insertVersion,
  insertVersions,
  lockProfile,
  updateFollowers,
  updateProfile,
  updateProfiles,
} from './queries.ts'
import { toWireProfile } from './wire.ts'

type Stage = { readonly tx: Tx; readonly context: CommandContext }
type CheckRefusal =
  | 'profile_invalid'
  | NamingRefusal
  | 'first_step_no_cascade'
  | 'shipping_profile_not_found'
  | 'salvage_profile_not_found'

const NAME_TAKEN = { constraint: 'subscription_profiles_name_unique', code: 'name_taken' } as const

/** Refuses in the order of `CheckRefusal`, then `name_taken`. */
export async function createProfile(
  context: CommandContext,
  fields: ProfileFields,
): Promise<Decision<SubscriptionProfile, CheckRefusal | 'name_taken'>> {
  return unlessViolated(NAME_TAKEN, () =>
    context.inTx(async (tx) => {
      const id = context.ids.next()
      const made = await addProfile({ tx, context }, { id, fields, subscriptionId: null })
      if (made.kind === 'accepted')
        await context.remember(tx, 'subscription_profile', made.value.id)
      return made
    }),
  )
}

/** Writes a new profile, for everybody or for one subscription. */
export async function addProfile(
  { tx, context }: Stage,
  given: {
    readonly id: Uuid
    readonly fields: ProfileFields
    readonly subscriptionId: Uuid | null
  },
): Promise<Decision<SubscriptionProfile, CheckRefusal>> {
  const { accountId, now } = context
  const checked = await checkFields({ tx, context }, given.fields)
  if (checked.kind === 'refused') return checked
  const profile: SubscriptionProfile = {
    ...given.fields,
    id: given.id,
    version: 1,
    subscriptionId: given.subscriptionId,
    archivedAt: null,
    createdAt: now,
    updatedAt: now,
  }
  await insertProfile(tx, accountId, profile)
  await insertVersion(tx, accountId, { profile, definition: toWireProfile(profile), reached: 0 })
  await recordEvents(tx, [toEvent(context, { what: 'created', profile })])
  return accepted(profile)
}

/**
 * Another version of a profile, written to all that follow it in the same transaction. A change that changes nothing
 * writes nothing. Refuses `profile_not_found`, `profile_archived`, then as `createProfile`.
 */
export async function changeProfile(
  context: CommandContext,
  request: { readonly id: Uuid; readonly change: Partial<ProfileFields> },
): Promise<
  Decision<
    SubscriptionProfile,
    'profile_not_found' | 'profile_archived' | CheckRefusal | 'name_taken'
  >
> {
  const { accountId, now } = context
  return unlessViolated(NAME_TAKEN, () =>
    context.inTx(async (tx) => {
      const before = await lockProfile(tx, { accountId, id: request.id })
      if (before === null) return refused('profile_not_found')
      if (before.archivedAt !== null) return refused('profile_archived')
      await context.remember(tx, 'subscription_profile', request.id)
      const changed = { ...before, ...request.change }
      const isSame = isDeepStrictEqual(toWireProfile(before), toWireProfile(changed))
      if (isSame) return accepted(before)
      const checked = await checkFields({ tx, context }, changed)
      if (checked.kind === 'refused') return checked
      const profile = { ...changed, version: before.version + 1, updatedAt: now }
      await updateProfile(tx, accountId, profile)
      const reached = isFollowedAnew(before, profile)
        ? await updateFollowers(tx, accountId, { profile, at: now })
        : 0
      const definition = toWireProfile(profile)
      await insertVersion(tx, accountId, { profile, definition, reached })
      await recordEvents(tx, [toEvent(context, { what: 'updated', profile, before })])
      return accepted(profile)
    }),
  )
}

/** Something changes that subscriptions carry themselves. */
function isFollowedAnew(before: SubscriptionProfile, after: SubscriptionProfile): boolean {
  return (
    !isSameFrequency(before.frequency, after.frequency) ||
    before.occurrences !== after.occurrences ||
    before.overdueLimit !== after.overdueLimit ||
    before.retriesFailed !== after.retriesFailed
  )
}

/** Takes a profile out of lists and sale for good; what follows it goes on. Refuses `profile_not_found`. */
export async function archiveProfile(
  context: CommandContext,
  id: Uuid,
): Promise<Decision<SubscriptionProfile, 'profile_not_found'>> {
  return context.inTx(async (tx) => {
    const profile = await lockProfile(tx, { accountId: context.accountId, id })
    if (profile === null) return refused('profile_not_found')
    await context.remember(tx, 'subscription_profile', id)
    return accepted(await archiveLocked({ tx, context }, profile))
  })
}

export async function archiveLocked(
  stage: Stage,
  before: SubscriptionProfile,
): Promise<SubscriptionProfile> {
  const [archived] = await archiveAllLocked(stage, [before])
  return archived ?? before
}

/** Those of them that are not archived yet, one statement a table. */
export async function archiveAllLocked(
  { tx, context }: { readonly tx: Tx; readonly context: Origin },
  locked: readonly SubscriptionProfile[],
): Promise<SubscriptionProfile[]> {
  const { accountId, now } = context
  const archived = locked
    .filter(({ archivedAt }) => archivedAt === null)
    .map((before) => {
      const version = before.version + 1
      const ended = { isEnabled: false, archivedAt: now, version, updatedAt: now }
      return { before, profile: { ...before, ...ended } }
    })
  const profiles = archived.map(({ profile }) => profile)
  await updateProfiles(tx, accountId, profiles)
  const kept = profiles.map((profile) => ({
    profile,
    definition: toWireProfile(profile),
    reached: 0,
  }))
  await insertVersions(tx, accountId, kept)
  await recordEvents(
    tx,
    archived.map((one) => toEvent(context, { what: 'updated', ...one })),
  )
  return profiles
}

/** Refuses `profile_not_found`, `profile_in_use` with a sentence that names the user. */
export async function deleteProfile(
  context: CommandContext,
  id: Uuid,
): Promise<Decision<Uuid, 'profile_not_found' | 'profile_in_use'>> {
  const { accountId } = context
  return context.inTx(async (tx) => {
    const profile = await lockProfile(tx, { accountId, id })
    if (profile === null) return refused('profile_not_found')
    const user = await findProfileUser(tx, { accountId, id })
    if (user !== null) {
      const message = `It is used by ${user.kind} ${encodeId(user.kind, user.id)}. Take it out there first, or archive it.`
      return refused('profile_in_use', { message })
    }
    await deleteProfileRow(tx, { accountId, id })
    await recordEvents(tx, [toEvent(context, { what: 'deleted', profile })])
    return accepted(id)
  })
}

/** Whether a profile could be saved like this; without its name. */
export async function checkFields(
  { tx, context }: Stage,
  fields: ProfileFields,
): Promise<Decision<null, CheckRefusal>> {
  const problem = findProfileProblem(fields)
  if (problem !== null) return refused('profile_invalid', problem)
  const { paymentProfileId: id, prefersLastSuccessGateway } = fields
  const { accountId } = context
  const named = await checkNamedProfile(tx, accountId, id)
  if (named.kind === 'refused') return named
  const source = id === null ? null : await findFirstStepSource(tx, accountId, id)
  if (prefersLastSuccessGateway && source !== 'cascade') return refused('first_step_no_cascade')
  const shipping = fields.shippingProfileId
  const key = { table: 'shipping_profiles', accountId } as const
  if (shipping !== null && (await findKept(tx, { ...key, id: shipping })) === null)
    return refused('shipping_profile_not_found')
  const salvage = fields.salvageProfileId
  const kept = { table: 'salvage_profiles', accountId } as const
  if (salvage !== null && (await findKept(tx, { ...kept, id: salvage })) === null)
    return refused('salvage_profile_not_found')
  return accepted(null)
}

type Origin = Pick<CommandContext, 'accountId' | 'ids' | 'now' | 'request'>

function toEvent(
  context: Origin,
  happened: {
    readonly what: 'created' | 'updated' | 'deleted'
    readonly profile: SubscriptionProfile
    readonly before?: SubscriptionProfile
  },
): NewEvent {
  const { what, profile, before } = happened
  const id = context.ids.next()
  const data = toWireProfile(profile)
  return {
    accountId: context.accountId,
    id,
    type: `subscription_profile.${what}`,
    objectKind: 'subscription_profile',
    objectId: profile.id,
    factNumber: what === 'updated' ? factNumberOf(id) : 0n,
    customerId: null,
    subscriptionId: profile.subscriptionId,
    invoiceId: null,
    data,
    previousAttributes:
      before === undefined ? null : toPreviousAttributes(data, toWireProfile(before)),
    request: context.request,
    occurredAt: context.now,
  }
}
