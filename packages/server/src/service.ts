import { randomBytes } from 'node:crypto'
import { assert } from '@perennial/core/fault'
import { createSimulatedGateway } from './gateways/simulated/index.ts'
import { startBillingWorker, type BillingDeps } from './modules/billing/index.ts'
import { startMailWorker } from './modules/notifications/index.ts'
import {
  createGatewayDirectory,
  type Gateway,
  type GatewayFactory,
} from './modules/payments/index.ts'
import { systemClock, type Clock } from './platform/clock/index.ts'
import type { Config } from './platform/config/index.ts'
import type { Database } from './platform/db/index.ts'
import { createIds } from './platform/ids/index.ts'
import { startKeySweep } from './platform/http/index.ts'
import type { Logger } from './platform/log/index.ts'
import type { Loop } from './platform/loop/index.ts'
import { createServiceApi } from './api.ts'

/** Real charges may take this long before they count as unanswered. */
const GATEWAY_TIMEOUT_MS = 10_000
/** Longer than any gateway call, so that a lease runs out only when its holder is gone. */
const LEASE_MS = 30_000
const WORKER_INTERVAL_MS = 1_000

export type Tuning = {
  readonly batchSize: number
  readonly concurrency: number
  readonly leaseMs: number
}

const TUNING: Tuning = { batchSize: 500, concurrency: 64, leaseMs: LEASE_MS }

/** Everything that billing needs, wired by hand. `worldUrl`: where sandbox gateways live. */
export function createBilling(
  given: {
    readonly database: Database
    readonly log: Logger
    readonly worldUrl: string | null
    readonly clock?: Clock
    readonly gatewayFactory?: GatewayFactory
  },
  tuning: Partial<Tuning> = {},
): BillingDeps {
  const { database, log } = given
  const clock = given.clock ?? systemClock()
  const factory = given.gatewayFactory ?? createGatewayFactory(given.worldUrl)
  return {
    database,
    log,
    clock,
    ids: createIds({ clock, random: randomBytes }),
    gateways: createGatewayDirectory(database, factory),
    ...TUNING,
    ...tuning,
  }
}

function createGatewayFactory(worldUrl: string | null): GatewayFactory {
  return (gateway: Gateway) => {
    assert(worldUrl !== null, 'a simulated gateway has a world to live in: set WORLD_URL')
    const code = gateway.settings['gateway']
    return createSimulatedGateway({
      worldUrl,
      gateway: typeof code === 'string' ? code : gateway.code,
      timeoutMs: GATEWAY_TIMEOUT_MS,
      zone: gateway.zone,
      connections: TUNING.concurrency,
    })
  }
}

export type Service = { readonly url: string; close(): Promise<void> }

/** Starts the parts of the service that the configuration names, on a database that is open. */
export async function startService(
  config: Config,
  given: { readonly database: Database; readonly log: Logger; readonly worldUrl: string | null },
): Promise<Service> {
  const billing = createBilling(given)
  const api = config.roles.has('api') ? await createServiceApi(config, billing) : null
  const url = (await api?.listen({ port: config.port, host: config.host })) ?? config.publicUrl
  const workers = config.roles.has('worker') ? startWorkers(config, billing) : []
  return {
    url,
    close: async () => {
      await Promise.all([api?.close(), ...workers.map((worker) => worker.stop())])
      await billing.gateways.close()
    },
  }
}

function startWorkers(config: Config, billing: BillingDeps): Loop[] {
  const from = `billing@${new URL(config.publicUrl).hostname}`
  const every = { intervalMs: WORKER_INTERVAL_MS }
  return [
    startBillingWorker(billing, every),
    startMailWorker({ ...billing, smtpUrl: config.smtpUrl, from }, every),
    startKeySweep(billing),
  ]
}
