import { declineCodeOfTold } from '../../declines/index.ts'
import { assert, assertNever } from '../../fault/index.ts'
import type { Uuid } from '../../ids/index.ts'
import { reopenInvoice } from '../../invoices/index.ts'
import { transfer, type Transfer } from '../../ledger/index.ts'
import type { PaymentIntent, Transaction } from '../../payments/index.ts'
import { closeCase, exhaustCase, reopenCase, type RecoveryCase } from '../../recovery/index.ts'
import type { Instant } from '../../time/index.ts'
import { emptyChangeSet, type ChangeSet, type Fact } from '../state/change-set.ts'
import { isPaidRenewal } from '../bills/paid-renewal-status.ts'
import { loseAgain } from '../bills/write-off.ts'
import { collectionFailed, fallBehind, openCaseOf } from '../failed/collection-failed.ts'
import { invoiceFact } from '../state/facts.ts'
import { received } from './received.ts'
import { saleReturned } from '../sales/lose-money.ts'
import { endBill } from '../sales/void-sale.ts'
import { type BilledState } from '../state/billed-state.ts'
import { type BillingTools, type SubscriptionState, type Work } from '../state/state.ts'

/** A payment that had settled, and everything that its return may change. */
export type ReturnState = {
  readonly sale: Transaction
  /** Null for a sale without an invoice. */
  readonly bill: BilledState | null
  /** Null for a sale without an intent. */
  readonly intent: PaymentIntent | null
  /** The invoice's recovery case, when it has ended. */
  readonly closedCase: RecoveryCase | null
  /** How often a bank has taken this payment back before; each of those was given again. */
  readonly earlierReturns: number
}

/** Why the bank took it back: an R-code of ACH, a reason of SEPA or Bacs. */
export type ReturnReason = { readonly code: string; readonly message: string | null }

/**
 * A bank takes a settled payment back: its booking is undone, the invoice is owed again, its renewal is overdue, and a
 * running subscription is past due and in recovery. A bill that had been recovered before goes on where its
 * recovery stood, so that returns do not buy tries without end. A sale is owed again, and what it has begun stands still.
 */
export function decideReturn(
  state: ReturnState,
  reason: ReturnReason,
  at: Instant,
  tools: BillingTools,
): ChangeSet {
  const work: Work = { at, tools, changes: emptyChangeSet() }
  const { sale, bill } = state
  undo(state, reason, work)
  if (state.intent !== null)
    work.changes.changedIntents.push(received(state.intent, -sale.amountMinor, at))
  if (bill !== null) reopen(state, bill, reason, work)
  return work.changes
}

/** The movement, its posting, and the news that the payment failed after all. */
function undo(
  { sale, earlierReturns }: ReturnState,
  reason: ReturnReason,
  { at, tools, changes }: Work,
): void {
  const returned = returnOf(sale, reason, { id: tools.nextId(), at })
  changes.newTransactions.push(returned)
  changes.transfers.push(returnTransfer(returned, tools.nextId))
  const { responseCode, responseText } = returned
  const transaction: Transaction = { ...sale, responseCode, responseText, status: 'failed' }
  const subject = { kind: 'transaction', transaction } as const
  const number = BigInt(earlierReturns)
  changes.facts.push({ type: 'payment.returned', at, number, subject, previous: null })
}

/** The movement that takes a payment back; voided when it is given again. */
export function returnOf(
  sale: Transaction,
  { code, message }: ReturnReason,
  given: { readonly id: Uuid; readonly at: Instant },
): Transaction {
  return {
    ...sale,
    responseCode: code,
    responseText: message,
    id: given.id,
    type: 'adjustment',
    status: 'succeeded',
    parentTransactionId: sale.id,
    attemptId: null,
    createdAt: given.at,
  }
}

export function returnTransfer(returned: Transaction, nextId: () => Uuid): Transfer {
  const { invoiceId, gatewayId, amountMinor, currency, customerId } = returned
  return transfer({
    id: nextId(),
    at: returned.createdAt,
    debit: invoiceId === null ? 'revenue' : 'receivable',
    credit: gatewayId === null ? 'bank' : 'gateway_clearing',
    amountMinor,
    currency,
    customerId,
    invoiceId,
    gatewayId,
    sourceKind: 'return',
    sourceId: returned.id,
    sourcePosition: 0,
    reversalOf: null,
  })
}

