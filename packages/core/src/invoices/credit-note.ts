import { assert } from '../fault/index.ts'
import type { Uuid } from '../ids/index.ts'
import { reverseAll, transfer, type LedgerAccount, type Transfer } from '../ledger/index.ts'
import type { Currency } from '../money/index.ts'
import type { Instant } from '../time/index.ts'
import type { Invoice } from './invoice.ts'

export type CreditMethod = 'refund_to_payment_method' | 'customer_balance' | 'external'

export type CreditReason =
  | 'customer_request'
  | 'duplicate_charge'
  | 'service_issue'
  | 'billing_error'
  | 'subscription_cancellation'
  | 'proration'
  | 'other'

/**
 * Says that less was owed than was paid. By refund it waits (`pending`) until the money has gone back; by balance or
 * outside of the system it is issued at once. Amounts in minor units; the tax is part of the amount.
 */
export type CreditNote = {
  readonly id: Uuid
  readonly version: number
  /** Given by the store when it is written, gap-free. */
  readonly number: string | null
  readonly invoiceId: Uuid
  readonly customerId: Uuid
  readonly status: 'pending' | 'issued' | 'applied' | 'void'
  readonly creditMethod: CreditMethod
  readonly amountMinor: bigint
  readonly taxAmountMinor: bigint | null
  readonly currency: Currency
  readonly reason: string | null
  readonly reasonCode: CreditReason | null
  readonly isProrated: boolean
  readonly prorationDaysTotal: number | null
  readonly prorationDaysUnused: number | null
  readonly idempotencyKey: string | null
  /** The subscription of the invoice ends when the note is issued. */
  readonly cancelsSubscription: boolean
  readonly metadata: Readonly<Record<string, unknown>>
  readonly issuedAt: Instant | null
  readonly voidedAt: Instant | null
  readonly createdAt: Instant
  readonly updatedAt: Instant
}

export type CreditNoteLine = {
  readonly id: Uuid
  readonly creditNoteId: Uuid
  readonly position: number
  readonly description: string
  readonly quantity: bigint
  readonly unitAmountMinor: bigint
  readonly totalAmountMinor: bigint
  readonly createdAt: Instant
}

/** What was paid on an invoice and has not been given back, by refund or by credit, nor is held by a chargeback. */
export function creditableMinor(
  invoice: Pick<Invoice, 'paidMinor' | 'refundedMinor' | 'creditedMinor'>,
  heldMinor = 0n,
): bigint {
  const leftMinor = invoice.paidMinor - invoice.refundedMinor - invoice.creditedMinor - heldMinor
  return leftMinor > 0n ? leftMinor : 0n
}

export type CreditNoteRefusal =
  | 'invoice_not_creditable'
  | 'credit_above_paid'
  | 'tax_above_amount'
  | 'tax_above_invoice'
  | 'proration_days_inverted'

export type CreditNoteWish = Pick<
  CreditNote,
  | 'id'
  | 'creditMethod'
  | 'amountMinor'
  | 'taxAmountMinor'
  | 'reason'
  | 'reasonCode'
  | 'isProrated'
  | 'prorationDaysTotal'
  | 'prorationDaysUnused'
  | 'idempotencyKey'
  | 'cancelsSubscription'
  | 'metadata'
>

export type CreditNoteDecision =
  | { readonly kind: 'refused'; readonly code: CreditNoteRefusal }
  | { readonly kind: 'accepted'; readonly note: CreditNote; readonly invoice: Invoice }

export type CreditNoteGiven = {
  readonly at: Instant
  /** What refunds took back of the invoice's tax, and what its notes tell, those that wait for their refunds included. */
  readonly taxBackMinor: bigint
  /** What chargebacks hold of its payments. */
  readonly heldMinor: bigint
}

/**
 * Credits part or all of what was paid. What is credited without a refund counts on the invoice at once; a refund
 * counts by itself. Refusals in the order of the union.
 */
