import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import { instantFromMs, type Instant } from '@perennial/core/time'
import pg from 'pg'
import {
  type BillingDeps,
  loadScope,
  RENEWAL_LANES,
  runRenewals,
} from '../../packages/server/src/modules/billing/index.ts'
import type { GatewayFactory } from '../../packages/server/src/modules/payments/index.ts'
import { createDatabase } from '../../packages/server/src/platform/db/index.ts'
import { createLogger } from '../../packages/server/src/platform/log/index.ts'
import { createBilling } from '../../packages/server/src/service.ts'
import { createBenchAccount } from '../postgres/bench-account.ts'
import { openBenchDatabase } from '../postgres/bench-database.ts'
import { describeRun } from '../postgres/describe-run.ts'
import { createApprovingGateway } from '../renewals/approving-gateway.ts'
import { seedCatalogue, seedDue, type SeededAccount } from '../renewals/seed-due.ts'
import { readCount } from '../../packages/cli/src/terminal/read-count.ts'
import type { Screen } from '../screen.ts'

const ANSWER_AFTER_MS = 10_000
const POOL_MAX = 20
const HOUR_MS = 3_600_000
const FIRST_AT = Date.UTC(2027, 2, 1)

type Sizes = { readonly brisk: number; readonly slow: number }

/** `npm run bench -- slow-gateway`: what one gateway's ten seconds cost the charges of another; bench/README.md. */
export async function benchSlowGateway(
  args: readonly string[],
  { tell, print }: Screen,
): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: 'boolean', default: false },
      size: { type: 'string', default: '4000' },
      slow: { type: 'string', default: '200' },
    },
  })
  const sizes = { brisk: readCount('size', values.size), slow: readCount('slow', values.slow) }
  const home = await openBenchDatabase()
  try {
    const { limit, figure } = await measure(home.url, sizes, tell)
    const report = {
      bench: 'slow-gateway',
      figure: Math.round(figure),
      limit: Math.round(limit),
      ratio: Math.round((figure / limit) * 100) / 100,
      unit: 'charges a second at the gateway that answers at once',
      charges: sizes.brisk,
      charges_at_the_slow_gateway: sizes.slow,
      slow_answers_after_ms: ANSWER_AFTER_MS,
      ...describeRun(home),
    }
    print(
      values.json
        ? JSON.stringify(report, null, 2)
        : `${report.figure} charges/s beside a gateway that takes 10 s, ${report.limit}/s beside one that does not: ${report.ratio}`,
    )
  } finally {
    await home.close()
  }
}

const RUNS = ['warming up', 'both gateways are well', 'one gateway is slow'] as const

/** Three runs of the same make: one to warm up, one with both gateways well, and one with the second of them slow. */
async function measure(url: string, sizes: Sizes, tell: Screen['tell']) {
  tell('filling the database')
  const account = await seed(url, sizes)
  const database = createDatabase({ url, max: POOL_MAX, applicationName: 'bench' })
  const watch = createGateways()
  const clock = { now: (): Instant => timeOf(3), monotonicMs: () => performance.now() }
  const log = createLogger({ level: 'warn', pretty: true })
  const deps = createBilling({
    database,
    log,
    clock,
    worldUrl: null,
    gatewayFactory: watch.factory,
  })
  try {
    const rates: number[] = []
    for (const run of [0, 1, 2] as const) {
      tell(RUNS[run])
      watch.begin(run === 2)
      await renew(deps, account.accountId, timeOf(run))
      rates.push(watch.perSecond(sizes.brisk))
    }
    const [, limit = 0, figure = 0] = rates
    return { limit, figure }
  } finally {
    await deps.gateways.close()
    await database.close()
  }
}

const timeOf = (run: number): Instant => instantFromMs(FIRST_AT + run * HOUR_MS)

async function renew(deps: BillingDeps, accountId: Uuid, until: Instant): Promise<void> {
  const scope = await loadScope(deps, accountId)
  const window = { until, decideAt: 'until' } as const
  const { done } = await runRenewals(deps, scope, window, {
    lanes: RENEWAL_LANES,
    startedAt: until,
  })
  assert(done.parked.length === 0, 'nothing is parked')
}

/** Both answer at once, until the second is made slow; counts the first one's answers and their time. */
function createGateways() {
  const state = { isSlow: false, begunAt: 0, answered: 0, lastAt: 0 }
  const port = createApprovingGateway()
  const factory: GatewayFactory = ({ code }) => ({
    ...port,
    callMsMax: ANSWER_AFTER_MS * 2,
    charge: async (request) => {
      if (code === 'birch' && state.isSlow) await sleep(ANSWER_AFTER_MS)
      const outcome = await port.charge(request)
      if (code !== 'birch') {
        state.answered += 1
        state.lastAt = performance.now()
      }
      return outcome
    },
  })
  return {
    factory,
    begin: (isSlow: boolean): void => {
      Object.assign(state, { isSlow, begunAt: performance.now(), answered: 0, lastAt: 0 })
    },
    perSecond: (expected: number): number => {
      assert(state.answered === expected, 'every charge of the first gateway was made')
      return (state.answered * 1_000) / (state.lastAt - state.begunAt)
    },
  }
}

/** For each run, subscriptions of the first gateway with those of the second in their midst. */
async function seed(url: string, { brisk, slow }: Sizes): Promise<SeededAccount> {
  const { account: merchant, ids } = await createBenchAccount(url)
  const { accountId } = merchant.live
  const [gatewayId, productId, priceId] = [ids.next(), ids.next(), ids.next()]
  const account = { accountId, gatewayId, productId, priceId }
  const second = { ...account, gatewayId: ids.next() }
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await seedCatalogue(client, account)
    await client.query(
      `insert into gateways (account_id, id, code, kind, name, settings, position, created_at)
       values ($1, $2, 'birch', 'simulated', 'Birch', '{"gateway": "birch"}', 1, now())`,
      [accountId, second.gatewayId],
    )
    const half = Math.floor(brisk / 2)
    for (const run of [0, 1, 2]) {
      const start = run * (brisk + slow)
      const dueAt = timeOf(run)
      await seedDue(client, account, { from: start, to: start + half, dueAt })
      await seedDue(client, second, { from: start + half, to: start + half + slow, dueAt })
      await seedDue(client, account, { from: start + half + slow, to: start + brisk + slow, dueAt })
    }
    await client.query('vacuum analyze')
  } finally {
    await client.end()
  }
  return account
}
