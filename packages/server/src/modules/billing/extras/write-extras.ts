import type { ChangeSet } from '@perennial/core/billing'
import type { Uuid } from '@perennial/core/ids'
import type { Shipment } from '@perennial/core/shipping'
import { maxInstant, type Instant } from '@perennial/core/time'
import type { Tx } from '../../../platform/db/index.ts'
import { recordEvents, type NewEvent } from '../../../platform/outbox/index.ts'
import {
  countRedemptions,
  insertRedemptions,
  insertUses,
  releaseRedemptions,
} from '../../discounts/index.ts'
import {
  cancelShipments,
  insertShipments,
  resumeShipments,
  toWireShipment,
} from '../../shipping/index.ts'
import type { BillingScope } from '../scope.ts'

type Given = { readonly changes: ChangeSet; readonly nextId: () => Uuid }

/**
 * Uses of discounts: those of new bills, those of bills that are paid, and those of bills that nobody is to pay. Nothing is
 * asked where a batch has none of them.
 */
export async function writeRedemptions(tx: Tx, accountId: Uuid, changes: ChangeSet): Promise<void> {
  const { newRedemptions, redeemedInvoices } = changes
  const calledOff = changes.changedInvoices.filter(
    ({ status, discountMinor }) =>
      discountMinor > 0n && (status === 'void' || status === 'uncollectible'),
  )
  await Promise.all([
    insertRedemptions(tx, accountId, newRedemptions),
    insertUses(tx, accountId, changes.usedDiscounts),
    countRedemptions(tx, accountId, ofInvoices(redeemedInvoices)),
    releaseRedemptions(
      tx,
      accountId,
      ofInvoices(calledOff.map(({ id, updatedAt: at }) => ({ id, at }))),
    ),
  ])
}

function ofInvoices(invoices: readonly { readonly id: Uuid; readonly at: Instant }[]) {
  const [first, ...others] = invoices
  const at = first === undefined ? NEVER : maxInstant(first.at, ...others.map((other) => other.at))
  return { invoiceIds: invoices.map(({ id }) => id), at }
}

const NEVER = 0 as Instant // of no invoice at all

/**
 * What goes out because its invoice is paid, what is called off because all the money goes back, and what goes out after
 * all because it does not; each an event.
 */
export async function writeShipments(tx: Tx, scope: BillingScope, given: Given): Promise<void> {
  const { changes } = given
  const { accountId } = scope
  const givenBack = changes.changedInvoices.filter(isGivenBack)
  const [made, canceled, resumed] = await Promise.all([
    insertShipments(tx, accountId, changes.newShipments),
    cancelShipments(
      tx,
      accountId,
      ofInvoices(givenBack.map(({ id, updatedAt: at }) => ({ id, at }))),
    ),
    resumeShipments(tx, accountId, changes.resumedShipments),
  ])
  const moved = [...made, ...canceled, ...resumed]
  if (moved.length === 0) return
  await recordEvents(
    tx,
    moved.map((shipment) => toEvent(scope, given, shipment)),
  )
}

/** All that was paid goes back, or it is owed again, or nobody is to pay it. */
function isGivenBack(invoice: ChangeSet['changedInvoices'][number]): boolean {
  const { status, paidMinor, refundedMinor, creditedMinor, reopenCount } = invoice
  if (status === 'void' || (reopenCount > 0 && status !== 'paid')) return true
  return refundedMinor + creditedMinor > 0n && refundedMinor + creditedMinor >= paidMinor
}

function toEvent(scope: BillingScope, given: Given, shipment: Shipment): NewEvent {
  return {
    accountId: scope.accountId,
    id: given.nextId(),
    type: `shipment.${whatOf(shipment)}`,
    objectKind: 'shipment',
    objectId: shipment.id,
    factNumber: BigInt(shipment.version),
    customerId: shipment.customerId,
    subscriptionId: shipment.subscriptionId,
    invoiceId: shipment.invoiceId,
    data: toWireShipment(shipment),
    previousAttributes: null,
    request: scope.request,
    occurredAt: shipment.updatedAt,
  }
}

function whatOf({ status, version }: Shipment): 'created' | 'canceled' | 'updated' {
  if (status === 'canceled') return 'canceled'
  return version === 1 ? 'created' : 'updated'
}
