import { join } from 'node:path'
import { assert } from '@perennial/core/fault'
import type { Config } from './platform/config/index.ts'
import {
  createDatabase,
  findPendingMigrations,
  migrate,
  MigrationError,
  type Database,
} from './platform/db/index.ts'
import type { Logger } from './platform/log/index.ts'
import { startPostgres, type RunningPostgres } from './platform/postgres/index.ts'

export const MIGRATIONS = join(import.meta.dirname, '..', 'migrations')

const CONNECTIONS_MAX = 20

export type OpenDatabase = {
  readonly database: Database
  readonly url: string
  /** Null: an outside one. */
  readonly own: RunningPostgres | null
  /** Names of the migrations that opening it has applied. */
  readonly applied: readonly string[]
  close(): Promise<void>
}

/**
 * The database of the configuration: an outside one, or one of our own, started or joined. `migrate` brings it to this
 * code's schema; `check` throws `MigrationError` where it is not there.
 */
export async function openDatabase(
  config: Pick<Config, 'databaseUrl' | 'dataDir'>,
  log: Logger,
  schema: 'migrate' | 'check',
): Promise<OpenDatabase> {
  const own =
    config.databaseUrl === null ? await startPostgres({ dataDir: config.dataDir, log }) : null
  const url = own?.url ?? config.databaseUrl
  assert(url !== null, 'there is a database, outside or our own')
  const database = createDatabase({ url, max: CONNECTIONS_MAX, applicationName: 'perennial' })
  const close = async (): Promise<void> => {
    await database.close()
    await own?.stop()
  }
  try {
    const applied =
      schema === 'migrate'
        ? await migrate({ url, directory: MIGRATIONS, log })
        : await checkSchema(database)
    return { database, url, own, applied, close }
  } catch (error) {
    await close()
    throw error
  }
}

async function checkSchema(database: Database): Promise<readonly string[]> {
  const pending = await findPendingMigrations({ database, directory: MIGRATIONS })
  if (pending.length === 0) return []
  throw new MigrationError(
    `the database lacks ${pending.join(', ')}: run bin/perennial migrate, or start the service`,
  )
}
