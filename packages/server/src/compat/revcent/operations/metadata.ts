import { encodeId, type Uuid } from '@perennial/core/ids'
import Type from 'typebox'
import { operation, type Caller, type Operation } from '../calls/operation.ts'
import { FaceRefusal } from '../face-refusal.ts'
import { readCustomer } from '../queries/customers.ts'
import { readRenewals } from '../queries/renewals.ts'
import { readSalvages } from '../queries/salvages.ts'
import { findSubscription } from '../../../modules/subscriptions/index.ts'
import { choice, code, flag, idAt, nothing, strict } from '../wire/fields.ts'
import { fromMetadata, Metadata } from '../wire/metadata.ts'

const ITEM_TYPES = ['customer', 'sale', 'product_sale', 'shipping', 'subscription', 'subscription_renewal', 'salvage_transaction', 'chargeback', 'fraud_detection'] as const // prettier-ignore
type ItemType = (typeof ITEM_TYPES)[number]

const Body = strict({
  item_type: choice(ITEM_TYPES, 'What it is said of.'),
  item_id: code('Id of it.'),
  metadata: Metadata,
  cascade: Type.Optional(flag('Whether it is said of all that belongs to the item, too.')),
})

/** Where it is written in `/v2`. */
type Targets = {
  readonly customerId: Uuid
  readonly subscriptionId: Uuid | null
  readonly invoiceId: Uuid | null
}

async function targetsOf(caller: Caller, type: ItemType, id: Uuid): Promise<Targets> {
  const { context } = caller
  const { accountId } = context
  return context.inTx(async (tx) => {
    switch (type) {
      case 'customer': {
        const found = await readCustomer(tx, accountId, id)
        if (found !== null) return { customerId: id, subscriptionId: null, invoiceId: null }
        break
      }
      case 'subscription': {
        const found = await findSubscription(tx, accountId, id)
        if (found !== null)
          return { customerId: found.customerId, subscriptionId: id, invoiceId: null }
        break
      }
      case 'subscription_renewal': {
        const [found] = await readRenewals(tx, accountId, [id])
        if (found !== undefined) return { ...found, subscriptionId: null }
        break
      }
      case 'salvage_transaction': {
        const [found] = await readSalvages(tx, accountId, [id])
        if (found !== undefined) return { ...found, subscriptionId: null }
        break
      }
      default:
        throw FaceRefusal.invalid(`Metadata of a ${type} is not kept here.`)
    }
    throw FaceRefusal.notFound(type.replaceAll('_', ' '))
  })
}

export const metadataOperations: readonly Operation[] = [
  operation({
    name: 'InsertMetadata',
    summary: 'Say something of a customer, a subscription, a renewal or a salvage transaction',
    method: 'POST',
    path: '/metadata',
    pair: { type: 'metadata', method: 'create' },
    scope: 'customers:write',
    schemas: { params: nothing, query: nothing, body: Body },
    handle: async (caller, { body }) => {
      const { item_type: type, item_id: itemId, metadata: rows } = body
      const { v2 } = caller
      const targets = await targetsOf(caller, type, idAt('item_id', itemId))
      const { customerId, subscriptionId, invoiceId } = targets
      const metadata = fromMetadata(rows)
      // The customer always gets it (spec/revcent.md 16).
      await v2.send('PATCH', `/customers/${encodeId('customer', customerId)}`, { metadata })
      if (subscriptionId !== null)
        await v2.send('PATCH', `/subscriptions/${encodeId('subscription', subscriptionId)}`, { metadata }) // prettier-ignore
      if (invoiceId !== null)
        await v2.send('PATCH', `/invoices/${encodeId('invoice', invoiceId)}`, { metadata })
      return { kind: 'action', fields: { item_type: type, item_id: itemId }, result: 'Metadata inserted.' } // prettier-ignore
    },
  }),
]
