import type { GatewayVendor } from '@perennial/core/payments'
import type { KeyRing } from '../../../platform/crypto/index.ts'
import {
  type CommandContext,
  type Decision,
  accepted,
  refused,
} from '../../../platform/command/index.ts'
import { checkBaseUrl } from './check-base-url.ts'
import { type GatewayCredentials, readCredentials } from './credentials.ts'

/** What the commands on gateways need beside their context. */
export type GatewayDeps = {
  readonly vendors: readonly GatewayVendor[]
  readonly keyRing: KeyRing
  /** Private address ranges that may stand in a gateway's place. */
  readonly privateTargets: readonly string[]
}

export type ConnectionRefusal =
  | 'credentials_invalid'
  | 'base_url_not_allowed'
  | 'base_url_invalid'
  | 'gateway_unreachable'
  | 'credentials_refused'

export type CheckedConnection = {
  readonly credentials: GatewayCredentials
  readonly baseUrl: string | null
  /** The vendor's own name for the account that they are of; null = it does not tell. */
  readonly accountReference: string | null
}

/** A person waits for the answer. */
const CHECK_TIMEOUT_MS = 10_000

/**
 * Asks the gateway itself whether it takes the credentials, before they are kept. Call it outside any transaction.
 * Refusals are checked in the order of the union.
 */
export async function checkConnection(
  deps: GatewayDeps,
  { environment }: Pick<CommandContext, 'environment'>,
  wish: {
    readonly vendor: GatewayVendor
    readonly credentials: Readonly<Record<string, unknown>>
    readonly baseUrl: string | null
  },
): Promise<Decision<CheckedConnection, ConnectionRefusal>> {
  const { vendor } = wish
  const read = readCredentials(vendor, wish.credentials)
  if (read.kind === 'refused') return read
  const credentials = read.value
  if (wish.baseUrl !== null && environment === 'live') return refused('base_url_not_allowed')
  const address =
    wish.baseUrl === null ? accepted(null) : await checkBaseUrl(wish.baseUrl, deps.privateTargets)
  if (address.kind === 'refused') return address
  const baseUrl = address.value
  const port = await openConnection(deps, { environment }, { vendor, credentials, baseUrl })
  try {
    const check = await port.checkCredentials().catch(() => null)
    if (check === null) return refused('gateway_unreachable')
    if (check.kind === 'accepted')
      return accepted({ credentials, baseUrl, accountReference: check.accountReference })
    const message = `${vendor.name} does not take these credentials: ${check.message}`
    return refused('credentials_refused', { message })
  } finally {
    await port.close()
  }
}

/** A connection for a question or two, to be closed by the caller. `baseUrl` has been checked. */
export function openConnection(
  { privateTargets }: GatewayDeps,
  { environment }: Pick<CommandContext, 'environment'>,
  {
    vendor,
    credentials,
    baseUrl,
  }: Omit<CheckedConnection, 'accountReference'> & {
    readonly vendor: GatewayVendor
  },
): ReturnType<GatewayVendor['connect']> {
  const limits = { timeoutMs: CHECK_TIMEOUT_MS, connections: 1 }
  const settings = { credentials, baseUrl, privateTargets, ...limits }
  return vendor.connect({ ...settings, environment: environment === 'live' ? 'live' : 'test' })
}
