import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { parseCurrency } from '@perennial/core/money'
import { parseTimeZone } from '@perennial/core/time'
import { createMerchant } from '../../../server/src/first-start.ts'
import type { Credentials } from '../../../server/src/credentials-file.ts'
import { isTimeZoneOfDatabase } from '../../../server/src/modules/accounts/index.ts'
import { loadConfig, type Environment } from '../../../server/src/platform/config/index.ts'
import { createBilling } from '../../../server/src/service.ts'
import { CommandError } from '../command-error.ts'
import { withDatabase } from '../open-house.ts'
import { openKeyRing } from '../start/secret-key.ts'
import { withProgress } from '../terminal/progress.ts'
import { readName } from '../terminal/read-name.ts'
import { listWorldGateways } from '../world-keeper/index.ts'

const NAME_MAX = 200

export type NewAccounts = {
  readonly name: string
  readonly email: string | null
  readonly timezone: string
  readonly currency: string
  readonly isJson: boolean
}

/** Another merchant on the same database; its credentials are shown here once. */
export async function createAccounts(env: Environment, given: NewAccounts): Promise<void> {
  const name = readName(given.name, NAME_MAX)
  if (given.email !== null && !/^\S+@\S+$/.test(given.email))
    throw new CommandError(`--email ${given.email} is no e-mail address`)
  const config = loadConfig(env)
  const currency = parseCurrency(given.currency)
  if (currency === null)
    throw new CommandError(`--currency ${given.currency} is no ISO 4217 code, such as EUR`)
  const timezone = parseTimeZone(given.timezone)
  if (timezone === null) throw new CommandError(noTimeZone(given.timezone))
  const ownerEmail = given.email ?? madeUpEmail(name)
  const created = await withProgress('creating accounts', () =>
    withDatabase(config, async ({ database }, log) => {
      if (!(await database.statement((tx) => isTimeZoneOfDatabase(tx, timezone))))
        throw new CommandError(noTimeZone(timezone))
      return createMerchant(createBilling({ database, log, worldUrl: config.worldUrl }), {
        merchant: { name, ownerEmail, timezone, currency },
        url: config.publicUrl,
        gatewayCodes: await listWorldGateways(config.worldUrl),
        keyRing: await openKeyRing(config),
      })
    }),
  )
  if (created === null)
    throw new CommandError(`${ownerEmail} owns another merchant already: give another --email`)
  const { credentials } = created
  const text = given.isJson
    ? JSON.stringify(credentials, null, 2)
    : describe(credentials, {
        kind: `in ${currency} and the time of ${timezone}`,
        name,
        ownFile: join(config.dataDir, 'credentials.json'),
      })
  process.stdout.write(`${text}\n`)
}

function noTimeZone(name: string): string {
  return `--timezone ${name} is no time zone of the IANA database, such as Europe/Berlin`
}

function madeUpEmail(name: string): string {
  const letters = name
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 40)
  return `owner-${randomBytes(4).toString('hex')}@${letters === '' ? 'merchant' : letters}.example`
}

function describe(
  { owner, sandbox, live }: Credentials,
  given: { readonly name: string; readonly kind: string; readonly ownFile: string },
): string {
  return [
    `${given.name} has two accounts, ${given.kind}. This is shown once; ${given.ownFile} stays the first merchant's.`,
    `  Owner    ${owner.email}, password ${owner.password}`,
    `  Sandbox  ${sandbox.account_id}, key ${sandbox.api_key}`,
    `  Live     ${live.account_id}, key ${live.api_key}`,
    '  --json prints the keys of the compatible faces too.',
  ].join('\n')
}
