import type { Uuid } from '@perennial/core/ids'
import {
  changeShipment as decideChange,
  type Shipment,
  type ShipmentChange,
} from '@perennial/core/shipping'
import {
  accepted,
  type CommandContext,
  type Decision,
  refused,
} from '../../platform/command/index.ts'
import {
  factNumberOf,
  type NewEvent,
  recordEvents,
  toPreviousAttributes,
} from '../../platform/outbox/index.ts'
import type { ShipmentRefusal } from './errors.ts'
import { lockShipment, updateShipment } from './queries.ts'
import { toWireShipment } from './wire.ts'

/** A change that changes nothing writes nothing. Refuses: `shipment_not_found`, `shipment_state_invalid`, `map_too_large`. */
export async function changeShipment(
  context: CommandContext,
  request: { readonly id: Uuid; readonly change: ShipmentChange },
): Promise<Decision<Shipment, ShipmentRefusal>> {
  const { accountId, now } = context
  return context.inTx(async (tx) => {
    const before = await lockShipment(tx, { accountId, id: request.id })
    if (before === null) return refused('shipment_not_found')
    const decision = decideChange(before, request.change, now)
    if (decision.kind === 'refused') return refused(decision.code)
    const { shipment } = decision
    const event = toEvent(context, { before, shipment })
    await context.remember(tx, 'shipment', shipment.id)
    if (Object.keys(event.previousAttributes ?? {}).length === 0) return accepted(before)
    await updateShipment(tx, accountId, shipment)
    await recordEvents(tx, [event])
    return accepted(shipment)
  })
}

function toEvent(
  context: CommandContext,
  { before, shipment }: { readonly before: Shipment; readonly shipment: Shipment },
): NewEvent {
  const id = context.ids.next()
  const data = toWireShipment(shipment)
  return {
    accountId: context.accountId,
    id,
    type: 'shipment.updated',
    objectKind: 'shipment',
    objectId: shipment.id,
    factNumber: factNumberOf(id),
    customerId: shipment.customerId,
    subscriptionId: shipment.subscriptionId,
    invoiceId: shipment.invoiceId,
    data,
    previousAttributes: toPreviousAttributes(data, toWireShipment(before)),
    request: context.request,
    occurredAt: context.now,
  }
}
