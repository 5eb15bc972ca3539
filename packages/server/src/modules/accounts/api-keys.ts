import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import {
  type CommandContext,
  type Decision,
  accepted,
  refused,
} from '../../platform/command/index.ts'
import { scopeBeyond } from '../../platform/http/index.ts'
import { toScopes } from './account.ts'
import { mintApiKey } from './mint-api-key.ts'
import {
  type ApiKeyRow,
  copyKeyLimits,
  insertApiKeys,
  lockApiKey,
  markKeyRevoked,
  selectApiKey,
} from './queries.ts'

export type ApiKey = {
  readonly id: Uuid
  readonly name: string
  readonly hint: string
  readonly scopes: readonly string[]
  readonly createdAt: Instant
  readonly revokedAt: Instant | null
}

/** The only moment at which a secret can be read. */
export type MintedApiKey = { readonly apiKey: ApiKey; readonly secret: string }

export async function createApiKey(
  context: CommandContext,
  request: { readonly name: string; readonly scopes: readonly string[] },
): Promise<MintedApiKey> {
  return context.inTx(async (tx) => {
    const { accountId, environment } = context
    const minted = mintApiKey({
      id: context.ids.next(),
      accountId,
      environment,
      ...request,
      createdAt: context.now,
    })
    await insertApiKeys(tx, [minted.row])
    await context.remember(tx, 'api_key', minted.row.id)
    return { apiKey: { ...minted.row, revokedAt: null }, secret: minted.secret }
  })
}

export type RollRefusal = 'api_key_not_found' | 'api_key_revoked' | 'api_key_beyond_scopes'

/**
 * A new secret with the same name, scopes and limits; the old one stops working. Whoever asks, with the scopes `granted`,
 * gets no key that may do more. Refusals in the order of the union.
 */
export async function rollApiKey(
  context: CommandContext,
  { id, granted }: { readonly id: Uuid; readonly granted: readonly string[] },
): Promise<Decision<MintedApiKey, RollRefusal>> {
  return context.inTx(async (tx) => {
    const { accountId, environment, now } = context
    const old = await lockApiKey(tx, { accountId, id })
    if (old === null) return refused('api_key_not_found')
    if (old.revoked_at !== null) return refused('api_key_revoked')
    const scopes = toScopes(old.scopes)
    if (scopeBeyond(granted, scopes) !== null) return refused('api_key_beyond_scopes')
    const minted = mintApiKey({
      id: context.ids.next(),
      accountId,
      environment,
      name: old.name,
      scopes,
      createdAt: now,
    })
    await markKeyRevoked(tx, { accountId, id, revokedAt: now })
    await insertApiKeys(tx, [minted.row])
    await copyKeyLimits(tx, accountId, { fromId: id, toId: minted.row.id })
    await context.remember(tx, 'api_key', minted.row.id)
    return accepted({ apiKey: { ...minted.row, revokedAt: null }, secret: minted.secret })
  })
}

/** Refuses: `api_key_not_found`, also for a key that is revoked already. */
export async function revokeApiKey(
  context: CommandContext,
  id: Uuid,
): Promise<Decision<ApiKey, 'api_key_not_found'>> {
  return context.inTx(async (tx) => {
    const row = await markKeyRevoked(tx, {
      accountId: context.accountId,
      id,
      revokedAt: context.now,
    })
    return row === null ? refused('api_key_not_found') : accepted(toApiKey(row))
  })
}

export async function findApiKey(context: CommandContext, id: Uuid): Promise<ApiKey | null> {
  const row = await context.inTx((tx) => selectApiKey(tx, { accountId: context.accountId, id }))
  return row === null ? null : toApiKey(row)
}

export function toApiKey(row: ApiKeyRow): ApiKey {
  const { id, name, hint } = row
  return {
    id,
    name,
    hint,
    scopes: toScopes(row.scopes),
    createdAt: row.created_at,
    revokedAt: row.revoked_at,
  }
}
