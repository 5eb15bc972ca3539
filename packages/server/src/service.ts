import { randomBytes } from 'node:crypto'
import { assert } from '@perennial/core/fault'
import type { GatewayVendor } from '@perennial/core/payments'
import { CONNECTORS } from './connectors/connectors.ts'
import { createSimulatedGateway } from './gateways/simulated/index.ts'
import { GATEWAY_VENDORS } from './gateways/vendors.ts'
import { startBillingWorker, type BillingDeps } from './modules/billing/index.ts'
import {
  cardUpdateUrl,
  createCardUpdateLinks,
  LINK_LIFETIME_MS,
} from './modules/card-updates/index.ts'
import { startMailWorker } from './modules/notifications/index.ts'
import { startRevolv3Worker } from './compat/revolv3/index.ts'
import { startDraftSweep, startEditsWorker } from './modules/subscription-edits/index.ts'
import { startConnectorWorker, startWebhookWorker } from './modules/recovery/index.ts'
import {
  createGatewayDirectory,
  type Gateway,
  type GatewayFactory,
  openCredentials,
} from './modules/payments/index.ts'
import { systemClock, type Clock } from './platform/clock/index.ts'
import type { Config } from './platform/config/index.ts'
import { createKeyRing, type KeyRing, randomToken } from './platform/crypto/index.ts'
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
/** The first try of a webhook is to follow its reason at once. */
const WEBHOOK_INTERVAL_MS = 250

export type Tuning = {
  readonly batchSize: number
  readonly concurrency: number
  readonly leaseMs: number
}

const TUNING: Tuning = { batchSize: 500, concurrency: 64, leaseMs: LEASE_MS }

export type BillingGiven = {
  readonly database: Database
  readonly log: Logger
  /** Where sandbox gateways live. */
  readonly worldUrl: string | null
  /** Opens stored credentials. Absent = one for this process alone, which has none stored. */
  readonly keyRing?: KeyRing
  /** Private address ranges that may stand in a gateway's place. */
  readonly privateTargets?: readonly string[]
  /** Where links for payers begin; the default of the start contract when absent. */
  readonly publicUrl?: string
  readonly clock?: Clock
  readonly gatewayFactory?: GatewayFactory
}

/** Everything that billing needs, wired by hand. */
export function createBilling(given: BillingGiven, tuning: Partial<Tuning> = {}): BillingDeps {
  const { database, log, privateTargets = [] } = given
  const clock = given.clock ?? systemClock()
  const keyRing = given.keyRing ?? createKeyRing(randomToken('', 32))
  const vendors = GATEWAY_VENDORS
  const factory = given.gatewayFactory ?? createGatewayFactory({ ...given, keyRing, vendors })
  const ids = createIds({ clock, random: randomBytes })
  return {
    database,
    log,
    clock,
    ids,
    createCardLinks: async (tx, { accountId, owners }) => {
      const lifetimeMs = LINK_LIFETIME_MS.absent
      const wanted = owners.map((of) => ({
        owner: { kind: 'customer', ...of } as const,
        lifetimeMs,
      }))
      const links = await createCardUpdateLinks(tx, { clock, ids }, { accountId, wanted })
      return links.map(({ token }) => token)
    },
    gateways: createGatewayDirectory(database, factory, {
      vendors,
      clock,
      concurrency: tuning.concurrency ?? TUNING.concurrency,
    }),
    vendors,
    connectors: CONNECTORS,
    publicUrl: given.publicUrl ?? 'http://localhost:4242',
    keyRing,
    privateTargets,
    ...TUNING,
    ...tuning,
  }
}

/** Connects a gateway by its kind: the simulated ones in their world, the others with their own credentials. */
export function createGatewayFactory(given: {
  readonly worldUrl: string | null
  readonly keyRing: KeyRing
  readonly vendors: readonly GatewayVendor[]
  /** Private address ranges that may stand in a gateway's place; none when absent. */
  readonly privateTargets?: readonly string[]
}): GatewayFactory {
  const { worldUrl, keyRing, vendors, privateTargets = [] } = given
  return async (gateway: Gateway) => {
    if (gateway.kind !== 'simulated')
      return connectVendor(gateway, { keyRing, vendors, privateTargets })
    assert(worldUrl !== null, 'a simulated gateway has a world to live in: set WORLD_URL')
    const { gateway: code, webhook_secret: secret } = gateway.settings
    return createSimulatedGateway({
      worldUrl,
      gateway: typeof code === 'string' ? code : gateway.code,
      timeoutMs: GATEWAY_TIMEOUT_MS,
      zone: gateway.zone,
      connections: TUNING.concurrency,
      ...(typeof secret === 'string' ? { webhookSecret: secret } : {}),
    })
  }
}

async function connectVendor(
  gateway: Gateway,
  given: {
    readonly keyRing: KeyRing
    readonly vendors: readonly GatewayVendor[]
    readonly privateTargets: readonly string[]
  },
) {
  const vendor = given.vendors.find(({ kind }) => kind === gateway.kind)
  assert(vendor !== undefined, `there is an adapter for gateways of the kind ${gateway.kind}`)
  const { id: gatewayId, credentialsSealed: sealed, baseUrl } = gateway
  assert(sealed !== null, 'a connected gateway has credentials')
  return vendor.connect({
    environment: gateway.environment === 'live' ? 'live' : 'test',
    credentials: openCredentials(given.keyRing, { boundTo: gatewayId, sealed }),
    baseUrl,
    privateTargets: given.privateTargets,
    timeoutMs: GATEWAY_TIMEOUT_MS,
    connections: TUNING.concurrency,
  })
}

export type Service = { readonly url: string; close(): Promise<void> }

/** Starts the parts of the service that the configuration names, on a database that is open. */
export async function startService(
  config: Config,
  given: Pick<BillingGiven, 'database' | 'log' | 'worldUrl' | 'keyRing'>,
): Promise<Service> {
  const billing = createBilling({
    ...given,
    privateTargets: config.privateTargets,
    publicUrl: config.publicUrl,
  })
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
  const { smtpUrl, mailFrom } = config
  const cardUrl = (token: string): string => cardUpdateUrl(config.publicUrl, token)
  const every = { intervalMs: WORKER_INTERVAL_MS }
  return [
    startBillingWorker(billing, every),
    startEditsWorker(billing, every),
    startDraftSweep(billing),
    startMailWorker({ ...billing, smtpUrl, from: mailFrom, cardUrl }, every),
    startWebhookWorker(billing, { intervalMs: WEBHOOK_INTERVAL_MS }),
    startConnectorWorker(billing, { intervalMs: WEBHOOK_INTERVAL_MS }),
    startRevolv3Worker(billing, { intervalMs: WEBHOOK_INTERVAL_MS }),
    startKeySweep(billing),
  ]
}
