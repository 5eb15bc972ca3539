import type { FastifyRequest } from 'fastify'
import { sha256Hex } from '../../platform/crypto/index.ts'
import { allows, type ApiKeyRecord, type FindApiKey } from '../../platform/http/index.ts'
import { FaceRefusal } from './face-refusal.ts'

/** It bills, charges and changes customers and invoices, so a key that may do but one of these is no token. */
const NEEDED = [
  'subscriptions:write',
  'customers:write',
  'payments:write',
  'invoices:write',
] as const

/** A sandbox that has a name of its own, as `api-sandbox.example.com`, takes no token of a live account (spec/revolv3.md 1). */
function isElsewhere({ hostname }: FastifyRequest, { environment }: ApiKeyRecord): boolean {
  const [label = ''] = hostname.split('.')
  return environment === 'live' && /(^|-)sandbox(-|$)/i.test(label)
}

/**
 * Whose token the request carries, in `x-revolv3-token` or, as in older integrations, `Authorization: Bearer`. A key
 * that may do everything is none: a live key that strayed here moves no money.
 */
export async function authenticate(
  findApiKey: FindApiKey,
  request: FastifyRequest,
): Promise<ApiKeyRecord> {
  const presented = tokenOf(request)
  if (presented === null)
    throw new FaceRefusal(401, 'This needs a developer token, in the header x-revolv3-token.')
  const key = await findApiKey(sha256Hex(presented))
  const isToken =
    key !== null &&
    key.revokedAt === null &&
    !key.isNarrowed &&
    !key.scopes.includes('*') &&
    !isElsewhere(request, key) &&
    NEEDED.every((scope) => allows(key.scopes, scope))
  if (!isToken) throw new FaceRefusal(401, 'There is no such developer token here.')
  return key
}

function tokenOf({ headers }: FastifyRequest): string | null {
  const own = headers['x-revolv3-token']
  if (typeof own === 'string' && own !== '') return own
  return /^Bearer\s+(\S+)\s*$/i.exec(headers.authorization ?? '')?.[1] ?? null
}
