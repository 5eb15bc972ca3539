import type { CommandContext } from '../../../platform/command/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { recordEvents } from '../../../platform/outbox/index.ts'
import type { EditRecord } from '../edit.ts'
import { toWireEdit } from '../wire.ts'

/** Tells what has become of an edit; each can be true once. */
export async function recordEditEvent(
  tx: Tx,
  context: Pick<CommandContext, 'accountId' | 'ids' | 'now' | 'request'>,
  given: { readonly what: 'confirmed' | 'completed' | 'canceled'; readonly edit: EditRecord },
): Promise<void> {
  const { what, edit } = given
  await recordEvents(tx, [
    {
      accountId: context.accountId,
      id: context.ids.next(),
      type: `subscription_edit.${what}`,
      objectKind: 'subscription_edit',
      objectId: edit.id,
      factNumber: 0n,
      customerId: null,
      subscriptionId: null,
      invoiceId: null,
      data: toWireEdit(edit, null),
      previousAttributes: null,
      request: context.request,
      occurredAt: context.now,
    },
  ])
}
