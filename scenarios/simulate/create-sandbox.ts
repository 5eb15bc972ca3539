import { randomBytes } from 'node:crypto'
import type { Uuid } from '@perennial/core/ids'
import type { TimeZone } from '@perennial/core/time'
import { mintApiKey } from '../../packages/server/src/modules/accounts/mint-api-key.ts'
import {
  insertApiKeys,
  insertMerchant,
} from '../../packages/server/src/modules/accounts/queries.ts'
import type { BillingDeps } from '../../packages/server/src/modules/billing/index.ts'
import { setUpSimulatedGateways } from '../../packages/server/src/modules/payments/index.ts'

export type Sandbox = {
  readonly id: Uuid
  readonly apiKey: string
  /** For the Revolv3-compatible API, which takes no key that may do everything. */
  readonly developerToken: string
}

/** As `createAccount` of modules/accounts, without the time that a password's hash takes. */
export async function createSandbox(
  deps: Pick<BillingDeps, 'database' | 'ids' | 'clock'>,
  timezone: TimeZone,
): Promise<Sandbox> {
  const { database, ids } = deps
  const createdAt = deps.clock.now()
  const id = ids.next()
  const mint = (scopes: readonly string[]) =>
    mintApiKey({
      id: ids.next(),
      accountId: id,
      environment: 'sandbox',
      name: 'Simulation',
      scopes,
      createdAt,
    })
  const key = mint(['*'])
  const token = mint(['subscriptions:*', 'customers:*', 'payments:*', 'invoices:*'])
  const account = { id, name: 'Simulation', timezone, currency: 'USD' }
  const email = `${randomBytes(8).toString('hex')}@example.com`
  await database.tx(async (tx) => {
    await insertMerchant(tx, {
      id: ids.next(),
      name: 'Simulation',
      createdAt,
      owner: { id: ids.next(), email, passwordHash: 'none' },
      accounts: [{ ...account, environment: 'sandbox' }],
    })
    await insertApiKeys(tx, [key.row, token.row])
    await setUpSimulatedGateways(tx, ids, {
      accountId: id,
      codes: ['amber', 'birch'],
      at: createdAt,
    })
  })
  return { id, apiKey: key.secret, developerToken: token.secret }
}
