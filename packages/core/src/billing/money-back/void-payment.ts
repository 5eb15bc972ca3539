import { assert } from '../../fault/index.ts'
import {
  creditableMinor,
  payInvoice,
  reopenInvoice,
  writeOffRecoveryTransfers,
  type InvoiceLine,
} from '../../invoices/index.ts'
import type { Transfer } from '../../ledger/index.ts'
import {
  failedVoidTransfers,
  failVoid,
  requestVoid,
  settleVoid,
  voidedSaleTransfers,
  voidTransaction,
  type PaymentIntent,
  type PaymentVoid,
  type VoidOutcome,
  type VoidPaymentRefusal,
} from '../../payments/index.ts'
import { closeCase, type RecoveryCase } from '../../recovery/index.ts'
import type { Instant } from '../../time/index.ts'
import { emptyChangeSet, type ChangeSet, type Fact } from '../state/change-set.ts'
import type { Told } from '../state/fact-types.ts'
import { dropBill } from '../bills/drop-bill.ts'
import { isPaidRenewal, paidRenewalStatus } from '../bills/paid-renewal-status.ts'
import { loseAgain } from '../bills/write-off.ts'
import { resumeShipment } from '../extras/follow-lines.ts'
import { received } from './received.ts'
import type { SaleState } from './refund.ts'
import { restateSale } from '../sales/lose-money.ts'
import type { SoldState } from '../state/sold-state.ts'
import type { BillingTools, Work } from '../state/state.ts'

export type VoidDecided =
  | { readonly kind: 'refused'; readonly code: VoidPaymentRefusal }
  | {
      readonly kind: 'accepted'
      readonly paymentVoid: PaymentVoid
      readonly changes: ChangeSet
    }

/** A void as it is committed before the gateway is called. What was given back in part is not called off whole. */
export function decideVoid(
  { sale, invoice }: SaleState,
  wish: Pick<PaymentVoid, 'id' | 'reason' | 'reasonCode' | 'endsInvoice'>,
  given: { readonly isAble: boolean; readonly at: Instant },
): VoidDecided {
  const decision = requestVoid(sale, wish, given)
  if (decision.kind === 'refused') return decision
  if (invoice !== null && creditableMinor(invoice) < sale.amountMinor)
    return { kind: 'refused', code: 'payment_has_refunds' }
  const { paymentVoid } = decision
  const changes = emptyChangeSet()
  changes.newVoids.push(paymentVoid)
  changes.facts.push(voidFact('created', paymentVoid, given.at))
  return { kind: 'accepted', paymentVoid, changes }
}

/** A void with everything that its end may change. */
export type VoidState = SaleState & {
  readonly paymentVoid: PaymentVoid
  /** What the invoice is of, where it is of a sale. */
  readonly sold?: Pick<SoldState, 'sale' | 'lines'> | undefined
  /** What the sale posted. */
  readonly posted: readonly Transfer[]
  readonly intent: PaymentIntent | null
  /** Of the invoice, where it ends with the payment. */
  readonly lines: readonly InvoiceLine[]
  /** Another charge of the invoice is in flight, or its outcome is unknown. */
  readonly isBeingPaid: boolean
  /** Earlier voids of the sale that failed, at once or after all. */
  readonly failedVoids: number
  /** The recovery case of the invoice, where it has ended. */
  readonly closedCase: RecoveryCase | null
}

export type VoidSettled = {
  readonly result: 'succeeded' | 'failed' | 'waiting' | 'ignored' | 'contradicted'
  readonly changes: ChangeSet
}

/**
 * What the gateway's answer to a void changes. A payment that was called off never was: its invoice is owed again and
 * its renewal is overdue, unless it was to end with the payment and no other charge of it is under way. It was the
 * merchant's will, so nothing is charged again by itself and no recovery begins: the merchant collects the invoice anew, or
 * voids it too.
 */
export function decideVoidSettlement(
  state: VoidState,
  outcome: VoidOutcome,
  at: Instant,
  tools: BillingTools,
): VoidSettled {
  const work: Work = { at, tools, changes: emptyChangeSet() }
  const { changes } = work
  const paymentVoid = settleVoid(state.paymentVoid, outcome, at)
  if (paymentVoid === null) return { result: 'ignored', changes }
  changes.changedVoids.push(paymentVoid)
  if (paymentVoid.status === 'pending') return { result: 'waiting', changes }
  changes.newTransactions.push(voidTransaction(paymentVoid, state.sale, at))
  if (paymentVoid.status !== 'succeeded') {
    changes.facts.push(voidFact('failed', paymentVoid, at))
    return { result: 'failed', changes }
  }
  changes.facts.push(voidFact('succeeded', paymentVoid, at))
  // A bank took the money back while the void was under way: that has undone the sale already.
  if (state.sale.takenBackMinor > 0n) return { result: 'succeeded', changes }
  undoSale(state, paymentVoid, work)
  const transaction = { ...state.sale, status: 'voided' } as const
  const subject = { kind: 'transaction', transaction } as const
  const number = BigInt(state.failedVoids)
  changes.facts.push({ type: 'payment.voided', at, number, subject, previous: null })
  return { result: 'succeeded', changes }
}

/**
 * A void that was not asked for as one: the gateway tells that the payment has been called off, and that it is. Nothing
 * waits for an answer, so that it is written with its end.
 */
