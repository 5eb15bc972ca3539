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

const NO_TOKEN =
  'This API key is no developer token: a token may bill and no more, neither everything nor less. Make one with POST /v2/api-keys and the scopes subscriptions:*, customers:*, payments:* and invoices:*.'

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
  const isKnown = key !== null && key.revokedAt === null && !isElsewhere(request, key)
  if (!isKnown) throw new FaceRefusal(401, 'There is no such developer token here.')
  const isToken =
    !key.isNarrowed &&
    !key.scopes.includes('*') &&
    NEEDED.every((scope) => allows(key.scopes, scope))
  // Whoever presents a key that is known has it, and may be told why it will not do.
  if (!isToken) throw new FaceRefusal(401, NO_TOKEN)
  return key
}

function tokenOf({ headers }: FastifyRequest): string | null {
  const own = headers['x-revolv3-token']
  if (typeof own === 'string' && own !== '') return own
  return /^Bearer\s+(\S+)\s*$/i.exec(headers.authorization ?? '')?.[1] ?? null
}
