import {
  checkTarget,
  createClient,
  toWireNewClient,
} from '../../../server/src/modules/recovery/index.ts'
import { toOperatorContext } from '../../../server/src/operator-context.ts'
import { accountNow, systemClock } from '../../../server/src/platform/clock/index.ts'
import { loadConfig, type Environment } from '../../../server/src/platform/config/index.ts'
import { createBilling } from '../../../server/src/service.ts'
import { findNamedAccount, titleOf } from '../choose-accounts.ts'
import { CommandError } from '../command-error.ts'
import { withDatabase } from '../open-house.ts'
import { openKeyRing } from '../start/secret-key.ts'

export type ClientWish = {
  readonly account: string
  /** Null = events are kept until there is an address. */
  readonly webhookUrl: string | null
  readonly isJson: boolean
}

/** Makes a client of the recovery API: `POST /v2/recovery/clients` for whoever can reach the database. Shows its credentials here once. */
export async function printNewClient(env: Environment, wish: ClientWish): Promise<void> {
  const { webhookUrl, isJson } = wish
  const config = loadConfig(env)
  const { account, created } = await withDatabase(config, async ({ database }, log) => {
    const found = await findNamedAccount(database, wish.account)
    if (webhookUrl !== null) {
      const { privateTargets } = config
      const isLive = found.environment === 'live'
      const problem = await checkTarget(webhookUrl, { isLive, privateTargets })
      if (problem !== null) throw new CommandError(`--webhook-url: ${problem}`)
    }
    const keyRing = await openKeyRing(config)
    const deps = createBilling({ database, log, worldUrl: config.worldUrl, keyRing })
    const now = accountNow({ clockHeldAt: found.clock_held_at }, systemClock().now())
    const context = toOperatorContext(deps, { account: found, now })
    const made = await createClient(context, keyRing, { webhook_url: webhookUrl })
    return { account: found, created: toWireNewClient(made) }
  })
  const text = isJson
    ? JSON.stringify(created, null, 2)
    : [
        `A client of the recovery API of ${titleOf(account)}, its credentials shown this once:`,
        `  client id        ${created.client_id}`,
        `  API key          ${created.api_key}`,
        `  publishable key  ${created.publishable_key}`,
        `  webhook secret   ${created.webhook_secret}`,
      ].join('\n')
  process.stdout.write(`${text}\n`)
}
