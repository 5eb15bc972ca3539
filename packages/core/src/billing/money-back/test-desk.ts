// A taxed bill, the money that comes for it and goes back, and the ledger of all that. For the tests of this module.
import type { Dispute } from '../../disputes/index.ts'
import { assert } from '../../fault/index.ts'
import type { Uuid } from '../../ids/index.ts'
import {
  creditableMinor,
  isOpen,
  issueTransfers,
  owedMinor,
  undoneTaxTransfers,
  voidInvoice,
  type CreditMethod,
  type CreditNote,
  type GivenBack,
  type Invoice,
} from '../../invoices/index.ts'
import {
  balances,
  CHART,
  onNormalSide,
  type LedgerAccount,
  type Transfer,
} from '../../ledger/index.ts'
import type {
  DisputeStatus,
  PaymentVoid,
  Refund,
  RefundOutcome,
  Sale,
  Transaction,
} from '../../payments/index.ts'
import { addDays, type Instant } from '../../time/index.ts'
import {
  addChanges,
  bookVoid,
  concludeNoteNow,
  decideCreditNote,
  decideCreditNoteVoid,
  decideDispute,
  decideGivenAgain,
  decideRefund,
  decideRefunds,
  decideRefundSettlement,
  decideReturn,
  decideVoid,
  decideVoidFailed,
  decideVoidSettlement,
  emptyChangeSet,
  payWithCredit,
  returnCredit,
  settlePaid,
  writeOff,
  type BillingTools,
  type ChangeSet,
} from '../index.ts'
import { numberedId } from '../test-samples.ts'
import type { RefundableSale, SaleState } from './refund.ts'

export class Desk {
  invoice: Invoice
  readonly sales = new Map<Uuid, Transaction>()
  readonly movements = new Map<Uuid, Transaction>()
  readonly refunds = new Map<Uuid, Refund>()
  readonly notes = new Map<Uuid, CreditNote>()
  readonly voids = new Map<Uuid, PaymentVoid>()
  readonly disputes = new Map<Uuid, Dispute>()
  readonly transfers: Transfer[] = []
  /** What the customer holds as credit, and held before anything happened. */
  balanceMinor: bigint
  readonly openingMinor: bigint
  at: Instant
  readonly #keys = new Set<string>()
  #made = 10_000

  /** Issues the bill, and pays of it what the customer's credit can. */
  constructor(invoice: Invoice, openingMinor: bigint) {
    this.openingMinor = openingMinor
    this.balanceMinor = openingMinor
    this.at = invoice.createdAt
    const { at, tools } = this
    const changes = emptyChangeSet()
    changes.transfers.push(...issueTransfers(invoice, at, tools.nextId))
    this.invoice = payWithCredit(invoice, openingMinor, { at, tools, changes })
    this.#write(changes)
  }

