import { assert } from '@perennial/core/fault'
import { encodeId, type Uuid } from '@perennial/core/ids'
import type { Currency } from '@perennial/core/money'
import { UTC, type TimeZone } from '@perennial/core/time'
import {
  createAccount,
  createFaceCredentials,
  hasAccounts,
  listUnfinishedDemos,
  lockFirstStart,
  mergeSettings,
  type CreatedAccount,
  type FaceCredentials,
} from './modules/accounts/index.ts'
import type { BillingDeps } from './modules/billing/index.ts'
import { setUpSimulatedGateways } from './modules/payments/index.ts'
import type { KeyRing } from './platform/crypto/index.ts'
import type { Credentials, CredentialsFile, WireFaceCredentials } from './credentials-file.ts'
import { fillDemo, type DemoProgress } from './demo/index.ts'

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

export type MerchantRequest = {
  readonly merchant: NewMerchant
  readonly url: string
  readonly gatewayCodes: readonly string[]
  /** Seals what the compatible faces need; absent = no credentials for them. */
  readonly keyRing?: KeyRing
  /** The sandbox is to be filled with demo data. */
  readonly hasDemo?: boolean
  /** Called before anything is committed, so that no secret is lost that only the database knows. */
  readonly keep?: (credentials: Credentials) => Promise<void>
}

/**
 * A merchant with its accounts and keys, the sandbox with the gateways of its card world. Null when its owner's e-mail
 * address is taken.
 */
export async function createMerchant(
  deps: Pick<BillingDeps, 'database' | 'clock' | 'ids'>,
  given: MerchantRequest,
): Promise<MerchantCreated | null> {
  const { merchant, keyRing } = given
  let credentials: Credentials | null = null
  const request = {
    name: merchant.name,
    ownerEmail: merchant.ownerEmail,
    ownerPassword: null,
    timezone: merchant.timezone ?? UTC,
    currency: merchant.currency,
  }
  const decision = await createAccount(deps, request, async (tx, account) => {
    const { accountId } = account.sandbox
    const of = { accountId, createdAt: account.createdAt }
    await setUpSimulatedGateways(tx, deps.ids, {
      accountId,
      codes: given.gatewayCodes,
      at: account.createdAt,
    })
    const faces =
      keyRing === undefined ? null : await createFaceCredentials(tx, { ids: deps.ids, keyRing }, of)
    if (given.hasDemo === true) await mergeSettings(tx, accountId, { demo: 'unfinished' })
    credentials = toCredentials(account, faces, given.url)
    await given.keep?.(credentials)
  })
  if (decision.kind === 'refused') return null
  assert(credentials !== null, 'a merchant that was made has credentials')
  return { account: decision.value, credentials }
}

function toCredentials(
  account: CreatedAccount,
  faces: FaceCredentials | null,
  url: string,
): Credentials {
  const environment = (created: { readonly accountId: Uuid; readonly apiKey: string }) => ({
    account_id: encodeId('account', created.accountId),
    api_key: created.apiKey,
  })
  return {
    url,
    owner: { email: account.owner.email, password: account.owner.password },
    sandbox: { ...environment(account.sandbox), ...(faces === null ? {} : toWireFaces(faces)) },
    live: environment(account.live),
  }
}

function toWireFaces(faces: FaceCredentials): WireFaceCredentials {
  const { recovery } = faces
  return {
    recovery: {
      client_id: recovery.clientId,
      api_key: recovery.apiKey,
      publishable_key: recovery.publishableKey,
      webhook_secret: recovery.webhookSecret,
    },
    revolv3_token: faces.revolv3Token,
    revcent_api_key: faces.revcentApiKey,
  }
}

export type FirstStart = {
  readonly file: CredentialsFile
  readonly url: string
  readonly currency: Currency
  readonly gatewayCodes: readonly string[]
  readonly keyRing: KeyRing
  readonly hasDemo: boolean
  /** What the demo is filled with; its database need not wait for the disk. */
  readonly demoDeps: BillingDeps
  readonly onProgress: (progress: DemoProgress) => void
}

/**
 * On a database without accounts: the first merchant, its credentials on disk, and the demo. Several processes may do
 * this at once: one does it, the others wait until it is done. A demo that was interrupted is finished by the next start.
 * Returns whether this was the first start.
 */
export async function prepareFirstStart(deps: BillingDeps, given: FirstStart): Promise<boolean> {
  return deps.database.tx(async (lock) => {
    await lockFirstStart(lock)
    const isFirst = !(await hasAccounts(deps.database))
    if (isFirst) await createFirstMerchant(deps, given)
    await given.file.settle()
    for (const accountId of await listUnfinishedDemos(deps.database.kysely)) {
      await fillDemo(given.demoDeps, { accountId, onProgress: given.onProgress })
      // This commit waits for the disk, and so for all before it.
      await deps.database.statement((tx) => mergeSettings(tx, accountId, { demo: null }))
    }
    return isFirst
  })
}

async function createFirstMerchant(deps: BillingDeps, given: FirstStart): Promise<void> {
  const created = await createMerchant(deps, {
    ...given,
    merchant: {
      name: 'Acme Software',
      ownerEmail: 'owner@example.com',
      currency: given.currency,
    },
    keep: (credentials) => given.file.keep(credentials),
  })
  assert(created !== null, 'the first owner has no rival for the e-mail address')
}
