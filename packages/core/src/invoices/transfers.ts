import type { Uuid } from '../ids/index.ts'
import { reverse, transfer, type LedgerAccount, type Transfer } from '../ledger/index.ts'
import type { Instant } from '../time/index.ts'
import { owedMinor, type Invoice } from './invoice.ts'

type Posting = {
  readonly invoice: Invoice
  readonly at: Instant
  readonly debit: LedgerAccount
  readonly credit: LedgerAccount
  readonly amountMinor: bigint
  readonly sourceKind: string
  readonly position: number
}

function post(posting: Posting, nextId: () => Uuid): Transfer[] {
  const { invoice, at, debit, credit, amountMinor, sourceKind, position } = posting
  if (amountMinor === 0n) return []
  return [
    transfer({
      id: nextId(),
      at,
      debit,
      credit,
      amountMinor,
      currency: invoice.currency,
      customerId: invoice.customerId,
      invoiceId: invoice.id,
      gatewayId: null,
      sourceKind,
      sourceId: invoice.id,
      sourcePosition: position,
      reversalOf: null,
    }),
  ]
}

type Sides = Pick<Posting, 'debit' | 'credit' | 'amountMinor'>

/** In the order of their positions. */
function issueSides({ totalMinor, taxMinor, discountMinor }: Invoice): readonly Sides[] {
  return [
    { debit: 'receivable', credit: 'revenue', amountMinor: totalMinor - taxMinor },
    { debit: 'receivable', credit: 'tax_payable', amountMinor: taxMinor },
    { debit: 'discounts', credit: 'revenue', amountMinor: discountMinor },
  ]
}

/** An issued invoice: the customer owes the total; revenue is what it came to before discounts and tax. */
export function issueTransfers(invoice: Invoice, at: Instant, nextId: () => Uuid): Transfer[] {
  const base = { invoice, at, sourceKind: 'invoice_issued' }
  return issueSides(invoice).flatMap((sides, position) =>
    post({ ...base, ...sides, position }, nextId),
  )
}

/** An invoice that bears another tax: its customer owes so much more or less. */
export function retaxTransfers(
  change: { readonly before: Invoice; readonly after: Invoice },
  at: Instant,
  nextId: () => Uuid,
): Transfer[] {
  const { before, after: invoice } = change
  const moreMinor = invoice.taxMinor - before.taxMinor
  const base = { invoice, at, sourceKind: 'invoice_retaxed', position: invoice.version }
  return moreMinor > 0n
    ? post({ ...base, debit: 'receivable', credit: 'tax_payable', amountMinor: moreMinor }, nextId)
    : post({ ...base, debit: 'tax_payable', credit: 'receivable', amountMinor: -moreMinor }, nextId)
}

/** A voided invoice: the postings of its issue, reversed. */
export function voidTransfers(invoice: Invoice, at: Instant, nextId: () => Uuid): Transfer[] {
  const base = { invoice, at, sourceKind: 'invoice_voided' }
  return issueSides(invoice).flatMap(({ debit, credit, amountMinor }, position) =>
    post({ ...base, debit: credit, credit: debit, amountMinor, position }, nextId),
  )
}

/**
 * What refunds and credit notes took back of the tax of an invoice that is void now: nothing was sold, so no tax was due and
 * none could go back. `posted`: their transfers on `tax_payable` that still stand.
 */
export function undoneTaxTransfers(
  posted: readonly Transfer[],
  at: Instant,
  nextId: () => Uuid,
): Transfer[] {
  return posted.map((original) => {
    const { sourceId } = original
    const isOfRefund = original.sourceKind === 'refund'
    const sourceKind = isOfRefund ? 'refund_tax_undone' : 'credit_note_tax_undone'
    return reverse(original, { id: nextId(), at, sourceKind, sourceId })
  })
}

/**
 * A written-off invoice, as it has become: what is owed leaves the receivable as a loss. Late money that goes back again
 * makes it a loss once more, so each is told apart by the invoice's version.
 */
export function writeOffTransfers(invoice: Invoice, at: Instant, nextId: () => Uuid): Transfer[] {
  const posting = {
    invoice,
    at,
    amountMinor: owedMinor(invoice),
    sourceKind: 'invoice_written_off',
    position: invoice.version,
  }
  return post({ ...posting, debit: 'write_offs', credit: 'receivable' }, nextId)
}

/** Late money on a written-off invoice brings the receivable back first, by the amount that came. */
export function writeOffRecoveryTransfers(
  payment: { readonly invoice: Invoice; readonly amountMinor: bigint; readonly position: number },
  at: Instant,
  nextId: () => Uuid,
): Transfer[] {
  const posting = { ...payment, at, sourceKind: 'invoice_write_off_recovered' }
  return post({ ...posting, debit: 'receivable', credit: 'write_offs' }, nextId)
}
