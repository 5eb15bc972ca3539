import type { CommandContext } from '../../../platform/command/index.ts'
import {
  type NewEvent,
  factNumberOf,
  toPreviousAttributes,
} from '../../../platform/outbox/index.ts'
import type { GatewayAccount } from './gateway-account.ts'
import { toWireGateway } from './wire.ts'

/** A gateway is created and archived once; the others may repeat. */
export function toGatewayEvent(
  context: CommandContext,
  happened: {
    readonly type: 'gateway.created' | 'gateway.updated' | 'gateway.archived'
    readonly gateway: GatewayAccount
    readonly previous?: GatewayAccount
  },
): NewEvent {
  const { type, gateway, previous } = happened
  const id = context.ids.next()
  const data = toWireGateway(gateway)
  return {
    accountId: context.accountId,
    id,
    type,
    objectKind: 'gateway',
    objectId: gateway.id,
    factNumber: type === 'gateway.updated' ? factNumberOf(id) : 0n,
    customerId: null,
    subscriptionId: null,
    invoiceId: null,
    data,
    previousAttributes:
      previous === undefined ? null : toPreviousAttributes(data, toWireGateway(previous)),
    request: context.request,
    occurredAt: context.now,
  }
}
