import { assert } from '@perennial/core/fault'
import type { GatewayPort } from '@perennial/core/payments'
import { addMs, parseInstant, type TimeZone } from '@perennial/core/time'
import { createTestDatabase } from '@perennial/testkit'
import { loadWorld, readWorldFile, startWorld } from '@perennial/world'
import { createServiceApi } from '../../packages/server/src/api.ts'
import { createSimulatedGateway } from '../../packages/server/src/gateways/simulated/index.ts'
import type { BillingDeps } from '../../packages/server/src/modules/billing/index.ts'
import { createDatabase, type Database } from '../../packages/server/src/platform/db/index.ts'
import type { ApiInstance } from '../../packages/server/src/platform/http/index.ts'
import { createLogger, type Logger } from '../../packages/server/src/platform/log/index.ts'
import { createBilling } from '../../packages/server/src/service.ts'
import { createSandbox, type Sandbox } from './create-sandbox.ts'
import { overBadLine, withCrashes } from './faulty-parts.ts'
import { pass } from './life.ts'
import { spreadTokens } from './spread-tokens.ts'

/** One PostgreSQL, one card world and one service for all seeds; each seed has an account of its own. */
export type SimulatedHouse = {
  readonly app: ApiInstance
  readonly billing: BillingDeps
  /** Without crashes: for looking at what there is. */
  readonly database: Database
  readonly log: Logger
  readonly worldUrl: string
  /** The newest that were logged as errors, each once. */
  takeErrors(): string[]
  /** Moves real time on, so that leases run out. */
  moveOn(ms: number): void
  /** Waits until every call to a gateway has arrived. */
  drain(): Promise<void>
  createAccount(timezone: TimeZone): Promise<Sandbox>
  close(): Promise<void>
}

/** Accounts live a year later, so that real time never catches up with them. */
const REAL_TIME_STARTS = '2027-01-01T00:00:00Z'
export const LEASE_MS = 20_000
const ERRORS_MAX = 3
const ERROR_LENGTH_MAX = 4_000

export async function startSimulatedHouse(): Promise<SimulatedHouse> {
  const home = await createTestDatabase()
  const errors: string[] = []
  const log = createLogger({
    level: 'error',
    pretty: false,
    destination: {
      write: (line) => {
        errors.push(line.slice(0, ERROR_LENGTH_MAX))
        if (errors.length > ERRORS_MAX) errors.shift()
      },
    },
  })
  const database = createDatabase({ url: home.url, max: 20, applicationName: 'simulation' })
  await spreadTokens(database)
  const loading = loadWorld(readWorldFile('calm'))
  assert(loading.kind === 'loaded', 'the calm world is valid')
  const where = { port: 0, host: '127.0.0.1', stateDir: null, latency: false }
  const world = await startWorld({ world: loading.world, ...where })
  const clock = createMovedClock()
  const gateways = createLine(world.url)
  const deps = createBilling(
    {
      database: withCrashes(database),
      log,
      worldUrl: world.url,
      clock,
      gatewayFactory: (gateway) => gateways.portOf(gateway.code),
    },
    // Small enough that batches are full and lanes overlap.
    { batchSize: 3, concurrency: 2, leaseMs: LEASE_MS },
  )
  const billing: BillingDeps = { ...deps, onStep: (step) => pass(`when ${step}`) }
  const app = await createServiceApi({ publicUrl: 'http://localhost', rateLimit: null }, billing)
  await app.ready()
  return {
    app,
    billing,
    database,
    log,
    worldUrl: world.url,
    takeErrors: () => errors.splice(0),
    moveOn: clock.moveOn,
    drain: gateways.drain,
    createAccount: (timezone) => createSandbox({ ...billing, database }, timezone),
    close: async () => {
      await app.close()
      await gateways.close()
      await world.close()
      await database.close()
      await home.close()
    },
  }
}

/** Stands still unless it is moved: only leases and ids live by it. */
function createMovedClock() {
  const startsAt = parseInstant(REAL_TIME_STARTS)
  assert(startsAt !== null, 'the start of time is an instant')
  let elapsedMs = 0
  return {
    now: () => addMs(startsAt, elapsedMs),
    monotonicMs: () => performance.now(),
    moveOn: (ms: number) => {
      elapsedMs += ms
    },
  }
}

function createLine(worldUrl: string) {
  const wire = new Set<Promise<unknown>>()
  const ports = new Map<string, GatewayPort & { close(): Promise<void> }>()
  return {
    portOf: (code: string): GatewayPort => {
      const settings = { worldUrl, gateway: code, timeoutMs: 2_000, connections: 8 }
      const port = ports.get(code) ?? createSimulatedGateway(settings)
      ports.set(code, port)
      return overBadLine(port, wire)
    },
    drain: async () => {
      while (wire.size > 0) await Promise.allSettled(wire)
    },
    close: async () => {
      await Promise.all([...ports.values()].map((port) => port.close()))
    },
  }
}
