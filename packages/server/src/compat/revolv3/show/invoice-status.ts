import { isRefundGone, isOpen } from '@perennial/core/invoices'
import { DROPPED } from '../../../modules/billing/index.ts'
import type { FaceRefund } from '../queries/objects.ts'
import type { ShownInvoice } from './load-invoices.ts'

/** What an invoice of ours is called here (spec/revolv3.md 9.2). Money that a chargeback took is not collected. */
export function invoiceStatusOf(
  shown: Pick<
    ShownInvoice,
    'invoice' | 'attempts' | 'isRecycling' | 'isRecurring' | 'isPaidOutside' | 'isChargedBack'
  >,
): string {
  const { invoice, attempts } = shown
  if (invoice.status === 'paid' && shown.isChargedBack) return 'Noncollectable'
  if (invoice.status === 'paid') return shown.isPaidOutside ? 'MerchantPaid' : 'Paid'
  if (invoice.status === 'uncollectible') return 'Noncollectable'
  if (invoice.status === 'void')
    return invoice.metadata['void_reason'] === DROPPED ? 'MerchantCancelled' : 'Void'
  if (!isOpen(invoice.status)) return shown.isRecurring ? 'RecurringPending' : 'Pending'
  if (shown.isRecycling) return 'Recycle'
  const isCaptured = attempts.some(({ operation, settledAt }) => operation === 'capture' && settledAt === null) // prettier-ignore
  if (isCaptured) return 'CapturePending'
  // Under way, or tried and owed again.
  if (attempts.length > 0) return 'Pending'
  return shown.isRecurring ? 'RecurringPending' : 'OneTimePaymentPending'
}

/** A refund of all at once is a `Refund`, anything else a `PartialRefund`. */
export function refundStatusOf(refund: Pick<FaceRefund, 'status'>, isWhole: boolean): string {
  if (isRefundGone(refund.status)) return 'RefundFailed'
  if (refund.status !== 'succeeded') return 'RefundPending'
  return isWhole ? 'Refund' : 'PartialRefund'
}
