import type { Uuid } from '@perennial/core/ids'
import {
  accepted,
  type CommandContext,
  type Decision,
  refused,
} from '../../../platform/command/index.ts'
import { violatedConstraint } from '../../../platform/db/index.ts'
import {
  maskCredentials,
  openCredentials,
  readCredentials,
  sealCredentials,
} from '../../payments/index.ts'
import type { OutsideDeps } from '../outside/outside-deps.ts'
import { findClient } from '../outside/queries/clients.ts'
import { checkTarget } from '../outside/webhooks/check-target.ts'
import type { Connector, ConnectorCredentials, Platform } from './connector.ts'
import {
  deleteConnector,
  findConnector,
  insertConnector,
  isConnectorBusy,
  lockConnector,
  retryConnector,
  updateConnector,
  type ConnectorKey,
  type ConnectorRow,
} from './queries/connectors.ts'
import { connectorOf } from './reach-platform.ts'

type Given = Readonly<Record<string, unknown>>

type CredentialsRefusal = 'credentials_invalid' | 'base_url_not_allowed' | 'base_url_invalid'

/** Refuses, in this order: `client_not_found`, what is wrong with the credentials, `connector_exists`. */
export async function createConnector(
  deps: OutsideDeps,
  context: CommandContext,
  request: {
    readonly platform: Platform
    readonly clientId: Uuid
    readonly credentials: Given
    readonly baseUrl: string | null
    readonly isEnabled: boolean
  },
): Promise<Decision<ConnectorRow, 'client_not_found' | CredentialsRefusal | 'connector_exists'>> {
  const { accountId, now } = context
  const { platform, clientId, isEnabled } = request
  const client = await context.inTx((tx) => findClient(tx, { accountId, id: clientId }))
  if (client === null) return refused('client_not_found', { param: 'client_id' })
  const connector = connectorOf(deps, platform)
  const checked = await check(deps, context, { ...request, connector })
  if (checked.kind === 'refused') return checked
  const id = context.ids.next()
  const sealed = { boundTo: id, credentials: checked.value }
  const row: ConnectorRow = {
    account_id: accountId,
    id,
    version: 1,
    client_id: clientId,
    platform,
    is_enabled: isEnabled,
    credentials_sealed: sealCredentials(deps.keyRing, sealed),
    credentials_hint: hintOf(connector, checked.value),
    created_at: now,
    updated_at: now,
  }
  try {
    return await context.inTx(async (tx) => {
      await insertConnector(tx, row)
      await context.remember(tx, 'connector', id)
      return accepted(row)
    })
  } catch (error) {
    if (violatedConstraint(error) === 'recovery_connectors_one_per_platform')
      return refused('connector_exists')
    throw error
  }
}

/** Credentials that are left out keep their value. Refuses: `connector_not_found`, what is wrong with the credentials. */
export async function changeConnector(
  deps: OutsideDeps,
  context: CommandContext,
  change: {
    readonly id: Uuid
    readonly credentials: Given | null
    /** Absent = as it is. */
    readonly baseUrl?: string | null
    readonly isEnabled: boolean | null
  },
): Promise<Decision<ConnectorRow, 'connector_not_found' | CredentialsRefusal>> {
  const key = { accountId: context.accountId, id: change.id }
  const before = await context.inTx((tx) => findConnector(tx, key))
  if (before === null) return refused('connector_not_found')
  const connector = connectorOf(deps, before.platform)
  const sealed = { boundTo: before.id, sealed: before.credentials_sealed }
  const { base_url: address = null, ...kept } = openCredentials(deps.keyRing, sealed)
  const checked = await check(deps, context, {
    connector,
    credentials: { ...kept, ...change.credentials },
    baseUrl: change.baseUrl === undefined ? address : change.baseUrl,
  })
  if (checked.kind === 'refused') return checked
  return context.inTx(async (tx) => {
    const current = await lockConnector(tx, key)
    if (current === null) return refused('connector_not_found')
    const row: ConnectorRow = {
      ...current,
      version: current.version + 1,
      is_enabled: change.isEnabled ?? current.is_enabled,
      credentials_sealed: sealCredentials(deps.keyRing, { boundTo: current.id, credentials: checked.value }), // prettier-ignore
      credentials_hint: hintOf(connector, checked.value),
      updated_at: context.now,
    }
    await updateConnector(tx, row)
    await context.remember(tx, 'connector', row.id)
    return accepted(row)
  })
}

/** Refuses: `connector_not_found`; `connector_busy` while a recovery or a payment of it is under way. */
export async function removeConnector(
  context: CommandContext,
  id: Uuid,
): Promise<Decision<null, 'connector_not_found' | 'connector_busy'>> {
  const key: ConnectorKey = { accountId: context.accountId, id }
  return context.inTx(async (tx) => {
    if ((await lockConnector(tx, key)) === null) return refused('connector_not_found')
    if (await isConnectorBusy(tx, key)) return refused('connector_busy')
    await deleteConnector(tx, key)
    return accepted(null)
  })
}

/** What was given up is tried again. Refuses: `connector_not_found`. */
export async function retryParked(
  deps: Pick<OutsideDeps, 'clock'>,
  context: CommandContext,
  id: Uuid,
): Promise<Decision<ConnectorRow, 'connector_not_found'>> {
  const key: ConnectorKey = { accountId: context.accountId, id }
  return context.inTx(async (tx) => {
    const row = await lockConnector(tx, key)
    if (row === null) return refused('connector_not_found')
    await retryConnector(tx, key, deps.clock.now())
    return accepted(row)
  })
}

async function check(
  deps: OutsideDeps,
  context: CommandContext,
  given: {
    readonly connector: Connector
    readonly credentials: Given
    readonly baseUrl: string | null
  },
): Promise<Decision<ConnectorCredentials, CredentialsRefusal>> {
  const { connector, baseUrl } = given
  const read = readCredentials(connector, given.credentials)
  if (read.kind === 'refused') return read
  const isLive = context.environment === 'live'
  if (baseUrl !== null && isLive) return refused('base_url_not_allowed')
  const { privateTargets } = deps
  const problem = baseUrl === null ? null : await checkTarget(baseUrl, { isLive, privateTargets })
  if (problem !== null) return refused('base_url_invalid', { message: problem })
  if (connector.addressOf(read.value, isLive) === null) {
    const message = `These credentials make no address of ${connector.name}.`
    return refused('credentials_invalid', { param: 'credentials', message })
  }
  return accepted(baseUrl === null ? read.value : { ...read.value, base_url: baseUrl })
}

function hintOf(connector: Connector, credentials: ConnectorCredentials) {
  const { base_url: baseUrl, ...own } = credentials
  return { ...maskCredentials(connector, own), ...(baseUrl === undefined ? {} : { base_url: baseUrl }) } // prettier-ignore
}