export function writeCreditNote(
  invoice: Invoice,
  wish: CreditNoteWish,
  { at, taxBackMinor, heldMinor }: CreditNoteGiven,
): CreditNoteDecision {
  const { amountMinor, taxAmountMinor, prorationDaysTotal, prorationDaysUnused } = wish
  assert(amountMinor > 0n, 'a credit note credits something')
  const leftMinor = creditableMinor(invoice, heldMinor)
  if (leftMinor === 0n) return { kind: 'refused', code: 'invoice_not_creditable' }
  if (amountMinor > leftMinor) return { kind: 'refused', code: 'credit_above_paid' }
  if (taxAmountMinor !== null && taxAmountMinor > amountMinor)
    return { kind: 'refused', code: 'tax_above_amount' }
  if (taxAmountMinor !== null && taxAmountMinor + taxBackMinor > invoice.taxMinor)
    return { kind: 'refused', code: 'tax_above_invoice' }
  const isInverted =
    prorationDaysTotal !== null &&
    prorationDaysUnused !== null &&
    prorationDaysUnused > prorationDaysTotal
  if (isInverted) return { kind: 'refused', code: 'proration_days_inverted' }

  const isRefund = wish.creditMethod === 'refund_to_payment_method'
  const note: CreditNote = {
    ...wish,
    version: 1,
    number: null,
    invoiceId: invoice.id,
    customerId: invoice.customerId,
    status: isRefund ? 'pending' : 'issued',
    currency: invoice.currency,
    issuedAt: isRefund ? null : at,
    voidedAt: null,
    createdAt: at,
    updatedAt: at,
  }
  return {
    kind: 'accepted',
    note,
    invoice: isRefund ? invoice : withCredit(invoice, amountMinor, at),
  }
}

function withCredit(invoice: Invoice, amountMinor: bigint, at: Instant): Invoice {
  return {
    ...invoice,
    creditedMinor: invoice.creditedMinor + amountMinor,
    version: invoice.version + 1,
    updatedAt: at,
  }
}

export type VoidNoteRefusal =
  | 'credit_note_already_void'
  | 'credit_note_not_issued'
  | 'credit_note_refunded'
  | 'credit_already_used'

export type VoidNoteDecision =
  | { readonly kind: 'refused'; readonly code: VoidNoteRefusal }
  | { readonly kind: 'accepted'; readonly note: CreditNote; readonly invoice: Invoice }

/** Takes a credit back that nobody has used. Refusals in the order of the union. */
export function voidCreditNote(
  note: CreditNote,
  given: { readonly invoice: Invoice; readonly balanceMinor: bigint },
  at: Instant,
): VoidNoteDecision {
  if (note.status === 'void') return { kind: 'refused', code: 'credit_note_already_void' }
  if (note.status === 'applied') return { kind: 'refused', code: 'credit_already_used' }
  if (note.status !== 'issued') return { kind: 'refused', code: 'credit_note_not_issued' }
  if (note.creditMethod === 'refund_to_payment_method')
    return { kind: 'refused', code: 'credit_note_refunded' }
  if (note.creditMethod === 'customer_balance' && given.balanceMinor < note.amountMinor)
    return { kind: 'refused', code: 'credit_already_used' }
  const { invoice } = given
  assert(invoice.creditedMinor >= note.amountMinor, 'a credit was counted on its invoice')
  return {
    kind: 'accepted',
    note: { ...note, version: note.version + 1, status: 'void', voidedAt: at, updatedAt: at },
    invoice: withCredit(invoice, -note.amountMinor, at),
  }
}

/** How a note's money counts: less revenue and tax, and more owed to the customer, or gone from the bank. */
export function creditNoteTransfers(note: CreditNote, at: Instant, nextId: () => Uuid): Transfer[] {
  const taxMinor = note.taxAmountMinor ?? 0n
  const post = (
    debit: LedgerAccount,
    credit: LedgerAccount,
    part: { readonly amountMinor: bigint; readonly position: number },
  ): Transfer[] =>
    part.amountMinor === 0n
      ? []
      : [
          transfer({
            id: nextId(),
            at,
            debit,
            credit,
            amountMinor: part.amountMinor,
            currency: note.currency,
            customerId: note.customerId,
            invoiceId: note.invoiceId,
            gatewayId: null,
            sourceKind: 'credit_note',
            sourceId: note.id,
            sourcePosition: part.position,
            reversalOf: null,
          }),
        ]
  // The refund has posted the money by itself; its tax part was no revenue.
  if (note.creditMethod === 'refund_to_payment_method')
    return post('tax_payable', 'refunds', { amountMinor: taxMinor, position: 1 })
  const other = note.creditMethod === 'customer_balance' ? 'customer_credit' : 'bank'
  return [
    ...post('refunds', other, { amountMinor: note.amountMinor - taxMinor, position: 0 }),
    ...post('tax_payable', other, { amountMinor: taxMinor, position: 1 }),
  ]
}

/** A voided note: what it posted, reversed. */
export function voidedNoteTransfers(
  posted: readonly Transfer[],
  note: CreditNote,
  given: { readonly at: Instant; readonly nextId: () => Uuid },
): Transfer[] {
  return reverseAll(posted, { ...given, sourceKind: 'credit_note_voided', sourceId: note.id })
}
