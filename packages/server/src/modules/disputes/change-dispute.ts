import type { Dispute } from '@perennial/core/disputes'
import type { Uuid } from '@perennial/core/ids'
import { isMapTooLarge, mergeMap } from '@perennial/core/maps'
import {
  accepted,
  refused,
  type CommandContext,
  type Decision,
} from '../../platform/command/index.ts'
import { factNumberOf, recordEvents, toPreviousAttributes } from '../../platform/outbox/index.ts'
import type { JsonObject } from '../../platform/wire/index.ts'
import type { ChangeDisputeRefusal } from './errors.ts'
import { lockDispute, writeDisputeMetadata } from './queries/disputes.ts'
import { toWireDispute } from './wire.ts'

/**
 * Says more of a dispute, open or closed; null removes a key. A change that changes nothing writes nothing. Refuses:
 * `dispute_not_found`, `map_too_large`.
 */
export async function changeDispute(
  context: CommandContext,
  { id, metadata }: { readonly id: Uuid; readonly metadata: JsonObject },
): Promise<Decision<null, ChangeDisputeRefusal>> {
  const { accountId, now } = context
  return context.inTx(async (tx) => {
    const before = await lockDispute(tx, accountId, id)
    if (before === null) return refused('dispute_not_found')
    const merged = mergeMap(before.metadata, metadata)
    if (isMapTooLarge(merged)) return refused('map_too_large')
    await context.remember(tx, 'dispute', id)
    const after: Dispute = { ...before, metadata: merged, updatedAt: now }
    const data = toWireDispute(after)
    const previousAttributes = toPreviousAttributes(data, toWireDispute(before))
    if (Object.keys(previousAttributes).length === 0) return accepted(null)
    await writeDisputeMetadata(tx, accountId, after)
    const eventId = context.ids.next()
    await recordEvents(tx, [
      {
        accountId,
        id: eventId,
        type: 'dispute.updated',
        objectKind: 'dispute',
        objectId: id,
        factNumber: factNumberOf(eventId),
        customerId: after.customerId,
        subscriptionId: after.subscriptionId,
        invoiceId: after.invoiceId,
        data,
        previousAttributes,
        request: context.request,
        occurredAt: now,
      },
    ])
    return accepted(null)
  })
}
