// Started by start-renewing.ts: renewal runs, one for each instant it is told, and what each of them took.
import { isUuid } from '@perennial/core/ids'
import { assert } from '@perennial/core/fault'
import { addMs, type Instant } from '@perennial/core/time'
import pg from 'pg'
import {
  loadScope,
  RENEWAL_LANES,
  runRenewals,
} from '../../packages/server/src/modules/billing/index.ts'
import type { Clock } from '../../packages/server/src/platform/clock/index.ts'
import { createDatabase } from '../../packages/server/src/platform/db/index.ts'
import { createLogger } from '../../packages/server/src/platform/log/index.ts'
import { createBilling } from '../../packages/server/src/service.ts'
import { countStatements } from '../../packages/server/src/testing/count-statements.ts'
import { cpuSecondsOf } from '../postgres/cpu-seconds.ts'
import { createApprovingGateway } from './approving-gateway.ts'

export type RenewOrder = {
  readonly databaseUrl: string
  readonly accountId: string
  /** The account's time when the process begins; it goes on with real time. */
  readonly startAt: Instant
  /** Renewed first and not counted: what was due by this earlier instant. Null = nothing. */
  readonly warmUpAt: Instant | null
  readonly batchSize: number | null
  /** Null: a gateway within the process. */
  readonly worldUrl: string | null
}

export type RenewFigures = {
  readonly due: number
  readonly paid: number
  readonly failed: number
  readonly seconds: number
  readonly statements: number
  readonly rssPeakMb: number
  readonly cpuSeconds: { readonly service: number; readonly database: number | null }
}

/** What the worker tells once it can begin: how many batches it works at at once, and of how many. */
export type RenewWays = { readonly lanes: number; readonly batchSize: number }

const POOL_MAX = 20
const SAMPLE_MS = 100

function clockFrom(startAt: Instant): Clock {
  const begunAt = performance.now()
  return {
    now: () => addMs(startAt, Math.floor(performance.now() - begunAt)),
    monotonicMs: () => performance.now(),
  }
}

/** What PostgreSQL does by itself within a minute: after it, plans are made for tables that hold something. */
async function analyze(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query('analyze')
  } finally {
    await client.end()
  }
}

/** Processor time of our connections' server processes; null where the server is on another machine. */
async function databaseCpuSeconds(url: string): Promise<number | null> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query<{ pid: number }>(
      "select pid from pg_stat_activity where application_name = 'bench' and datname = current_database()",
    )
    return cpuSecondsOf(rows.map(({ pid }) => pid))
  } finally {
    await client.end()
  }
}

/** A worker that has renewed what was due by `warmUpAt`. */
async function openWorker(order: RenewOrder): Promise<{
  readonly ways: RenewWays
  renew(until: Instant): Promise<RenewFigures>
  close(): Promise<void>
}> {
  const { accountId, batchSize } = order
  assert(isUuid(accountId), 'an account id is a UUID')
  const database = createDatabase({
    url: order.databaseUrl,
    max: POOL_MAX,
    applicationName: 'bench',
  })
  const deps = createBilling(
    {
      database,
      log: createLogger({ level: 'warn', pretty: true }),
      clock: clockFrom(order.startAt),
      worldUrl: order.worldUrl,
      ...(order.worldUrl === null ? { gatewayFactory: createApprovingGateway } : {}),
    },
    batchSize === null ? {} : { batchSize },
  )
  const scope = await loadScope(deps, accountId)
  const renewUntil = (until: Instant) =>
    runRenewals(
      deps,
      scope,
      { until, decideAt: 'until' },
      { lanes: RENEWAL_LANES, startedAt: until },
    )
  if (order.warmUpAt !== null) {
    await renewUntil(order.warmUpAt)
    await analyze(order.databaseUrl)
  }
  return {
    ways: { lanes: RENEWAL_LANES, batchSize: deps.batchSize },
    renew: (until) => measure(() => renewUntil(until), order.databaseUrl),
    close: () => database.close(),
  }
}

async function measure(
  run: () => ReturnType<typeof runRenewals>,
  databaseUrl: string,
): Promise<RenewFigures> {
  let rssPeak = 0
  const sampler = setInterval(() => {
    rssPeak = Math.max(rssPeak, process.memoryUsage.rss())
  }, SAMPLE_MS)
  const databaseBefore = await databaseCpuSeconds(databaseUrl)
  const cpuBefore = process.cpuUsage()
  const begunAt = performance.now()
  const { result, count: statements } = await countStatements(run)
  const seconds = (performance.now() - begunAt) / 1000
  const cpu = process.cpuUsage(cpuBefore)
  clearInterval(sampler)
  const { done } = result
  const databaseAfter = await databaseCpuSeconds(databaseUrl)
  assert(done.parked.length === 0, 'nothing is parked')
  return {
    due: done.due,
    paid: done.paid,
    failed: done.failed,
    seconds,
    statements,
    rssPeakMb: Math.round(Math.max(rssPeak, process.memoryUsage.rss()) / 2 ** 20),
    cpuSeconds: {
      service: (cpu.user + cpu.system) / 1e6,
      database:
        databaseAfter === null || databaseBefore === null ? null : databaseAfter - databaseBefore,
    },
  }
}

const worker = await openWorker(JSON.parse(process.argv[2] ?? '') as RenewOrder)
process.on('message', (until) => {
  // The parent sends nothing else.
  void worker.renew(until as Instant).then((figures) => process.send?.(figures))
})
process.on('disconnect', () => void worker.close())
process.send?.(worker.ways)
