// What does finding the recoveries that have fallen due cost among many more that have not?
import { parseArgs } from 'node:util'
import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import { sql } from 'kysely'
import pg from 'pg'
import {
  findDueCases,
  findUnplannedCases,
  findDueWork,
} from '../../packages/server/src/modules/recovery/index.ts'
import { claimDueRecoveries } from '../../packages/server/src/modules/recovery/outside/queries/recoveries.ts'
import { systemClock } from '../../packages/server/src/platform/clock/index.ts'
import {
  createDatabase,
  type Database,
  type Tx,
} from '../../packages/server/src/platform/db/index.ts'
import { withoutIndexes } from '../../packages/server/src/testing/test-large-account.ts'
import { medianOf } from '../median.ts'
import { createBenchAccount } from '../postgres/bench-account.ts'
import { openBenchDatabase, type BenchDatabase } from '../postgres/bench-database.ts'
import { describeRun } from '../postgres/describe-run.ts'
import { readCount } from '../../packages/cli/src/terminal/read-count.ts'
import type { Screen } from '../screen.ts'

const SIZES = [10_000, 1_000_000]
/** Of the open ones, so many are due, spread over the whole table. */
const DUE = 200
/** What a claim takes at most: more than are due, so that it has to see that there are no others. */
const CLAIMED_MAX = 500
const ROUNDS = 100
/** Rows that a claim may read whatever it finds, and then for each that it finds: as query-plans.test.ts has it. */
const READ_ALWAYS = 1_000
const READ_PER_ROW = 10

type Table = 'recovery_cases' | 'outside_recoveries'

type Claim = {
  readonly name: string
  readonly table: Table
  /** How many it found. */
  readonly run: (tx: Tx, accountId: Uuid) => Promise<number>
}

const now = systemClock().now()

const CLAIMS: readonly Claim[] = [
  {
    name: 'is anything due',
    table: 'recovery_cases',
    run: async (tx, accountId) => Number((await findDueWork(tx, accountId, now)).isDue),
  },
  {
    name: 'due cases',
    table: 'recovery_cases',
    run: async (tx, accountId) => (await findDueCases(tx, accountId, now, CLAIMED_MAX)).length,
  },
  {
    name: 'cases to plan',
    table: 'recovery_cases',
    run: async (tx, accountId) =>
      (await findUnplannedCases(tx, accountId, now, CLAIMED_MAX)).length,
  },
  {
    name: 'due recoveries of others',
    table: 'outside_recoveries',
    run: async (tx, accountId) => {
      const claim = { until: now, limit: CLAIMED_MAX, openIds: [] }
      return (await claimDueRecoveries(tx, accountId, claim)).length
    },
  },
]

type ClaimFigures = {
  readonly open: number
  readonly claim: string
  readonly found: number
  readonly rows_read: number
  /** Of the table and its indexes, 8 kB each, in memory or not. */
  readonly pages_read: number
  readonly median_ms: number
}

/** `npm run bench -- recovery-due`: bench/README.md tells what is measured. */
export async function benchDue(args: readonly string[], { tell, print }: Screen): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: 'boolean', default: false },
      sizes: { type: 'string', default: SIZES.join() },
    },
  })
  const results: ClaimFigures[] = []
  let about = {}
  for (const size of values.sizes.split(',').map((text) => readCount('sizes', text))) {
    tell(`${size} open`)
    const home = await openBenchDatabase()
    try {
      results.push(...(await measure(home, size)))
      about = describeRun(home)
    } finally {
      await home.close()
    }
  }
  const missed = results.filter(
    ({ found, rows_read: read }) => read > READ_ALWAYS + found * READ_PER_ROW,
  )
  if (missed.length > 0) process.exitCode = 1
  if (values.json) {
    const report = { bench: 'recovery-due', results, missed, ...about }
    print(JSON.stringify(report, null, 2))
    return
  }
  for (const result of results) print(describe(result))
  for (const result of missed) print(`READS THE REST: ${describe(result)}`)
}

