import type { Uuid } from '@perennial/core/ids'
import type { Frequency, Instant } from '@perennial/core/time'
import { type Selectable, sql } from 'kysely'
import { type DB, insertMany, type Tx, updateMany } from '../../platform/db/index.ts'
import { type PageRequest, readRows } from '../../platform/lists/index.ts'
import { toStoredChoice } from '../../platform/settings/index.ts'
import type { JsonObject } from '../../platform/wire/index.ts'
import type { SubscriptionProfile } from './profile.ts'

type ProfileRow = Selectable<DB['subscription_profiles']>
type Key = { readonly accountId: Uuid; readonly id: Uuid }

function toProfile(row: ProfileRow): SubscriptionProfile {
  return {
    id: row.id,
    version: row.version,
    name: row.name,
    description: row.description,
    isEnabled: row.is_enabled,
    frequency: row.frequency as Frequency,
    occurrences: row.occurrences,
    overdueLimit: row.overdue_limit,
    retriesFailed: row.retries_failed,
    paymentProfileId: row.payment_profile_id,
    prefersLastSuccessGateway: row.prefer_last_success_gateway,
    shippingProfileId: row.shipping_profile_id,
    salvageProfileId: row.salvage_profile_id,
    recovery: row.recovery === null ? null : toStoredChoice(row.recovery),
    subscriptionId: row.subscription_id,
    archivedAt: row.archived_at,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

function toProfileRow(accountId: Uuid, profile: SubscriptionProfile) {
  return {
    account_id: accountId,
    id: profile.id,
    version: profile.version,
    name: profile.name,
    description: profile.description,
    is_enabled: profile.isEnabled,
    frequency: profile.frequency as JsonObject,
    occurrences: profile.occurrences,
    overdue_limit: profile.overdueLimit,
    retries_failed: profile.retriesFailed,
    payment_profile_id: profile.paymentProfileId,
    prefer_last_success_gateway: profile.prefersLastSuccessGateway,
    shipping_profile_id: profile.shippingProfileId,
    salvage_profile_id: profile.salvageProfileId,
    recovery: profile.recovery,
    subscription_id: profile.subscriptionId,
    archived_at: profile.archivedAt,
    created_at: profile.createdAt,
    updated_at: profile.updatedAt,
  }
}

export async function insertProfile(
  tx: Tx,
  accountId: Uuid,
  profile: SubscriptionProfile,
): Promise<void> {
  await insertMany(tx, 'subscription_profiles', [toProfileRow(accountId, profile)])
}

export async function findProfiles(
  tx: Tx,
  accountId: Uuid,
  ids: readonly Uuid[],
): Promise<SubscriptionProfile[]> {
  if (ids.length === 0) return []
  const { rows } = await sql<ProfileRow>`
    select * from subscription_profiles where account_id = ${accountId} and id = any(${ids}::uuid[])`.execute(
    tx,
  )
  return rows.map(toProfile)
}

/** Those that were made for one of these subscriptions alone, with whose they are. */
export async function listOwnProfiles(
  tx: Tx,
  accountId: Uuid,
  subscriptionIds: readonly Uuid[],
): Promise<SubscriptionProfile[]> {
  const { rows } = await sql<ProfileRow>`
    select * from subscription_profiles
     where account_id = ${accountId} and subscription_id = any(${subscriptionIds}::uuid[]) and archived_at is null
     order by id`.execute(tx)
  return rows.map(toProfile)
}

/** Locks profiles in the order of their ids: to change them, or so that they do not change before the caller commits. */
export async function lockProfiles(
  tx: Tx,
  accountId: Uuid,
  { ids, mode }: { readonly ids: readonly Uuid[]; readonly mode: 'update' | 'share' },
): Promise<SubscriptionProfile[]> {
  if (ids.length === 0) return []
  const { rows } = await sql<ProfileRow>`
    select * from subscription_profiles
     where account_id = ${accountId} and id = any(${ids}::uuid[])
     order by id
       for ${sql.raw(mode)}`.execute(tx)
  return rows.map(toProfile)
}

/** Writes what locked profiles have become. */
export async function updateProfiles(
  tx: Tx,
  accountId: Uuid,
  profiles: readonly SubscriptionProfile[],
): Promise<void> {
  await updateMany(
    tx,
    'subscription_profiles',
    profiles.map((profile) => toProfileRow(accountId, profile)),
  )
}

/** Writes what a locked profile has become. */
export async function updateProfile(
  tx: Tx,
  accountId: Uuid,
  profile: SubscriptionProfile,
): Promise<void> {
  await updateProfiles(tx, accountId, [profile])
}

/** Keeps a version as it was saved. */
export async function insertVersion(tx: Tx, accountId: Uuid, kept: KeptVersion): Promise<void> {
  await insertVersions(tx, accountId, [kept])
}

type KeptVersion = {
  readonly profile: SubscriptionProfile
  readonly definition: JsonObject
  readonly reached: number
}

export async function insertVersions(
  tx: Tx,
  accountId: Uuid,
  kept: readonly KeptVersion[],
): Promise<void> {
  await insertMany(
    tx,
    'subscription_profile_versions',
    kept.map(({ profile, definition, reached }) => ({
      account_id: accountId,
      subscription_profile_id: profile.id,
      version: profile.version,
      definition,
      reached,
      created_at: profile.updatedAt,
    })),
  )
}

export async function findProfile(
  tx: Tx,
  { accountId, id }: Key,
): Promise<SubscriptionProfile | null> {
  const { rows } = await sql<ProfileRow>`
    select * from subscription_profiles where account_id = ${accountId} and id = ${id}`.execute(tx)
  return rows[0] === undefined ? null : toProfile(rows[0])
}

export async function lockProfile(
  tx: Tx,
  { accountId, id }: Key,
): Promise<SubscriptionProfile | null> {
  const { rows } = await sql<ProfileRow>`
    select * from subscription_profiles
     where account_id = ${accountId} and id = ${id}
       for update`.execute(tx)
  return rows[0] === undefined ? null : toProfile(rows[0])
}

/** For whoever makes a subscription follow it: it does not change before that is committed. */
export async function lockProfileShared(
  tx: Tx,
  { accountId, id }: Key,
): Promise<SubscriptionProfile | null> {
  const { rows } = await sql<ProfileRow>`
    select * from subscription_profiles
     where account_id = ${accountId} and id = ${id}
       for share`.execute(tx)
  return rows[0] === undefined ? null : toProfile(rows[0])
}

/** Several at once, in the order of their ids; those that are gone are left out. */
export async function lockProfilesShared(
  tx: Tx,
  accountId: Uuid,
  ids: readonly Uuid[],
): Promise<SubscriptionProfile[]> {
  if (ids.length === 0) return []
  const { rows } = await sql<ProfileRow>`
    select * from subscription_profiles
     where account_id = ${accountId} and id = any(${ids}::uuid[])
     order by id
       for share`.execute(tx)
  return rows.map(toProfile)
}

/** Newest first, without archived ones. */
export async function listProfiles(
  tx: Tx,
  list: { readonly accountId: Uuid; readonly page: PageRequest },
) {
  const filters = [sql`archived_at is null`]
  const found = await readRows<ProfileRow>(tx, {
    ...list,
    select: '*',
    table: 'subscription_profiles',
    filters,
  })
  return { ...found, rows: found.rows.map(toProfile) }
}

export async function deleteProfileRow(tx: Tx, { accountId, id }: Key): Promise<void> {
  await sql`
    delete from subscription_profiles where account_id = ${accountId} and id = ${id}`.execute(tx)
}

export type ProfileUser = {
  readonly kind: 'product' | 'price' | 'subscription'
  readonly id: Uuid
}

/** Something that is sold by the profile, or a subscription that has ever followed it; null when there is none. */
export async function findProfileUser(tx: Tx, { accountId, id }: Key): Promise<ProfileUser | null> {
  const { rows } = await sql<ProfileUser>`
    (select 'product' as kind, id from products
      where account_id = ${accountId} and profile_id = ${id} limit 1)
    union all
    (select 'price', id from prices where account_id = ${accountId} and profile_id = ${id} limit 1)
    union all
    (select 'subscription', id from subscriptions
      where account_id = ${accountId} and profile_id = ${id} limit 1)
    limit 1`.execute(tx)
  return rows[0] ?? null
}

/**
 * Writes a profile's terms to every subscription that follows it and has not ended, in one statement however many they
 * are, and returns how many there were. Dates that are set stay (revcent.md 5). One that is past due waits for its next
 * date exactly while renewals are left to come. Locked in the order of their ids, as everybody locks them.
 */
export async function updateFollowers(
  tx: Tx,
  accountId: Uuid,
  { profile, at }: { readonly profile: SubscriptionProfile; readonly at: Instant },
): Promise<number> {
  const { id, frequency, occurrences, overdueLimit, retriesFailed } = profile
  const isLastDone = sql`(${occurrences}::int is not null
    and greatest(s.cycles_billed - s.bills_before, 0) >= ${occurrences}::int)`
  const result = await sql`
    with followers as materialized (
      select id from subscriptions
       where account_id = ${accountId} and profile_id = ${id}
         and status not in ('incomplete_expired', 'canceled', 'expired')
       order by id
         for update)
    update subscriptions s
       set frequency = ${JSON.stringify(frequency)}::jsonb, occurrences_max = ${occurrences},
           overdue_limit = ${overdueLimit}, retries_failed = ${retriesFailed},
           version = s.version + 1, updated_at = ${at},
           next_due_at = case
             when s.status <> 'past_due' then s.next_due_at
             when ${isLastDone}
               then least(case when s.cancel_at_period_end then s.current_period_end end, s.ends_at)
             else least(s.current_period_end, s.ends_at) end
      from followers f
     where s.account_id = ${accountId} and s.id = f.id`.execute(tx)
  return Number(result.numAffectedRows ?? 0n)
}
