import type { Uuid } from '@perennial/core/ids'
import type { Currency } from '@perennial/core/money'
import type { Instant, TimeZone } from '@perennial/core/time'
import type { Clock } from '../../platform/clock/index.ts'
import { type Decision, type Environment, accepted, refused } from '../../platform/command/index.ts'
import { hashPassword, randomToken } from '../../platform/crypto/index.ts'
import { type Database, type Tx, violatedConstraint } from '../../platform/db/index.ts'
import type { Ids } from '../../platform/ids/index.ts'
import { mintApiKey } from './mint-api-key.ts'
import { insertApiKeys, insertMerchant } from './queries.ts'

export type AccountRequest = {
  readonly name: string
  readonly ownerEmail: string
  /** Made up when null. */
  readonly ownerPassword: string | null
  readonly timezone: TimeZone
  readonly currency: Currency
}

/** Password and keys are shown here once; only their hashes are stored. */
export type CreatedAccount = {
  readonly merchantId: Uuid
  readonly createdAt: Instant
  readonly owner: { readonly id: Uuid; readonly email: string; readonly password: string }
  readonly sandbox: CreatedEnvironment
  readonly live: CreatedEnvironment
}

export type CreatedEnvironment = { readonly accountId: Uuid; readonly apiKey: string }

const PASSWORD_BYTES = 12

/**
 * A merchant with its owner, a live and a sandbox account, and a key with every scope for each. `also` runs in the
 * same transaction, just before it commits. Refuses: `email_taken`.
 */
export async function createAccount(
  deps: { readonly database: Database; readonly clock: Clock; readonly ids: Ids },
  request: AccountRequest,
  also: (tx: Tx, created: CreatedAccount) => Promise<void> = async () => undefined,
): Promise<Decision<CreatedAccount, 'email_taken'>> {
  const { ids } = deps
  const password = request.ownerPassword ?? randomToken('', PASSWORD_BYTES)
  const passwordHash = await hashPassword(password)
  const createdAt = deps.clock.now()
  const owner = { id: ids.next(), email: request.ownerEmail.trim().toLowerCase() }
  const merchantId = ids.next()
  const environments = { live: ids.next(), sandbox: ids.next() }
  const toAccount = (environment: Environment) => ({
    id: environments[environment],
    environment,
    name: request.name,
    timezone: request.timezone,
    currency: request.currency,
  })
  const toKey = (environment: Environment) =>
    mintApiKey({
      id: ids.next(),
      accountId: environments[environment],
      environment,
      name: 'Default',
      scopes: ['*'],
      createdAt,
    })
  const keys = { live: toKey('live'), sandbox: toKey('sandbox') }

  const created: CreatedAccount = {
    merchantId,
    createdAt,
    owner: { ...owner, password },
    sandbox: { accountId: environments.sandbox, apiKey: keys.sandbox.secret },
    live: { accountId: environments.live, apiKey: keys.live.secret },
  }

  try {
    await deps.database.tx(async (tx) => {
      const accounts = [toAccount('live'), toAccount('sandbox')]
      await insertMerchant(tx, {
        id: merchantId,
        name: request.name,
        createdAt,
        owner: { ...owner, passwordHash },
        accounts,
      })
      await insertApiKeys(tx, [keys.live.row, keys.sandbox.row])
      await also(tx, created)
    })
  } catch (error) {
    if (violatedConstraint(error) === 'users_email_unique') return refused('email_taken')
    throw error
  }
  return accepted(created)
}
