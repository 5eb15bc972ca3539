import { chmod, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { assert } from '@perennial/core/fault'
import { encodeId, type Uuid } from '@perennial/core/ids'
import type { Currency } from '@perennial/core/money'
import { UTC, type TimeZone } from '@perennial/core/time'
import { createAccount, hasAccounts, type CreatedAccount } from './modules/accounts/index.ts'
import type { BillingDeps } from './modules/billing/index.ts'
import { setUpSimulatedGateways } from './modules/payments/index.ts'

/** `credentials.json`, as the start contract has it (ARCHITECTURE.md). */
export type Credentials = {
  readonly url: string
  readonly owner: { readonly email: string; readonly password: string }
  readonly sandbox: { readonly account_id: string; readonly api_key: string }
  readonly live: { readonly account_id: string; readonly api_key: string }
}

export type NewMerchant = {
  readonly name: string
  readonly ownerEmail: string
  readonly timezone?: TimeZone
  readonly currency: Currency
}

export type MerchantCreated = {
  readonly account: CreatedAccount
  readonly credentials: Credentials
}

/** A merchant with its accounts and keys, the sandbox with the gateways of its card world. */
export async function createMerchant(
  deps: BillingDeps,
  given: {
    readonly merchant: NewMerchant
    readonly url: string
    readonly gatewayCodes: readonly string[]
  },
): Promise<MerchantCreated | null> {
  const { merchant } = given
  const decision = await createAccount(deps, {
    name: merchant.name,
    ownerEmail: merchant.ownerEmail,
    ownerPassword: null,
    timezone: merchant.timezone ?? UTC,
    currency: merchant.currency,
  })
  if (decision.kind === 'refused') return null
  const account = decision.value
  await deps.database.tx((tx) =>
    setUpSimulatedGateways(tx, deps.ids, {
      accountId: account.sandbox.accountId,
      codes: given.gatewayCodes,
      at: account.createdAt,
    }),
  )
  return { account, credentials: toCredentials(account, given.url) }
}

function toCredentials(account: CreatedAccount, url: string): Credentials {
  const environment = (created: { readonly accountId: Uuid; readonly apiKey: string }) => ({
    account_id: encodeId('account', created.accountId),
    api_key: created.apiKey,
  })
  return {
    url,
    owner: { email: account.owner.email, password: account.owner.password },
    sandbox: environment(account.sandbox),
    live: environment(account.live),
  }
}

/** On a database without accounts: the first merchant, and its credentials on disk. Null on every later start. */
export async function prepareFirstStart(
  deps: BillingDeps,
  given: {
    readonly dataDir: string
    readonly url: string
    readonly currency: Currency
    readonly gatewayCodes: readonly string[]
  },
): Promise<MerchantCreated | null> {
  if (await hasAccounts(deps.database)) return null
  const merchant = {
    name: 'Acme Software',
    ownerEmail: 'owner@example.com',
    currency: given.currency,
  }
  const created = await createMerchant(deps, { ...given, merchant })
  assert(created !== null, 'the first owner has no rival for the e-mail address')
  await writeCredentials(given.dataDir, created.credentials)
  return created
}

/** Readable by the owner alone, and never half-written. */
async function writeCredentials(dataDir: string, credentials: Credentials): Promise<void> {
  const path = join(dataDir, 'credentials.json')
  const draft = `${path}.new`
  await writeFile(draft, `${JSON.stringify(credentials, null, 2)}\n`, { mode: 0o600 })
  await chmod(draft, 0o600)
  await rename(draft, path)
}
