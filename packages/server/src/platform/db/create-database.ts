import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import {
  CompiledQuery,
  type DatabaseConnection,
  DefaultQueryExecutor,
  Kysely,
  PostgresQueryCompiler,
  PostgresAdapter,
  Transaction,
} from 'kysely'
import pg from 'pg'

import { isConflict } from './database-outage.ts'
import type { Connection, OpeningStatement } from './connection.ts'
import { checkOut, createDialect } from './dialect.ts'
import { PackedSocket } from './packed-socket.ts'
import type { DB } from './schema.generated.ts'
import { typeParsers } from './values.ts'

export type Tx = Transaction<DB>

export type TxOptions = {
  /** Read committed when absent. */
  readonly isolation?: 'read committed' | 'repeatable read' | 'serializable'
  /** For the API: this transaction sees and writes only the account's rows, whatever a query says. */
  readonly accountScope?: Uuid
  /** With an account scope: rows are looked for, not asked for by their keys, so each statement is planned for its values. */
  readonly isSearch?: boolean
  /** Run the whole function again, up to three times in all, after a deadlock or a serialization failure. */
  readonly retry?: boolean
}

export type Database = {
  /** For single statements outside a transaction. */
  readonly kysely: Kysely<DB>
  /** Commits what `fn` did, or nothing of it when `fn` throws. Outages: `DatabaseOutage`. */
  tx<T>(fn: (tx: Tx) => Promise<T>, options?: TxOptions): Promise<T>
  /**
   * For a function that sends one statement: it is a transaction by itself, so nothing is begun and nothing committed.
   * A second one is a fault.
   */
  statement<T>(fn: (tx: Tx) => Promise<T>): Promise<T>
  /** Resolves when the database answers; throws `DatabaseOutage` when it does not. */
  ping(): Promise<void>
  /** Waits for checked-out connections to come back. */
  close(): Promise<void>
}

const TRIES_MAX = 3
const CONNECT_TIMEOUT_MS = 5_000

// Sent with the connection's first packet, so they cost no round trip. A transaction that idles for a
// minute belongs to a stuck process and must not hold its locks any longer.
const SESSION = '-c timezone=UTC -c datestyle=ISO -c idle_in_transaction_session_timeout=60000'

export function createDatabase(settings: {
  readonly url: string
  /** Connections at most; 10 when absent. */
  readonly max?: number
  /** Shown in pg_stat_activity. */
  readonly applicationName: string
  /**
   * `deferred`: a commit does not wait for the disk (measured: 0.7 instead of 5 ms), and a crash of PostgreSQL loses the
   * last moments, never a part of a transaction. Only for what can be made again.
   */
  readonly durability?: 'full' | 'deferred'
}): Database {
  const pool = new pg.Pool({
    connectionString: settings.url,
    max: settings.max ?? 10,
    application_name: settings.applicationName,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    stream: () => new PackedSocket(),
    options: settings.durability === 'deferred' ? `${SESSION} -c synchronous_commit=off` : SESSION,
    types: typeParsers,
    pipeline: true,
  })
  // An idle connection that breaks leaves the pool by itself; the next query opens another.
  pool.on('error', () => undefined)
  // One that breaks while in use rejects its query. It also emits an error, which nobody needs to hear but
  // which would end the process if nobody listened.
  pool.on('connect', (client) => client.on('error', () => undefined))
  const kysely = new Kysely<DB>({ dialect: createDialect(pool) })

  return {
    kysely,
    tx: (fn, options = {}) => runWithRetries(pool, fn, options),
    statement: (fn) => runStatement(pool, fn),
    ping: async () => {
      await kysely.executeQuery(CompiledQuery.raw('select 1'))
    },
    close: () => pool.end(),
  }
}

async function runWithRetries<T>(
  pool: pg.Pool,
  fn: (tx: Tx) => Promise<T>,
  options: TxOptions,
): Promise<T> {
  const tries = options.retry === true ? TRIES_MAX : 1
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await runOnce(pool, fn, options)
    } catch (error) {
      if (attempt >= tries || !isConflict(error)) throw error
    }
  }
}

async function runOnce<T>(
  pool: pg.Pool,
  fn: (tx: Tx) => Promise<T>,
  options: TxOptions,
): Promise<T> {
  const connection = await checkOut(pool)
  try {
    connection.begin(openingStatements(options))
    const tx = toTransaction(pool, connection)
    const result = await fn(tx)
    await commit(connection, LAST_WRITES.get(tx) ?? [])
    return result
  } catch (error) {
    await connection.rollback()
    throw error
  } finally {
    connection.release()
  }
}

const LAST_WRITES = new WeakMap<Tx, Promise<unknown>[]>()

/**
 * Lets writes that nobody waits for travel with the commit, which saves a round trip: they and all else are done when
 * `Database.tx` returns, or nothing is. For statements that refuse by themselves, as a constraint does; whoever has to look at
 * the answer first awaits it.
 */
export function withCommit(tx: Tx, write: Promise<unknown>): void {
  const writes = LAST_WRITES.get(tx) ?? []
  // Should the transaction end before its commit, nobody else hears of it.
  write.catch(() => undefined)
  writes.push(write)
  LAST_WRITES.set(tx, writes)
}

async function commit(connection: Connection, lastWrites: readonly Promise<unknown>[]) {
  const ended = connection.commit()
  ended.catch(() => undefined)
  // A write that was refused says why there was no commit.
  await Promise.all(lastWrites)
  await ended
}

async function runStatement<T>(pool: pg.Pool, fn: (tx: Tx) => Promise<T>): Promise<T> {
  const connection = await checkOut(pool)
  let sent = 0
  const once: DatabaseConnection = {
    executeQuery: (query) => {
      sent += 1
      assert(sent === 1, 'more than one statement needs a transaction')
      return connection.executeQuery(query)
    },
    streamQuery: () => connection.streamQuery(),
  }
  try {
    return await fn(toTransaction(pool, once))
  } finally {
    connection.release()
  }
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/**
 * A call reads and writes a few rows by their keys, in lists of any length: planning them anew for every length costs more
 * than they do (measured: 0.5 ms for 0.04). A list is another matter: which index serves it best depends on its filters.
 */
const PLANNED_ONCE = "set_config('plan_cache_mode', 'force_generic_plan', true)"

/** They travel together with the first query of the transaction. */
function openingStatements(options: TxOptions): readonly OpeningStatement[] {
  const { isolation, accountScope, isSearch = false } = options
  const begin = isolation === undefined ? 'begin' : `begin isolation level ${isolation}`
  if (accountScope === undefined) return [{ text: begin, values: [] }]
  assert(UUID.test(accountScope), 'an account scope is a UUID')
  const settings = [
    "set_config('role', 'perennial_api', true)",
    "set_config('perennial.account_id', $1, true)",
    ...(isSearch ? [] : [PLANNED_ONCE]),
  ]
  return [
    { text: begin, values: [] },
    { text: `select ${settings.join(', ')}`, values: [accountScope] },
  ]
}

const compiler = new PostgresQueryCompiler()
const adapter = new PostgresAdapter()

function toTransaction(pool: pg.Pool, connection: DatabaseConnection): Tx {
  // Kysely's own provider runs one query at a time; ours lets a Promise.all travel in one go.
  const executor = new DefaultQueryExecutor(compiler, adapter, {
    provideConnection: (consumer) => consumer(connection),
  })
  const dialect = createDialect(pool)
  return new Transaction<DB>({
    config: { dialect },
    dialect,
    driver: dialect.createDriver(),
    executor,
  })
}
