import { assertNever } from '../../fault/index.ts'
import {
  concludeCreditNote,
  creditNoteTransfers,
  reduceCreditNote,
  reducedNoteTransfers,
  type CreditNote,
  type Invoice,
} from '../../invoices/index.ts'
import type { Transfer } from '../../ledger/index.ts'
import {
  beginRefund,
  cancelRefund,
  refundableMinor,
  refundFailedTransfers,
  refundTransaction,
  settleRefund,
  withoutRefund,
  type Refund,
  type RefundOutcome,
} from '../../payments/index.ts'
import type { Instant } from '../../time/index.ts'
import { emptyChangeSet, type ChangeSet } from '../state/change-set.ts'
import { creditNoteFact } from './credit-note.ts'
import { bookSuccess, counted, refundFact, type RefundableSale, type SaleState } from './refund.ts'
import { resumeShipment } from '../extras/follow-lines.ts'
import type { BillingTools, Work } from '../state/state.ts'

/**
 * A delayed refund whose time has come: it is sent, or canceled when a bank has taken the money meanwhile. Canceled, its
 * amount counts no more.
 */
export function decideRefundStart(
  state: SaleState & { readonly refund: Refund },
  given: { readonly at: Instant; readonly realNow: Instant },
): { readonly refund: Refund; readonly changes: ChangeSet } {
  const { refund } = state
  const { at, realNow } = given
  const changes = emptyChangeSet()
  const sale = withoutRefund(state.sale, refund)
  const isTakenBack = refundableMinor(sale) < refund.amountMinor
  const moved = isTakenBack ? cancelRefund(refund, at) : beginRefund(refund, realNow, at)
  // The bank has the money: nothing is sent after all.
  if (isTakenBack) counted({ ...state, sale }, -refund.amountMinor, { at, changes })
  changes.changedRefunds.push(moved)
  const previous = { status: refund.status }
  changes.facts.push({ ...refundFact('updated', moved, at), previous })
  return { refund: moved, changes }
}

/** A refund with its sale, and the credit note that asked for it. */
export type RefundState = RefundableSale & {
  readonly refund: Refund
  /** What the refund has posted and still stands: not its tax, where the invoice has been voided since. */
  readonly posted: readonly Transfer[]
  readonly note: { readonly note: CreditNote; readonly refunds: readonly Refund[] } | null
}

export type RefundSettled = {
  readonly result: 'succeeded' | 'failed' | 'undone' | 'waiting' | 'ignored'
  readonly changes: ChangeSet
}

/** What a gateway's answer to a refund changes. A refund that failed may be asked for again. */
export function decideRefundSettlement(
  state: RefundState,
  outcome: RefundOutcome,
  at: Instant,
  tools: BillingTools,
): RefundSettled {
  const work: Work = { at, tools, changes: emptyChangeSet() }
  const { changes } = work
  const settled = settleRefund(state.refund, outcome, at)
  switch (settled.kind) {
    case 'ignored':
      return { result: 'ignored', changes }
    case 'waiting':
      changes.changedRefunds.push(settled.refund)
      return { result: 'waiting', changes }
    case 'undone': {
      const { refund } = settled
      changes.changedRefunds.push(refund)
      changes.failedTransactions.push({ id: refund.id, at })
      const { nextId } = tools
      changes.transfers.push(...refundFailedTransfers(state.posted, refund, { at, nextId }))
      giveUp(state, refund, work)
      reduceNote(state, refund, work)
      return { result: 'undone', changes }
    }
    case 'settled': {
      const { refund } = settled
      changes.changedRefunds.push(refund)
      if (refund.status === 'succeeded') bookSuccess(refund, state, work)
      else {
        changes.newTransactions.push(refundTransaction(refund, state.sale, at))
        giveUp(state, refund, work)
      }
      concludeNote(state, refund, work)
      return { result: refund.status === 'succeeded' ? 'succeeded' : 'failed', changes }
    }
    default:
      return assertNever(settled)
  }
}

function giveUp(state: SaleState, refund: Refund, work: Work): void {
  const sale = withoutRefund(state.sale, refund)
  const { invoice } = counted({ ...state, sale }, -refund.amountMinor, work)
  if (invoice !== null) resumeShipment(invoice, refund.createdAt, work)
  work.changes.facts.push(refundFact('failed', refund, work.at))
}

/** A note whose refunds were all by hand is issued when it is written. */
export function concludeNoteNow(
  note: CreditNote,
  refunds: readonly Refund[],
  work: Work,
): CreditNote {
  const concluded = concludeCreditNote(note, refunds, work.at)
  if (concluded === null) return note
  bookNote(concluded, null, work)
  return concluded
}

function concludeNote(state: RefundState, settled: Refund, work: Work): void {
  if (state.note === null) return
  const note = concludeCreditNote(state.note.note, refundsAfter(state.note, settled), work.at)
  if (note === null) return
  work.changes.changedCreditNotes.push(note)
  bookNote(note, state.invoice, work)
}

/** The note gives back no more than the refunds of it that stand; without any it is void. */
function reduceNote(state: RefundState, undone: Refund, work: Work): void {
  if (state.note === null) return
  const { at, tools, changes } = work
  const { note: before } = state.note
  const after = reduceCreditNote(before, refundsAfter(state.note, undone), at)
  if (after === null) return
  changes.changedCreditNotes.push(after)
  const change = { before, after, refundId: undone.id }
  if (state.invoice?.status !== 'void')
    changes.transfers.push(...reducedNoteTransfers(change, at, tools.nextId))
  changes.facts.push(creditNoteFact(after.status === 'void' ? 'voided' : 'updated', after, at))
}

function refundsAfter(
  { refunds }: NonNullable<RefundState['note']>,
  settled: Refund,
): readonly Refund[] {
  return refunds.map((other) => (other.id === settled.id ? settled : other))
}

/** A void invoice bears no tax that its note could take back. */
function bookNote(note: CreditNote, invoice: Invoice | null, { at, tools, changes }: Work): void {
  if (note.status === 'issued' && invoice?.status !== 'void')
    changes.transfers.push(...creditNoteTransfers(note, at, tools.nextId))
  changes.facts.push(creditNoteFact(note.status === 'issued' ? 'issued' : 'voided', note, at))
}
