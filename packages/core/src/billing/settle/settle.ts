import { assertNever } from '../../fault/index.ts'
import { isOpen, owedMinor, payInvoice } from '../../invoices/index.ts'
import {
  saleOf,
  settleAnswer,
  type GatewayOutcome,
  type PaymentAttempt,
} from '../../payments/index.ts'
import type { Instant } from '../../time/index.ts'
import { emptyChangeSet, type ChangeSet } from '../state/change-set.ts'
import { collectionFailed } from '../failed/collection-failed.ts'
import { dropBill } from '../bills/drop-bill.ts'
import { endsWithIt } from '../failed/ends-with-it.ts'
import { chargeOn, leaveRest } from './settle-routed.ts'
import { invoiceFact, paymentFact, subscriptionFact } from '../state/facts.ts'
import { moveTo } from '../standing/move-to.ts'
import { failStart } from '../failed/recycle-bill.ts'
import { writeOff } from '../bills/write-off.ts'
import { isRecycling } from '../recycling/terms.ts'
import { concludeSaleOf } from '../sales/conclude-sale.ts'
import { settlePaid } from './settle-paid.ts'
import { refuseUnpayable } from './unpayable.ts'
import { type SettlementState } from '../state/billed-state.ts'
import { viewOf, type BillingTools, type SubscriptionState, type Work } from '../state/state.ts'

export type SettlementDecision = {
  /**
   * `charging_on`: refused, and the bill's route goes on with the new attempt of the changes. `unpayable`: money came for a
   * bill that cannot take it; the changes settle the charge, and what the gateway said is to be kept for a person.
   */
  readonly result:
    | 'paid'
    | 'failed'
    | 'charging_on'
    | 'waiting'
    | 'ignored'
    | 'contradicted'
    | 'unpayable'
  readonly changes: ChangeSet
}

/**
 * What a gateway's answer to an attempt on an invoice changes: the attempt, and with a final answer the
 * transaction, the postings, the invoice, its renewal, the recovery case and the subscription.
 */
export function decideSettlement(
  state: SettlementState,
  outcome: GatewayOutcome,
  at: Instant,
  tools: BillingTools,
): SettlementDecision {
  const changes = emptyChangeSet()
  const settled = settleAnswer(state.attempt, outcome, at)
  switch (settled.kind) {
    case 'ignored':
      return {
        result: settled.code === 'charged_after_decline' ? 'contradicted' : 'ignored',
        changes,
      }
    case 'waiting':
      changes.changedAttempts.push(settled.attempt)
      if (settled.attempt.state === 'pending') {
        if (state.attempt.state !== 'pending') changes.submittedAttempts.push(settled.attempt)
        acceptPending(state, at, changes)
      }
      return { result: 'waiting', changes }
    case 'settled': {
      if (isUnpayable(state, settled.attempt, at))
        return { result: 'unpayable', changes: refuseUnpayable(state, outcome, at, tools) }
      const sale = saleOf(settled.attempt, { id: tools.nextId(), route: state.route }, at)
      changes.changedAttempts.push(settled.attempt)
      changes.newTransactions.push(sale)
      changes.facts.push(paymentFact(sale, at))
      const { attempt } = settled
      const work = { at, tools, changes }
      if (sale.status === 'succeeded') {
        settlePaid(state, sale, at, tools, changes)
        settleRest(state, attempt, work)
        concludeCharge(state, attempt, work)
        return { result: 'paid', changes }
      }
      if (chargeOn(state, { attempt, invoice: state.invoice }, work))
        return { result: 'charging_on', changes }
      settleFailed(state, attempt, work)
      concludeCharge(state, attempt, work)
      return { result: 'failed', changes }
    }
    default:
      return assertNever(settled)
  }
}

/** The bill was paid otherwise or ended while the charge was under way. */
function isUnpayable(
  { invoice }: SettlementState,
  { state, amountMinor }: PaymentAttempt,
  at: Instant,
): boolean {
  return state === 'succeeded' && payInvoice(invoice, amountMinor, at).kind === 'refused'
}

/** A charge that took only a part, of a route or by a schedule: the route goes on, or what is left waits for the next try. */
function settleRest(state: SettlementState, attempt: PaymentAttempt, work: Work): void {
  if (state.routeState === undefined && !isScheduledTry(state)) return
  const invoice = work.changes.changedInvoices.find(({ id }) => id === state.invoice.id)
  if (invoice === undefined || !isOpen(invoice.status) || owedMinor(invoice) <= 0n) return
  if (!chargeOn(state, { attempt, invoice }, work)) leaveRest(state, invoice, work)
}

