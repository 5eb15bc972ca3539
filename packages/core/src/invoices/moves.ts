import { assert } from '../fault/index.ts'
import { addCalendarDays, type Instant, type TimeZone } from '../time/index.ts'
import { isOpen, owedMinor, type Invoice, type InvoiceStatus } from './invoice.ts'

export type InvoiceRefusal =
  | 'invoice_not_draft'
  | 'invoice_empty'
  | 'invoice_has_payment'
  | 'invoice_already_void'
  | 'invoice_not_voidable'
  | 'invoice_not_payable'
  | 'invoice_overpaid'
  | 'invoice_not_sendable'

export type InvoiceDecision =
  | { readonly kind: 'refused'; readonly code: InvoiceRefusal }
  | { readonly kind: 'accepted'; readonly invoice: Invoice }

function changed(invoice: Invoice, at: Instant, change: Partial<Invoice>): InvoiceDecision {
  return {
    kind: 'accepted',
    invoice: { ...invoice, ...change, version: invoice.version + 1, updatedAt: at },
  }
}

/** draft -> finalized (or straight to `approved`). Money is fixed from here on; the store adds the number. */
export function finalizeInvoice(
  invoice: Invoice,
  request: {
    readonly publicToken: string
    readonly isApproved: boolean
    readonly hasLines: boolean
  },
  at: Instant,
): InvoiceDecision {
  if (invoice.status !== 'draft') return { kind: 'refused', code: 'invoice_not_draft' }
  if (!request.hasLines && invoice.totalMinor === 0n)
    return { kind: 'refused', code: 'invoice_empty' }
  const status: InvoiceStatus = request.isApproved ? 'approved' : 'finalized'
  return changed(invoice, at, { status, finalizedAt: at, publicToken: request.publicToken })
}

/** Issued -> sent, again and again; the due date counts from the first sending, in days of the zone's calendar. */
export function sendInvoice(
  invoice: Invoice,
  due: { readonly days: number; readonly zone: TimeZone },
  at: Instant,
): InvoiceDecision {
  const isSendable = isOpen(invoice.status)
  if (!isSendable) return { kind: 'refused', code: 'invoice_not_sendable' }
  const status =
    invoice.status === 'finalized' || invoice.status === 'approved' ? 'sent' : invoice.status
  const dueAt = invoice.dueAt ?? addCalendarDays(at, due.days, due.zone)
  return changed(invoice, at, { status, sentAt: invoice.sentAt ?? at, dueAt })
}

/**
 * Takes money for it. Overpayment is refused (spec/revkeen.md 7.7); late money settles a written-off invoice.
 * Part of the money leaves an overdue invoice overdue: it falls due once, and the rest is as late as before.
 */
export function payInvoice(invoice: Invoice, amountMinor: bigint, at: Instant): InvoiceDecision {
  assert(amountMinor >= 0n, 'a payment is not negative')
  if (!isOpen(invoice.status) && invoice.status !== 'uncollectible') {
    return { kind: 'refused', code: 'invoice_not_payable' }
  }
  if (amountMinor > owedMinor(invoice)) return { kind: 'refused', code: 'invoice_overpaid' }
  const paidMinor = invoice.paidMinor + amountMinor
  if (paidMinor === invoice.totalMinor)
    return changed(invoice, at, { status: 'paid', paidMinor, paidAt: at })
  const isLate = invoice.status === 'uncollectible' || invoice.status === 'overdue'
  return changed(invoice, at, { status: isLate ? invoice.status : 'partially_paid', paidMinor })
}

/**
 * Money that had come for it went back (a returned debit, a voided charge), so it is owed again: overdue when it was
 * late before, else where the money that is left puts it. One that was written off stays so, unless late money had paid all
 * of it: then it is owed like any other that was paid.
 */
export function reopenInvoice(invoice: Invoice, undoneMinor: bigint, at: Instant): Invoice {
  assert(undoneMinor > 0n && undoneMinor <= invoice.paidMinor, 'what goes back had come')
  const paidMinor = invoice.paidMinor - undoneMinor
  return {
    ...invoice,
    paidMinor,
    status: reopenedStatus({ ...invoice, paidMinor }),
    paidAt: null,
    reopenCount: invoice.reopenCount + (invoice.status === 'paid' ? 1 : 0),
    version: invoice.version + 1,
    updatedAt: at,
  }
}

function reopenedStatus(invoice: Invoice): InvoiceStatus {
  if (invoice.status === 'uncollectible') return 'uncollectible'
  if (invoice.overdueAt !== null) return 'overdue'
  if (invoice.paidMinor > 0n) return 'partially_paid'
  return invoice.sentAt === null ? 'finalized' : 'sent'
}

/**
 * Cancels one before any payment; a paid one needs a refund or a credit note instead. What credit has paid goes back to the
 * customer, so one of which a credit note has given some back already stays until that is voided. A draft was never
 * posted, so there is nothing to reverse; a written-off one is owed no more and can only be paid.
 */
export function voidInvoice(invoice: Invoice, at: Instant): InvoiceDecision {
  if (invoice.status === 'void') return { kind: 'refused', code: 'invoice_already_void' }
  const isPaid = invoice.paidMinor > invoice.creditAppliedMinor || invoice.status === 'paid'
  if (isPaid || invoice.creditedMinor > 0n) {
    return { kind: 'refused', code: 'invoice_has_payment' }
  }
  if (invoice.status === 'uncollectible') return { kind: 'refused', code: 'invoice_not_voidable' }
  const unpaid = { paidMinor: 0n, creditAppliedMinor: 0n }
  return changed(invoice, at, { status: 'void', voidedAt: at, ...unpaid })
}

/** Another tax on an issued invoice that nothing is paid of: the method that is charged decides it. */
export function retaxInvoice(invoice: Invoice, taxMinor: bigint, at: Instant): Invoice {
  assert(isOpen(invoice.status) && invoice.paidMinor === 0n, 'only what is unpaid is taxed anew')
  const totalMinor = invoice.totalMinor - invoice.taxMinor + taxMinor
  return { ...invoice, taxMinor, totalMinor, version: invoice.version + 1, updatedAt: at }
}

/** Writes it off; it can still be paid late. */
export function writeOffInvoice(invoice: Invoice, at: Instant): InvoiceDecision {
  if (!isOpen(invoice.status)) return { kind: 'refused', code: 'invoice_not_payable' }
  return changed(invoice, at, { status: 'uncollectible' })
}

/** Issued and past its due date -> overdue, once. */
export function markOverdue(invoice: Invoice, at: Instant): InvoiceDecision {
  const isLate = invoice.dueAt !== null && invoice.dueAt <= at
  if (!isOpen(invoice.status) || invoice.status === 'overdue' || !isLate) {
    return { kind: 'refused', code: 'invoice_not_payable' }
  }
  return changed(invoice, at, { status: 'overdue', overdueAt: at })
}
