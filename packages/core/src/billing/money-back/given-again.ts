import type { Uuid } from '../../ids/index.ts'
import { payInvoice } from '../../invoices/index.ts'
import { reverseAll, type Transfer } from '../../ledger/index.ts'
import type { Transaction } from '../../payments/index.ts'
import type { Instant } from '../../time/index.ts'
import { emptyChangeSet, type ChangeSet } from '../state/change-set.ts'
import { concludeSaleOf } from '../sales/conclude-sale.ts'
import { receive } from '../settle/settle-paid.ts'
import type { BillingTools, Work } from '../state/state.ts'
import { received } from './received.ts'
import { returnOf, returnTransfer, type ReturnReason, type ReturnState } from './return.ts'

/** A payment that a bank has taken back, and everything that its coming again may change. */
export type GivenAgainState = Pick<ReturnState, 'sale' | 'bill' | 'intent'> & {
  /** The movement that took it back last. */
  readonly returnId: Uuid
  /** What that movement posted. */
  readonly posted: readonly Transfer[]
  /** How many returns of the payment there have been, this one included. */
  readonly returns: number
}

/**
 * A bank gives a payment again that it had taken back: the return is undone, and the money pays what it was for, as if it
 * had just come. What the gateway kept for the return stays booked. Null: that is owed no more, or not so much, and a
 * person has to look.
 */
export function decideGivenAgain(
  state: GivenAgainState,
  at: Instant,
  tools: BillingTools,
): ChangeSet | null {
  const { sale, bill, intent, returnId: id } = state
  const { amountMinor } = sale
  if (bill !== null && payInvoice(bill.invoice, amountMinor, at).kind === 'refused') return null
  const work: Work = { at, tools, changes: emptyChangeSet() }
  const { changes } = work
  changes.voidedTransactions.push({ id, at })
  changes.transfers.push(...undoneTransfers(state.posted, id, work))
  if (intent !== null) changes.changedIntents.push(received(intent, amountMinor, at))
  const subject = { kind: 'transaction', transaction: sale } as const
  // Counted down, beside the voids that did not last, which count up.
  const number = BigInt(-state.returns)
  changes.facts.push({ type: 'payment.restored', at, number, subject, previous: null })
  if (bill === null) return changes
  receive(bill, amountMinor, work)
  concludeSaleOf(bill, null, work)
  return changes
}

/**
 * A return that is heard of only when the bank has given the payment again: nothing was owed anew meanwhile. What went and
 * came is booked all the same, because the gateway lists both.
 */
export function decideReturnGivenAgain(
  sale: Transaction,
  reason: ReturnReason,
  at: Instant,
  tools: BillingTools,
): ChangeSet {
  const changes = emptyChangeSet()
  const returned = returnOf(sale, reason, { id: tools.nextId(), at })
  const posted = returnTransfer(returned, tools.nextId)
  changes.newTransactions.push({ ...returned, status: 'voided' })
  changes.transfers.push(posted, ...undoneTransfers([posted], returned.id, { at, tools }))
  return changes
}

function undoneTransfers(
  posted: readonly Transfer[],
  sourceId: Uuid,
  { at, tools }: Pick<Work, 'at' | 'tools'>,
): Transfer[] {
  return reverseAll(posted, { at, nextId: tools.nextId, sourceKind: 'return_undone', sourceId })
}
