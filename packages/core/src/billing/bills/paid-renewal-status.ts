import type { Invoice } from '../../invoices/index.ts'

/** Of a renewal whose bill is paid: what refunds have left of that (spec/revcent.md 3.2). */
export function paidRenewalStatus({
  paidMinor,
  refundedMinor,
}: Pick<Invoice, 'paidMinor' | 'refundedMinor'>): 'paid' | 'partially_refunded' | 'refunded' {
  if (refundedMinor === 0n) return 'paid'
  return refundedMinor >= paidMinor ? 'refunded' : 'partially_refunded'
}
