import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { onInterrupt } from '../../packages/cli/src/terminal/on-interrupt.ts'
import { migrate } from '../../packages/server/src/platform/db/index.ts'
import { createLogger, type Logger } from '../../packages/server/src/platform/log/index.ts'
import { startPostgres } from '../../packages/server/src/platform/postgres/index.ts'

export type BenchDatabase = {
  readonly url: string
  readonly version: string
  /** Settings that decide what a commit costs. */
  readonly settings: Readonly<Record<string, string>>
  close(): Promise<void>
}

const MIGRATIONS = join(import.meta.dirname, '../../packages/server/migrations')

const TOLD_SETTINGS = [
  'fsync',
  'synchronous_commit',
  'full_page_writes',
  'shared_buffers',
  'max_wal_size',
]

/**
 * A migrated database of its own on the server at DATABASE_URL, or on a throw-away server with the settings
 * that the service gives its own (fsync and all).
 */
export async function openBenchDatabase(): Promise<BenchDatabase> {
  const log = createLogger({ level: 'warn', pretty: true })
  const server = await findServer(log)
  const name = `bench_${randomBytes(6).toString('hex')}`
  const close = async (): Promise<void> => {
    await ask(server.url, `drop database if exists ${name} with (force)`)
    await server.stop()
  }
  const isOver = onInterrupt(close)
  await ask(server.url, `create database ${name}`)
  const changed = new URL(server.url)
  changed.pathname = `/${name}`
  const url = changed.href
  await migrate({ url, directory: MIGRATIONS, log })
  const settings = await readSettings(url)
  return {
    url,
    version: settings['server_version'] ?? '',
    settings: Object.fromEntries(TOLD_SETTINGS.map((told) => [told, settings[told] ?? ''])),
    close: async () => {
      await isOver()
      await close()
    },
  }
}

async function findServer(log: Logger): Promise<{ url: string; stop: () => Promise<void> }> {
  const outside = process.env['DATABASE_URL']
  if (outside !== undefined && outside !== '') return { url: outside, stop: async () => undefined }
  const dataDir = await mkdtemp(join(tmpdir(), 'perennial-bench-'))
  const server = await startPostgres({ dataDir, log })
  return {
    url: server.url,
    stop: async () => {
      await server.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

async function readSettings(url: string): Promise<Record<string, string>> {
  const rows = await ask(url, 'select name, setting, unit from pg_settings')
  return Object.fromEntries(
    rows.map(({ name, setting, unit }) => [name, `${setting}${unit === null ? '' : ` x ${unit}`}`]),
  )
}

/** One statement on a connection of its own. */
export async function ask(
  url: string,
  statement: string,
): Promise<Record<string, string | null>[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Record<string, string | null>>(statement)).rows
  } finally {
    await client.end()
  }
}
