import { loadConfig, type Environment } from '../../../server/src/platform/config/index.ts'
import { verifyDatabase, type CheckResult } from '../../../server/src/verify/index.ts'
import { withDatabase } from '../open-house.ts'
import { withProgress } from '../terminal/progress.ts'

/** Returns the exit code: 1 when something is broken. */
export async function verify(
  env: Environment,
  options: { readonly isJson: boolean },
): Promise<number> {
  const config = loadConfig(env)
  const result = await withDatabase(config, ({ database }, log) =>
    withProgress('checking the database', (progress) => {
      let checked = 0
      return verifyDatabase({
        database,
        log,
        onChecked: (_, { total }) => progress.tell(`${(checked += 1)} of ${total} checks`),
      })
    }),
  )
  const broken = result.checks.filter((check) => !check.ok)
  if (options.isJson) process.stdout.write(`${JSON.stringify(result, null, 2)}\n`)
  else
    process.stdout.write(
      broken.length === 0 ? `All ${result.checks.length} checks hold.\n` : describe(broken),
    )
  return broken.length === 0 ? 0 : 1
}

function describe(broken: readonly CheckResult[]): string {
  const lines = broken.flatMap((check) => {
    const rest = check.count - check.problems.length
    return [
      `${check.name}: broken ${check.count} ${check.count === 1 ? 'time' : 'times'}`,
      `  ${check.promise}`,
      ...check.problems.map(
        ({ accountId, id, message }) => `  - ${accountId ?? 'database'} ${id}: ${message}`,
      ),
      ...(rest > 0 ? [`  - and ${rest} more`] : []),
    ]
  })
  return `${lines.join('\n')}\n`
}
