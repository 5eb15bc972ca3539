import type { Uuid } from '../ids/index.ts'
import { transfer, type LedgerAccount, type Transfer } from '../ledger/index.ts'
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

/** An issued invoice: the customer owes the total; it is revenue but for the tax. */
export function issueTransfers(invoice: Invoice, at: Instant, nextId: () => Uuid): Transfer[] {
  const revenueMinor = invoice.totalMinor - invoice.taxMinor
  const base = { invoice, at, debit: 'receivable' as const, sourceKind: 'invoice_issued' }
  return [
    ...post({ ...base, credit: 'revenue', amountMinor: revenueMinor, position: 0 }, nextId),
    ...post({ ...base, credit: 'tax_payable', amountMinor: invoice.taxMinor, position: 1 }, nextId),
  ]
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
  const revenueMinor = invoice.totalMinor - invoice.taxMinor
  const base = { invoice, at, credit: 'receivable' as const, sourceKind: 'invoice_voided' }
  return [
    ...post({ ...base, debit: 'revenue', amountMinor: revenueMinor, position: 0 }, nextId),
    ...post({ ...base, debit: 'tax_payable', amountMinor: invoice.taxMinor, position: 1 }, nextId),
  ]
}

/** A written-off invoice: what is owed leaves the receivable as a loss. */
export function writeOffTransfers(invoice: Invoice, at: Instant, nextId: () => Uuid): Transfer[] {
  const posting = {
    invoice,
    at,
    amountMinor: owedMinor(invoice),
    sourceKind: 'invoice_written_off',
    position: 0,
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
