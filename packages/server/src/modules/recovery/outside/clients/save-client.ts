import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import {
  accepted,
  type CommandContext,
  type Decision,
  refused,
} from '../../../../platform/command/index.ts'
import type { KeyRing } from '../../../../platform/crypto/index.ts'
import {
  addRecoveryClient,
  type CredentialName,
  type RecoveryCredentials,
  rotateCredentials,
} from '../../../accounts/index.ts'
import {
  type ClientRow,
  findClient,
  lockClient,
  type ShownClient,
  updateClient,
} from '../queries/clients.ts'

/** What a merchant may set; absent = left as it is. */
export type ClientChange = Partial<
  Pick<
    ClientRow,
    | 'webhook_url'
    | 'dunning_enabled'
    | 'billing_cycle_day'
    | 'timezone'
    | 'card_update_domain'
    | 'brand_name'
    | 'brand_logo_url'
    | 'brand_primary_color'
    | 'gateway'
    | 'retry_policy'
  >
>

/** The only moment at which its keys can be read. */
export async function createClient(
  context: CommandContext,
  keyRing: KeyRing,
  change: ClientChange,
): Promise<{ readonly row: ShownClient; readonly credentials: RecoveryCredentials }> {
  const { accountId, environment, ids, now } = context
  return context.inTx(async (tx) => {
    const given = { accountId, environment, createdAt: now }
    const credentials = await addRecoveryClient(tx, { ids, keyRing }, given)
    const id = credentials.clientId
    await updateClient(tx, { account_id: accountId, id, updated_at: now, ...change })
    const row = await findClient(tx, { accountId, id })
    assert(row !== null, 'a client that was added is there')
    await context.remember(tx, 'recovery_client', id)
    return { row, credentials }
  })
}

/** Refuses: `client_not_found`. */
export async function changeClient(
  context: CommandContext,
  given: { readonly id: Uuid; readonly change: ClientChange },
): Promise<Decision<ShownClient, 'client_not_found'>> {
  const { accountId, now } = context
  const { id, change } = given
  return context.inTx(async (tx) => {
    const before = await lockClient(tx, { accountId, id })
    if (before === null) return refused('client_not_found')
    await updateClient(tx, { ...before, ...change, version: before.version + 1, updated_at: now })
    const row = await findClient(tx, { accountId, id })
    assert(row !== null, 'a client that is locked is there')
    await context.remember(tx, 'recovery_client', id)
    return accepted(row)
  })
}

/**
 * New credentials for those that are named, which end at once; what was not delivered yet is signed with the new secret. Refuses:
 * `client_not_found`.
 */
export async function rotateClient(
  context: CommandContext,
  keyRing: KeyRing,
  given: { readonly id: Uuid; readonly names: readonly CredentialName[] },
): Promise<
  Decision<
    { readonly row: ShownClient; readonly credentials: Partial<RecoveryCredentials> },
    'client_not_found'
  >
> {
  const { accountId, environment, ids, now } = context
  const { id, names } = given
  return context.inTx(async (tx) => {
    const held = await lockClient(tx, { accountId, id })
    if (held === null) return refused('client_not_found')
    const of = { accountId, environment, createdAt: now, held, names }
    const { change, credentials } = await rotateCredentials(tx, { ids, keyRing }, of)
    await updateClient(tx, { ...held, ...change, version: held.version + 1, updated_at: now })
    const row = await findClient(tx, { accountId, id })
    assert(row !== null, 'a client that is locked is there')
    await context.remember(tx, 'recovery_client', id)
    return accepted({ row, credentials })
  })
}
