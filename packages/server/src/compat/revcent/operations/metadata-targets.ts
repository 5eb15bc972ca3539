import type { Uuid } from '@perennial/core/ids'
import type { MetadataTargets } from '../../../modules/billing/index.ts'
import { findSubscription } from '../../../modules/subscriptions/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import type { Caller } from '../calls/operation.ts'
import { FaceRefusal } from '../face-refusal.ts'
import { readCustomer } from '../queries/customers.ts'
import { listRenewalBillsOf, readRenewals } from '../queries/renewals.ts'
import {
  findProductSale,
  findCustomerOf,
  listProductSales,
  listShipmentIdsOf,
} from '../queries/sale-items.ts'
import { readSalvages } from '../queries/salvages.ts'
import { listSubscriptionIdsOf } from '../queries/subscriptions.ts'

export const ITEM_TYPES = ['customer', 'sale', 'product_sale', 'shipping', 'subscription', 'subscription_renewal', 'salvage_transaction', 'chargeback', 'fraud_detection'] as const // prettier-ignore
export type ItemType = (typeof ITEM_TYPES)[number]

/** One call writes to no more than this. */
const CASCADE_MAX = 500

const NOWHERE = { subscriptionIds: [], invoiceIds: [], sales: [], shipmentIds: [], disputeIds: [] }

/** What an item is in `/v2`, where it is written. */
export async function targetsOf(
  caller: Caller,
  type: ItemType,
  id: Uuid,
): Promise<MetadataTargets> {
  const { context } = caller
  if (type === 'fraud_detection')
    throw FaceRefusal.invalid('item_type must not be fraud_detection: none are kept here.')
  const found = await context.inTx((tx) => find(tx, context.accountId, { type, id }))
  if (found === null) throw FaceRefusal.notFound(type.replaceAll('_', ' '))
  return { ...NOWHERE, ...found }
}

type Found = Pick<MetadataTargets, 'customerId'> & Partial<MetadataTargets>

async function find(
  tx: Tx,
  accountId: Uuid,
  { type, id }: { readonly type: Exclude<ItemType, 'fraud_detection'>; readonly id: Uuid },
): Promise<Found | null> {
  switch (type) {
    case 'customer': {
      const found = await readCustomer(tx, accountId, id)
      return found === null ? null : { customerId: id }
    }
    case 'subscription': {
      const found = await findSubscription(tx, accountId, id)
      return found === null ? null : { customerId: found.customerId, subscriptionIds: [id] }
    }
    case 'subscription_renewal':
      return ofBill((await readRenewals(tx, accountId, [id]))[0])
    case 'salvage_transaction':
      return ofBill((await readSalvages(tx, accountId, [id]))[0])
    case 'product_sale': {
      const found = await findProductSale(tx, accountId, id)
      if (found === null) return null
      const { customerId, saleId, position } = found
      return { customerId, sales: [{ id: saleId, isNamed: false, positions: [position] }] }
    }
    case 'sale': {
      const customerId = await findCustomerOf(tx, accountId, { table: 'sales', id })
      if (customerId === null) return null
      return { customerId, sales: [{ id, isNamed: true, positions: [] }] }
    }
    case 'shipping': {
      const customerId = await findCustomerOf(tx, accountId, { table: 'shipments', id })
      return customerId === null ? null : { customerId, shipmentIds: [id] }
    }
    default: {
      const customerId = await findCustomerOf(tx, accountId, { table: 'disputes', id })
      return customerId === null ? null : { customerId, disputeIds: [id] }
    }
  }
}

function ofBill(
  found: { readonly customerId: Uuid; readonly invoiceId: Uuid | null } | undefined,
): Found | null {
  if (found === undefined) return null
  const { customerId, invoiceId } = found
  return { customerId, invoiceIds: invoiceId === null ? [] : [invoiceId] }
}

/**
 * The same with what belongs to it: subscriptions to a customer; lines, subscriptions and a shipment to a sale; renewals and
 * what is left of them, and their shipments, to a subscription.
 */
export async function withBelongings(
  caller: Caller,
  type: ItemType,
  targets: MetadataTargets,
): Promise<MetadataTargets> {
  const { context } = caller
  const { accountId } = context
  const limit = CASCADE_MAX + 1
  const reached = await context.inTx(async (tx) => {
    const sold = await soldBy(tx, accountId, targets)
    const subscriptionIds =
      type === 'customer'
        ? (await listSubscriptionIdsOf(tx, accountId, { customerIds: [targets.customerId], limit })).map(({ id }) => id) // prettier-ignore
        : [...targets.subscriptionIds, ...sold.subscriptionIds]
    const bills = await listRenewalBillsOf(tx, accountId, { subscriptionIds, limit })
    const invoiceIds = [...new Set([...targets.invoiceIds, ...bills])]
    const shipped = await listShipmentIdsOf(tx, accountId, [...invoiceIds, ...sold.invoiceIds])
    const shipmentIds = [...new Set([...targets.shipmentIds, ...shipped])]
    return { ...targets, subscriptionIds, invoiceIds, sales: sold.sales, shipmentIds }
  })
  const { subscriptionIds, invoiceIds, shipmentIds } = reached
  if (subscriptionIds.length + invoiceIds.length + shipmentIds.length > CASCADE_MAX)
    throw FaceRefusal.invalid(
      `cascade reaches more than ${CASCADE_MAX} items. Name them one by one, or leave cascade out.`,
    )
  return reached
}

/** All lines of a sale that is named, or the line that is, with what they have begun; the bills whose goods go out. */
async function soldBy(tx: Tx, accountId: Uuid, { sales }: MetadataTargets) {
  const [target] = sales
  if (target === undefined) return { sales, subscriptionIds: [], invoiceIds: [] }
  const lines = await listProductSales(tx, accountId, target.id)
  const own = lines.filter(({ position }) => target.isNamed || target.positions.includes(position))
  return {
    sales: [{ ...target, positions: own.map(({ position }) => position) }],
    subscriptionIds: own.flatMap(({ subscriptionId }) => subscriptionId ?? []),
    invoiceIds: target.isNamed ? own.slice(0, 1).map(({ invoiceId }) => invoiceId) : [],
  }
}
