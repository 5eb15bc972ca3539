import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf } from '@perennial/core/fault'

import { CompiledQuery } from 'kysely'
import pg from 'pg'

import type { Logger } from '../log/index.ts'
import type { Database } from './create-database.ts'
import { toDatabaseError } from './database-outage.ts'

/** The database cannot be brought to this code's schema; the message says why and what to do. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError'
}

export type Migration = { readonly name: string; readonly sql: string; readonly checksum: string }

const FILE_NAME = /^\d{4}_[a-z0-9_]+\.sql$/
/** Any number that nothing else in the database locks. */
const LOCK_KEY = 4_242_000_001
/** How long to wait for another process that is migrating. */
const WAIT_FOR_OTHERS = '10min'
/** How long a migration may wait for a table that is in use, before it gives up and can be run again. */
const WAIT_FOR_TABLE = '5s'
/** A new database has them all to come, each of which is over at once. */
const TOLD_EVERY_OF_A_NEW_DATABASE = 20

/** The migration files of a folder, in order. */
export async function readMigrations(directory: string): Promise<readonly Migration[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.sql')).toSorted()
  for (const name of names) {
    if (!FILE_NAME.test(name))
      throw new MigrationError(`${name} is not named like 0001_what_it_does.sql`)
  }
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(join(directory, name), 'utf8')
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
    }),
  )
}

/**
 * Brings the database to the schema of `directory`: each new file in a transaction of its own, one
 * process at a time. Running it again does nothing. Returns the names it applied.
 * Throws `MigrationError` for a changed file, a database newer than the code, or SQL that fails;
 * `DatabaseOutage` when the database cannot be reached.
 */
export async function migrate(settings: {
  readonly url: string
  readonly directory: string
  readonly log: Pick<Logger, 'info'>
}): Promise<readonly string[]> {
  const migrations = await readMigrations(settings.directory)
  const client = new pg.Client({
    connectionString: settings.url,
    application_name: 'perennial migrate',
    options: '-c timezone=UTC',
    connectionTimeoutMillis: 5_000,
  })
  client.on('error', () => undefined) // the query that is waiting reports it
  try {
    await client.connect()
    await lock(client)
    const applied = await readApplied(client)
    const pending = pendingOf(migrations, applied)
    const toldEvery = applied.size === 0 ? TOLD_EVERY_OF_A_NEW_DATABASE : 1
    for (const [index, migration] of pending.entries()) {
      if (index % toldEvery === 0)
        settings.log.info(`migration ${index + 1} of ${pending.length}: ${migration.name}`)
      await apply(client, migration)
    }
    return pending.map((migration) => migration.name)
  } catch (error) {
    throw toDatabaseError(error)
  } finally {
    await client.end().catch(() => undefined) // closing the session also frees the lock
  }
}

/** Names of the migrations that a database lacks; changes nothing. Throws as `migrate` does. */
export async function findPendingMigrations(settings: {
  readonly database: Database
  readonly directory: string
}): Promise<readonly string[]> {
  const migrations = await readMigrations(settings.directory)
  const { kysely } = settings.database
  const read = <Row>(text: string) => kysely.executeQuery<Row>(CompiledQuery.raw(text))
  const table = await read<{ found: boolean }>(
    "select to_regclass('schema_migrations') is not null as found",
  )
  const { rows } =
    table.rows[0]?.found === true
      ? await read<{ name: string; checksum: string }>(
          'select name, checksum from schema_migrations',
        )
      : { rows: [] }
  const applied = new Map(rows.map((row) => [row.name, row.checksum]))
  return pendingOf(migrations, applied).map((migration) => migration.name)
}

async function lock(client: pg.Client): Promise<void> {
  await client.query(`set lock_timeout = '${WAIT_FOR_OTHERS}'`)
  await client.query('select pg_advisory_lock($1)', [LOCK_KEY])
  await client.query(`set lock_timeout = '${WAIT_FOR_TABLE}'`)
}

async function readApplied(client: pg.Client): Promise<ReadonlyMap<string, string>> {
  await client.query(`
    create table if not exists schema_migrations (
      name text primary key,
      checksum text not null,
      applied_at timestamptz not null default now()
    )`)
  const { rows } = await client.query<{ name: string; checksum: string }>(
    'select name, checksum from schema_migrations order by name',
  )
  return new Map(rows.map((row) => [row.name, row.checksum]))
}

function pendingOf(
  migrations: readonly Migration[],
  applied: ReadonlyMap<string, string>,
): readonly Migration[] {
  const known = new Set(migrations.map((migration) => migration.name))
  const unknown = [...applied.keys()].filter((name) => !known.has(name))
  if (unknown.length > 0) {
    throw new MigrationError(
      `the database is newer than this version of Perennial (it has ${unknown.join(', ')}): install the newer version`,
    )
  }
  for (const migration of migrations) {
    const checksum = applied.get(migration.name)
    if (checksum !== undefined && checksum !== migration.checksum) {
      throw new MigrationError(
        `${migration.name} was changed after it was applied to this database: restore the file and add a new migration`,
      )
    }
  }
  const pending = migrations.filter((migration) => !applied.has(migration.name))
  const last = [...applied.keys()].at(-1) ?? ''
  const late = pending.find((migration) => migration.name < last)
  if (late !== undefined) {
    throw new MigrationError(
      `${late.name} comes before ${last}, which is already applied: give it a later number`,
    )
  }
  return pending
}

async function apply(client: pg.Client, migration: Migration): Promise<void> {
  try {
    await client.query('begin')
    await client.query(migration.sql)
    await client.query('insert into schema_migrations (name, checksum) values ($1, $2)', [
      migration.name,
      migration.checksum,
    ])
    await client.query('commit')
  } catch (error) {
    await client.query('rollback').catch(() => undefined)
    const reason = messageOf(error)
    const explained = toDatabaseError(error)
    if (explained !== error) throw explained
    throw new MigrationError(`${migration.name} failed and was rolled back: ${reason}`, {
      cause: error,
    })
  }
}
