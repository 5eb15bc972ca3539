import type { Uuid } from '@perennial/core/ids'
import type { GatewayPort } from '@perennial/core/payments'
import { assert } from '@perennial/core/fault'
import { sql } from 'kysely'
import type { Database, Tx } from '../../platform/db/index.ts'
import type { JsonObject } from '../../platform/wire/index.ts'

/** One configured gateway of an account. */
export type Gateway = {
  readonly id: Uuid
  readonly code: string
  readonly kind: string
  readonly settings: JsonObject
}

/** Makes the adapter for a gateway; the composition root knows the vendors. */
export type GatewayFactory = (gateway: Gateway) => GatewayPort

export type GatewayDirectory = {
  /** The adapter of one of the account's gateways, made once. Faults when the account has no such gateway. */
  portOf(
    accountId: Uuid,
    gatewayId: Uuid,
  ): Promise<{ readonly gateway: Gateway; readonly port: GatewayPort }>
  /** The adapter of the gateway with this code, or of the account's first enabled one. Null when there is none. */
  find(
    accountId: Uuid,
    code: string | null,
  ): Promise<{ readonly gateway: Gateway; readonly port: GatewayPort } | null>
}

/** Adapters keep connections, so there is one for each gateway for as long as the process lives. */
export function createGatewayDirectory(
  database: Database,
  factory: GatewayFactory,
): GatewayDirectory {
  const known = new Map<Uuid, { readonly gateway: Gateway; readonly port: GatewayPort }>()
  const keep = (gateway: Gateway) => {
    const entry = known.get(gateway.id) ?? { gateway, port: factory(gateway) }
    known.set(gateway.id, entry)
    return entry
  }
  return {
    portOf: async (accountId, gatewayId) => {
      const entry = known.get(gatewayId)
      if (entry !== undefined) return entry
      const gateways = await database.tx((tx) => listGateways(tx, accountId))
      const gateway = gateways.find((candidate) => candidate.id === gatewayId)
      assert(gateway !== undefined, 'an attempt names a gateway of its account')
      return keep(gateway)
    },
    find: async (accountId, code) => {
      const gateways = await database.tx((tx) => listGateways(tx, accountId))
      const gateway =
        code === null ? gateways[0] : gateways.find((candidate) => candidate.code === code)
      return gateway === undefined ? null : keep(gateway)
    },
  }
}

async function listGateways(tx: Tx, accountId: Uuid): Promise<Gateway[]> {
  const { rows } = await sql<Gateway>`
    select id, code, kind, settings from gateways
     where account_id = ${accountId} and is_enabled
     order by position, id
     limit 100`.execute(tx)
  return rows
}
