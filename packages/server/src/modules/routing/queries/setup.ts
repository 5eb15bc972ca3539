import type { Uuid } from '@perennial/core/ids'
import type { GatewayGroup, RoutingGateway, UsageRule } from '@perennial/core/routing'
import { sql } from 'kysely'
import type { Tx } from '../../../platform/db/index.ts'
import type { JsonObject } from '../../../platform/wire/index.ts'

/** What one subscription says itself. */
export type OwnSegments = {
  readonly subscriptionId: Uuid
  readonly forcedGatewayId: Uuid | null
  readonly preferredGatewayId: Uuid | null
  readonly paymentProfileId: Uuid | null
}

/** With what the subscription profile says that it follows. */
export type SubscriptionSegments = OwnSegments & {
  readonly followedPaymentProfileId: Uuid | null
  readonly prefersLastSuccess: boolean
}

/** Whether the account routes at all: some subscription or subscription profile says how, or some gateway is capped. */
export async function hasRouting(tx: Tx, accountId: Uuid): Promise<boolean> {
  const { rows } = await sql<{ readonly is_routed: boolean }>`
    select exists (select 1 from subscription_routing where account_id = ${accountId})
        or exists (select 1 from subscription_profiles
                    where account_id = ${accountId} and payment_profile_id is not null)
        or exists (select 1 from gateways where account_id = ${accountId} and cascade_rules <> '[]')
        as is_routed`.execute(tx)
  return rows[0]?.is_routed ?? false
}

export async function listSegments(
  tx: Tx,
  accountId: Uuid,
  subscriptionIds: readonly Uuid[],
): Promise<SubscriptionSegments[]> {
  const { rows } = await sql<SubscriptionSegments>`
    select s.id as "subscriptionId", r.forced_gateway_id as "forcedGatewayId",
           r.preferred_gateway_id as "preferredGatewayId", r.payment_profile_id as "paymentProfileId",
           p.payment_profile_id as "followedPaymentProfileId",
           coalesce(p.prefer_last_success_gateway, false) as "prefersLastSuccess"
      from subscriptions s
      left join subscription_routing r on r.account_id = s.account_id and r.subscription_id = s.id
      left join subscription_profiles p
        on p.account_id = s.account_id and p.id = s.profile_id and p.payment_profile_id is not null
     where s.account_id = ${accountId} and s.id = any(${subscriptionIds}::uuid[])
       and (r.subscription_id is not null or p.id is not null)`.execute(tx)
  return rows
}

/** Writes what one subscription says; a row that says nothing is taken away. */
export async function saveSegments(
  tx: Tx,
  accountId: Uuid,
  { segments, at }: { readonly segments: OwnSegments; readonly at: number },
): Promise<void> {
  const { subscriptionId, forcedGatewayId, preferredGatewayId, paymentProfileId } = segments
  if (forcedGatewayId === null && preferredGatewayId === null && paymentProfileId === null) {
    await sql`
      delete from subscription_routing
       where account_id = ${accountId} and subscription_id = ${subscriptionId}`.execute(tx)
    return
  }
  await sql`
    insert into subscription_routing
      (account_id, subscription_id, forced_gateway_id, preferred_gateway_id, payment_profile_id, updated_at)
    values (${accountId}, ${subscriptionId}, ${forcedGatewayId}, ${preferredGatewayId}, ${paymentProfileId}, ${at})
    on conflict (account_id, subscription_id) do update set
      forced_gateway_id = excluded.forced_gateway_id, preferred_gateway_id = excluded.preferred_gateway_id,
      payment_profile_id = excluded.payment_profile_id, updated_at = excluded.updated_at`.execute(
    tx,
  )
}

