import { assertNever } from '../../fault/index.ts'
import type { Invoice } from '../../invoices/index.ts'
import type { RenewalStatus } from '../state/change-set.ts'

/** Of a renewal whose bill is paid: what refunds have left of that (spec/revcent.md 3.2). */
export function paidRenewalStatus({
  paidMinor,
  refundedMinor,
}: Pick<Invoice, 'paidMinor' | 'refundedMinor'>): 'paid' | 'partially_refunded' | 'refunded' {
  if (refundedMinor === 0n) return 'paid'
  return refundedMinor >= paidMinor ? 'refunded' : 'partially_refunded'
}

/** Whether it says that its bill was paid, whatever refunds have left of that. */
export function isPaidRenewal(status: RenewalStatus): boolean {
  switch (status) {
    case 'paid':
    case 'partially_refunded':
    case 'refunded':
      return true
    case 'processing':
    case 'partially_paid':
    case 'overdue':
    case 'void':
      return false
    default:
      return assertNever(status)
  }
}
