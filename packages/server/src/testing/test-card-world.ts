import { deepEqual } from 'node:assert/strict'
import { assert } from '@perennial/core/fault'
import { loadWorld, readWorldFile, startWorld } from '@perennial/world'
import { createSimulatedGateway } from '../gateways/simulated/index.ts'
import { GATEWAY_VENDORS } from '../gateways/vendors.ts'
import {
  type BillingDeps,
  billingDisputesRoutes,
  billingPaymentsRoutes,
  subscriptionsRoutes,
  testClockRoutes,
  type ClockHooks,
} from '../modules/billing/index.ts'
import { productsRoutes } from '../modules/catalog/index.ts'
import { customersRoutes } from '../modules/customers/index.ts'
import { invoicesRoutes } from '../modules/invoices/index.ts'
import {
  type GatewayDeps,
  type GatewayDirectory,
  type GatewayFactory,
  createGatewayDirectory,
  findDefaultMethods,
  paymentsRoutes,
  setUpSimulatedGateways,
} from '../modules/payments/index.ts'
import { routingRoutes } from '../modules/routing/index.ts'
import { taxRatesRoutes } from '../modules/tax/index.ts'
import { createKeyRing, randomToken } from '../platform/crypto/index.ts'
import type { ApiDeps, ApiModule } from '../platform/http/index.ts'
import { createLogger, type Logger } from '../platform/log/index.ts'
import { createGatewayFactory } from '../service.ts'
import { type TestApi, startTestApi } from './test-api.ts'
import { verifyDatabase } from '../verify/index.ts'

export type TestShop = TestApi & {
  /** What the API was built with. */
  readonly gateways: GatewayDirectory
  readonly worldUrl: string
  /** Takes the gateways away: whoever calls one gets no answer. */
  stopWorld(): Promise<void>
  /** What the gateways saw, oldest first, of this account or of another. */
  audit(): Promise<readonly AuditEntry[]>
  createCustomer(email?: string): Promise<string>
  /** Attaches a token and returns the method's prefixed id. */
  attach(customerId: string, token: string): Promise<string>
  /** Types of the events told since the last call, oldest first. */
  newEvents(): Promise<readonly string[]>
}

export type AuditEntry = {
  readonly idempotency_key: string
  readonly charge_id: string | null
  readonly token: string
  readonly amount_minor: number
  readonly outcome: string
  readonly status: string | null
  readonly money_moved: boolean
  readonly captured_minor: number
}

/** What modules under test are made with. */
export type ShopDeps = ApiDeps &
  GatewayDeps & {
    readonly gateways: GatewayDirectory
    readonly leaseMs: number
    readonly publicUrl: string
  }

const silent = createLogger({ level: 'silent', pretty: false })
const GATEWAY_CODES = ['amber', 'birch']
const GATEWAY_TIMEOUT_MS = 5_000

/** The API on a database of its own, with a calm card world of its own behind the sandbox's two gateways. */
export async function startTestShop(
  modulesOf: (deps: ShopDeps) => readonly ApiModule[],
  options: { readonly log?: Logger } = {},
): Promise<TestShop> {
  const loading = loadWorld(readWorldFile('calm'))
  assert(loading.kind === 'loaded', 'the calm world is valid')
  const local = { port: 0, host: '127.0.0.1', stateDir: null, latency: false }
  const world = await startWorld({ world: loading.world, ...local })
  const made: { gateways: GatewayDirectory | null } = { gateways: null }
  const all: ApiModule = (app, deps) => {
    const keyRing = createKeyRing(randomToken('', 32))
    const vendors = GATEWAY_VENDORS
    const privateTargets = ['127.0.0.0/8']
    const connecting = { worldUrl: null, keyRing, vendors, privateTargets }
    const vendorFactory = createGatewayFactory(connecting)
    const factory: GatewayFactory = (gateway) =>
      gateway.kind !== 'simulated'
        ? vendorFactory(gateway)
        : createSimulatedGateway({
            worldUrl: world.url,
            gateway: gateway.code,
            timeoutMs: GATEWAY_TIMEOUT_MS,
            connections: 4,
          })
    const gateways = createGatewayDirectory(deps.database, factory, { vendors, clock: deps.clock })
    made.gateways = gateways
    const publicUrl = 'http://localhost:4242'
    const gatewayDeps = { gateways, keyRing, vendors, privateTargets, publicUrl, leaseMs: 20_000 }
    for (const module of modulesOf({ ...deps, ...gatewayDeps })) module(app, deps)
  }
  const customers = customersRoutes({
    onDeleted: async () => {},
    findDefaultPaymentMethods: (tx, of) => findDefaultMethods(tx, of),
  })
  const api = await startTestApi([customers, all], options)
  const { gateways } = made
  assert(gateways !== null, 'the modules were registered')
  await setUp(api, api.account.sandbox.accountId)
  return {
    ...api,
    gateways,
    worldUrl: world.url,
    stopWorld: () => world.close(),
    ...createShopTools(api, world.url),
    close: async () => {
      await api.close()
      await gateways.close()
      await world.close()
    },
  }
}