/** A sale has come to something, unless its route goes on. */
function concludeCharge(state: SettlementState, attempt: PaymentAttempt, work: Work): void {
  if (work.changes.newAttempts.length > 0) return
  const declineCode = attempt.decline?.code ?? state.routeState?.lastDeclineCode ?? null
  concludeSaleOf(state, declineCode, work)
}

/** Its case waits for what this charge comes to. */
function isScheduledTry({ billed, invoice }: SettlementState): boolean {
  const own = billed?.openCases.find((open) => open.invoiceId === invoice.id)
  return own !== undefined && own.nextAttemptAt === null && billed?.recycling === undefined
}

/** A slow method was accepted: the customer has done their part, so a first charge activates. */
function acceptPending(state: SettlementState, at: Instant, changes: ChangeSet): void {
  const { billed } = state
  if (billed === null || (billed.recycling !== undefined && state.renewal === null)) return
  const before = billed.subscription
  const isFirst = ['pending', 'incomplete', 'trialing'].includes(before.status)
  if (!isFirst) return
  const after = moveTo(before, 'activate', at)
  const view = viewOf(billed, after)
  changes.changedSubscriptions.push(after)
  if (before.status === 'trialing') changes.facts.push(subscriptionFact('trial_ended', view, at))
  changes.facts.push(subscriptionFact('activated', view, at))
}

/** The charge was refused: the invoice stays open, and a running subscription waits in a recovery case. */
function settleFailed(state: SettlementState, attempt: PaymentAttempt, work: Work): void {
  const { at, changes } = work
  const { invoice, lines, renewal, billed } = state
  const view = { invoice, lines }
  changes.facts.push(invoiceFact('payment_failed', view, at, BigInt(attempt.attemptNumber)))
  if (billed !== null && endsWithIt(billed, renewal) && isOpen(invoice.status)) {
    dropBill({ invoice, lines, renewalId: renewal?.id ?? null }, work)
    return
  }
  if (renewal?.status === 'processing') {
    changes.changedRenewals.push({ id: renewal.id, status: 'overdue' })
  }
  // One that was written off, and tried again by hand, is a loss as before; nothing else follows.
  if (invoice.status === 'uncollectible') return
  const isOnce = billed === null ? isSaleAtOnce(state) : billed.recycling !== undefined && renewal === null // prettier-ignore
  if (isOnce) writeOff(state, work)
  else if (billed !== null) subscriptionFailed(billed, state, attempt, work)
}

/** A bill that was to be charged when it was issued: nobody sends it, and nobody tries it again. */
function isSaleAtOnce({ invoice, sold }: Pick<SettlementState, 'invoice' | 'sold'>): boolean {
  const { status, subscriptionId, collectionMethod, paidMinor } = invoice
  if (!isOpen(status) || paidMinor > 0n) return false
  // Its money has gone back since: what it has begun waits for more.
  if (sold !== undefined && sold.sale.begunAt !== null) return false
  return subscriptionId === null && collectionMethod === 'charge_automatically'
}

function subscriptionFailed(
  billed: SubscriptionState,
  state: SettlementState,
  attempt: PaymentAttempt,
  work: Work,
): void {
  const { subscription } = billed
  const decline = attempt.decline ?? null
  const isBankDebit = state.route !== null && state.route.methodType !== 'card'
  const declineCode = decline?.code ?? 'generic_decline'
  switch (subscription.status) {
    case 'pending':
      if (isRecycling(billed)) {
        const run = { code: declineCode, decline, isRecyclable: !isBankDebit }
        failStart(billed, state, run, work)
        return
      }
      work.changes.changedSubscriptions.push(moveTo(subscription, 'fail_first_charge', work.at))
      return
    case 'trialing':
    case 'active':
    case 'past_due':
    case 'paused': {
      if (state.isRecoveryOver === true) return
      const { invoice, lines, isInOutage = false } = state
      const bill = { invoice, lines, decline, isBankDebit, isInOutage }
      return collectionFailed(billed, bill, declineCode, work)
    }
    case 'incomplete':
    case 'incomplete_expired':
    case 'unpaid':
    case 'canceled':
    case 'expired':
      return
    default:
      return assertNever(subscription.status)
  }
}
