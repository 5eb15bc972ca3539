import { assert } from '@perennial/core/fault'
import { parseCurrency } from '@perennial/core/money'
import { addMs, parseInstant, type Instant, type TimeZone } from '@perennial/core/time'
import { loadWorld, readWorldFile, startWorld, type RunningWorld } from '@perennial/world'
import { createServiceApi } from '../../../server/src/api.ts'
import { createAccount, type CreatedAccount } from '../../../server/src/modules/accounts/index.ts'
import type { BillingDeps } from '../../../server/src/modules/billing/index.ts'
import { setUpSimulatedGateways } from '../../../server/src/modules/payments/index.ts'
import type { Clock } from '../../../server/src/platform/clock/index.ts'
import {
  COLUMN_TYPES,
  createDatabase,
  type Database,
  type TableName,
} from '../../../server/src/platform/db/index.ts'
import { createLogger, type Logger } from '../../../server/src/platform/log/index.ts'
import { createBilling, type Tuning } from '../../../server/src/service.ts'
import { closeAtEnd } from '../at-end.ts'
import { createTestDatabase } from '../databases.ts'

/** What scenarios run on: a database of their own, a card world, and a service that listens. */
export type House = {
  readonly database: Database
  readonly databaseUrl: string
  readonly log: Logger
  readonly worldUrl: string
  readonly service: RunningService
  /** Of the service and of the card world. */
  readonly clock: RealClock
  /** What the card world sends by itself has arrived. */
  worldDelivered(): Promise<void>
  /** Another process' worth of the service on the same database. */
  startService(given?: ServiceWish): Promise<RunningService>
  /** Rows of every table, all accounts: for "nothing was written". */
  countRows(): Promise<Readonly<Record<string, number>>>
  createMerchant(wish: { readonly timezone: TimeZone }): Promise<CreatedAccount>
  /** Its real time was moved or services were added: not what the next file expects. */
  isChanged(): boolean
  close(): Promise<void>
}

export type RunningService = {
  readonly url: string
  readonly billing: BillingDeps
  close(): Promise<void>
}

type ServiceWish = {
  readonly tuning?: Partial<Tuning>
  /** Another way to the same database. */
  readonly databaseUrl?: string
  /** Between two steps of its work, to make something happen there. */
  readonly onStep?: NonNullable<BillingDeps['onStep']>
}

/** Real time as the scenarios have it: it begins on a named day, runs as fast as ours, and can be moved on. */
export type RealClock = Clock & { moveOn(ms: number): void; isMoved(): boolean }

/** Before every date that a scenario names; sandboxes start here and are then moved to their own date. */
const REAL_TIME_STARTS = '2026-12-01T00:00:00Z'
const GATEWAYS = ['amber', 'birch', 'cedar']
/** Where the card world stands in for gateways. */
const LOOPBACK = ['127.0.0.0/8', '::1/128']

let shared: Promise<House> | null = null

/** The house of this process, started when a scenario first asks for it. */
export function theHouse(): Promise<House> {
  shared ??= startHouse()
  return shared
}

/** Behind each file: the next one finds the house as it is, or one of its own if this one has changed it. */
export async function leaveTheHouse(): Promise<void> {
  const house = await shared
  if (house === null || (!house.isChanged() && closeAtEnd(closeTheHouse))) return
  await closeTheHouse()
}

async function closeTheHouse(): Promise<void> {
  const open = shared
  shared = null
  await (await open)?.close()
}

