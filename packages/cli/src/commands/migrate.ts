import { loadConfig, type Environment } from '../../../server/src/platform/config/index.ts'
import { withOpening } from '../open-house.ts'
import { withProgress } from '../terminal/progress.ts'

/** Makes the database where there is none. */
export async function migrate(
  env: Environment,
  { isJson }: { readonly isJson: boolean },
): Promise<void> {
  const config = loadConfig(env)
  const applied = await withProgress('bringing the database to the current schema', () =>
    withOpening(config, 'migrate', async (open) => open.applied),
  )
  const told =
    applied.length === 0
      ? 'The database is at the current schema.'
      : `Applied ${applied.join(', ')}.`
  process.stdout.write(`${isJson ? JSON.stringify({ applied }, null, 2) : told}\n`)
}
