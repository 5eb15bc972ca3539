import type { RenewalStatus } from '@perennial/core/billing'
import { isRefundGone } from '@perennial/core/invoices'
import type { Uuid } from '@perennial/core/ids'
import { formatInstant, toUnixSeconds } from '@perennial/core/time'
import type { Tx } from '../../../platform/db/index.ts'
import { readRenewals, type FaceRenewal } from '../queries/renewals.ts'
import {
  readRefunds,
  readTransactionsOf,
  type FaceRefund,
  type FaceTransaction,
} from '../queries/transactions.ts'
import { toMajor } from '../wire/amounts.ts'
import { codeOrNull, toCode } from '../wire/codes.ts'
import { toMetadata } from '../wire/metadata.ts'

/** In the order given; those that are not there are left out. */
export async function showRenewals(tx: Tx, accountId: Uuid, ids: readonly Uuid[]) {
  if (ids.length === 0) return []
  const renewals = await readRenewals(tx, accountId, ids)
  const invoiceIds = renewals.flatMap(({ invoiceId }) => invoiceId ?? [])
  const [transactions, refunds] = await Promise.all([
    readTransactionsOf(tx, accountId, invoiceIds),
    readRefunds(tx, accountId, invoiceIds),
  ])
  return ids.flatMap((id) => {
    const renewal = renewals.find((one) => one.id === id)
    if (renewal === undefined) return []
    const isOwn = ({ invoiceId }: { readonly invoiceId: Uuid | null }) =>
      invoiceId !== null && invoiceId === renewal.invoiceId
    const moved = { transactions: transactions.filter(isOwn), refunds: refunds.filter(isOwn) }
    return [toWire(renewal, moved)]
  })
}

type Moved = {
  readonly transactions: readonly FaceTransaction[]
  readonly refunds: readonly FaceRefund[]
}

function toWire(renewal: FaceRenewal, { transactions, refunds }: Moved) {
  const { currency, grossMinor, discountMinor } = renewal
  // Made at once, whenever it reaches its gateway (spec/revcent.md 10).
  const refundedMinor = refunds
    .filter(({ status }) => !isRefundGone(status))
    .reduce((sum, refund) => sum + refund.amountMinor, 0n)
  return {
    id: toCode(renewal.id),
    subscription: toCode(renewal.subscriptionId),
    customer: toCode(renewal.customerId),
    product: codeOrNull(renewal.productId),
    created_date_unix: toUnixSeconds(renewal.createdAt),
    renewal_date: formatInstant(renewal.renewalAt),
    source: renewal.kind === 'manual' ? 'manual' : 'automatic',
    status: statusOf(renewal, refundedMinor),
    reason: ['overdue', 'partially_paid'].includes(renewal.status) ? renewal.stopCode : null,
    iso_currency: currency,
    amount: toMajor(grossMinor - discountMinor, currency),
    amount_original_total: toMajor(grossMinor, currency),
    amount_discounted: toMajor(discountMinor, currency),
    amount_refunded: toMajor(refundedMinor, currency),
    amount_total: toMajor(grossMinor - refundedMinor - discountMinor, currency),
    amount_paid: toMajor(renewal.paidMinor, currency),
    tax: toMajor(renewal.taxMinor, currency),
    shipping: toMajor(renewal.shippingMinor ?? 0n, currency),
    warning: warningsOf(renewal),
    shipment: renewal.shipmentId === null ? [] : [toCode(renewal.shipmentId)],
    transaction: transactions.map(({ id }) => toCode(id)),
    salvage_transaction: renewal.salvageId === null ? [] : [toCode(renewal.salvageId)],
    discount: renewal.discountIds.map(toCode),
    chargeback: renewal.disputeIds.map(toCode),
    pending_refund: refunds.map(({ id }) => toCode(id)),
    metadata: toMetadata(renewal.metadata),
  }
}

/** What is shipped without a rate costs nothing (spec/revcent.md 11). */
function warningsOf({ shippingMinor, hasShippingRate }: FaceRenewal): readonly string[] {
  return shippingMinor === null || hasShippingRate ? [] : ['no_shipping_rate']
}

/** What a renewal may be here; `void` is one whose bill was taken back. */
export const RENEWAL_STATUSES: readonly RenewalStatus[] = [
  'processing',
  'paid',
  'partially_paid',
  'overdue',
  'refunded',
  'partially_refunded',
  'void',
]

/** A refund counts from the moment it is asked for. */
function statusOf({ status, paidMinor }: FaceRenewal, refundedMinor: bigint): string {
  if (status !== 'paid' && status !== 'partially_refunded') return status
  if (refundedMinor === 0n) return 'paid'
  return refundedMinor >= paidMinor ? 'refunded' : 'partially_refunded'
}