async function measure({ url }: BenchDatabase, size: number): Promise<ClaimFigures[]> {
  const { account } = await createBenchAccount(url)
  const { accountId } = account.sandbox
  await withoutIndexes(url, () => seed(url, accountId, size))
  const database = createDatabase({ url, applicationName: 'bench' })
  try {
    const figures: ClaimFigures[] = []
    for (const claim of CLAIMS)
      figures.push({ open: size, claim: claim.name, ...(await time(database, accountId, claim)) })
    return figures
  } finally {
    await database.close()
  }
}

async function time(database: Database, accountId: Uuid, { table, run }: Claim) {
  const times: number[] = []
  let found = 0
  for (let round = 0; round < ROUNDS; round += 1)
    await database.tx(async (tx) => {
      const began = performance.now()
      found = await run(tx, accountId)
      times.push(performance.now() - began)
    })
  assert(found > 0, 'some are due')
  const read = await database.tx(async (tx) => {
    const before = await readSoFar(tx, table)
    await run(tx, accountId)
    const after = await readSoFar(tx, table)
    return { rows_read: after.rows - before.rows, pages_read: after.pages - before.pages }
  })
  const median = medianOf(times)
  return { found, ...read, median_ms: Math.round(median * 100) / 100 }
}

/** What the connection has read of a table, as far as it has not told the server yet: it does not within a transaction. */
async function readSoFar(tx: Tx, table: Table) {
  const { rows } = await sql<{ readonly rows: string; readonly pages: string }>`
    select (select seq_tup_read + coalesce(idx_tup_fetch, 0) from pg_stat_xact_user_tables where relname = ${table})::text as rows,
           (select sum(pg_stat_get_xact_blocks_fetched(relation))
              from (select ${table}::regclass::oid as relation
                     union all select indexrelid from pg_index where indrelid = ${table}::regclass) as read)::text as pages`.execute(
    tx,
  )
  const [row] = rows
  assert(row !== undefined, 'a transaction counts what it reads')
  return { rows: Number(row.rows), pages: Number(row.pages) }
}

/** Open cases of our own and of others, nearly all of which wait for a day of their own. */
async function seed(url: string, accountId: Uuid, size: number): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    // Their invoices and clients are nowhere.
    await client.query('set session_replication_role = replica')
    const values = [accountId, new Date(now), size / DUE]
    const numbers = `(select n, n % $3::int = 0 as is_due, n % $3::int = 1 as is_to_plan,
                             (lpad(to_hex(${now} + n), 12, '0') || '70008000' || lpad(to_hex(n), 12, '0'))::uuid as id,
                             $2::timestamptz + (1 + n % 28) * interval '1 day' + n % 86400 * interval '1 second' as later_at
                        from generate_series(1, ${size}) as n) as numbers`
    await client.query(
      `insert into recovery_cases (account_id, id, invoice_id, subscription_id, customer_id, state, amount_minor, currency,
         next_attempt_at, plan_at, opened_at)
       select $1, id, id, id, id, 'open', 2900, 'USD',
              case when is_due then $2::timestamptz - interval '1 minute' else later_at end,
              case when is_to_plan then $2::timestamptz - interval '1 minute' end, $2 from ${numbers}`,
      values,
    )
    await client.query(
      `insert into outside_recoveries (account_id, id, client_id, gateway_id, state, handed_token, token, fallback_tokens,
         amount_minor, currency, is_urgent, is_simulated, last_attempt_at, strategy, next_attempt_at, opened_at)
       select $1, id, $1, $1, 'scheduled', 'tok_' || n, 'tok_' || n, '[]', 2900, 'USD', false, false, $2, 'primary',
              case when is_due then $2::timestamptz - interval '1 minute' else later_at end, $2 from ${numbers}`,
      values,
    )
  } finally {
    await client.end()
  }
}

function describe(of: ClaimFigures): string {
  return `${of.open} open, ${of.claim}: ${of.found} found, ${of.rows_read} rows and ${of.pages_read} pages read, ${of.median_ms} ms`
}
