import type { Uuid } from '@perennial/core/ids'
import type { SalvageAttempt, SalvagePlan } from '@perennial/core/recovery'
import type { SubscriptionStatus } from '@perennial/core/subscriptions'
import type { Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import type { Tx } from '../../../platform/db/index.ts'
import { toAttempts, toSources } from './stored-profile.ts'

/** By subscription: the salvage profiles that their subscription profiles name, where these are enabled. */
export async function listSalvagePlans(
  tx: Tx,
  accountId: Uuid,
  subscriptionIds: readonly Uuid[],
): Promise<ReadonlyMap<Uuid, Omit<SalvagePlan, 'originalGatewayId'>>> {
  const { rows } = await sql<{
    readonly id: Uuid
    readonly sources: unknown
    readonly attempts: unknown
  }>`
    select s.id, v.sources, v.attempts
      from subscriptions s
      join subscription_profiles f on f.account_id = s.account_id and f.id = s.profile_id
      join salvage_profiles v on v.account_id = f.account_id and v.id = f.salvage_profile_id and v.status = 'active'
     where s.account_id = ${accountId} and s.id = any(${subscriptionIds}::uuid[])`.execute(tx)
  return new Map(
    rows.map(({ id, sources, attempts }) => [
      id,
      { sources: toSources(sources), attempts: toAttempts(attempts) },
    ]),
  )
}

/** By invoice: where its first charge went. */
export async function listFirstGateways(
  tx: Tx,
  accountId: Uuid,
  invoiceIds: readonly Uuid[],
): Promise<ReadonlyMap<Uuid, Uuid>> {
  if (invoiceIds.length === 0) return new Map()
  const { rows } = await sql<{ readonly id: Uuid; readonly gateway_id: Uuid }>`
    select i.id, first.gateway_id
      from unnest(${invoiceIds}::uuid[]) as i (id)
      cross join lateral (
        select p.gateway_id from payment_attempts p
         where p.account_id = ${accountId} and p.invoice_id = i.id
         order by p.id
         limit 1
      ) as first`.execute(tx)
  return new Map(rows.map((row) => [row.id, row.gateway_id]))
}

/**
 * Plans the first attempt on what is left of sales whose first subscription follows a profile with a salvage profile for
 * sales. Of these cases; those of other bills stay as they are.
 */
export async function scheduleSales(
  tx: Tx,
  accountId: Uuid,
  caseIds: readonly Uuid[],
): Promise<void> {
  if (caseIds.length === 0) return
  await sql`
    update recovery_cases c
       set salvage_at = c.opened_at + make_interval(hours => 24 * (v.attempts -> 0 ->> 'after_days')::int)
      from sales o, subscriptions s
      join subscription_profiles f on f.account_id = s.account_id and f.id = s.profile_id
      join salvage_profiles v on v.account_id = f.account_id and v.id = f.salvage_profile_id and v.status = 'active'
     where c.account_id = ${accountId} and c.id = any(${caseIds}::uuid[]) and c.state = 'exhausted'
       and o.account_id = c.account_id and o.invoice_id = c.invoice_id
       and s.account_id = c.account_id and s.id = c.subscription_id and s.retries_failed
       and v.sources @> '["sale"]'::jsonb`.execute(tx)
}

export type DueSale = { readonly caseId: Uuid; readonly invoiceId: Uuid; readonly dueAt: Instant }

/** What is left of sales and is to be tried by now, the longest due first. Only found here, locked by the try itself. */
export async function findDueSales(
  tx: Tx,
  accountId: Uuid,
  until: Instant,
  limit: number,
): Promise<DueSale[]> {
  const { rows } = await sql<DueSale>`
    select id as "caseId", invoice_id as "invoiceId", salvage_at as "dueAt"
      from recovery_cases
     where account_id = ${accountId} and state = 'exhausted' and salvage_at <= ${until}
     order by salvage_at
     limit ${limit}`.execute(tx)
  return rows
}

/** A case that is left of a sale, with what its salvage profile says by now; no attempts where none holds any more. */
export type SaleSalvage = {
  readonly openedAt: Instant
  readonly dueAt: Instant
  readonly subscriptionStatus: SubscriptionStatus
  readonly attempts: readonly SalvageAttempt[]
}

/** Null where it is not to be tried any more: it is paid, given up, or nothing is planned. */
export async function lockSaleSalvage(
  tx: Tx,
  accountId: Uuid,
  caseId: Uuid,
): Promise<SaleSalvage | null> {
  const { rows } = await sql<{
    readonly opened_at: Instant
    readonly salvage_at: Instant
    readonly subscription_status: SubscriptionStatus
    readonly sources: unknown
    readonly attempts: unknown
  }>`
    select c.opened_at, c.salvage_at, s.status as subscription_status, v.sources, v.attempts
      from recovery_cases c
      join subscriptions s on s.account_id = c.account_id and s.id = c.subscription_id
      left join subscription_profiles f on f.account_id = s.account_id and f.id = s.profile_id
      left join salvage_profiles v on v.account_id = f.account_id and v.id = f.salvage_profile_id and v.status = 'active'
     where c.account_id = ${accountId} and c.id = ${caseId} and c.state = 'exhausted' and c.salvage_at is not null
       for update of c`.execute(tx)
  const [found] = rows
  if (found === undefined) return null
  const isFor = found.sources !== null && toSources(found.sources).includes('sale')
  return {
    openedAt: found.opened_at,
    dueAt: found.salvage_at,
    subscriptionStatus: found.subscription_status,
    attempts: isFor ? toAttempts(found.attempts) : [],
  }
}

/** `at`: when it is tried next; null = never by itself. */
export async function moveSaleSalvage(
  tx: Tx,
  accountId: Uuid,
  { caseId, at }: { readonly caseId: Uuid; readonly at: Instant | null },
): Promise<void> {
  await tx
    .updateTable('recovery_cases')
    .set({ salvage_at: at })
    .where('account_id', '=', accountId)
    .where('id', '=', caseId)
    .execute()
}
