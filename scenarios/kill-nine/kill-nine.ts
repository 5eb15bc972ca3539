import { setTimeout as sleep } from 'node:timers/promises'
import { assert } from '@perennial/core/fault'
import { createTestDatabase } from '@perennial/testkit'
import { loadWorld, readWorldFile, startWorld } from '@perennial/world'
import { systemClock } from '../../packages/server/src/platform/clock/index.ts'
import { createDatabase, type Database } from '../../packages/server/src/platform/db/index.ts'
import { createLogger } from '../../packages/server/src/platform/log/index.ts'
import { createBilling } from '../../packages/server/src/service.ts'
import { createChance } from '../simulate/chance.ts'
import { readCharges, type Charges } from './charges.ts'
import { createMerchantWithSubscriptions, type Merchant } from './merchant.ts'
import { runPerennial, startServiceProcess } from './service-process.ts'

export type KillNineRequest = {
  readonly subscriptions: number
  readonly kills: number
  readonly seed: number
  readonly tell: (line: string) => void
}

export type KillNineReport = {
  readonly invoices: number
  readonly paid: number
  readonly charges: Charges
  /** Kills that found charges on their way. */
  readonly killsAtWork: number
  readonly verifyCode: number | null
  readonly verifyOutput: string
}

/** A process lives at most this long after it is ready. */
const LIFE_MS = 1_500
/** The longest lease and the slowest gateway call are over by then. */
const REST_MS = 60_000
const LOOK_AGAIN_MS = 10

/**
 * Lets everything fall due, kills the service at random moments while it bills, lets another go on each time, and
 * counts what was charged. Nothing of ours tells the truth about that: the card world's audit does.
 */
export async function killNine(request: KillNineRequest): Promise<KillNineReport> {
  const home = await createTestDatabase()
  const log = createLogger({ level: 'error', pretty: false })
  const database = createDatabase({ url: home.url, applicationName: 'kill-nine setup' })
  const loading = loadWorld(withoutAccidents(readWorldFile('calm')))
  assert(loading.kind === 'loaded', 'the calm world is valid')
  const where = { port: 0, host: '127.0.0.1', stateDir: null, latency: true }
  const world = await startWorld({ world: loading.world, ...where })
  const billing = createBilling({ database, log, worldUrl: world.url, clock: systemClock() })
  try {
    const merchant = await createMerchantWithSubscriptions(billing, request.subscriptions)
    request.tell(`${request.subscriptions} subscriptions are paid for their first month`)
    const houses = { databaseUrl: home.url, worldUrl: world.url }
    const killsAtWork = await killAtRandom(request, { ...houses, database, merchant })
    await finish(request, { ...houses, database, merchant })
    const charges = await readCharges(world.url, { database, accountId: merchant.account.id })
    const verified = await runPerennial(['verify', '--json'], {
      DATABASE_URL: home.url,
      LOG_LEVEL: 'error',
    })
    await merchant.close()
    return {
      ...(await countInvoices(database)),
      charges,
      killsAtWork,
      verifyCode: verified.code,
      verifyOutput: verified.output,
    }
  } finally {
    await billing.gateways.close()
    await world.close()
    await database.close()
    await home.close()
  }
}

/** The same world, whose gateways fail for no reason but ours. */
function withoutAccidents(file: unknown): unknown {
  return JSON.parse(JSON.stringify(file), (key, value: unknown) =>
    key === 'error_rate' || key === 'timeout_rate' ? 0 : value,
  )
}

type Stage = {
  readonly databaseUrl: string
  readonly worldUrl: string
  readonly database: Database
  readonly merchant: Merchant
}

/** Returns how many kills found charges on their way. */
async function killAtRandom(request: KillNineRequest, stage: Stage): Promise<number> {
  const chance = createChance(request.seed)
  let killsAtWork = 0
  await stage.merchant.release()
  for (let kill = 1; kill <= request.kills; kill += 1) {
    const service = await startServiceProcess(stage)
    const lifeMs = chance.below(LIFE_MS)
    // On a busy machine every life might be over before its first charge.
    if (kill === 1) await untilCharging(stage.database)
    else await sleep(lifeMs)
    await service.kill()
    const seen = await countStates(stage.database)
    if (seen.sending > 0) killsAtWork += 1
    request.tell(
      `kill ${kill} of ${request.kills} ${kill === 1 ? 'at its first charge' : `after ${lifeMs} ms`}: ${seen.due} due, ${seen.sending} charges on their way, ${seen.settled} settled`,
    )
  }
  return killsAtWork
}

async function untilCharging(database: Database): Promise<void> {
  const startedMs = performance.now()
  while ((await countStates(database)).sending === 0) {
    assert(performance.now() - startedMs < REST_MS, 'what is due comes to its charges')
    await sleep(LOOK_AGAIN_MS)
  }
}

/** One service that nobody kills: it asks for what got lost; two days later the retries are through as well. */
async function finish(request: KillNineRequest, stage: Stage): Promise<void> {
  const service = await startServiceProcess(stage)
  const startedMs = performance.now()
  for (;;) {
    const { due, sending } = await countStates(stage.database)
    if (due === 0 && sending === 0) break
    assert(
      performance.now() - startedMs < REST_MS,
      `${due} due and ${sending} sending come to rest`,
    )
    await sleep(200)
  }
  await service.kill()
  request.tell('everything that was due is billed; two days pass for retries')
  await stage.merchant.advance(2)
}

/** Due: subscriptions that still stand in their first cycle. */
async function countStates(database: Database) {
  const { kysely } = database
  const [due, attempts] = await Promise.all([
    kysely
      .selectFrom('subscriptions')
      .select(({ fn }) => fn.countAll<bigint>().as('count'))
      .where('cycle', '=', 0)
      .executeTakeFirstOrThrow(),
    kysely
      .selectFrom('payment_attempts')
      .select(({ fn }) => ['state', fn.countAll<bigint>().as('count')])
      .groupBy('state')
      .execute(),
  ])
  const countOf = (...states: string[]): number =>
    attempts
      .filter(({ state }) => states.includes(state))
      .reduce((sum, { count }) => sum + Number(count), 0)
  return {
    due: Number(due.count),
    sending: countOf('sending', 'unknown'),
    settled: countOf('succeeded', 'declined'),
  }
}

async function countInvoices(database: Database) {
  const rows = await database.kysely.selectFrom('invoices').select('status').execute()
  return { invoices: rows.length, paid: rows.filter(({ status }) => status === 'paid').length }
}
