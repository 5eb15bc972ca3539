import type { Uuid } from '@perennial/core/ids'
import type { GatewayPort } from '@perennial/core/payments'
import { assert } from '@perennial/core/fault'
import type { Database } from '../../platform/db/index.ts'
import { type Gateway, listGateways } from './queries/gateways.ts'

/** Makes the adapter for a gateway; the composition root knows the vendors. */
export type GatewayFactory = (gateway: Gateway) => GatewayPort & { close?(): Promise<void> }

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
  /** Ends the connections of every adapter. */
  close(): Promise<void>
}

/** Adapters keep connections, so there is one for each gateway for as long as the process lives. */
export function createGatewayDirectory(
  database: Database,
  factory: GatewayFactory,
): GatewayDirectory {
  const known = new Map<
    Uuid,
    { readonly gateway: Gateway; readonly port: ReturnType<GatewayFactory> }
  >()
  const keep = (gateway: Gateway) => {
    const entry = known.get(gateway.id) ?? { gateway, port: factory(gateway) }
    known.set(gateway.id, entry)
    return entry
  }
  return {
    portOf: async (accountId, gatewayId) => {
      const entry = known.get(gatewayId)
      if (entry !== undefined) return entry
      // A disabled one too: what was sent to it before still has to be looked up there.
      const gateways = await database.tx((tx) => listGateways(tx, accountId))
      const gateway = gateways.find((candidate) => candidate.id === gatewayId)
      assert(gateway !== undefined, 'an attempt names a gateway of its account')
      return keep(gateway)
    },
    find: async (accountId, code) => {
      const gateways = await database.tx((tx) => listGateways(tx, accountId))
      const gateway = gateways.find(
        (candidate) => candidate.isEnabled && (code === null || candidate.code === code),
      )
      return gateway === undefined ? null : keep(gateway)
    },
    close: async () => {
      await Promise.all([...known.values()].map(async ({ port }) => port.close?.()))
      known.clear()
    },
  }
}
