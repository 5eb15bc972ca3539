import type { Uuid } from '@perennial/core/ids'
import {
  type CommandContext,
  type Decision,
  accepted,
  refused,
} from '../../../platform/command/index.ts'
import { type Tx, violatedConstraint } from '../../../platform/db/index.ts'
import { recordEvents } from '../../../platform/outbox/index.ts'
import {
  isOnlyWayToCharge,
  lockGatewayAccount,
  updateGatewayRow,
} from '../queries/gateway-accounts.ts'
import type { GatewayAccount, GatewaySettings } from './gateway-account.ts'
import { toGatewayEvent } from './gateway-events.ts'

export type ChangeGatewayRefusal = 'gateway_not_found' | 'gateway_archived' | 'name_taken'

/** A change of nothing writes nothing. */
export async function updateGateway(
  context: CommandContext,
  request: { readonly id: Uuid; readonly change: Partial<GatewaySettings> },
): Promise<Decision<GatewayAccount, ChangeGatewayRefusal>> {
  try {
    return await context.inTx((tx) =>
      changeLocked(tx, context, {
        id: request.id,
        change: (current) => ({ ...current, ...request.change }),
      }),
    )
  } catch (error) {
    if (violatedConstraint(error) === 'gateways_name_unique') return refused('name_taken')
    throw error
  }
}

/** A disabled gateway is given no new charges; what was charged there is still looked up, captured and refunded. */
export async function setGatewayEnabled(
  context: CommandContext,
  request: { readonly id: Uuid; readonly isEnabled: boolean },
): Promise<Decision<GatewayAccount, ChangeGatewayRefusal>> {
  return context.inTx((tx) =>
    changeLocked(tx, context, {
      id: request.id,
      change: (current) => ({ ...current, isEnabled: request.isEnabled }),
    }),
  )
}

/**
 * Takes a gateway out of use for good. Its row and its credentials stay, for refunds and webhooks of what was charged
 * there. Refused while a payment method could then be charged nowhere. Archiving twice changes nothing.
 */
export async function archiveGateway(
  context: CommandContext,
  id: Uuid,
): Promise<Decision<GatewayAccount, 'gateway_not_found' | 'gateway_in_use'>> {
  const { accountId, now } = context
  return context.inTx(async (tx) => {
    const current = await lockGatewayAccount(tx, { accountId, id })
    if (current === null) return refused('gateway_not_found')
    await context.remember(tx, 'gateway', id)
    if (current.archivedAt !== null) return accepted(current)
    if (await isOnlyWayToCharge(tx, { accountId, id })) return refused('gateway_in_use')
    const gateway: GatewayAccount = {
      ...current,
      isEnabled: false,
      archivedAt: now,
      updatedAt: now,
      version: current.version + 1,
    }
    await updateGatewayRow(tx, accountId, gateway)
    await recordEvents(tx, [toGatewayEvent(context, { type: 'gateway.archived', gateway })])
    return accepted(gateway)
  })
}

async function changeLocked(
  tx: Tx,
  context: CommandContext,
  request: {
    readonly id: Uuid
    readonly change: (current: GatewayAccount) => GatewayAccount
  },
): Promise<Decision<GatewayAccount, 'gateway_not_found' | 'gateway_archived'>> {
  const { accountId, now } = context
  const { id } = request
  const current = await lockGatewayAccount(tx, { accountId, id })
  if (current === null) return refused('gateway_not_found')
  if (current.archivedAt !== null) return refused('gateway_archived')
  await context.remember(tx, 'gateway', id)
  const gateway = { ...request.change(current), version: current.version + 1, updatedAt: now }
  const happened = { type: 'gateway.updated', gateway, previous: current } as const
  const event = toGatewayEvent(context, happened)
  const changed = Object.keys(event.previousAttributes ?? {}).filter((name) => name !== 'version')
  if (changed.length === 0) return accepted(current)
  await updateGatewayRow(tx, accountId, gateway)
  await recordEvents(tx, [event])
  return accepted(gateway)
}
