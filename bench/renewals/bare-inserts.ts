import type { Uuid } from '@perennial/core/ids'
import { CompiledQuery } from 'kysely'
import pg from 'pg'
import {
  COLUMN_TYPES,
  createDatabase,
  insertMany,
  type Database,
} from '../../packages/server/src/platform/db/index.ts'
import {
  columnArray,
  columnExpression,
} from '../../packages/server/src/platform/db/column-array.ts'
import { cpuSecondsOf } from '../postgres/cpu-seconds.ts'
import { RowCursor, WRITTEN_TABLES, type WrittenBatch, type WrittenTable } from './written-rows.ts'

/** One way of inserting the rows bare. `database` is null where the server is on another machine. */
export type BareFigures = {
  readonly seconds: number
  readonly cpuSeconds: { readonly client: number; readonly database: number | null }
}

export type BareLimits = {
  /** A client that holds the rows writes them with `insertMany`, as the service does. This is the limit. */
  readonly client: BareFigures
  /** The same statements with their parameters made beforehand: what the database alone could take. */
  readonly database: BareFigures
  readonly rowsByTable: Readonly<Record<string, number>>
}

/** Batches held ready at once: enough to keep the connections busy, few enough to keep memory flat. */
const BATCHES_READY = 30
const SCHEMA = { client: 'bare_client', database: 'bare_database' } as const

type Given = {
  readonly accountId: Uuid
  readonly batchSize: number
  readonly connections: number
}

export type BareInserts = {
  /** Passes over what has been written so far. */
  skip(): Promise<void>
  /** Inserts what has been written since, which `renewals` of them wrote. */
  insert(renewals: number): Promise<void>
  limits(): BareLimits
  close(): Promise<void>
}

/**
 * The limit: the rows that a run wrote are read back and inserted into tables of the same shape, with the same
 * indexes and checks, one statement a table and one transaction a batch, over as many connections as the run
 * has lanes. Only the inserting is timed: nothing is decided, charged, locked or updated here.
 */
export async function openBareInserts(url: string, given: Given): Promise<BareInserts> {
  const { accountId, connections, batchSize } = given
  const reader = new pg.Client({ connectionString: url })
  await reader.connect()
  const database = createDatabase({ url, max: connections, applicationName: 'bench-bare' })
  const writers = Array.from(
    { length: connections },
    () =>
      new pg.Client({ connectionString: url, pipeline: true, application_name: 'bench-strict' }),
  )
  await Promise.all(writers.map((writer) => writer.connect()))
  await createTables(reader)
  const cursors = WRITTEN_TABLES.map((table) => new RowCursor(database, { table, accountId }))
  const client = new Meter(reader, 'bench-bare')
  const prepared = new Meter(reader, 'bench-strict')
  const rowsByTable: Record<string, number> = {}
  return {
    skip: async () => {
      for (const cursor of cursors) await cursor.skip()
    },
    insert: async (renewals) => {
      const batches = Math.ceil(renewals / batchSize)
      const counts = await countRows(cursors)
      for (const [table, count] of counts) rowsByTable[table] = (rowsByTable[table] ?? 0) + count
      for (let done = 0; done < batches; done += BATCHES_READY) {
        const ready: WrittenBatch[][] = []
        for (let index = done; index < Math.min(done + BATCHES_READY, batches); index += 1) {
          ready.push(await nextBatch(cursors, { counts, batches }))
        }
        await client.time(() => insertAsClient(database, ready, connections))
        const inserts = ready.map((batch) => batch.map(toInsert))
        await prepared.time(() => insertPrepared(writers, inserts))
      }
    },
    limits: () => ({ client: client.figures(), database: prepared.figures(), rowsByTable }),
    close: async () => {
      await Promise.all([database.close(), ...writers.map((writer) => writer.end())])
      await reader.end()
    },
  }
}

async function createTables(client: pg.Client): Promise<void> {
  for (const schema of Object.values(SCHEMA)) {
    await client.query(`create schema ${schema}`)
    for (const table of WRITTEN_TABLES) {
      await client.query(`create table ${schema}.${table} (like public.${table} including all)`)
    }
  }
}