/** The same for many at once. */
export async function saveAllSegments(
  tx: Tx,
  accountId: Uuid,
  { segments, at }: { readonly segments: readonly OwnSegments[]; readonly at: number },
): Promise<void> {
  const said = segments.filter(
    ({ forcedGatewayId, preferredGatewayId, paymentProfileId }) =>
      forcedGatewayId !== null || preferredGatewayId !== null || paymentProfileId !== null,
  )
  const heard = new Set(said)
  const silent = segments.filter((one) => !heard.has(one))
  await sql`
    delete from subscription_routing
     where account_id = ${accountId}
       and subscription_id = any(${silent.map((one) => one.subscriptionId)}::uuid[])`.execute(tx)
  await sql`
    insert into subscription_routing
      (account_id, subscription_id, forced_gateway_id, preferred_gateway_id, payment_profile_id, updated_at)
    select ${accountId}, u.*, ${at}::timestamptz
      from unnest(${said.map((one) => one.subscriptionId)}::uuid[], ${said.map((one) => one.forcedGatewayId)}::uuid[],
                  ${said.map((one) => one.preferredGatewayId)}::uuid[],
                  ${said.map((one) => one.paymentProfileId)}::uuid[]) as u
    on conflict (account_id, subscription_id) do update set
      forced_gateway_id = excluded.forced_gateway_id, preferred_gateway_id = excluded.preferred_gateway_id,
      payment_profile_id = excluded.payment_profile_id, updated_at = excluded.updated_at`.execute(
    tx,
  )
}

/** What one subscription says, for the one that takes over from it. */
export async function copySegments(
  tx: Tx,
  accountId: Uuid,
  move: { readonly fromId: Uuid; readonly toId: Uuid; readonly at: number },
): Promise<void> {
  await sql`
    insert into subscription_routing
      (account_id, subscription_id, forced_gateway_id, preferred_gateway_id, payment_profile_id, updated_at)
    select account_id, ${move.toId}, forced_gateway_id, preferred_gateway_id, payment_profile_id, ${move.at}
      from subscription_routing
     where account_id = ${accountId} and subscription_id = ${move.fromId}`.execute(tx)
}

type ProfileRow = {
  readonly id: Uuid
  readonly version: number
  readonly definition: JsonObject
}

/** Of those that are named. A disabled one is named by nothing new, and what named it before is charged by it. */
export async function listNamedProfiles(
  tx: Tx,
  accountId: Uuid,
  ids: readonly Uuid[],
): Promise<ProfileRow[]> {
  const { rows } = await sql<ProfileRow>`
    select id, version, definition from payment_profiles
     where account_id = ${accountId} and id = any(${ids}::uuid[])`.execute(tx)
  return rows
}

export type NamedGateway = RoutingGateway & { readonly code: string; readonly name: string }

/** In the account's order of preference. */
export async function listRoutingGateways(tx: Tx, accountId: Uuid): Promise<NamedGateway[]> {
  const { rows } = await sql<
    Omit<NamedGateway, 'rules'> & { readonly rules: readonly UsageRule[] }
  >`
    select id, code, name, is_enabled as "isEnabled", cascade_rules as rules, smart_bin_enabled as "isSmartBin"
      from gateways
     where account_id = ${accountId} and archived_at is null
     order by position, id`.execute(tx)
  return rows
}

/** Archived ones too. */
export async function listGatewayNames(
  tx: Tx,
  accountId: Uuid,
): Promise<{ readonly id: Uuid; readonly name: string }[]> {
  const { rows } = await sql<{ readonly id: Uuid; readonly name: string }>`
    select id, name from gateways where account_id = ${accountId}`.execute(tx)
  return rows
}

export type NamedGroup = GatewayGroup & { readonly name: string }

export async function listGroups(tx: Tx, accountId: Uuid): Promise<NamedGroup[]> {
  const { rows } = await sql<NamedGroup>`
    select id, name, is_enabled as "isEnabled", choice, gateway_ids as "gatewayIds", weights
      from gateway_groups
     where account_id = ${accountId}`.execute(tx)
  return rows
}

export async function listBins(
  tx: Tx,
  accountId: Uuid,
  ids: readonly Uuid[],
): Promise<{ readonly id: Uuid; readonly bins: readonly string[] }[]> {
  const { rows } = await sql<{ readonly id: Uuid; readonly bins: readonly string[] }>`
    select id, bins from bin_profiles
     where account_id = ${accountId} and id = any(${ids}::uuid[])`.execute(tx)
  return rows
}
