import { openDatabase } from '../../../server/src/open-database.ts'
import { loadConfig, type Environment } from '../../../server/src/platform/config/index.ts'
import { createCommandLogger } from '../open-house.ts'
import { withProgress } from '../terminal/progress.ts'

/** Makes the database where there is none. */
export async function migrate(env: Environment): Promise<void> {
  const config = loadConfig(env)
  const log = createCommandLogger(config.logLevel === 'info' ? 'warn' : config.logLevel)
  const open = await withProgress('bringing the database to the current schema', () =>
    openDatabase(config, log, 'migrate'),
  )
  await open.close()
  const count = open.applied.length
  const done =
    count === 0 ? 'The database is at the current schema.' : `Applied ${open.applied.join(', ')}.`
  process.stdout.write(`${done}\n`)
}
