import type { Dispute } from '@perennial/core/disputes'
import type { Uuid } from '@perennial/core/ids'
import type { CommandContext } from '../../platform/command/index.ts'
import { factNumberOf, recordEvents, toPreviousAttributes } from '../../platform/outbox/index.ts'
import { mergeMap, type JsonObject } from '../../platform/wire/index.ts'
import { lockDispute, writeDisputeMetadata } from './queries/disputes.ts'
import { toWireDispute } from './wire.ts'

/** Says more of a dispute, open or closed; null removes a key. False where there is no such dispute. */
export async function changeDispute(
  context: CommandContext,
  { id, metadata }: { readonly id: Uuid; readonly metadata: JsonObject },
): Promise<boolean> {
  const { accountId, now } = context
  return context.inTx(async (tx) => {
    const before = await lockDispute(tx, accountId, id)
    if (before === null) return false
    const merged = mergeMap(before.metadata as JsonObject, metadata)
    const after: Dispute = { ...before, metadata: merged, updatedAt: now }
    await writeDisputeMetadata(tx, accountId, after)
    const eventId = context.ids.next()
    const data = toWireDispute(after)
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
        previousAttributes: toPreviousAttributes(data, toWireDispute(before)),
        request: context.request,
        occurredAt: now,
      },
    ])
    await context.remember(tx, 'dispute', id)
    return true
  })
}