type Counts = ReadonlyMap<WrittenTable, number>

async function countRows(cursors: readonly RowCursor[]): Promise<Counts> {
  const counts = new Map<WrittenTable, number>()
  for (const cursor of cursors) counts.set(cursor.table, await cursor.count())
  return counts
}

async function nextBatch(
  cursors: readonly RowCursor[],
  of: { readonly counts: Counts; readonly batches: number },
): Promise<WrittenBatch[]> {
  const found: WrittenBatch[] = []
  for (const cursor of cursors) {
    const limit = Math.ceil((of.counts.get(cursor.table) ?? 0) / of.batches)
    const batch = limit === 0 ? null : await cursor.next(limit)
    if (batch !== null) found.push(batch)
  }
  return found
}

async function insertAsClient(
  database: Database,
  batches: readonly (readonly WrittenBatch[])[],
  connections: number,
): Promise<void> {
  const queue = batches.values()
  const lane = async (): Promise<void> => {
    for (const batch of queue) {
      await database.tx(async (tx) => {
        // Sent without waiting for each other, as the service's own statements are.
        await Promise.all([
          tx.executeQuery(CompiledQuery.raw(`set local search_path = ${SCHEMA.client}`)),
          ...batch.map(({ table, rows }) => insertMany(tx, table, rows)),
        ])
      })
    }
  }
  await Promise.all(Array.from({ length: connections }, lane))
}

type Insert = { readonly text: string; readonly name: string; readonly values: string[] }

function toInsert({ table, rows }: WrittenBatch): Insert {
  const columns = Object.entries(COLUMN_TYPES[table])
  const names = columns.map(([name]) => `"${name}"`).join(', ')
  const arrays = columns.map(([, type], index) => columnExpression(`$${index + 1}`, type))
  return {
    text: `insert into ${SCHEMA.database}.${table} (${names}) select * from unnest(${arrays.join(', ')})`,
    name: table,
    values: columns.map(([name, type]) => columnArray(rows, name, type)),
  }
}

async function insertPrepared(
  writers: readonly pg.Client[],
  batches: readonly (readonly Insert[])[],
): Promise<void> {
  const queue = batches.values()
  const lane = async (writer: pg.Client): Promise<void> => {
    for (const inserts of queue) {
      await Promise.all([
        writer.query('begin'),
        ...inserts.map((insert) => writer.query(insert)),
        writer.query('commit'),
      ])
    }
  }
  await Promise.all(writers.map(lane))
}

/** Adds up the wall time and the processor time of some stretches. */
class Meter {
  readonly #reader: pg.Client
  readonly #applicationName: string
  #seconds = 0
  #client = 0
  #database: number | null = 0

  constructor(reader: pg.Client, applicationName: string) {
    this.#reader = reader
    this.#applicationName = applicationName
  }

  async time(work: () => Promise<void>): Promise<void> {
    const databaseBefore = await this.#databaseSeconds()
    const cpuBefore = process.cpuUsage()
    const begunAt = performance.now()
    await work()
    this.#seconds += (performance.now() - begunAt) / 1000
    const { user, system } = process.cpuUsage(cpuBefore)
    this.#client += (user + system) / 1e6
    const databaseAfter = await this.#databaseSeconds()
    this.#database =
      this.#database === null || databaseBefore === null || databaseAfter === null
        ? null
        : this.#database + databaseAfter - databaseBefore
  }

  figures(): BareFigures {
    return {
      seconds: this.#seconds,
      cpuSeconds: { client: this.#client, database: this.#database },
    }
  }

  async #databaseSeconds(): Promise<number | null> {
    const { rows } = await this.#reader.query<{ pid: number }>(
      `select pid from pg_stat_activity where datname = current_database() and application_name = $1`,
      [this.#applicationName],
    )
    return cpuSecondsOf(rows.map(({ pid }) => pid))
  }
}
