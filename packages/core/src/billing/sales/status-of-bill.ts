import type { Invoice } from '../../invoices/index.ts'
import type { SaleStatus } from '../../sales/index.ts'

/** What a sale is once nothing more is charged for it. */
export function statusOfBill(
  invoice: Pick<Invoice, 'status' | 'paidMinor'>,
): Extract<SaleStatus, 'paid' | 'partially_paid' | 'declined'> {
  if (invoice.status === 'paid') return 'paid'
  return invoice.paidMinor > 0n ? 'partially_paid' : 'declined'
}
