import type { Uuid } from '@perennial/core/ids'
import type { SalvagePlan } from '@perennial/core/recovery'
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