export function decideToldVoid(
  state: Omit<VoidState, 'paymentVoid'>,
  told: { readonly reason: string | null; readonly at: Instant },
  tools: BillingTools,
): VoidDecided {
  const { reason, at } = told
  const wish = { id: tools.nextId(), reason, reasonCode: null, endsInvoice: false }
  const asked = decideVoid(state, wish, { isAble: true, at })
  if (asked.kind === 'refused') return asked
  const voiding = { ...state, paymentVoid: asked.paymentVoid }
  const { changes } = decideVoidSettlement(voiding, { kind: 'voided' }, at, tools)
  const [paymentVoid] = changes.changedVoids
  assert(paymentVoid !== undefined, 'a void that waits for its answer is settled by it')
  const facts = [...asked.changes.facts, ...changes.facts]
  const written = { ...changes, newVoids: [paymentVoid], changedVoids: [], facts }
  return { kind: 'accepted', paymentVoid, changes: written }
}

/**
 * A gateway that had called a payment off tells that it could not: the payment is what it was, and so is its invoice.
 * `contradicted`: the invoice has been paid otherwise, or voided, meanwhile, which a person has to look at. `waiting`: another
 * charge of it is under way, and may pay it.
 */
export function decideVoidFailed(
  state: Omit<VoidState, 'posted'> & { readonly reversed: readonly Transfer[] },
  failure: { readonly code: string; readonly message: string | null },
  at: Instant,
  tools: BillingTools,
): VoidSettled {
  const changes = emptyChangeSet()
  const paymentVoid = failVoid(state.paymentVoid, failure, at)
  if (paymentVoid === null) return { result: 'ignored', changes }
  if (state.isBeingPaid) return { result: 'waiting', changes }
  const { sale, intent, renewal } = state
  const paid = state.invoice === null ? null : payInvoice(state.invoice, sale.amountMinor, at)
  if (sale.status !== 'voided' || paid?.kind === 'refused')
    return { result: 'contradicted', changes }
  changes.changedVoids.push(paymentVoid)
  changes.failedTransactions.push({ id: paymentVoid.id, at })
  changes.restoredTransactions.push({ id: sale.id, at })
  const { nextId } = tools
  changes.transfers.push(...failedVoidTransfers(state.reversed, paymentVoid, { at, nextId }))
  if (intent !== null) changes.changedIntents.push(received(intent, sale.amountMinor, at))
  if (paid !== null) {
    // It was never called off, so it was never reopened: it has been told to be paid before.
    const wasPaid = paid.invoice.status === 'paid' && paid.invoice.reopenCount > 0
    const invoice = { ...paid.invoice, reopenCount: paid.invoice.reopenCount - (wasPaid ? 1 : 0) }
    changes.changedInvoices.push(invoice)
    resumeShipment(invoice, state.paymentVoid.createdAt, { at, changes })
    if (state.sold !== undefined) restateSale(state.sold, invoice, { at, changes })
    if (state.invoice?.status === 'uncollectible') {
      const recovered = { invoice, amountMinor: sale.amountMinor, position: invoice.version }
      changes.transfers.push(...writeOffRecoveryTransfers(recovered, at, nextId))
    }
    if (invoice.status === 'paid' && renewal !== null && renewal.status !== 'void')
      changes.changedRenewals.push({ id: renewal.id, status: paidRenewalStatus(invoice) })
  }
  changes.facts.push(voidFact('failed', paymentVoid, at))
  const subject = { kind: 'transaction', transaction: { ...sale, status: 'succeeded' } } as const
  const number = BigInt(state.failedVoids)
  changes.facts.push({ type: 'payment.restored', at, number, subject, previous: null })
  return { result: 'failed', changes }
}

function undoSale(state: VoidState, paymentVoid: PaymentVoid, work: Work): void {
  const { at, tools, changes } = work
  const { nextId } = tools
  const { sale, intent, renewal } = state
  changes.voidedTransactions.push({ id: sale.id, at })
  changes.transfers.push(...voidedSaleTransfers(state.posted, paymentVoid, { at, nextId }))
  if (intent !== null) changes.changedIntents.push(received(intent, -sale.amountMinor, at))
  if (state.invoice === null) return
  const invoice = reopenInvoice(state.invoice, sale.amountMinor, at)
  // Nothing is tried any more, and the case of a bill that is owed again tells no lie about it.
  if (state.closedCase?.state === 'recovered')
    changes.changedCases.push(closeCase(state.closedCase, 'canceled', at))
  // Paid by something else as well, now or soon, or given back by a credit note, it stays: that was not called off.
  const ends = paymentVoid.endsInvoice && !state.isBeingPaid
  const bill = { invoice, lines: state.lines, renewalId: renewal?.id ?? null }
  const dropped = ends ? dropBill(bill, work) : null
  if (dropped !== null) {
    if (state.sold !== undefined) restateSale(state.sold, dropped, work)
    return
  }
  changes.changedInvoices.push(invoice)
  if (state.sold !== undefined) restateSale(state.sold, invoice, work)
  if (invoice.status === 'uncollectible') loseAgain(invoice, sale.amountMinor, work)
  if (renewal !== null && isPaidRenewal(renewal.status))
    changes.changedRenewals.push({ id: renewal.id, status: 'overdue' })
}

/** `void.<what>`: each happens once to a void. */
export function voidFact(what: Told<'void'>, paymentVoid: PaymentVoid, at: Instant): Fact {
  const subject = { kind: 'void', paymentVoid } as const
  return { type: `void.${what}`, at, number: 0n, subject, previous: null }
}
