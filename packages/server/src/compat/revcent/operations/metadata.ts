import { encodeId, type Uuid } from '@perennial/core/ids'
import Type from 'typebox'
import { operation, type Caller, type Operation } from '../calls/operation.ts'
import { FaceRefusal } from '../face-refusal.ts'
import { readCustomer } from '../queries/customers.ts'
import { listRenewalBillsOf, readRenewals } from '../queries/renewals.ts'
import { readSalvages } from '../queries/salvages.ts'
import { listSubscriptionIdsOf } from '../queries/subscriptions.ts'
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
  readonly subscriptionIds: readonly Uuid[]
  readonly invoiceIds: readonly Uuid[]
}

/** One call writes to no more than this. */
const CASCADE_MAX = 500

async function targetsOf(caller: Caller, type: ItemType, id: Uuid): Promise<Targets> {
  const { context } = caller
  const { accountId } = context
  return context.inTx(async (tx) => {
    switch (type) {
      case 'customer': {
        const found = await readCustomer(tx, accountId, id)
        if (found !== null) return { customerId: id, subscriptionIds: [], invoiceIds: [] }
        break
      }
      case 'subscription': {
        const found = await findSubscription(tx, accountId, id)
        if (found !== null)
          return { customerId: found.customerId, subscriptionIds: [id], invoiceIds: [] }
        break
      }
      case 'subscription_renewal': {
        const [found] = await readRenewals(tx, accountId, [id])
        if (found !== undefined) return ofBill(found)
        break
      }
      case 'salvage_transaction': {
        const [found] = await readSalvages(tx, accountId, [id])
        if (found !== undefined) return ofBill(found)
        break
      }
      default:
        throw FaceRefusal.invalid(`Metadata of a ${type} is not kept here.`)
    }
    throw FaceRefusal.notFound(type.replaceAll('_', ' '))
  })
}

function ofBill(found: { readonly customerId: Uuid; readonly invoiceId: Uuid | null }): Targets {
  const { customerId, invoiceId } = found
  return { customerId, subscriptionIds: [], invoiceIds: invoiceId === null ? [] : [invoiceId] }
}

/** The same with what belongs to it: subscriptions to a customer, renewals and what is left of them to a subscription. */
async function withBelongings(caller: Caller, type: ItemType, targets: Targets): Promise<Targets> {
  const { context } = caller
  const { accountId } = context
  if (type !== 'customer' && type !== 'subscription') return targets
  const { customerId } = targets
  const limit = CASCADE_MAX + 1
  const reached = await context.inTx(async (tx) => {
    const subscriptionIds =
      type === 'subscription'
        ? targets.subscriptionIds
        : (await listSubscriptionIdsOf(tx, accountId, { customerIds: [customerId], limit })).map(({ id }) => id) // prettier-ignore
    const invoiceIds = await listRenewalBillsOf(tx, accountId, { subscriptionIds, limit })
    return { customerId, subscriptionIds, invoiceIds }
  })
  if (reached.subscriptionIds.length + reached.invoiceIds.length > CASCADE_MAX)
    throw FaceRefusal.invalid(
      `cascade reaches more than ${CASCADE_MAX} items. Name them one by one, or leave cascade out.`,
    )
  return reached
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
      const { item_type: type, item_id: itemId, metadata: rows, cascade = false } = body
      const { v2 } = caller
      const named = await targetsOf(caller, type, idAt('item_id', itemId))
      const targets = cascade ? await withBelongings(caller, type, named) : named
      const { customerId, subscriptionIds, invoiceIds } = targets
      const metadata = fromMetadata(rows)
      // The customer always gets it (spec/revcent.md 16).
      await v2.send('PATCH', `/customers/${encodeId('customer', customerId)}`, { metadata })
      for (const id of subscriptionIds)
        await v2.send('PATCH', `/subscriptions/${encodeId('subscription', id)}`, { metadata })
      for (const id of invoiceIds)
        await v2.send('PATCH', `/invoices/${encodeId('invoice', id)}`, { metadata })
      return { kind: 'action', fields: { item_type: type, item_id: itemId }, result: 'Metadata inserted.' } // prettier-ignore
    },
  }),
]
