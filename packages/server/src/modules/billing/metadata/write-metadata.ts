import { encodeId, type Uuid } from '@perennial/core/ids'
import { asOne, type CommandContext, type Decision } from '../../../platform/command/index.ts'
import { acceptedOr, ApiRefusal } from '../../../platform/http/index.ts'
import type { JsonObject } from '../../../platform/wire/index.ts'
import { customerErrors, updateCustomer } from '../../customers/index.ts'
import { changeDispute, changeDisputeErrors } from '../../disputes/index.ts'
import { changeShipment, shipmentErrors } from '../../shipping/index.ts'
import { changeErrors } from '../subscriptions/errors.ts'
import { editInvoice } from '../invoices/edit-invoice.ts'
import { invoiceErrors } from '../invoices/errors.ts'
import { changeSale } from '../sales/change-sale.ts'
import { changeSaleErrors } from '../sales/errors.ts'
import type { BillingDeps } from '../scope.ts'
import { updateSubscription } from '../subscriptions/change-subscription.ts'
import { findOfAnother } from './queries.ts'

/** Of what something is said. */
export type MetadataTargets = {
  readonly customerId: Uuid
  readonly subscriptionIds: readonly Uuid[]
  readonly invoiceIds: readonly Uuid[]
  readonly sales: readonly SaleTarget[]
  readonly shipmentIds: readonly Uuid[]
  readonly disputeIds: readonly Uuid[]
}

type SaleTarget = {
  readonly id: Uuid
  /** Whether it is said of the sale itself. */
  readonly isNamed: boolean
  /** Lines that it is said of. */
  readonly positions: readonly number[]
}

/** Says the same of each, or of none. In the order in which rows are locked. Throws the `ApiRefusal` of the first that says no. */
export async function writeMetadata(
  deps: BillingDeps,
  context: CommandContext,
  { targets, metadata }: { readonly targets: MetadataTargets; readonly metadata: JsonObject },
): Promise<void> {
  const { customerId: id, sales } = targets
  const edit = { metadata }
  await asOne(context, async (one) => {
    await refuseOfAnother(one, targets)
    acceptedOr(at('customer_id', await updateCustomer(one, { id, change: edit })), customerErrors)
    for (const id of inOrder(targets.subscriptionIds))
      acceptedOr(
        at('subscription_ids', await updateSubscription(deps, one, { id, edit })),
        changeErrors,
      )
    for (const id of inOrder(targets.invoiceIds))
      acceptedOr(at('invoice_ids', await editInvoice(deps, one, { id, metadata })), invoiceErrors)
    for (const { id, isNamed, positions } of sales.toSorted((a, b) => (a.id < b.id ? -1 : 1))) {
      const lines = [...new Set(positions)].map((position) => ({ position, metadata }))
      const change = { metadata: isNamed ? metadata : undefined, lines }
      acceptedOr(at('sales', await changeSale(one, { id, change })), changeSaleErrors)
    }
    for (const id of inOrder(targets.shipmentIds))
      acceptedOr(
        at('shipment_ids', await changeShipment(one, { id, change: edit })),
        shipmentErrors,
      )
    for (const id of inOrder(targets.disputeIds))
      acceptedOr(at('dispute_ids', await changeDispute(one, { id, metadata })), changeDisputeErrors)
  })
}

/** The field that named what is not there; other refusals are about what is said. */
function at<Accepted, Code extends string>(
  param: string,
  decision: Decision<Accepted, Code>,
): Decision<Accepted, Code> {
  const isUnknown = decision.kind === 'refused' && decision.code.endsWith('_not_found')
  return isUnknown ? { ...decision, param } : decision
}

/** What is said of a customer is said of nothing that somebody else has. */
async function refuseOfAnother(context: CommandContext, targets: MetadataTargets): Promise<void> {
  const { customerId } = targets
  const ids = {
    subscriptions: targets.subscriptionIds,
    invoices: targets.invoiceIds,
    sales: targets.sales.map(({ id }) => id),
    shipments: targets.shipmentIds,
    disputes: targets.disputeIds,
  }
  const of = { customerId, ids }
  const found = await context.inTx((tx) => findOfAnother(tx, context.accountId, of))
  if (found === null) return
  const { kind, field } = NAMED[found.table]
  const message = `${encodeId(kind, found.id)} is not of this customer.`
  throw ApiRefusal.invalid(field, message)
}

const NAMED = {
  subscriptions: { kind: 'subscription', field: 'subscription_ids' },
  invoices: { kind: 'invoice', field: 'invoice_ids' },
  sales: { kind: 'sale', field: 'sales' },
  shipments: { kind: 'shipment', field: 'shipment_ids' },
  disputes: { kind: 'dispute', field: 'dispute_ids' },
} as const

function inOrder(ids: readonly Uuid[]): readonly Uuid[] {
  return [...new Set(ids)].toSorted()
}