export type BillingShop = TestShop & {
  readonly billing: BillingDeps
  /** A product for subscriptions of this many cents a month; its id. */
  createPlan(amountMinor: number): Promise<string>
  /** Names of the promises about the data that do not hold, and of charges that are not booked as they were made. */
  findBreaches(): Promise<readonly string[]>
  /** Closes it, and fails where there is any breach. */
  closeSound(): Promise<void>
}

/** With everything that bills and charges, as the service has it. */
export async function startBillingShop(
  clockHooks: ClockHooks = { beforeMove: async () => undefined },
): Promise<BillingShop> {
  const made: { billing: BillingDeps | null } = { billing: null }
  const shop = await startTestShop((deps) => {
    const createCardLinks: BillingDeps['createCardLinks'] = async (_tx, { owners }) =>
      owners.map((_owner, index) => `link${index}`)
    const billing = { ...deps, connectors: [], createCardLinks, batchSize: 50, concurrency: 4 }
    made.billing = billing
    return [
      productsRoutes,
      routingRoutes,
      taxRatesRoutes,
      paymentsRoutes(billing),
      invoicesRoutes,
      billingPaymentsRoutes(billing),
      billingDisputesRoutes(billing),
      subscriptionsRoutes(billing),
      testClockRoutes(billing, clockHooks),
    ]
  })
  const { billing } = made
  assert(billing !== null, 'the modules were registered')
  let plans = 0
  return {
    ...shop,
    billing,
    createPlan: (amountMinor) => {
      plans += 1
      return createPlan(shop, { product_id: `plan-${plans}`, amount_minor: amountMinor })
    },
    findBreaches: () => findBreaches(shop),
    closeSound: async () => {
      const breaches = await findBreaches(shop)
      await shop.close()
      deepEqual(breaches, [])
    },
  }
}

async function createPlan(shop: TestShop, own: object): Promise<string> {
  const product = await shop.request('POST', '/products', {
    body: {
      name: 'Plan',
      kind: 'subscription',
      pricing_model: 'recurring',
      currency: 'USD',
      interval: 'month',
      interval_count: 1,
      ...own,
    },
  })
  return product.text('data.id')
}

async function findBreaches(shop: TestShop): Promise<readonly string[]> {
  const { database, clock } = shop
  const { checks } = await verifyDatabase({ database, clock, log: silent })
  const broken = checks.filter((check) => !check.ok)
  const sales = await database.kysely
    .selectFrom('transactions')
    .select(['gateway_reference', 'amount_minor'])
    .where('type', '=', 'sale')
    .where('status', '=', 'succeeded')
    .where('gateway_id', 'is not', null)
    .execute()
  const audit = await shop.audit()
  // The audit tells bank debits as they were when they were made.
  const debits = new Set(
    audit.filter(({ outcome }) => outcome === 'pending').map((charge) => charge.charge_id),
  )
  const booked = sales
    .filter((sale) => !debits.has(sale.gateway_reference))
    .map((sale) => `${sale.gateway_reference} ${sale.amount_minor}`)
  const moved = audit
    .filter((charge) => charge.money_moved)
    .map((charge) => `${charge.charge_id} ${charge.captured_minor}`)
  return [
    ...broken.map(({ name, problems }) => `${name}: ${problems[0]?.message ?? ''}`),
    ...booked.filter((sale) => !moved.includes(sale)).map((sale) => `booked only: ${sale}`),
    ...moved.filter((charge) => !booked.includes(charge)).map((charge) => `moved only: ${charge}`),
  ]
}

async function setUp(api: TestApi, accountId: TestApi['account']['sandbox']['accountId']) {
  const given = { accountId, codes: GATEWAY_CODES, at: api.clock.now() }
  await api.database.tx((tx) => setUpSimulatedGateways(tx, api.ids, given))
}

function createShopTools(api: TestApi, worldUrl: string) {
  let customers = 0
  let lastEventId = api.ids.next()
  return {
    audit: async (): Promise<readonly AuditEntry[]> => {
      const response = await fetch(`${worldUrl}/audit?limit=1000`)
      const { data } = (await response.json()) as { readonly data: readonly AuditEntry[] }
      return data
    },
    createCustomer: async (email = `customer${(customers += 1)}@example.com`): Promise<string> => {
      const created = await api.request('POST', '/customers', { body: { email } })
      return created.text('data.id')
    },
    attach: async (customerId: string, token: string): Promise<string> => {
      const body = { customer_id: customerId, token }
      const attached = await api.request('POST', '/payment-methods', { body })
      return attached.text('data.public_id')
    },
    newEvents: async (): Promise<readonly string[]> => {
      const rows = await api.database.kysely
        .selectFrom('events')
        .select(['id', 'type'])
        .where('id', '>', lastEventId)
        .orderBy('id')
        .execute()
      lastEventId = rows.at(-1)?.id ?? lastEventId
      return rows.map(({ type }) => type)
    },
  }
}
