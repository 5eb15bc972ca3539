import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import type { FastifyRequest } from 'fastify'
import type { Clock } from '../clock/index.ts'
import type { AccountContext, Environment } from '../command/index.ts'
import { sha256Hex } from '../crypto/index.ts'
import { ApiRefusal } from './api-refusal.ts'

/** A key together with its account, as one look-up finds them. */
export type ApiKeyRecord = {
  readonly id: Uuid
  readonly environment: Environment
  readonly scopes: readonly string[]
  readonly revokedAt: Instant | null
  /** To some calls or addresses of another face: it is a key of that face alone. */
  readonly isNarrowed: boolean
  readonly account: AccountContext
  readonly clockHeldAt: Instant | null
}

/** Null when no key has this SHA-256, in hex. */
export type FindApiKey = (secretHash: string) => Promise<ApiKeyRecord | null>

export type Authenticator = {
  readonly authenticate: (request: FastifyRequest) => Promise<ApiKeyRecord>
  /** Its settings or keys have changed. */
  readonly forget: (accountId: Uuid) => void
}

const CACHE_MS = 5_000
const CACHE_SIZE_MAX = 10_000
const KEY = /^rk_(live|sandbox|test)_([A-Za-z0-9]{16,128})$/

/**
 * Who is asking, by the first of `x-api-key`, `Authorization: Bearer` and `x-revkeen-key` (revkeen 3.2).
 * What reads with a live key remembers it, and the account's settings with it, for 5 seconds: that long a key that another
 * process revoked may go on reading. What writes is decided by the settings as they are, so it looks the key up each time; and
 * so does all with a sandbox key, because the account's test clock comes with it.
 */
export function createAuthenticator(deps: {
  readonly findApiKey: FindApiKey
  readonly clock: Clock
}): Authenticator {
  const cache = new Map<string, { readonly record: ApiKeyRecord; readonly until: number }>()

  const lookUp = async (secret: string, isRead: boolean): Promise<ApiKeyRecord | null> => {
    const hash = sha256Hex(secret)
    const cached = isRead ? cache.get(hash) : undefined
    if (cached !== undefined && cached.until > deps.clock.monotonicMs()) return cached.record
    const record = await deps.findApiKey(hash)
    cache.delete(hash)
    if (record?.environment === 'live') {
      if (cache.size >= CACHE_SIZE_MAX) cache.clear()
      cache.set(hash, { record, until: deps.clock.monotonicMs() + CACHE_MS })
    }
    return record
  }

  const authenticate: Authenticator['authenticate'] = async (request) => {
    const presented = presentedKey(request)
    if (presented === null) {
      throw unauthenticated(
        'authentication_failed',
        'This needs an API key, in the header x-api-key.',
      )
    }
    const match = KEY.exec(presented)
    if (match === null) throw unauthenticated('invalid_api_key', 'This is not an API key.')
    const [, environment = '', rest = ''] = match
    // rk_test_ is the older spelling of rk_sandbox_.
    const secret = `rk_${environment === 'test' ? 'sandbox' : environment}_${rest}`
    const record = await lookUp(secret, request.method === 'GET' || request.method === 'HEAD')
    if (record === null) throw unauthenticated('invalid_api_key', 'No such API key.')
    if (record.revokedAt !== null)
      throw unauthenticated('api_key_revoked', 'This API key has been revoked.')
    return record
  }
  return {
    authenticate,
    forget: (accountId) => {
      for (const [hash, { record }] of cache)
        if (record.account.id === accountId) cache.delete(hash)
    },
  }
}

function presentedKey(request: FastifyRequest): string | null {
  const { authorization } = request.headers
  const bearer =
    authorization === undefined
      ? null
      : (/^Bearer\s+(\S+)\s*$/i.exec(authorization)?.[1] ?? authorization)
  return header(request, 'x-api-key') ?? bearer ?? header(request, 'x-revkeen-key')
}

function header(request: FastifyRequest, name: string): string | null {
  const value = request.headers[name]
  return typeof value === 'string' && value !== '' ? value : null
}

function unauthenticated(code: string, message: string): ApiRefusal {
  return new ApiRefusal({
    status: 401,
    type: 'authentication_error',
    code,
    message,
    headers: { 'www-authenticate': 'Bearer realm="revkeen-api"' },
  })
}
