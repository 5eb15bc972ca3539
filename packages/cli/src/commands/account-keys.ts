import { encodeId } from '@perennial/core/ids'
import {
  createApiKey,
  toWireMintedKey,
  type AccountRow,
} from '../../../server/src/modules/accounts/index.ts'
import { toOperatorContext } from '../../../server/src/operator-context.ts'
import { accountNow, systemClock } from '../../../server/src/platform/clock/index.ts'
import { loadConfig, type Environment } from '../../../server/src/platform/config/index.ts'
import { isKnownScope } from '../../../server/src/platform/http/index.ts'
import { createBilling } from '../../../server/src/service.ts'
import { chooseAccounts, findNamedAccount, titleOf } from '../choose-accounts.ts'
import { CommandError } from '../command-error.ts'
import { withDatabase } from '../open-house.ts'
import { readName } from '../terminal/read-name.ts'

const NAME_MAX = 100

/** Every account, oldest first. */
export async function printAccounts(
  env: Environment,
  { isJson }: { readonly isJson: boolean },
): Promise<void> {
  const accounts = await withDatabase(loadConfig(env), ({ database }) =>
    chooseAccounts(database, null),
  )
  const told = accounts.map(toJson)
  const text = isJson
    ? JSON.stringify(told, null, 2)
    : told.map(({ id, environment, name }) => `${id}  ${environment.padEnd(7)}  ${name}`).join('\n')
  process.stdout.write(`${text}\n`)
}

function toJson({ id, environment, name, timezone, currency }: AccountRow) {
  return { id: encodeId('account', id), environment, name, timezone, currency }
}

export type KeyWish = {
  readonly account: string
  readonly name: string
  /** Separated by commas. */
  readonly scopes: string
  readonly isJson: boolean
}

/** Makes a key without one: `POST /v2/api-keys` for whoever can reach the database. Shows it here once. */
export async function printNewKey(env: Environment, wish: KeyWish): Promise<void> {
  const name = readName(wish.name, NAME_MAX)
  const scopes = wish.scopes.split(',').map((scope) => scope.trim())
  const unknown = scopes.find((scope) => !isKnownScope(scope))
  if (unknown !== undefined)
    throw new CommandError(
      `--scopes: there is no scope "${unknown}": they look like customers:read, invoices:* or *`,
    )
  const config = loadConfig(env)
  const { account, minted } = await withDatabase(config, async ({ database }, log) => {
    const found = await findNamedAccount(database, wish.account)
    const deps = createBilling({ database, log, worldUrl: config.worldUrl })
    const now = accountNow({ clockHeldAt: found.clock_held_at }, systemClock().now())
    const context = toOperatorContext(deps, { account: found, now })
    return { account: found, minted: await createApiKey(context, { name, scopes }) }
  })
  const text = wish.isJson
    ? JSON.stringify(toWireMintedKey(minted), null, 2)
    : `A key of ${titleOf(account)}, shown this once:\n  ${minted.secret}`
  process.stdout.write(`${text}\n`)
}
