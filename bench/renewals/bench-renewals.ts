import { parseArgs } from 'node:util'
import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import { instantFromMs } from '@perennial/core/time'
import pg from 'pg'
import { createBenchAccount } from '../postgres/bench-account.ts'
import { describeRun } from '../postgres/describe-run.ts'
import { openBenchDatabase, type BenchDatabase } from '../postgres/bench-database.ts'
import { insertBare, type BareFigures, type BareLimits } from './bare-inserts.ts'
import { renewAll } from './renew-all.ts'
import type { RenewFigures } from './renew.child.ts'
import { seedCatalogue, seedDue, type SeededAccount } from './seed-due.ts'
import { startWorldProcess } from './start-world.ts'
import { readCount } from '../../packages/cli/src/terminal/read-count.ts'
import type { Screen } from '../screen.ts'

type Options = {
  readonly sizes: readonly number[]
  readonly batchSizes: readonly number[]
  readonly isJson: boolean
  /** Charge through the card world's HTTP face, in a process of its own, instead of within ours. */
  readonly isHttp: boolean
  /** Null: as the worker has it. */
  readonly batchSize: number | null
  readonly profileTo: string | null
}

type Measured = {
  readonly subscriptions: number
  readonly renewed: RenewFigures
  readonly bare: BareLimits
}

const SIZES = [10_000, 100_000]
const SIZE_LARGE = 1_000_000
const BATCH_SIZES = [1, 10, 100, 500]
/** Renewals of a run that only counts statements. */
const COUNTED = 1_000
const SEED_STEP = 100_000
const DUE_AT = Date.UTC(2027, 2, 1)
/** Renewed before the clock starts: a worker has run for a while, and its code is compiled. */
const WARM_UP = 3_000
const WARM_UP_AT = instantFromMs(DUE_AT - 3_600_000)
const BEGUN_AT = instantFromMs(DUE_AT + 30_000)

/** `npm run bench -- renewals`: bench/README.md tells what is measured and what the options are. */
export async function benchRenewals(
  args: readonly string[],
  { tell, print }: Screen,
): Promise<void> {
  const options = parseOptions(args)
  const measured: Measured[] = []
  let version = ''
  let settings: BenchDatabase['settings'] = {}
  for (const size of options.sizes) {
    const figures = await withDatabase(async (home) => {
      version = home.version
      settings = home.settings
      return measure(home.url, { size, options, tell: (what) => tell(`${size}: ${what}`) })
    })
    measured.push(figures)
    if (!options.isJson) print(lineOf(figures))
  }
  tell('counting statements by the size of batches')
  const statements = await countByBatchSize(options.batchSizes)
  for (const { batchSize, perRenewal } of statements) {
    if (!options.isJson) print(`batches of ${batchSize}: ${perRenewal} statements a renewal`)
  }
  if (options.isJson) {
    const report = toReport(measured, { statements, version, settings, isHttp: options.isHttp })
    print(JSON.stringify(report, null, 2))
  }
}

function parseOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: 'boolean', default: false },
      http: { type: 'boolean', default: false },
      large: { type: 'boolean', default: false },
      sizes: { type: 'string' },
      'batch-size': { type: 'string' },
      'batch-sizes': { type: 'string' },
      profile: { type: 'string' },
    },
  })
  const list = (name: 'sizes' | 'batch-sizes', byDefault: readonly number[]): readonly number[] =>
    values[name]
      ?.split(',')
      .filter(Boolean)
      .map((text) => readCount(name, text)) ?? byDefault
  return {
    sizes: list('sizes', values.large ? [...SIZES, SIZE_LARGE] : SIZES),
    batchSizes: list('batch-sizes', BATCH_SIZES),
    batchSize:
      values['batch-size'] === undefined ? null : readCount('batch-size', values['batch-size']),
    isJson: values.json,
    isHttp: values.http,
    profileTo: values.profile ?? null,
  }
}

async function withDatabase<T>(work: (home: BenchDatabase) => Promise<T>): Promise<T> {
  const home = await openBenchDatabase()
  try {
    return await work(home)
  } finally {
    await home.close()
  }
}

async function measure(
  url: string,
  given: {
    readonly size: number
    readonly options: Options
    readonly tell: Screen['tell']
  },
): Promise<Measured> {
  const { size, options, tell } = given
  tell('filling the database')
  const accountId = await seed(url, { size, warmUp: WARM_UP })
  const { batchSize } = options
  const world = options.isHttp ? await startWorldProcess() : null
  const worldUrl = world?.url ?? null
  const order = {
    databaseUrl: url,
    accountId,
    startAt: BEGUN_AT,
    warmUpAt: WARM_UP_AT,
    batchSize,
    worldUrl,
  }
  tell('renewing')
  const renewed = await renewAll(order, { profileTo: options.profileTo })
  world?.stop()
  assert(renewed.due === size && renewed.paid + renewed.failed === size, 'every one was renewed')
  tell('inserting the same rows')
  const bare = await insertBare(url, {
    accountId,
    renewals: size + WARM_UP,
    batchSize: renewed.batchSize,
    connections: renewed.lanes,
  })
  return { subscriptions: size, renewed, bare }
}

