import { assert } from '../../fault/index.ts'
import { creditableMinor, taxOfRefund, type GivenBack, type Invoice } from '../../invoices/index.ts'
import {
  refundableMinor,
  refundTransaction,
  refundTransfers,
  requestRefund,
  type Refund,
  type RefundRefusal,
  type RefundWish,
  type Sale,
} from '../../payments/index.ts'
import type { Instant } from '../../time/index.ts'
import { isPaidRenewal, paidRenewalStatus } from '../bills/paid-renewal-status.ts'
import { emptyChangeSet, type ChangeSet, type Fact, type Renewal } from '../state/change-set.ts'
import type { Told } from '../state/fact-types.ts'
import type { BillingTools, Work } from '../state/state.ts'

/** A sale and what giving it back may change. */
export type SaleState = {
  readonly sale: Sale
  /** Null for a sale without an invoice. */
  readonly invoice: Invoice | null
  readonly renewal: Pick<Renewal, 'id' | 'status'> | null
}

/** A sale whose refund may be booked. */
export type RefundableSale = SaleState & {
  /** Of its invoice. Null where no tax is shared out: without an invoice, and for a credit note that tells its own. */
  readonly givenBack: GivenBack | null
}

/** `ability`: of the gateway that took the money; null when nobody did. */
export type RefundGiven = {
  readonly ability: 'partial' | 'full' | 'none' | null
  readonly at: Instant
  readonly tools: BillingTools
}

export type RefundDecided =
  | { readonly kind: 'refused'; readonly code: RefundRefusal }
  | {
      readonly kind: 'accepted'
      readonly refund: Refund
      /** Where everything stands then; the next decision about the same sale starts here. */
      readonly after: RefundableSale
      readonly changes: ChangeSet
    }

/**
 * A refund as it is committed before any gateway is called: it counts at once at its sale, its invoice and its
 * renewal. What credit notes have given back of the invoice already is not given back again.
 */
export function decideRefund(
  state: RefundableSale,
  wish: RefundWish,
  given: RefundGiven,
): RefundDecided {
  const { sale, invoice } = state
  const leftOfSale = refundableMinor(sale)
  const leftOfInvoice = invoice === null ? leftOfSale : creditableMinor(invoice)
  const leftMinor = leftOfInvoice < leftOfSale ? leftOfInvoice : leftOfSale
  if (sale.status === 'succeeded' && leftMinor === 0n)
    return {
      kind: 'refused',
      code: sale.takenBackMinor > 0n ? 'payment_taken_back' : 'payment_already_refunded',
    }
  const amountMinor = wish.amountMinor ?? leftMinor
  if (sale.status === 'succeeded' && amountMinor > leftMinor)
    return { kind: 'refused', code: 'refund_above_rest' }
  const decision = requestRefund(sale, { ...wish, amountMinor }, given)
  if (decision.kind === 'refused') return decision
  const { refund } = decision
  const changes = emptyChangeSet()
  const after = counted({ ...state, sale: decision.sale }, amountMinor, { at: given.at, changes })
  changes.newRefunds.push(refund)
  changes.facts.push(refundFact('created', refund, given.at))
  // What came by hand has gone back by hand when this is recorded.
  const booked =
    refund.status === 'succeeded' ? bookSuccess(refund, after, { ...given, changes }) : after
  return { kind: 'accepted', refund, after: booked, changes }
}

/** Counts an amount (below zero: takes it back) at the sale, the invoice and the renewal. */
export function counted<State extends SaleState>(
  state: State,
  amountMinor: bigint,
  { at, changes }: Pick<Work, 'at' | 'changes'>,
): State {
  const { sale, renewal } = state
  changes.changedSales.push({ ...sale, changedAt: at })
  if (state.invoice === null) return state
  const invoice: Invoice = {
    ...state.invoice,
    refundedMinor: state.invoice.refundedMinor + amountMinor,
    version: state.invoice.version + 1,
    updatedAt: at,
  }
  assert(invoice.refundedMinor >= 0n, 'a refund was counted on its invoice')
  changes.changedInvoices.push(invoice)
  // Only what was paid can be refunded; a renewal that is not paid stays what it is (spec/revcent.md 3.2).
  if (renewal === null || !isPaidRenewal(renewal.status)) return { ...state, invoice }
  const status = paidRenewalStatus(invoice)
  if (status === renewal.status) return { ...state, invoice }
  const changed = { id: renewal.id, status }
  changes.changedRenewals.push(changed)
  return { ...state, invoice, renewal: changed }
}

/** Money has gone back: its movement, its posting with its part of the tax, and the news. */
export function bookSuccess(refund: Refund, state: RefundableSale, work: Work): RefundableSale {
  const { at, tools, changes } = work
  const { sale, invoice, givenBack } = state
  const { amountMinor } = refund
  // A void invoice bears no tax: what goes back of it is all loss.
  const isShared = invoice !== null && invoice.status !== 'void' && givenBack !== null
  const taxMinor = isShared ? taxOfRefund(invoice, givenBack, amountMinor) : 0n
  changes.newTransactions.push(refundTransaction(refund, sale, at))
  changes.transfers.push(...refundTransfers(refund, taxMinor, { at, nextId: tools.nextId }))
  changes.facts.push(refundFact('succeeded', refund, at))
  const subject = { kind: 'transaction', transaction: sale } as const
  const number = BigInt(refund.number)
  changes.facts.push({ type: 'payment.refunded', at, number, subject, previous: null })
  if (givenBack === null) return state
  const refundedMinor = givenBack.refundedMinor + amountMinor
  const refundedTaxMinor = givenBack.refundedTaxMinor + taxMinor
  return { ...state, givenBack: { ...givenBack, refundedMinor, refundedTaxMinor } }
}

/** `refund.<what>`; updates are told apart by the refund's version. */
export function refundFact(what: Told<'refund'>, refund: Refund, at: Instant): Fact {
  const number = what === 'updated' ? BigInt(refund.version) : 0n
  const subject = { kind: 'refund', refund } as const
  return { type: `refund.${what}`, at, number, subject, previous: null }
}
