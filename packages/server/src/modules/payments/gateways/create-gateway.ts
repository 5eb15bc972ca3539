import {
  type CommandContext,
  type Decision,
  accepted,
  refused,
} from '../../../platform/command/index.ts'
import { violatedConstraint } from '../../../platform/db/index.ts'
import { recordEvents } from '../../../platform/outbox/index.ts'
import { insertGateway, readPlaces } from '../queries/gateway-accounts.ts'
import { checkConnection, type ConnectionRefusal, type GatewayDeps } from './check-connection.ts'
import { maskCredentials, sealCredentials } from './credentials.ts'
import {
  type GatewayAccount,
  type GatewaySettings,
  SETTINGS_BY_DEFAULT,
} from './gateway-account.ts'
import { toGatewayEvent } from './gateway-events.ts'

export type CreateGateway = {
  readonly kind: string
  /** Null = made of the name. */
  readonly code: string | null
  readonly settings: Partial<GatewaySettings> & Pick<GatewaySettings, 'name'>
  readonly credentials: Readonly<Record<string, unknown>>
  readonly baseUrl: string | null
  readonly isEnabled: boolean
}

export type CreateGatewayRefusal =
  | 'kind_unknown'
  | ConnectionRefusal
  | 'gateways_too_many'
  | 'code_taken'
  | 'name_taken'

const GATEWAYS_MAX = 100

/**
 * Connects a merchant's account at a gateway. The gateway is asked whether it takes the credentials before anything is
 * written. Refusals are checked in the order of the union.
 */
export async function createGateway(
  deps: GatewayDeps,
  context: CommandContext,
  request: CreateGateway,
): Promise<Decision<GatewayAccount, CreateGatewayRefusal>> {
  const vendor = deps.vendors.find(({ kind }) => kind === request.kind)
  if (vendor === undefined) {
    const message = `Give one of ${deps.vendors.map(({ kind }) => kind).join(', ')}.`
    return refused('kind_unknown', { message })
  }
  const checked = await checkConnection(deps, context, { ...request, vendor })
  if (checked.kind === 'refused') return checked
  const { credentials, baseUrl, accountReference } = checked.value
  const id = context.ids.next()
  const credentialsSealed = sealCredentials(deps.keyRing, { boundTo: id, credentials })
  try {
    return await context.inTx(async (tx) => {
      const places = await readPlaces(tx, context.accountId)
      if (places.count >= GATEWAYS_MAX) return refused('gateways_too_many')
      const { settings, isEnabled } = request
      const gateway: GatewayAccount = {
        ...SETTINGS_BY_DEFAULT,
        position: places.nextPosition,
        ...settings,
        id,
        kind: vendor.kind,
        code: request.code ?? freeCode(settings.name, places.codes),
        isEnabled,
        baseUrl,
        accountReference,
        credentialsHint: maskCredentials(vendor, credentials),
        credentialsVersion: 1,
        previousCredentialsUntil: null,
        version: 1,
        createdAt: context.now,
        updatedAt: context.now,
        archivedAt: null,
      }
      await insertGateway(tx, context.accountId, { ...gateway, credentialsSealed })
      await recordEvents(tx, [toGatewayEvent(context, { type: 'gateway.created', gateway })])
      await context.remember(tx, 'gateway', id)
      return accepted(gateway)
    })
  } catch (error) {
    // The indexes decide, so that two requests at the same moment cannot both pass.
    const constraint = violatedConstraint(error)
    if (constraint === 'gateways_code_unique') return refused('code_taken')
    if (constraint === 'gateways_name_unique') return refused('name_taken')
    throw error
  }
}

const CODE_LENGTH_MAX = 40

/** "Main account (EU)" → "main_account_eu", with a number when that is taken. */
function freeCode(name: string, taken: ReadonlySet<string>): string {
  const words = name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '_')
  const code = words.replaceAll(/^_|_$/g, '').slice(0, CODE_LENGTH_MAX) || 'gateway'
  if (!taken.has(code)) return code
  let number = 2
  while (taken.has(`${code}_${number}`)) number += 1
  return `${code}_${number}`
}