export async function startHouse(given: { readonly databaseUrl?: string } = {}): Promise<House> {
  const home = given.databaseUrl === undefined ? await createTestDatabase() : null
  const databaseUrl = given.databaseUrl ?? home?.url
  assert(databaseUrl !== undefined, 'there is a database')
  const log = createLogger({ level: 'fatal', pretty: false })
  const database = createDatabase({ url: databaseUrl, applicationName: 'scenario' })
  const clock = createRealClock()
  const world = await startCalmWorld(clock)
  const services: RunningService[] = []
  const startService = async (wish: ServiceWish = {}): Promise<RunningService> => {
    const given = { databaseUrl, tuning: {}, ...wish }
    const service = await openService({ ...given, log, clock, worldUrl: world.url })
    services.push(service)
    return service
  }
  const service = await startService()
  let merchants = 0
  return {
    database,
    databaseUrl,
    log,
    worldUrl: world.url,
    service,
    clock,
    worldDelivered: () => world.delivered(),
    startService,
    countRows: () => countRows(database),
    isChanged: () => services.length > 1 || clock.isMoved(),
    createMerchant: ({ timezone }) => {
      merchants += 1
      return createMerchant(service.billing, { number: merchants, timezone })
    },
    close: async () => {
      for (const running of services) await running.close()
      await world.close()
      await database.close()
      await home?.close()
    },
  }
}

async function createMerchant(
  billing: BillingDeps,
  given: { readonly number: number; readonly timezone: TimeZone },
): Promise<CreatedAccount> {
  const currency = parseCurrency('USD')
  assert(currency !== null, 'USD is a currency')
  const decision = await createAccount(billing, {
    name: `Merchant ${given.number}`,
    ownerEmail: `owner${given.number}@example.com`,
    ownerPassword: null,
    timezone: given.timezone,
    currency,
  })
  assert(decision.kind === 'accepted', 'every merchant has an address of its own')
  const account = decision.value
  await billing.database.tx((tx) =>
    setUpSimulatedGateways(tx, billing.ids, {
      accountId: account.sandbox.accountId,
      codes: GATEWAYS,
      at: account.createdAt,
    }),
  )
  return account
}

async function openService(given: {
  readonly databaseUrl: string
  readonly log: Logger
  readonly clock: Clock
  readonly worldUrl: string
  readonly tuning: Partial<Tuning>
  readonly onStep?: NonNullable<BillingDeps['onStep']>
}): Promise<RunningService> {
  const database = createDatabase({ url: given.databaseUrl, applicationName: 'scenario service' })
  const { onStep } = given
  const wired = createBilling({ ...given, database, privateTargets: LOOPBACK }, given.tuning)
  const billing = onStep === undefined ? wired : { ...wired, onStep }
  const api = await createServiceApi({ publicUrl: 'http://localhost', rateLimit: null }, billing)
  const url = await api.listen({ port: 0, host: '127.0.0.1' })
  let isClosed = false
  return {
    url,
    billing,
    close: async () => {
      if (isClosed) return
      isClosed = true
      await api.close()
      await database.close()
    },
  }
}

function startCalmWorld(clock: Clock): Promise<RunningWorld> {
  const loading = loadWorld(readWorldFile('calm'))
  assert(loading.kind === 'loaded', 'the calm world is valid')
  return startWorld({
    world: loading.world,
    port: 0,
    host: '127.0.0.1',
    stateDir: null,
    latency: false,
    now: () => clock.now(),
  })
}

function createRealClock(): RealClock {
  const startsAt = parseInstant(REAL_TIME_STARTS)
  assert(startsAt !== null, 'the start of time is an instant')
  const openedMs = performance.now()
  let movedMs = 0
  const elapsedMs = (): number => Math.floor(performance.now() - openedMs) + movedMs
  return {
    now: (): Instant => addMs(startsAt, elapsedMs()),
    monotonicMs: () => performance.now() + movedMs,
    moveOn: (ms) => {
      movedMs += ms
    },
    isMoved: () => movedMs > 0,
  }
}

function isTableName(name: string): name is TableName {
  return name in COLUMN_TYPES
}

async function countRows({ kysely }: Database): Promise<Readonly<Record<string, number>>> {
  const names = Object.keys(COLUMN_TYPES).filter(isTableName)
  const counted = names.map(async (name) => {
    const { count } = await kysely
      .selectFrom(kysely.dynamic.table(name).as('counted'))
      .select(({ fn }) => fn.countAll<bigint>().as('count'))
      .executeTakeFirstOrThrow()
    return [name, Number(count)] as const
  })
  return Object.fromEntries(await Promise.all(counted))
}
