import type { Uuid } from '@perennial/core/ids'
import { sql } from 'kysely'
import type { Tx } from '../../../platform/db/index.ts'

/** Gateways that may be named: enabled ones. An account has few. */
export async function listEnabledGatewayIds(tx: Tx, accountId: Uuid): Promise<Uuid[]> {
  const { rows } = await sql<{ readonly id: Uuid }>`
    select id from gateways
     where account_id = ${accountId} and is_enabled and archived_at is null`.execute(tx)
  return rows.map(({ id }) => id)
}

export type SaidGateways = {
  readonly subscriptionId: Uuid
  readonly forcedGatewayId: Uuid | null
  readonly preferredGatewayId: Uuid | null
}

/** What these subscriptions say about their gateways; nothing of those that say nothing. */
export async function listSaidGateways(
  tx: Tx,
  accountId: Uuid,
  subscriptionIds: readonly Uuid[],
): Promise<SaidGateways[]> {
  const { rows } = await sql<SaidGateways>`
    select subscription_id as "subscriptionId", forced_gateway_id as "forcedGatewayId",
           preferred_gateway_id as "preferredGatewayId"
      from subscription_routing
     where account_id = ${accountId} and subscription_id = any(${subscriptionIds}::uuid[])`.execute(
    tx,
  )
  return rows
}
