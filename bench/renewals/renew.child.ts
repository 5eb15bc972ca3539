// Started by renew-all.ts: one renewal run, and what it took.
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
  /** The account's time when the run begins; it goes on with real time. */
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
  readonly lanes: number
  readonly batchSize: number
}

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

async function renew(order: RenewOrder): Promise<RenewFigures> {
  const { accountId, batchSize } = order
  assert(isUuid(accountId), 'an account id is a UUID')
  const database = createDatabase({
    url: order.databaseUrl,
    max: POOL_MAX,
    applicationName: 'bench',
  })
  const clock = clockFrom(order.startAt)
  const log = createLogger({ level: 'warn', pretty: true })
  const deps = createBilling(
    {
      database,
      log,
      clock,
      worldUrl: order.worldUrl,
      ...(order.worldUrl === null ? { gatewayFactory: createApprovingGateway } : {}),
    },
    batchSize === null ? {} : { batchSize },
  )
  let rssPeak = 0
  const sampler = setInterval(() => {
    rssPeak = Math.max(rssPeak, process.memoryUsage.rss())
  }, SAMPLE_MS)
  const scope = await loadScope(deps, accountId)
  if (order.warmUpAt !== null) {
    const window = { until: order.warmUpAt, decideAt: 'until' } as const
    await runRenewals(deps, scope, window, { lanes: RENEWAL_LANES, startedAt: order.warmUpAt })
    await analyze(order.databaseUrl)
  }
  const until = clock.now()
  const databaseBefore = await databaseCpuSeconds(order.databaseUrl)
  const cpuBefore = process.cpuUsage()
  const begunAt = performance.now()
  const { result, count: statements } = await countStatements(() =>
    runRenewals(
      deps,
      scope,
      { until, decideAt: 'until' },
      { lanes: RENEWAL_LANES, startedAt: until },
    ),
  )
  const seconds = (performance.now() - begunAt) / 1000
  const cpu = process.cpuUsage(cpuBefore)
  clearInterval(sampler)
  const { done } = result
  const databaseAfter = await databaseCpuSeconds(order.databaseUrl)
  await database.close()
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
    lanes: RENEWAL_LANES,
    batchSize: deps.batchSize,
  }
}

const figures = await renew(JSON.parse(process.argv[2] ?? '') as RenewOrder)
process.send?.(figures)
process.disconnect?.()
process.exitCode = 0
