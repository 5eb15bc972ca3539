import { assert } from '@perennial/core/fault'
import { encodeId, type Uuid } from '@perennial/core/ids'
import type { GatewayPort, GatewayVendor } from '@perennial/core/payments'
import { systemClock, type Clock } from '../../../platform/clock/index.ts'
import { assertOutsideAsOne } from '../../../platform/command/index.ts'
import type { Database } from '../../../platform/db/index.ts'
import { createSlots, type Slots } from '../../../platform/loop/index.ts'
import { type Gateway, listGateways } from '../queries/gateways.ts'
import { believeBothSecrets } from './believe-both-secrets.ts'
import type { ConnectedGateway, GatewayFactory } from './gateway-factory.ts'

export type FoundGateway = {
  readonly gateway: Gateway
  readonly port: GatewayPort
  /** Calls to it that may be under way at once, in this process. */
  readonly slots: Slots
}

/** For calls to gateways, so asking it within `asOne` is a fault. */
export type GatewayDirectory = {
  /** The adapter of one of the account's gateways. Faults when the account has no such gateway. */
  portOf(accountId: Uuid, gatewayId: Uuid): Promise<FoundGateway>
  /**
   * The adapter of the enabled gateway with this code or id, or of the account's first enabled one, with its kind
   * (null = the simulated world). Null when there is none.
   */
  find(
    accountId: Uuid,
    code: string | null,
  ): Promise<(FoundGateway & { readonly vendor: GatewayVendor | null }) | null>
  /** Ends the connections of every adapter. */
  close(): Promise<void>
}

/** How long another process may go on with credentials that were replaced; then it looks and connects anew. */
const FRESH_MS = 1_000
/** A call that was begun on a connection that is not the newest any more ends within this time. */
const RETIRED_MS = 60_000

/** Calls under way at most when nothing is said; as many as an adapter has connections. */
const CONCURRENCY = 64

type Entry = {
  readonly gateway: Gateway
  readonly port: Promise<ConnectedGateway>
  readonly slots: Slots
  readonly seenAtMs: number
}

/**
 * Adapters keep connections, so there is one for each gateway for as long as its credentials and its account's time zone stay
 * the same. Whether they do is looked up at most once a second and account.
 */
export function createGatewayDirectory(
  database: Database,
  factory: GatewayFactory,
  given: {
    readonly vendors?: readonly GatewayVendor[]
    readonly clock?: Clock
    readonly concurrency?: number
  } = {},
): GatewayDirectory {
  const { vendors = [], clock = systemClock(), concurrency = CONCURRENCY } = given
  const known = new Map<Uuid, Entry>()
  const listing = new Map<Uuid, Promise<readonly Gateway[]>>()
  const retired = createRetired()

  const keep = (gateway: Gateway): Entry => {
    const seenAtMs = clock.monotonicMs()
    const entry = known.get(gateway.id)
    // A simulated gateway is told the time of day where its account is.
    const isSame =
      entry?.gateway.credentialsVersion === gateway.credentialsVersion &&
      entry.gateway.zone === gateway.zone
    if (entry !== undefined && !isSame) retired.add(entry.port)
    const connect = { factory, clock, gateway }
    const port = entry !== undefined && isSame ? entry.port : believeBothSecrets(connect)
    const kept = { gateway, port, slots: entry?.slots ?? createSlots(concurrency), seenAtMs }
    known.set(gateway.id, kept)
    // A gateway that could not be connected is tried again when it is asked for again.
    if (port !== entry?.port) port.catch(() => known.delete(gateway.id))
    return kept
  }
  /** One query at a time for an account, however many ask. */
  const list = (accountId: Uuid): Promise<readonly Gateway[]> => {
    const under = listing.get(accountId)
    if (under !== undefined) return under
    const reading = database
      .statement((tx) => listGateways(tx, accountId))
      .finally(() => listing.delete(accountId))
    listing.set(accountId, reading)
    return reading
  }
  const found = async ({ gateway, port, slots }: Entry): Promise<FoundGateway> => ({
    gateway,
    port: await port,
    slots,
  })

  return {
    portOf: async (accountId, gatewayId) => {
      assertOutsideAsOne()
      const entry = known.get(gatewayId)
      if (entry !== undefined && clock.monotonicMs() - entry.seenAtMs < FRESH_MS)
        return found(entry)
      // A disabled one too: what was sent to it before still has to be looked up there.
      const gateways = await list(accountId)
      const gateway = gateways.find((candidate) => candidate.id === gatewayId)
      assert(gateway !== undefined, 'an attempt names a gateway of its account')
      return found(keep(gateway))
    },
    find: async (accountId, code) => {
      assertOutsideAsOne()
      const gateways = await list(accountId)
      const gateway = gateways.find(
        (candidate) => candidate.isEnabled && (code === null || isNamed(candidate, code)),
      )
      if (gateway === undefined) return null
      const vendor = vendors.find(({ kind }) => kind === gateway.kind) ?? null
      return { ...(await found(keep(gateway))), vendor }
    },
    close: async () => {
      await Promise.all([...known.values()].map(({ port }) => end(port)))
      known.clear()
      await retired.close()
    },
  }
}

function isNamed({ id, code }: Gateway, name: string): boolean {
  return code === name || id === name || encodeId('gateway', id) === name
}

async function end(port: Promise<ConnectedGateway>): Promise<void> {
  const connected = await port.catch(() => null)
  await connected?.close?.()
}

/** Connections that have been replaced, for as long as somebody may still be in the middle of a call on one. */
function createRetired() {
  const timers = new Map<Promise<ConnectedGateway>, NodeJS.Timeout>()
  return {
    add: (port: Promise<ConnectedGateway>): void => {
      const timer = setTimeout(() => {
        timers.delete(port)
        // What fails while a connection ends changes nothing any more.
        end(port).catch(() => undefined)
      }, RETIRED_MS)
      timers.set(port, timer.unref())
    },
    close: async (): Promise<void> => {
      const ports = [...timers]
      timers.clear()
      await Promise.all(
        ports.map(([port, timer]) => {
          clearTimeout(timer)
          return end(port)
        }),
      )
    },
  }
}
