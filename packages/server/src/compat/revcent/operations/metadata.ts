import { encodeId } from '@perennial/core/ids'
import Type from 'typebox'
import { operation, type Caller, type Operation } from '../calls/operation.ts'
import { code, choice, flag, idAt, nothing, strict } from '../wire/fields.ts'
import { fromMetadata, Metadata } from '../wire/metadata.ts'
import { ITEM_TYPES, targetsOf, withBelongings, type Targets } from './metadata-targets.ts'

const Body = strict({
  item_type: choice(ITEM_TYPES, 'What it is said of.'),
  item_id: code('Id of it.'),
  metadata: Metadata,
  cascade: Type.Optional(flag('Whether it is said of all that belongs to the item, too.')),
})

/** Writes it to each: `/v2` merges maps, and refuses what the key may not change. */
async function write(
  { v2 }: Caller,
  targets: Targets,
  metadata: Readonly<Record<string, string>>,
): Promise<void> {
  // The customer always gets it (spec/revcent.md 16).
  await v2.send('PATCH', `/customers/${encodeId('customer', targets.customerId)}`, { metadata })
  for (const id of targets.subscriptionIds)
    await v2.send('PATCH', `/subscriptions/${encodeId('subscription', id)}`, { metadata })
  for (const id of targets.invoiceIds)
    await v2.send('PATCH', `/invoices/${encodeId('invoice', id)}`, { metadata })
  for (const { id, isNamed, positions } of targets.sales)
    await v2.send('PATCH', `/sales/${encodeId('sale', id)}`, {
      ...(isNamed ? { metadata } : {}),
      lines: positions.map((position) => ({ position, metadata })),
    })
  for (const id of targets.shipmentIds)
    await v2.send('PATCH', `/shipments/${encodeId('shipment', id)}`, { metadata })
  for (const id of targets.disputeIds)
    await v2.send('PATCH', `/disputes/${encodeId('dispute', id)}`, { metadata })
}

export const metadataOperations: readonly Operation[] = [
  operation({
    name: 'InsertMetadata',
    summary: 'Say something of an item, and of its customer',
    method: 'POST',
    path: '/metadata',
    pair: { type: 'metadata', method: 'create' },
    scope: 'customers:write',
    schemas: { params: nothing, query: nothing, body: Body },
    handle: async (caller, { body }) => {
      const { item_type: type, item_id: itemId, metadata: rows, cascade = false } = body
      const named = await targetsOf(caller, type, idAt('item_id', itemId))
      const targets = cascade ? await withBelongings(caller, type, named) : named
      await write(caller, targets, fromMetadata(rows))
      return { kind: 'action', fields: { item_type: type, item_id: itemId }, result: 'Metadata inserted.' } // prettier-ignore
    },
  }),
]
