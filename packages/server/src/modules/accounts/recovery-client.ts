import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import type { Environment } from '../../platform/command/index.ts'
import { type KeyRing, randomToken, seal } from '../../platform/crypto/index.ts'
import { insertMany, type Tx } from '../../platform/db/index.ts'
import type { Ids } from '../../platform/ids/index.ts'
import { mintApiKey } from './mint-api-key.ts'
import { insertApiKeys } from './queries.ts'

/** What a caller of the recovery API needs; keys and secret are shown here once. */
export type RecoveryCredentials = {
  readonly clientId: Uuid
  readonly apiKey: string
  readonly publishableKey: string
  readonly webhookSecret: string
}

const SECRET_BYTES = 24

/**
 * A client of the recovery API with nothing set. Its keys are kept as hashes among the account's API keys; the webhook
 * secret, which we have to sign with, is kept sealed.
 */
export async function addRecoveryClient(
  tx: Tx,
  deps: { readonly ids: Ids; readonly keyRing: KeyRing },
  given: {
    readonly accountId: Uuid
    readonly environment: Environment
    readonly createdAt: Instant
  },
): Promise<RecoveryCredentials> {
  const { accountId, createdAt } = given
  const mint = (
    name: string,
    key: { readonly scopes: readonly string[]; readonly prefix: string },
  ) => mintApiKey({ id: deps.ids.next(), name, ...given, ...key })
  const secret = mint('Recovery', { scopes: ['recovery:*'], prefix: 'rev_' })
  // It is seen by browsers: it opens nothing but what its face allows it.
  const publishable = mint('Recovery, publishable', { scopes: [], prefix: 'rev_pk_' })
  await insertApiKeys(tx, [secret.row, publishable.row])
  const clientId = deps.ids.next()
  const webhookSecret = randomToken('whsec_', SECRET_BYTES)
  const row = {
    account_id: accountId,
    id: clientId,
    api_key_id: secret.row.id,
    publishable_key_id: publishable.row.id,
    webhook_secret_sealed: seal(deps.keyRing, { text: webhookSecret, boundTo: accountId }),
    created_at: createdAt,
    updated_at: createdAt,
  }
  await insertMany(tx, 'recovery_clients', [row])
  return { clientId, apiKey: secret.secret, publishableKey: publishable.secret, webhookSecret }
}
