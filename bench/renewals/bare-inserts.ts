import type { Uuid } from '@perennial/core/ids'
import pg from 'pg'
import { cpuSecondsOf } from '../postgres/cpu-seconds.ts'
import { COLUMN_TYPES } from '../../packages/server/src/platform/db/index.ts'

/** What a renewal run writes new rows to. */
const TABLES = [
  'renewals',
  'invoices',
  'invoice_lines',
  'payment_attempts',
  'transactions',
  'recovery_cases',
  'ledger_transfers',
  'events',
] as const
type TableName = (typeof TABLES)[number]

export type BareFigures = {
  readonly seconds: number
  /** Null where the server is on another machine. */
  readonly databaseCpuSeconds: number | null
  readonly rows: number
  readonly rowsByTable: Readonly<Record<string, number>>
}

type Insert = { readonly text: string; readonly name: string; readonly values: readonly string[] }

/** Batches held ready at once: enough to keep the connections busy, few enough to keep memory flat. */
const BATCHES_READY = 30

/**
 * The limit: the rows that a run wrote are read back and inserted into tables of the same shape, with the same
 * indexes and checks, one statement a table and one transaction a batch, over as many connections as the run
 * has lanes. Only the inserting is timed: nothing is decided, charged, encoded or updated here.
 */
export async function insertBare(
  url: string,
  given: {
    readonly accountId: Uuid
    readonly renewals: number
    readonly batchSize: number
    readonly connections: number
  },
): Promise<BareFigures> {
  const connect = async (): Promise<pg.Client> => {
    const client = new pg.Client({ connectionString: url, pipeline: true })
    await client.connect()
    return client
  }
  const reader = await connect()
  const writers = await Promise.all(Array.from({ length: given.connections }, connect))
  try {
    for (const table of TABLES) {
      await reader.query(`create table ${bare(table)} (like ${table} including all)`)
    }
    const batches = Math.ceil(given.renewals / given.batchSize)
    const counts = await countRows(reader, given.accountId)
    const cursors = TABLES.map((table) => new Cursor(reader, { table, accountId: given.accountId }))
    const pids = await Promise.all(writers.map(pidOf))
    let seconds = 0
    for (let done = 0; done < batches; done += BATCHES_READY) {
      const ready = await prepare(cursors, {
        batches: Math.min(BATCHES_READY, batches - done),
        rowsOf: (table) => Math.ceil((counts[table] ?? 0) / batches),
      })
      seconds += await timeInserts(writers, ready)
    }
    const written = await countRows(reader, given.accountId, bare)
    const rows = Object.values(written).reduce((sum, count) => sum + count, 0)
    return { seconds, databaseCpuSeconds: cpuSecondsOf(pids), rows, rowsByTable: written }
  } finally {
    for (const table of TABLES) await reader.query(`drop table if exists ${bare(table)}`)
    await Promise.all([reader, ...writers].map((client) => client.end()))
  }
}

const bare = (table: string): string => `bare_${table}`

async function countRows(
  client: pg.Client,
  accountId: Uuid,
  nameOf: (table: TableName) => string = (table) => table,
): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const table of TABLES) {
    const { rows } = await client.query<{ count: string }>(
      `select count(*) from ${nameOf(table)} where account_id = $1`,
      [accountId],
    )
    counts[table] = Number(rows[0]?.count)
  }
  return counts
}

/** Reads a table in the order of its ids, each batch as one array literal a column, ready to be sent. */
class Cursor {
  readonly table: TableName
  readonly #client: pg.Client
  readonly #accountId: Uuid
  readonly #columns: readonly (readonly [name: string, type: string])[]
  #after = '00000000-0000-0000-0000-000000000000'

  constructor(client: pg.Client, of: { readonly table: TableName; readonly accountId: Uuid }) {
    this.#client = client
    this.table = of.table
    this.#accountId = of.accountId
    this.#columns = Object.entries(COLUMN_TYPES[of.table])
  }

  async next(limit: number): Promise<Insert | null> {
    const names = this.#columns.map(([name]) => `"${name}"`).join(', ')
    const arrays = this.#columns.map(([name]) => `array_agg("${name}")::text`).join(', ')
    const { rows } = await this.#client.query<(string | null)[]>({
      text: `select (array_agg(id order by id desc))[1]::text, ${arrays}
               from (select * from ${this.table} where account_id = $1 and id > $2 order by id limit $3) as batch`,
      values: [this.#accountId, this.#after, limit],
      rowMode: 'array',
    })
    const [last, ...values] = rows[0] ?? []
    if (typeof last !== 'string') return null
    this.#after = last
    const unnested = this.#columns.map(([, type], index) => `$${index + 1}::${type}[]`).join(', ')
    return {
      text: `insert into ${bare(this.table)} (${names}) select * from unnest(${unnested})`,
      name: bare(this.table),
      values: values.map((value) => value ?? '{}'),
    }
  }
}

async function pidOf(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  return rows[0]?.pid ?? 0
}

async function prepare(
  cursors: readonly Cursor[],
  wanted: { readonly batches: number; readonly rowsOf: (table: TableName) => number },
): Promise<Insert[][]> {
  const batches: Insert[][] = []
  for (let index = 0; index < wanted.batches; index += 1) {
    const inserts: Insert[] = []
    for (const cursor of cursors) {
      const rows = wanted.rowsOf(cursor.table)
      const insert = rows === 0 ? null : await cursor.next(rows)
      if (insert !== null) inserts.push(insert)
    }
    batches.push(inserts)
  }
  return batches
}

async function timeInserts(
  writers: readonly pg.Client[],
  batches: readonly (readonly Insert[])[],
): Promise<number> {
  const begunAt = performance.now()
  const queue = batches.values()
  const lane = async (client: pg.Client): Promise<void> => {
    for (const inserts of queue) {
      // Sent without waiting for each other, as the service's own statements are.
      await Promise.all([
        client.query('begin'),
        ...inserts.map(({ text, name, values }) =>
          client.query({ text, name, values: [...values] }),
        ),
        client.query('commit'),
      ])
    }
  }
  await Promise.all(writers.map(lane))
  return (performance.now() - begunAt) / 1000
}
