import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { openDatabase, type OpenDatabase } from '../../server/src/open-database.ts'
import type { Config } from '../../server/src/platform/config/index.ts'
import { createLogger, type Logger } from '../../server/src/platform/log/index.ts'
import { CommandError } from './command-error.ts'
import { onInterrupt } from './terminal/on-interrupt.ts'

/** What goes to standard error, so that a command's own output can be piped on. */
export function createCommandLogger(level: Config['logLevel']): Logger {
  const isTerminal = process.stderr.isTTY
  return createLogger({ level, pretty: isTerminal, destination: process.stderr })
}

/** Runs a command on the database of a service that has been started before, running or not. */
export async function withDatabase<T>(
  config: Config,
  work: (open: OpenDatabase, log: Logger) => Promise<T>,
): Promise<T> {
  if (config.databaseUrl === null && !(await hasData(config.dataDir))) {
    throw new CommandError(
      `there is no database in ${config.dataDir}: run npm start first, or set DATA_DIR or DATABASE_URL`,
    )
  }
  return withOpening(config, 'check', work)
}

/** Opens the database and closes it after `work`; on Ctrl-C stops a PostgreSQL that was started for it. */
export async function withOpening<T>(
  config: Config,
  schema: Parameters<typeof openDatabase>[2],
  work: (open: OpenDatabase, log: Logger) => Promise<T>,
): Promise<T> {
  const log = createCommandLogger(config.logLevel === 'info' ? 'warn' : config.logLevel)
  const opening = openDatabase(config, log, schema)
  const isOver = onInterrupt(async () => (await opening).own?.stop())
  try {
    const open = await opening
    // Somebody else's goes on without us.
    if (open.own === null || open.own.source === 'joined') await isOver()
    return await work(open, log)
  } finally {
    await isOver()
    await (await opening).close()
  }
}

async function hasData(dataDir: string): Promise<boolean> {
  try {
    await access(join(dataDir, 'postgres'))
    return true
  } catch {
    return false
  }
}
