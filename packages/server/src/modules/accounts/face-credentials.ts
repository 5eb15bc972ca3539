import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import { type KeyRing, randomToken, seal } from '../../platform/crypto/index.ts'
import type { Tx } from '../../platform/db/index.ts'
import type { Ids } from '../../platform/ids/index.ts'
import { mintApiKey } from './mint-api-key.ts'
import { insertApiKeys, mergeSettings } from './queries.ts'

/** What a caller of the compatible faces needs; keys and secret are shown here once. */
export type FaceCredentials = {
  readonly recovery: {
    readonly clientId: Uuid
    readonly apiKey: string
    readonly publishableKey: string
    readonly webhookSecret: string
  }
  readonly revolv3Token: string
  readonly revcentApiKey: string
}

const SECRET_BYTES = 24
const BILLING_SCOPES = ['subscriptions:*', 'customers:*', 'payments:*', 'invoices:*'] as const

/**
 * Keys of a sandbox for the faces that speak other products' wire formats. Keys are kept as hashes among the account's
 * API keys; the webhook secret, which we have to sign with, is kept sealed in the account's settings.
 */
export async function createFaceCredentials(
  tx: Tx,
  deps: { readonly ids: Ids; readonly keyRing: KeyRing },
  given: { readonly accountId: Uuid; readonly createdAt: Instant },
): Promise<FaceCredentials> {
  const mint = (key: {
    readonly name: string
    readonly scopes: readonly string[]
    readonly prefix?: string
  }) => mintApiKey({ id: deps.ids.next(), environment: 'sandbox', ...given, ...key })
  const recovery = mint({ name: 'Recovery', scopes: ['recovery:*'], prefix: 'rev_' })
  // It is seen by browsers: it opens nothing but what its face allows it.
  const publishable = mint({ name: 'Recovery, publishable', scopes: [], prefix: 'rev_pk_' })
  const revolv3 = mint({ name: 'Revolv3 API', scopes: BILLING_SCOPES })
  const revcent = mint({ name: 'RevCent API', scopes: BILLING_SCOPES })
  await insertApiKeys(
    tx,
    [recovery, publishable, revolv3, revcent].map(({ row }) => row),
  )
  const clientId = deps.ids.next()
  const webhookSecret = randomToken('whsec_', SECRET_BYTES)
  const sealed = seal(deps.keyRing, { text: webhookSecret, boundTo: given.accountId })
  await mergeSettings(tx, given.accountId, { recovery: { clientId, webhookSecret: sealed } })
  return {
    recovery: {
      clientId,
      apiKey: recovery.secret,
      publishableKey: publishable.secret,
      webhookSecret,
    },
    revolv3Token: revolv3.secret,
    revcentApiKey: revcent.secret,
  }
}
