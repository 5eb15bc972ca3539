import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import { openCredentials } from '../../payments/index.ts'
import type { OutsideDeps } from '../outside/outside-deps.ts'
import { openPlatform } from './call-platform.ts'
import type { CallPlatform, Connector, ConnectorCredentials, Platform } from './connector.ts'

export type Reached = {
  readonly connector: Connector
  readonly reach: { readonly call: CallPlatform; readonly credentials: ConnectorCredentials }
}

type ReachDeps = Pick<OutsideDeps, 'connectors' | 'keyRing' | 'privateTargets'>

/** A platform with the credentials that its client gave us for it. */
export function reachPlatform(
  deps: ReachDeps,
  of: {
    readonly connectorId: Uuid
    readonly platform: Platform
    readonly credentialsSealed: string
    readonly environment: 'live' | 'sandbox'
  },
): Reached {
  const connector = connectorOf(deps, of.platform)
  const sealed = { boundTo: of.connectorId, sealed: of.credentialsSealed }
  const credentials = openCredentials(deps.keyRing, sealed)
  const address =
    credentials['base_url'] ?? connector.addressOf(credentials, of.environment === 'live')
  assert(address !== null, 'credentials were checked to make an address')
  const call = openPlatform(address, { privateTargets: deps.privateTargets })
  return { connector, reach: { call, credentials } }
}

export function connectorOf(deps: Pick<OutsideDeps, 'connectors'>, platform: Platform): Connector {
  const connector = deps.connectors.find((known) => known.platform === platform)
  assert(connector !== undefined, `there is a connector for ${platform}`)
  return connector
}