  readonly tools: BillingTools = {
    nextId: () => numberedId((this.#made += 1)),
    nextToken: () => 'token',
  }

  /** A gateway takes so much of what is owed. */
  pay(amountMinor: bigint, gatewayId: Uuid | null): void {
    const { invoice } = this
    const isPayable = isOpen(invoice.status) || invoice.status === 'uncollectible'
    if (!isPayable || amountMinor < 1n || amountMinor > owedMinor(invoice)) return
    const sale: Transaction = {
      ...this.#movement('sale', amountMinor),
      gatewayId,
      gatewayReference: gatewayId === null ? null : `ch_${this.#made}`,
    }
    const changes = emptyChangeSet()
    changes.newTransactions.push(sale)
    this.#write(settlePaid(this.#bill(), sale, this.at, this.tools, changes))
  }

  /** Asks for a refund of a payment, or gives it back by hand. */
  refund(saleId: Uuid, amountMinor: bigint): void {
    if (this.#isBeingVoided(saleId)) return
    const state = this.#refundable(saleId, null)
    const ability = state.sale.gatewayId === null ? null : 'partial'
    const wish = { ...WISH, id: this.tools.nextId(), amountMinor, realNow: this.at }
    const decided = decideRefund(state, wish, { ability, at: this.at, tools: this.tools })
    if (decided.kind === 'accepted') this.#write(decided.changes)
  }

  /** The gateway tells what became of a refund: the first time, or after it had succeeded. */
  answerRefund(refundId: Uuid, kind: 'succeeded' | 'failed'): void {
    const refund = this.refunds.get(refundId)
    assert(refund !== undefined, 'it was asked for')
    const note = refund.creditNoteId === null ? null : (this.notes.get(refund.creditNoteId) ?? null)
    const refunds = [...this.refunds.values()].filter((one) => one.creditNoteId === note?.id)
    const posted = this.#standing(this.#posted('refund', refundId))
    const told = note === null ? null : { note, refunds }
    const state = { ...this.#refundable(refund.transactionId, note), refund, posted, note: told }
    const outcome = kind === 'failed' ? SENT_BACK : GONE
    this.#write(decideRefundSettlement(state, outcome, this.at, this.tools).changes)
  }

  /** A bank takes a payment back whole. */
  takeBack(saleId: Uuid): void {
    const sale = this.#sale(saleId)
    if (sale.status !== 'succeeded' || sale.takenBackMinor > 0n) return
    const earlierReturns = this.#returnsOf(saleId).length
    const bill = this.#bill()
    const state = { sale, bill, intent: null, closedCase: null, earlierReturns }
    this.#write(decideReturn(state, { code: 'R10', message: null }, this.at, this.tools))
  }

  /** A bank gives again what it has taken back. */
  giveAgain(saleId: Uuid): void {
    const returns = this.#returnsOf(saleId)
    const last = returns.find(({ status }) => status === 'succeeded')
    if (last === undefined) return
    const posted = this.#posted('return', last.id)
    const given = { returnId: last.id, posted, returns: returns.length }
    const state = { sale: this.#sale(saleId), bill: this.#bill(), intent: null, ...given }
    const changes = decideGivenAgain(state, this.at, this.tools)
    if (changes !== null) this.#write(changes)
  }

  /** Asks the gateway to call a payment off; `endsInvoice`: and what it was for with it. */
  callOff(saleId: Uuid, endsInvoice: boolean): void {
    if (this.#isBeingVoided(saleId)) return
    const state = this.#saleState(saleId)
    const wish = { id: this.tools.nextId(), reason: null, reasonCode: null, endsInvoice }
    const decided = decideVoid(state, wish, { isAble: true, at: this.at })
    if (decided.kind === 'accepted') this.#write(decided.changes)
  }

  /** The gateway tells what became of it. */
  answerVoid(paymentVoid: PaymentVoid, kind: 'voided' | 'refused'): void {
    const { transactionId: saleId } = paymentVoid
    const voiding = { ...this.#voidState(saleId), paymentVoid }
    const posted = this.#posted('sale', saleId)
    const outcome = kind === 'voided' ? ({ kind } as const) : ({ kind, ...CLOSED } as const)
    const settled = decideVoidSettlement({ ...voiding, posted }, outcome, this.at, this.tools)
    this.#write(settled.changes)
  }

  /** The gateway had called it off, and tells that it could not. */
  failVoid(paymentVoid: PaymentVoid): void {
    const state = { ...this.#voidState(paymentVoid.transactionId), paymentVoid }
    const reversed = this.#posted('void', paymentVoid.id)
    const failure = { code: 'too_late', message: null }
    const settled = decideVoidFailed({ ...state, reversed }, failure, this.at, this.tools)
    this.#write(settled.changes)
  }

  /** Credits part of what was paid; by refund, its refunds are asked for. */
  credit(creditMethod: CreditMethod, amountMinor: bigint, taxAmountMinor: bigint | null): void {
    if ([...this.sales.keys()].some((id) => this.#isBeingVoided(id))) return
    const { invoice, at, tools } = this
    const back = this.#givenBack()
    const taxBackMinor = back.refundedTaxMinor + back.notedTaxMinor
    const given = { invoice, lines: [], taxBackMinor, heldMinor: this.heldMinor() }
    const wish = { ...NOTE, id: tools.nextId(), creditMethod, amountMinor, taxAmountMinor }
    const decided = decideCreditNote(given, wish, at, tools)
    if (decided.kind === 'refused') return
    const { note, changes } = decided
    if (creditMethod === 'refund_to_payment_method') {
      const payments = [...this.sales.keys()].map((id) => {
        const sale = this.#sale(id)
        const ability = sale.gatewayId === null ? null : ('partial' as const)
        return { sale, ability, refundId: tools.nextId() }
      })
      const ask = { ...WISH, amountMinor, creditNoteId: note.id, isSpread: true, realNow: at }
      const bill = { invoice, renewal: null, givenBack: taxAmountMinor === null ? back : null }
      const planned = decideRefunds(bill, payments, ask, { at, tools })
      if (planned.kind === 'refused') return
      addChanges(changes, planned.changes)
      const concluded = concludeNoteNow(note, planned.refunds, { at, tools, changes })
      changes.newCreditNotes.splice(0, 1, concluded)
    }
    this.#write(changes)
  }

  voidNote(note: CreditNote): void {
    const posted = this.#posted('credit_note', note.id)
    const state = { invoice: this.invoice, balanceMinor: this.balanceMinor, posted }
    const decided = decideCreditNoteVoid(note, state, this.at, this.tools)
    if (decided.kind === 'accepted') this.#write(decided.changes)
  }

  /** The gateway's word about a chargeback of part of a payment. */
  dispute(saleId: Uuid, status: DisputeStatus, amountMinor: bigint): void {
    const sale = this.#sale(saleId)
    const { gatewayId } = sale
    const isReturned = this.#returnsOf(saleId).some((one) => one.status === 'succeeded')
    if (sale.status !== 'succeeded' || gatewayId === null || isReturned) return
    const known = [...this.disputes.values()].find(({ paymentId }) => paymentId === saleId)
    const told = {
      disputeReference: `dp_${saleId}`,
      chargeReference: sale.gatewayReference ?? '',
      status,
      amountMinor: known?.amountMinor ?? amountMinor,
      currency: this.invoice.currency,
      feeMinor: 15n,
      reason: 'fraudulent',
      networkReasonCode: null,
      networkReasonDescription: null,
      evidenceDueAt: addDays(this.at, 14),
    }
    const state = { sale, gatewayId, dispute: known ?? null, earlierDisputes: 0, facts: {} }
    const word = { told, toldAt: this.at }
    this.#write(decideDispute({ ...state, billed: [] }, word, this.at, this.tools).changes)
  }

  voidBill(): void {
    const decision = voidInvoice(this.invoice, this.at)
    if (decision.kind === 'refused') return
    const changes = emptyChangeSet()
    const work = { at: this.at, tools: this.tools, changes }
    changes.changedInvoices.push(decision.invoice)
    returnCredit(this.invoice, work)
    bookVoid(decision.invoice, work)
    this.#write(changes)
  }

  writeOff(): void {
    if (!isOpen(this.invoice.status)) return
    const changes = emptyChangeSet()
    writeOff({ invoice: this.invoice, lines: [] }, { at: this.at, tools: this.tools, changes })
    this.#write(changes)
  }

  /** On the normal side of each account of the chart. */
  ledger(gatewayId?: Uuid): Record<LedgerAccount, bigint> {
    const own = this.transfers.filter(
      (one) => gatewayId === undefined || one.gatewayId === gatewayId,
    )
    const untouched = Object.keys(CHART).map((name) => [name, 0n] as const)
    const folded = balances(own).map((one) => [one.account, onNormalSide(one)] as const)
    return Object.fromEntries([...untouched, ...folded]) as Record<LedgerAccount, bigint>
  }

  /** What chargebacks hold of its payments. */
  heldMinor(): bigint {
    return sumOf(this.#standingMovements().filter(({ type }) => type === 'dispute'))
  }

  /** All that came by a gateway (null: by hand), less what has gone again. */
  heldAt(gatewayId: Uuid | null): bigint {
    const own = (one: Transaction) => one.gatewayId === gatewayId && one.status === 'succeeded'
    const gone = this.#standingMovements().filter((one) => own(one) && one.type !== 'void')
    return sumOf([...this.sales.values()].filter(own)) - sumOf(gone)
  }

  #write(changes: ChangeSet): void {
    for (const { sourceKind, sourceId, sourcePosition } of changes.transfers)
      this.#once(`${sourceKind} ${sourceId} ${sourcePosition}`)
    this.transfers.push(...changes.transfers)
    for (const one of changes.newTransactions)
      if (one.type === 'sale') this.sales.set(one.id, one)
      else this.movements.set(one.id, one)
    for (const { id } of changes.voidedTransactions) this.#mark(id, 'voided')
    for (const { id } of changes.restoredTransactions) this.#mark(id, 'succeeded')
    for (const { id } of changes.failedTransactions) this.#mark(id, 'failed')
    for (const one of [...changes.newRefunds, ...changes.changedRefunds])
      this.refunds.set(one.id, one)
    for (const one of [...changes.newCreditNotes, ...changes.changedCreditNotes])
      this.notes.set(one.id, one)
    for (const one of [...changes.newVoids, ...changes.changedVoids]) this.voids.set(one.id, one)
    for (const one of [...changes.newDisputes, ...changes.changedDisputes])
      this.disputes.set(one.id, one)
    for (const { amountMinor } of changes.balanceChanges) this.balanceMinor += amountMinor
    assert(changes.changedInvoices.length <= 1, 'a row is written once')
    for (const invoice of changes.changedInvoices) this.invoice = invoice
    for (const { at } of changes.undoneTaxes) {
      const taxes = ['refund', 'credit_note', 'credit_note_reduced']
      const posted = this.transfers.filter(
        ({ sourceKind, debit, credit }) =>
          taxes.includes(sourceKind) && (debit === 'tax_payable' || credit === 'tax_payable'),
      )
      const undone = undoneTaxTransfers(this.#standing(posted), at, this.tools.nextId)
      this.transfers.push(...undone)
    }
  }

  #once(key: string): void {
    assert(!this.#keys.has(key), `is booked once: ${key}`)
    this.#keys.add(key)
  }

  #mark(id: Uuid, status: Transaction['status']): void {
    for (const rows of [this.sales, this.movements]) {
      const row = rows.get(id)
      if (row !== undefined) rows.set(id, { ...row, status })
    }
  }

  /** Nothing of it is given back until the gateway has answered. */
  #isBeingVoided(saleId: Uuid): boolean {
    return [...this.voids.values()].some(
      (one) => one.transactionId === saleId && one.status === 'processing',
    )
  }

  #bill() {
    return { invoice: this.invoice, lines: [], renewal: null, billed: null }
  }

  #saleState(saleId: Uuid): SaleState {
    return { sale: this.#sale(saleId), invoice: this.invoice, renewal: null }
  }

  #refundable(saleId: Uuid, note: CreditNote | null): RefundableSale {
    const tellsTax = note !== null && note.taxAmountMinor !== null
    return { ...this.#saleState(saleId), givenBack: tellsTax ? null : this.#givenBack() }
  }

  #voidState(saleId: Uuid) {
    const failedVoids = [...this.voids.values()].filter((one) => one.status === 'failed').length
    const rest = { intent: null, lines: [], isBeingPaid: false, closedCase: null }
    return { ...this.#saleState(saleId), ...rest, failedVoids }
  }

  #sale(id: Uuid): Sale {
    const sale = this.sales.get(id)
    assert(sale !== undefined, 'it was paid')
    const refunds = [...this.refunds.values()].filter((one) => one.transactionId === id)
    const counting = refunds.filter(({ status }) => status !== 'failed' && status !== 'canceled')
    const taken = this.#standingMovements().filter(
      (one) =>
        one.parentTransactionId === id && (one.type === 'adjustment' || one.type === 'dispute'),
    )
    return {
      ...sale,
      refundedMinor: sumOf(counting),
      takenBackMinor: sumOf(taken),
      refundCount: refunds.length,
    }
  }

  #standingMovements(): Transaction[] {
    return [...this.movements.values()].filter(({ status }) => status === 'succeeded')
  }

  #returnsOf(saleId: Uuid): Transaction[] {
    return [...this.movements.values()].filter(
      ({ type, parentTransactionId }) => type === 'adjustment' && parentTransactionId === saleId,
    )
  }

  #posted(kind: string, id: Uuid): Transfer[] {
    return this.transfers.filter(
      ({ sourceKind, sourceId }) => sourceKind === kind && sourceId === id,
    )
  }

  /** Without what a refund's tax was undone by. */
  #standing(posted: readonly Transfer[]): Transfer[] {
    const undone = this.transfers.filter(({ sourceKind }) => sourceKind !== 'void')
    const undoneIds = new Set(undone.map(({ reversalOf }) => reversalOf))
    return posted.filter(({ id, reversalOf }) => reversalOf === null && !undoneIds.has(id))
  }

  /** As the store sums it up. */
  #givenBack(): GivenBack {
    const notes = [...this.notes.values()].filter(
      ({ status, taxAmountMinor }) => status !== 'void' && taxAmountMinor !== null,
    )
    const isTold = ({ creditNoteId }: Refund): boolean =>
      notes.some(({ id }) => id === creditNoteId) ||
      (creditNoteId !== null && this.notes.get(creditNoteId)?.taxAmountMinor !== null)
    const refunds = [...this.refunds.values()].filter(
      (one) => one.status === 'succeeded' && !isTold(one),
    )
    const kinds = ['refund', 'refund_failed', 'refund_tax_undone']
    const taxes = this.transfers.filter(({ sourceKind }) => kinds.includes(sourceKind))
    const refundedTaxMinor = taxes.reduce((sum, { debit, credit, amountMinor }) => {
      if (debit === 'tax_payable') return sum + amountMinor
      return credit === 'tax_payable' ? sum - amountMinor : sum
    }, 0n)
    return {
      refundedMinor: sumOf(refunds),
      refundedTaxMinor,
      notedMinor: sumOf(notes),
      notedTaxMinor: notes.reduce((sum, { taxAmountMinor }) => sum + (taxAmountMinor ?? 0n), 0n),
    }
  }

  #movement(type: Transaction['type'], amountMinor: bigint): Transaction {
    const { customerId, id: invoiceId, currency } = this.invoice
    return {
      id: this.tools.nextId(),
      type,
      status: 'succeeded',
      parentTransactionId: null,
      attemptId: null,
      invoiceId,
      paymentIntentId: null,
      subscriptionId: null,
      customerId,
      gatewayId: null,
      amountMinor,
      currency,
      gatewayReference: null,
      responseCode: null,
      responseText: null,
      methodType: null,
      cardBrand: null,
      cardLast4: null,
      createdAt: this.at,
    }
  }

  /** What may still be given back of it. */
  creditableMinor(): bigint {
    return creditableMinor(this.invoice, this.heldMinor())
  }
}

const WISH = {
  mode: 'at_once',
  reason: null,
  reasonDetails: null,
  creditNoteId: null,
} as const

const NOTE = {
  reason: null,
  reasonCode: null,
  isProrated: false,
  prorationDaysTotal: null,
  prorationDaysUnused: null,
  idempotencyKey: null,
  cancelsSubscription: false,
  metadata: {},
} as const

export const GONE: RefundOutcome = { kind: 'succeeded', gatewayReference: 're_1' }
const CLOSED = { code: 'closed', message: null }
export const SENT_BACK: RefundOutcome = { kind: 'failed', gatewayReference: null, failure: CLOSED }

function sumOf(rows: readonly { readonly amountMinor: bigint }[]): bigint {
  return rows.reduce((sum, { amountMinor }) => sum + amountMinor, 0n)
}
