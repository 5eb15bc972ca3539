import { systemClock } from '../../../server/src/platform/clock/index.ts'
import { loadConfig, type Environment } from '../../../server/src/platform/config/index.ts'
import { readStatus } from '../../../server/src/status/index.ts'
import { withDatabase } from '../open-house.ts'
import { describeStatus, toStatusJson } from '../status/show-status.ts'
import { withProgress } from '../terminal/progress.ts'

export async function status(
  env: Environment,
  options: { readonly isJson: boolean },
): Promise<void> {
  const clock = systemClock()
  const accounts = await withDatabase(loadConfig(env), ({ database }) =>
    withProgress('counting', () => readStatus(database, clock)),
  )
  const text = options.isJson
    ? JSON.stringify(toStatusJson(accounts, clock.now()), null, 2)
    : accounts.map(describeStatus).join('\n\n')
  process.stdout.write(`${text}\n`)
}
