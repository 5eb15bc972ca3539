import { rm } from 'node:fs/promises'
import { join } from 'node:path'

import pg from 'pg'

import { createLogger } from '../../server/src/platform/log/index.ts'
import { startPostgres, type RunningPostgres } from '../../server/src/platform/postgres/index.ts'
import { addMemorySpace } from './memory-space.ts'

export type TestPostgres = {
  /** A superuser's address; every test makes a database of its own there. */
  readonly url: string
  /** Leaves the cluster; the last run that uses it stops it. */
  stop(): Promise<void>
}

/** Where a run's own cluster is announced to the processes that it starts. */
export const TEST_POSTGRES_VARIABLE = 'PERENNIAL_TEST_PG'

const FOLDER = join(import.meta.dirname, '../../../.cache/test-postgres')
const CLUSTER = join(FOLDER, 'postgres/cluster')

/**
 * What a crash may lose, a test database may lose: nothing here waits for the disk. No other place may
 * turn these off.
 */
const OPTIONS = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_connections: '200',
  shared_buffers: '128MB',
  // Tests that need their tables counted do it themselves; large ones were counted while they were being filled.
  autovacuum: 'off',
  // Planned once a connection: tables are small, and planning each statement five times took a third of PostgreSQL's time.
  plan_cache_mode: 'force_generic_plan',
  max_wal_size: '4GB',
}

/**
 * One PostgreSQL for a whole test run, announced to child processes by PERENNIAL_TEST_PG. Runs at the same
 * time share it, and its data stays for the next run, so that only the first one pays for its making.
 */
export async function startTestPostgres(): Promise<TestPostgres> {
  const announced = process.env[TEST_POSTGRES_VARIABLE]
  if (announced !== undefined) return { url: announced, stop: async () => undefined }
  const server = await startOver()
  const url = await prepare(server.url)
  process.env[TEST_POSTGRES_VARIABLE] = url
  return {
    url,
    stop: async () => {
      delete process.env[TEST_POSTGRES_VARIABLE]
      await server.stop()
    },
  }
}

/** Without fsync a cluster does not survive a crash of the machine: then it is made again. */
async function startOver(): Promise<RunningPostgres> {
  const log = createLogger({ level: 'warn', pretty: true })
  const settings = { dataDir: FOLDER, log, options: OPTIONS }
  try {
    return await startPostgres(settings)
  } catch (error) {
    log.warn({ error }, 'the test cluster cannot be used: making a new one')
    await rm(CLUSTER, { recursive: true, force: true })
    return startPostgres(settings)
  }
}

/** The address that tests use. */
async function prepare(url: string): Promise<string> {
  const admin = new pg.Client({ connectionString: url })
  await admin.connect()
  try {
    await dropAbandoned(admin)
    await addMemorySpace(admin, CLUSTER)
    return await toSocketUrl(admin, url)
  } finally {
    await admin.end()
  }
}

/** The same server by its Unix socket: a statement takes 0.07 ms of processor time there and back, by TCP 0.11. */
async function toSocketUrl(admin: pg.Client, url: string): Promise<string> {
  const { rows } = await admin.query<{ unix_socket_directories: string }>(
    'show unix_socket_directories',
  )
  const folder = rows[0]?.unix_socket_directories ?? ''
  if (folder === '') return url
  const socketUrl = new URL(url)
  socketUrl.searchParams.set('host', folder)
  return socketUrl.href
}

/** Databases of test processes that were killed before they could drop them. */
async function dropAbandoned(admin: pg.Client): Promise<void> {
  const { rows } = await admin.query<{ datname: string }>(
    "select datname from pg_database where datname like 'test\\_%'",
  )
  for (const { datname } of rows) {
    if (!isRunning(Number(datname.split('_')[1]))) {
      await admin.query(`drop database if exists ${datname} with (force)`)
    }
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
