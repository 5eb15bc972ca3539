import type { Uuid } from '@perennial/core/ids'
import { sql } from 'kysely'
import { insertMany, type Tx } from '../../../platform/db/index.ts'
import type { KeptRow } from '../../../platform/kept/index.ts'
import { type PageRequest, readRows } from '../../../platform/lists/index.ts'

type ResourceTable = 'gateway_groups' | 'bin_profiles' | 'payment_profiles'

export async function listResources<T extends ResourceTable>(
  tx: Tx,
  list: { readonly table: T; readonly accountId: Uuid; readonly page: PageRequest },
) {
  return readRows<KeptRow<T>>(tx, { ...list, select: '*', filters: [] })
}

export async function insertProfileVersion(
  tx: Tx,
  accountId: Uuid,
  profile: KeptRow<'payment_profiles'>,
): Promise<void> {
  const { id, version, definition, updated_at } = profile
  const row = { account_id: accountId, payment_profile_id: id, version, definition }
  await insertMany(tx, 'payment_profile_versions', [{ ...row, created_at: updated_at }])
}

/** The name of a payment profile whose definition names this id; null when none does. */
export async function findProfileNaming(tx: Tx, accountId: Uuid, id: Uuid): Promise<string | null> {
  const { rows } = await sql<{ readonly name: string }>`
    select name from payment_profiles
     where account_id = ${accountId} and position(${String(id)} in definition::text) > 0
     limit 1`.execute(tx)
  return rows[0]?.name ?? null
}

/** A subscription that is charged by this profile; null when none is. */
export async function findSubscriptionOfProfile(
  tx: Tx,
  accountId: Uuid,
  profileId: Uuid,
): Promise<Uuid | null> {
  const { rows } = await sql<{ readonly subscription_id: Uuid }>`
    select subscription_id from subscription_routing
     where account_id = ${accountId} and payment_profile_id = ${profileId}
     limit 1`.execute(tx)
  return rows[0]?.subscription_id ?? null
}

/** A subscription profile whose renewals are charged by this payment profile; null when there is none. */
export async function findSubscriptionProfileOf(
  tx: Tx,
  accountId: Uuid,
  profileId: Uuid,
): Promise<Uuid | null> {
  const { rows } = await sql<{ readonly id: Uuid }>`
    select id from subscription_profiles
     where account_id = ${accountId} and payment_profile_id = ${profileId}
     limit 1`.execute(tx)
  return rows[0]?.id ?? null
}

export type ChargedBy = {
  readonly kind: 'subscription_profile' | 'subscription'
  readonly id: Uuid
}

/** What may still be charged by this payment profile because it names it; null when nothing may. */
export async function findChargedBy(
  tx: Tx,
  accountId: Uuid,
  profileId: Uuid,
): Promise<ChargedBy | null> {
  const { rows } = await sql<ChargedBy>`
    (select 'subscription_profile' as kind, p.id from subscription_profiles p
      where p.account_id = ${accountId} and p.payment_profile_id = ${profileId}
        and (p.archived_at is null or exists (
          select 1 from subscriptions s
           where s.account_id = p.account_id and s.profile_id = p.id
             and s.status not in ('incomplete_expired', 'canceled', 'expired')))
      limit 1)
    union all
    (select 'subscription', s.id from subscription_routing r
       join subscriptions s on s.account_id = r.account_id and s.id = r.subscription_id
      where r.account_id = ${accountId} and r.payment_profile_id = ${profileId}
        and s.status not in ('incomplete_expired', 'canceled', 'expired')
      limit 1)
    limit 1`.execute(tx)
  return rows[0] ?? null
}

/** The ids that a definition may name; of products, those of `productIds`. Archived gateways are none of them. */
export async function listKnownSources(tx: Tx, accountId: Uuid, productIds: readonly Uuid[] = []) {
  const { rows } = await sql<{ readonly kind: string; readonly id: Uuid }>`
    select 'gateway' as kind, id from gateways where account_id = ${accountId} and archived_at is null
    union all
    select 'group', id from gateway_groups where account_id = ${accountId}
    union all
    select 'bin_profile', id from bin_profiles where account_id = ${accountId}
    union all
    select 'product', id from products where account_id = ${accountId} and id = any(${productIds}::uuid[])`.execute(
    tx,
  )
  const idsOf = (kind: string) =>
    new Set(rows.filter((row) => row.kind === kind).map((row) => row.id))
  return {
    gatewayIds: idsOf('gateway'),
    groupIds: idsOf('group'),
    binProfileIds: idsOf('bin_profile'),
    productIds: idsOf('product'),
  }
}
