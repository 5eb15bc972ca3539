import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import type { Environment } from '../../platform/command/index.ts'
import { type KeyRing, randomToken, seal } from '../../platform/crypto/index.ts'
import { insertMany, type Tx } from '../../platform/db/index.ts'
import type { Ids } from '../../platform/ids/index.ts'
import { mintApiKey } from './mint-api-key.ts'
import { insertApiKeys, markKeyRevoked } from './queries.ts'

/** What a caller of the recovery API needs; keys and secret are shown here once. */
export type RecoveryCredentials = {
  readonly clientId: Uuid
  readonly apiKey: string
  readonly publishableKey: string
  readonly webhookSecret: string
}

const SECRET_BYTES = 24

/** What a client holds, each replaced on its own. */
export const CREDENTIAL_NAMES = ['api_key', 'publishable_key', 'webhook_secret'] as const
export type CredentialName = (typeof CREDENTIAL_NAMES)[number]

type Making = { readonly ids: Ids; readonly keyRing: KeyRing }

type Holder = {
  readonly accountId: Uuid
  readonly environment: Environment
  readonly createdAt: Instant
}

function mintKey({ ids }: Making, name: 'api_key' | 'publishable_key', holder: Holder) {
  // A publishable key is seen by browsers: it opens nothing but what its face allows it.
  const kind =
    name === 'api_key'
      ? { name: 'Recovery', scopes: ['recovery:*'], prefix: 'rev_' }
      : { name: 'Recovery, publishable', scopes: [], prefix: 'rev_pk_' }
  return mintApiKey({ id: ids.next(), ...holder, ...kind })
}

/** `sealed`: as it is kept, to sign with. */
function makeWebhookSecret({ keyRing }: Making, { accountId }: Holder) {
  const text = randomToken('whsec_', SECRET_BYTES)
  return { text, sealed: seal(keyRing, { text, boundTo: accountId }) }
}

/**
 * A client of the recovery API with nothing set. Its keys are kept as hashes among the account's API keys; the webhook
 * secret, which we have to sign with, is kept sealed.
 */
export async function addRecoveryClient(
  tx: Tx,
  deps: Making,
  given: Holder,
): Promise<RecoveryCredentials> {
  const { accountId, createdAt } = given
  const secret = mintKey(deps, 'api_key', given)
  const publishable = mintKey(deps, 'publishable_key', given)
  await insertApiKeys(tx, [secret.row, publishable.row])
  const clientId = deps.ids.next()
  const webhookSecret = makeWebhookSecret(deps, given)
  const row = {
    account_id: accountId,
    id: clientId,
    api_key_id: secret.row.id,
    publishable_key_id: publishable.row.id,
    webhook_secret_sealed: webhookSecret.sealed,
    created_at: createdAt,
    updated_at: createdAt,
  }
  await insertMany(tx, 'recovery_clients', [row])
  return {
    clientId,
    apiKey: secret.secret,
    publishableKey: publishable.secret,
    webhookSecret: webhookSecret.text,
  }
}

/** What a client holds by the names of its columns. */
type Held = { readonly api_key_id: Uuid; readonly publishable_key_id: Uuid }

/**
 * New credentials in the place of those that are named; keys that are replaced are revoked. `change`: to be written to the client,
 * which is locked.
 */
export async function rotateCredentials(
  tx: Tx,
  deps: Making,
  given: Holder & { readonly held: Held; readonly names: readonly CredentialName[] },
): Promise<{
  readonly change: Partial<Held> & { readonly webhook_secret_sealed?: string }
  readonly credentials: Partial<Omit<RecoveryCredentials, 'clientId'>>
}> {
  const { held, names, ...holder } = given
  const { accountId, createdAt: revokedAt } = holder
  const has = (name: CredentialName): boolean => names.includes(name)
  const secret = has('api_key') ? mintKey(deps, 'api_key', holder) : null
  const publishable = has('publishable_key') ? mintKey(deps, 'publishable_key', holder) : null
  const webhookSecret = has('webhook_secret') ? makeWebhookSecret(deps, holder) : null
  const minted = [secret, publishable].filter((key) => key !== null)
  await insertApiKeys(
    tx,
    minted.map(({ row }) => row),
  )
  if (secret !== null) await markKeyRevoked(tx, { accountId, id: held.api_key_id, revokedAt })
  if (publishable !== null)
    await markKeyRevoked(tx, { accountId, id: held.publishable_key_id, revokedAt })
  return {
    change: {
      ...(secret === null ? {} : { api_key_id: secret.row.id }),
      ...(publishable === null ? {} : { publishable_key_id: publishable.row.id }),
      ...(webhookSecret === null ? {} : { webhook_secret_sealed: webhookSecret.sealed }),
    },
    credentials: {
      ...(secret === null ? {} : { apiKey: secret.secret }),
      ...(publishable === null ? {} : { publishableKey: publishable.secret }),
      ...(webhookSecret === null ? {} : { webhookSecret: webhookSecret.text }),
    },
  }
}