function reopen(state: ReturnState, bill: BilledState, reason: ReturnReason, work: Work): void {
  const { at, changes } = work
  const before = bill.invoice
  const { amountMinor } = state.sale
  const invoice = reopenInvoice(before, amountMinor, at)
  const declineCode = declineCodeOfTold(reason.code)
  const hasCase = state.closedCase !== null
  if (bill.sold !== undefined) saleReturned(bill.sold, { invoice, declineCode, hasCase }, work)
  if (invoice.status === 'uncollectible') {
    loseAgain(invoice, amountMinor, work)
    changes.changedInvoices.push(invoice)
    return
  }
  if (bill.sold?.sale.status === 'voided') {
    endBill(invoice, bill.lines, work)
    return
  }
  changes.facts.push(returnedFact(bill, invoice, at))
  if (bill.renewal !== null && isPaidRenewal(bill.renewal.status))
    changes.changedRenewals.push({ id: bill.renewal.id, status: 'overdue' })
  const returned = { closedCase: state.closedCase, reason: { ...reason, code: declineCode } }
  if (bill.billed !== null) subscriptionReturned(bill.billed, { ...bill, invoice }, returned, work)
  // Written off at once when its last try was used up.
  if (changes.changedInvoices.length === 0) changes.changedInvoices.push(invoice)
}

/** `invoice.payment_failed` of a return: counted far below the tries, which count from 1 up and from -1 down. */
function returnedFact(bill: BilledState, invoice: BilledState['invoice'], at: Instant): Fact {
  const view = { invoice, lines: bill.lines }
  return invoiceFact('payment_failed', view, at, -1000n - BigInt(invoice.version))
}

type Returned = { readonly closedCase: RecoveryCase | null; readonly reason: ReturnReason }

function subscriptionReturned(
  billed: SubscriptionState,
  bill: BilledState,
  { closedCase, reason }: Returned,
  work: Work,
): void {
  const { subscription } = billed
  const { at, changes } = work
  switch (subscription.status) {
    case 'trialing':
    case 'active':
    case 'past_due':
    case 'paused': {
      if (closedCase === null) {
        const own = billed.openCases.find((open) => open.invoiceId === bill.invoice.id)
        if (own === undefined) openCaseOf(billed, { ...bill, isBankDebit: true }, reason.code, work)
        return
      }
      return failAgain(billed, bill, { closedCase, reason }, work)
    }
    case 'pending':
    case 'incomplete':
    case 'incomplete_expired':
    case 'unpaid':
    case 'canceled':
    case 'expired':
      // Nothing is tried any more: the invoice stays open, and its case tells no lie about it.
      if (closedCase?.state === 'recovered')
        changes.changedCases.push(closeCase(closedCase, 'canceled', at))
      return
    default:
      return assertNever(subscription.status)
  }
}

/**
 * The case that had ended with the payment goes on: the try that seemed to have succeeded has failed. Where a profile leaves
 * all tries to people, it is used up again.
 */
function failAgain(
  billed: SubscriptionState,
  bill: BilledState,
  { closedCase, reason }: Returned & { readonly closedCase: RecoveryCase },
  work: Work,
): void {
  const { at, changes } = work
  const before = billed.subscription
  const isLeftToPeople = before.profile?.retriesFailed === false
  const reopened = reopenCase(closedCase)
  const after = fallBehind(billed, bill.invoice, isLeftToPeople ? null : reopened, work)
  const isMoved = after.status !== before.status
  if (isLeftToPeople) {
    changes.changedCases.push(exhaustCase({ ...reopened, lastDeclineCode: reason.code }, at))
  } else {
    const subscription = isMoved ? after : before
    const openCases = [...billed.openCases, reopened]
    const debited = { ...bill, isBankDebit: true }
    collectionFailed({ ...billed, subscription, openCases }, debited, reason.code, work)
  }
  const isWritten = changes.changedSubscriptions.some(({ id }) => id === before.id)
  if (isMoved && !isWritten) changes.changedSubscriptions.push(after)
  assert(changes.changedCases.length > 0, 'a case that goes on is written')
}