/** Statements a renewal, by the size of the batches: what a larger batch saves. */
async function countByBatchSize(
  batchSizes: readonly number[],
): Promise<{ batchSize: number; perRenewal: number }[]> {
  const counted: { batchSize: number; perRenewal: number }[] = []
  for (const batchSize of batchSizes) {
    const figures = await withDatabase(async ({ url }) => {
      const accountId = await seed(url, { size: COUNTED, warmUp: 0 })
      const order = {
        databaseUrl: url,
        accountId,
        startAt: BEGUN_AT,
        warmUpAt: null,
        batchSize,
        worldUrl: null,
      }
      return renewAll(order, { profileTo: null })
    })
    counted.push({ batchSize, perRenewal: rounded(figures.statements / COUNTED) })
  }
  return counted
}

async function seed(
  url: string,
  { size, warmUp }: { readonly size: number; readonly warmUp: number },
): Promise<Uuid> {
  const { account: merchant, ids } = await createBenchAccount(url)
  const account: SeededAccount = {
    accountId: merchant.live.accountId,
    gatewayId: ids.next(),
    productId: ids.next(),
    priceId: ids.next(),
  }
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await seedCatalogue(client, account)
    if (warmUp > 0) {
      await seedDue(client, account, { from: size, to: size + warmUp, dueAt: WARM_UP_AT })
    }
    for (let from = 0; from < size; from += SEED_STEP) {
      const to = Math.min(from + SEED_STEP, size)
      await seedDue(client, account, { from, to, dueAt: instantFromMs(DUE_AT) })
    }
    await client.query('vacuum analyze')
    await client.query('checkpoint')
  } finally {
    await client.end()
  }
  return account.accountId
}

const rounded = (value: number): number => Math.round(value * 1000) / 1000
const roundedOrNull = (value: number | null): number | null =>
  value === null ? null : rounded(value)

function toEntry({ subscriptions, renewed, bare }: Measured) {
  const renewalsPerSecond = subscriptions / renewed.seconds
  const bareRenewals = subscriptions + WARM_UP
  const barePerSecond = bareRenewals / bare.client.seconds
  const databasePerSecond = bareRenewals / bare.database.seconds
  const rows = Object.values(bare.rowsByTable).reduce((sum, count) => sum + count, 0)
  return {
    subscriptions,
    paid: renewed.paid,
    declined: renewed.failed,
    renewals_per_second: Math.round(renewalsPerSecond),
    bare_renewals_per_second: Math.round(barePerSecond),
    ratio: rounded(renewalsPerSecond / barePerSecond),
    seconds: rounded(renewed.seconds),
    bare_seconds: rounded(bare.client.seconds),
    bare_renewals: bareRenewals,
    statements_per_renewal: rounded(renewed.statements / subscriptions),
    rss_peak_mb: renewed.rssPeakMb,
    cpu_seconds: {
      service: rounded(renewed.cpuSeconds.service),
      database: roundedOrNull(renewed.cpuSeconds.database),
    },
    bare_cpu_seconds: cpuOf(bare.client),
    prepared: {
      bare_renewals_per_second: Math.round(databasePerSecond),
      ratio: rounded(renewalsPerSecond / databasePerSecond),
      bare_cpu_seconds: cpuOf(bare.database),
    },
    rows_per_renewal: rounded(rows / bareRenewals),
    rows_by_table: bare.rowsByTable,
    batch_size: renewed.batchSize,
    lanes: renewed.lanes,
  }
}

function cpuOf({ cpuSeconds }: BareFigures) {
  return {
    client: rounded(cpuSeconds.client),
    database: roundedOrNull(cpuSeconds.database),
  }
}

function lineOf(measured: Measured): string {
  const entry = toEntry(measured)
  const { cpu_seconds: cpu, bare_cpu_seconds: bareCpu, prepared } = entry
  return (
    `${entry.subscriptions} due: ${entry.renewals_per_second} renewals/s, bare ${entry.bare_renewals_per_second}/s, ` +
    `ratio ${entry.ratio} (parameters made beforehand: ${prepared.bare_renewals_per_second}/s, ${prepared.ratio}); ` +
    `${entry.statements_per_renewal} statements a renewal, ${entry.rss_peak_mb} MB peak; processor ` +
    `${cpu.service} + ${cpu.database ?? '?'} s, bare ${bareCpu.client} + ${bareCpu.database ?? '?'} s`
  )
}

function toReport(
  measured: readonly Measured[],
  about: {
    readonly statements: readonly { readonly batchSize: number; readonly perRenewal: number }[]
    readonly version: string
    readonly settings: BenchDatabase['settings']
    readonly isHttp: boolean
  },
) {
  const largest = measured.at(-1)
  return {
    bench: 'renewals',
    figure: largest === undefined ? null : toEntry(largest).renewals_per_second,
    limit: largest === undefined ? null : toEntry(largest).bare_renewals_per_second,
    ratio: largest === undefined ? null : toEntry(largest).ratio,
    unit: 'renewals per second',
    gateway: about.isHttp ? 'card world over HTTP' : 'in process',
    sizes: measured.map(toEntry),
    statements_by_batch_size: about.statements.map(({ batchSize, perRenewal }) => ({
      batch_size: batchSize,
      statements_per_renewal: perRenewal,
    })),
    ...describeRun(about),
  }
}
