import { createHash, randomBytes } from 'node:crypto'
import { join } from 'node:path'

import pg from 'pg'

import { migrate, readMigrations } from '../../server/src/platform/db/index.ts'
import { createLogger } from '../../server/src/platform/log/index.ts'
import { toMemoryClause } from './memory-space.ts'
import { startTestPostgres, TEST_POSTGRES_VARIABLE, type TestPostgres } from './postgres.ts'

export type TestDatabase = {
  readonly url: string
  /** Drops the database; connections that are still open are cut. */
  close(): Promise<void>
}

const MIGRATIONS = join(import.meta.dirname, '../../server/migrations')
/** Any number; held while a template is made, so that one process makes it and the others wait. */
const TEMPLATE_LOCK = 4_242_000_002

/**
 * A fresh database with every migration applied, copied from a template. In a test run the cluster is
 * there already; a test file that is run alone starts one, and stops it at `close`.
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  return createFrom({ migrations: MIGRATIONS })
}

/** A fresh database without any table. */
export async function createEmptyDatabase(): Promise<TestDatabase> {
  return createFrom({ migrations: null })
}

async function createFrom(source: { readonly migrations: string | null }): Promise<TestDatabase> {
  const server = await reachServer()
  const name = `test_${process.pid}_${randomBytes(6).toString('hex')}`
  try {
    await withAdmin(server.url, async (admin) => {
      const template =
        source.migrations === null
          ? 'template0'
          : await ensureTemplate(admin, { url: server.url, directory: source.migrations })
      const place = await toMemoryClause(admin)
      await admin.query(`create database ${name} template ${template} strategy file_copy ${place}`)
    })
  } catch (error) {
    await server.stop()
    throw error
  }
  return {
    url: atDatabase(server.url, name),
    close: async () => {
      await withAdmin(server.url, (admin) =>
        admin.query(`drop database if exists ${name} with (force)`),
      )
      await server.stop()
    },
  }
}

/** The run's cluster, which stays after us; or one of our own. */
async function reachServer(): Promise<TestPostgres> {
  const announced = process.env[TEST_POSTGRES_VARIABLE]
  if (announced !== undefined) return { url: announced, stop: async () => undefined }
  const server = await startTestPostgres()
  delete process.env[TEST_POSTGRES_VARIABLE] // ours alone: the next database must not count on it
  return server
}

/** One template for each set of migrations; a change of any file makes a new one and drops the others. */
async function ensureTemplate(
  admin: pg.Client,
  from: { readonly url: string; readonly directory: string },
): Promise<string> {
  const migrations = await readMigrations(from.directory)
  const hash = createHash('sha256')
  for (const { name, checksum } of migrations) hash.update(`${name} ${checksum}\n`)
  const template = `template_${hash.digest('hex').slice(0, 16)}`
  if (await exists(admin, template)) return template

  await admin.query('select pg_advisory_lock($1)', [TEMPLATE_LOCK])
  try {
    if (await exists(admin, template)) return template
    const part = `${template}_part`
    await admin.query(`drop database if exists ${part} with (force)`)
    await admin.query(`create database ${part} template template0`)
    const log = createLogger({ level: 'warn', pretty: true })
    await migrate({ url: atDatabase(from.url, part), directory: from.directory, log })
    await admin.query(`alter database ${part} rename to ${template}`)
    await dropOtherTemplates(admin, template)
    return template
  } finally {
    await admin.query('select pg_advisory_unlock($1)', [TEMPLATE_LOCK])
  }
}

async function exists(admin: pg.Client, database: string): Promise<boolean> {
  const { rowCount } = await admin.query('select 1 from pg_database where datname = $1', [database])
  return rowCount === 1
}

async function dropOtherTemplates(admin: pg.Client, kept: string): Promise<void> {
  const { rows } = await admin.query<{ datname: string }>(
    "select datname from pg_database where datname ~ '^template_[0-9a-f]{16}$' and datname <> $1",
    [kept],
  )
  for (const { datname } of rows) {
    // Another process may be copying it at this moment; then a later run drops it.
    await admin.query(`drop database if exists ${datname}`).catch(() => undefined)
  }
}

async function withAdmin<T>(url: string, work: (admin: pg.Client) => Promise<T>): Promise<T> {
  const admin = new pg.Client({ connectionString: url })
  await admin.connect()
  try {
    return await work(admin)
  } finally {
    await admin.end()
  }
}

function atDatabase(url: string, database: string): string {
  const changed = new URL(url)
  changed.pathname = `/${database}`
  return changed.href
}
