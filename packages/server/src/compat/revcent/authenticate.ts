import type { Uuid } from '@perennial/core/ids'
import type { FastifyRequest } from 'fastify'
import { sha256Hex } from '../../platform/crypto/index.ts'
import type { Database } from '../../platform/db/index.ts'
import { allows, type ApiKeyRecord, type FindApiKey } from '../../platform/http/index.ts'
import type { Operation } from './calls/operation.ts'
import { FaceRefusal } from './face-refusal.ts'
import { findKeyLimits, type KeyLimits } from './queries/key-limits.ts'

const NO_KEY_OF_THIS_FACE =
  'This API key is not taken here: it may do everything, or may not read subscriptions. Make one with POST /v2/api-keys whose scopes name what it may do, subscriptions:* among them.'

export type KnownKey = {
  readonly secret: string
  readonly record: ApiKeyRecord
  readonly limits: KeyLimits
}

/**
 * Whose key the request carries, in `x-api-key` and nowhere else. A key that may do everything is none of this face: a
 * live key that strayed here moves no money.
 */
export async function authenticate(
  deps: { readonly findApiKey: FindApiKey; readonly database: Database },
  request: FastifyRequest,
): Promise<KnownKey> {
  const secret = request.headers['x-api-key']
  if (typeof secret !== 'string' || secret === '')
    throw unauthenticated('This needs an API key, in the header x-api-key.')
  const record = await deps.findApiKey(sha256Hex(secret))
  if (record === null || record.revokedAt !== null)
    throw unauthenticated('There is no such API key here.')
  // Whoever presents a key that is known has it, and may be told why it will not do.
  if (record.scopes.includes('*') || !allows(record.scopes, 'subscriptions:read'))
    throw unauthenticated(NO_KEY_OF_THIS_FACE)
  const limits = await limitsOf(deps.database, { accountId: record.account.id, id: record.id })
  const { addresses } = limits
  if (addresses !== null && !addresses.includes(plainAddress(request.ip)))
    throw new FaceRefusal(403, 'forbidden', 'This API key may not be used from this address.')
  return { secret, record, limits }
}

/** Refuses an operation that the key's scopes, or the pairs it is narrowed down to, leave out. */
export function refuseUnlessPermitted(key: KnownKey, operation: Operation): void {
  const { type, method } = operation.pair
  const { permissions } = key.limits
  const isNamed =
    permissions === null || permissions.some((pair) => pair.type === type && pair.method === method)
  if (isNamed && allows(key.record.scopes, operation.scope)) return
  throw new FaceRefusal(403, 'forbidden', `This API key is not permitted to ${method} a ${type}.`)
}

function limitsOf(
  database: Database,
  key: { readonly accountId: Uuid; readonly id: Uuid },
): Promise<KeyLimits> {
  return database.tx((tx) => findKeyLimits(tx, key), { accountScope: key.accountId })
}

/** An IPv4 address as its owner writes it, on a socket that speaks IPv6 too. */
function plainAddress(address: string): string {
  return address.replace(/^::ffff:/, '')
}

function unauthenticated(message: string): FaceRefusal {
  return new FaceRefusal(401, 'unauthenticated', message)
}
