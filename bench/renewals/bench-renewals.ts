import { parseArgs } from 'node:util'
import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import { instantFromMs, type Instant } from '@perennial/core/time'
import pg from 'pg'
import { createBenchAccount } from '../postgres/bench-account.ts'
import { describeRun } from '../postgres/describe-run.ts'
import { openBenchDatabase, type BenchDatabase } from '../postgres/bench-database.ts'
import { openBareInserts, type BareFigures, type BareLimits } from './bare-inserts.ts'
import type { RenewFigures, RenewWays } from './renew.child.ts'
import { seedCatalogue, seedDue, type SeededAccount } from './seed-due.ts'
import { startRenewing } from './start-renewing.ts'
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
  readonly ways: RenewWays
  readonly renewed: RenewFigures
  readonly bare: BareLimits
}

const SIZES = [10_000, 100_000]
const SIZE_LARGE = 1_000_000
const BATCH_SIZES = [1, 10, 100, 500]
/** Renewals of a run that only counts statements. */
const COUNTED = 1_000
const DUE_AT = Date.UTC(2027, 2, 1)
/** Renewed before the clock starts: a worker has run for a while, and its code is compiled. */
const WARM_UP = 3_000
const WARM_UP_AT = instantFromMs(DUE_AT - 3_600_000)
/** As many are renewed, then inserted bare, then the next: what disturbs the machine disturbs both. */
const TURN = 25_000
/** When what is renewed in a turn falls due: each a second after the one before. */
const dueAtOf = (turn: number): Instant => instantFromMs(DUE_AT + turn * 1000)

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
  const turns = turnsOf(size)
  const accountId = await seed(url, { turns, warmUp: WARM_UP })
  const world = options.isHttp ? await startWorldProcess() : null
  const renewing = await startRenewing(
    {
      databaseUrl: url,
      accountId,
      startAt: dueAtOf(turns.length),
      warmUpAt: WARM_UP_AT,
      batchSize: options.batchSize,
      worldUrl: world?.url ?? null,
    },
    options,
  )
  const { ways } = renewing
  const bare = await openBareInserts(url, {
    accountId,
    connections: ways.lanes,
    batchSize: ways.batchSize,
  })
  await bare.skip()
  const renewed: RenewFigures[] = []
  for (const [index, due] of turns.entries()) {
    tell(`turn ${index + 1} of ${turns.length}, renewing`)
    const figures = await renewing.renew(dueAtOf(index))
    assert(figures.due === due && figures.paid + figures.failed === due, 'every one was renewed')
    tell(`turn ${index + 1} of ${turns.length}, inserting the same rows`)
    await bare.insert(due)
    renewed.push(figures)
  }
  await Promise.all([renewing.stop(), bare.close()])
  world?.stop()
  return { subscriptions: size, ways, renewed: addUp(renewed), bare: bare.limits() }
}

/** How many fall due in each turn. */
function turnsOf(size: number): readonly number[] {
  const count = Math.max(1, Math.round(size / TURN))
  return Array.from(
    { length: count },
    (_, turn) => Math.floor(((turn + 1) * size) / count) - Math.floor((turn * size) / count),
  )
}

function addUp(turns: readonly RenewFigures[]): RenewFigures {
  const sum = (of: (figures: RenewFigures) => number): number =>
    turns.reduce((total, figures) => total + of(figures), 0)
  const isOutside = turns.some(({ cpuSeconds }) => cpuSeconds.database === null)
  return {
    due: sum(({ due }) => due),
    paid: sum(({ paid }) => paid),
    failed: sum(({ failed }) => failed),
    seconds: sum(({ seconds }) => seconds),
    statements: sum(({ statements }) => statements),
    rssPeakMb: Math.max(...turns.map(({ rssPeakMb }) => rssPeakMb)),
    cpuSeconds: {
      service: sum(({ cpuSeconds }) => cpuSeconds.service),
      database: isOutside ? null : sum(({ cpuSeconds }) => cpuSeconds.database ?? 0),
    },
  }
}

/** Statements a renewal, by the size of the batches: what a larger batch saves. */
async function countByBatchSize(
  batchSizes: readonly number[],
): Promise<{ batchSize: number; perRenewal: number }[]> {
  const counted: { batchSize: number; perRenewal: number }[] = []
  for (const batchSize of batchSizes) {
    const figures = await withDatabase(async ({ url }) => {
      const accountId = await seed(url, { turns: [COUNTED], warmUp: 0 })
      const order = {
        databaseUrl: url,
        accountId,
        startAt: dueAtOf(1),
        warmUpAt: null,
        batchSize,
        worldUrl: null,
      }
      const renewing = await startRenewing(order, { profileTo: null })
      const renewed = await renewing.renew(dueAtOf(0))
      await renewing.stop()
      return renewed
    })
    counted.push({ batchSize, perRenewal: rounded(figures.statements / COUNTED) })
  }
  return counted
}

async function seed(
  url: string,
  { turns, warmUp }: { readonly turns: readonly number[]; readonly warmUp: number },
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
    if (warmUp > 0) await seedDue(client, account, { from: 0, to: warmUp, dueAt: WARM_UP_AT })
    let from = warmUp
    for (const [turn, due] of turns.entries()) {
      await seedDue(client, account, { from, to: from + due, dueAt: dueAtOf(turn) })
      from += due
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

function toEntry({ subscriptions, ways, renewed, bare }: Measured) {
  const renewalsPerSecond = subscriptions / renewed.seconds
  const barePerSecond = subscriptions / bare.client.seconds
  const databasePerSecond = subscriptions / bare.database.seconds
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
    rows_per_renewal: rounded(rows / subscriptions),
    rows_by_table: bare.rowsByTable,
    batch_size: ways.batchSize,
    lanes: ways.lanes,
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
