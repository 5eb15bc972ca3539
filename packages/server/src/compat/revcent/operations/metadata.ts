import { encodeId, type IdKind, type Uuid } from '@perennial/core/ids'
import Type from 'typebox'
import type { MetadataTargets } from '../../../modules/billing/index.ts'
import { operation, type Caller, type Operation } from '../calls/operation.ts'
import { code, choice, flag, idAt, nothing, strict } from '../wire/fields.ts'
import { fromMetadata, Metadata } from '../wire/metadata.ts'
import { ITEM_TYPES, targetsOf, withBelongings } from './metadata-targets.ts'

const Body = strict({
  item_type: choice(ITEM_TYPES, 'What it is said of.'),
  item_id: code('Id of it.'),
  metadata: Metadata,
  cascade: Type.Optional(flag('Whether it is said of all that belongs to the item, too.')),
})

/** Writes it to all of them in one request: `/v2` merges maps, and asks first whether the key may change each. */
async function write(
  { v2 }: Caller,
  targets: MetadataTargets,
  metadata: Readonly<Record<string, string>>,
): Promise<void> {
  const ours = (kind: IdKind, ids: readonly Uuid[]) => ids.map((id) => encodeId(kind, id))
  await v2.send('POST', '/metadata', {
    // The customer always gets it (spec/revcent.md 16).
    customer_id: encodeId('customer', targets.customerId),
    subscription_ids: ours('subscription', targets.subscriptionIds),
    invoice_ids: ours('invoice', targets.invoiceIds),
    sales: targets.sales.map(({ id, isNamed, positions }) => ({
      id: encodeId('sale', id),
      lines_only: !isNamed,
      lines: positions,
    })),
    shipment_ids: ours('shipment', targets.shipmentIds),
    dispute_ids: ours('dispute', targets.disputeIds),
    metadata,
  })
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
