import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import { addMs, MS_PER_DAY } from '@perennial/core/time'
import type { Clock } from '../../../platform/clock/index.ts'
import {
  type CommandContext,
  type Decision,
  accepted,
  refused,
} from '../../../platform/command/index.ts'
import { recordEvents } from '../../../platform/outbox/index.ts'
import {
  findGatewayAccount,
  findSealedCredentials,
  isWaitingForAnswers,
  swapCredentials,
} from '../queries/gateway-accounts.ts'
import { checkConnection, type ConnectionRefusal, type GatewayDeps } from './check-connection.ts'
import { maskCredentials, openCredentials, sealCredentials } from './credentials.ts'
import type { GatewayAccount } from './gateway-account.ts'
import { toGatewayEvent } from './gateway-events.ts'
import { isOfAnotherAccount } from './whose-credentials.ts'

export type RotateRefusal =
  | 'gateway_not_found'
  | 'gateway_archived'
  | 'gateway_without_credentials'
  | ConnectionRefusal
  | 'gateway_of_another_account'
  | 'gateway_charging'
  | 'gateway_changed'

/** How long webhooks that were signed with the secret before are still believed, in real time. */
const OVERLAP_MS = MS_PER_DAY

/**
 * Puts new credentials of the same account in the place of the old ones without a gap: they are checked at the gateway,
 * swapped in one statement, and adapters connect anew with their next call. Fields that are left out keep their value,
 * unless the address changes. The set before is kept for a day, and only that one: of two rotations within a day the first
 * one's secret is forgotten.
 *
 * Another account knows nothing of what this one charged: a charge whose answer was lost would be called absent there, and
 * made again. Where the vendor does not tell whose the credentials are, the tokens that are kept from there may tell that they
 * are another's, and none are changed while such an answer is awaited.
 */
export async function rotateCredentials(
  deps: GatewayDeps & { readonly clock: Clock },
  context: CommandContext,
  request: {
    readonly id: Uuid
    readonly credentials: Readonly<Record<string, unknown>>
    /** Absent = as it is. */
    readonly baseUrl?: string | null
  },
): Promise<Decision<GatewayAccount, RotateRefusal>> {
  const { accountId } = context
  const key = { accountId, id: request.id }
  const { current, stored } = await context.inTx(async (tx) => ({
    current: await findGatewayAccount(tx, key),
    stored: await findSealedCredentials(tx, key),
  }))
  if (current === null || stored === null) return refused('gateway_not_found')
  if (current.archivedAt !== null) return refused('gateway_archived')
  if (stored.sealed === null) return refused('gateway_without_credentials')
  const vendor = deps.vendors.find(({ kind }) => kind === current.kind)
  assert(vendor !== undefined, 'a connected gateway is of a known kind')
  const baseUrlWish = request.baseUrl === undefined ? current.baseUrl : request.baseUrl
  // A secret is never sent to an address that it was not given for: whoever names another one names the secret too.
  const own = openCredentials(deps.keyRing, { boundTo: current.id, sealed: stored.sealed })
  const before = baseUrlWish === current.baseUrl ? own : {}
  // Asked again, or for nothing: a rotation would forget the secret that webhooks may still be signed with.
  const isNew = Object.entries(request.credentials).some(([name, value]) => before[name] !== value)
  if (!isNew && baseUrlWish === current.baseUrl) return accepted(current)
  const checked = await checkConnection(deps, context, {
    vendor,
    credentials: { ...before, ...request.credentials },
    baseUrl: baseUrlWish,
  })
  if (checked.kind === 'refused') return checked

  const { credentials, baseUrl } = checked.value
  const isSame = isSameAccount(current.accountReference, checked.value.accountReference)
  const sets = {
    before: { credentials: own, baseUrl: current.baseUrl },
    after: { credentials, baseUrl },
  }
  const isOther =
    isSame === null
      ? await isOfAnotherAccount(deps, context, { vendor, gateway: current, ...sets })
      : !isSame
  if (isOther) return refused('gateway_of_another_account')
  const gateway: GatewayAccount = {
    ...current,
    baseUrl,
    accountReference: current.accountReference ?? checked.value.accountReference,
    credentialsHint: maskCredentials(vendor, credentials),
    credentialsVersion: current.credentialsVersion + 1,
    previousCredentialsUntil: addMs(deps.clock.now(), OVERLAP_MS),
    version: current.version + 1,
    updatedAt: context.now,
  }
  const swap = {
    gateway,
    sealed: sealCredentials(deps.keyRing, { boundTo: current.id, credentials }),
    previousSealed: stored.sealed,
    seenVersion: current.credentialsVersion,
  }
  return context.inTx(async (tx) => {
    if (isSame === null && (await isWaitingForAnswers(tx, key))) return refused('gateway_charging')
    if (!(await swapCredentials(tx, accountId, swap))) return refused('gateway_changed')
    const happened = { type: 'gateway.updated', gateway, previous: current } as const
    await recordEvents(tx, [toGatewayEvent(context, happened)])
    await context.remember(tx, 'gateway', gateway.id)
    return accepted(gateway)
  })
}

/** Null = one of the two was not told. */
function isSameAccount(known: string | null, told: string | null): boolean | null {
  return known === null || told === null ? null : known === told
}
