import { assert, assertNever } from '../fault/index.ts'
import {
  payInvoice,
  writeOffInvoice,
  writeOffRecoveryTransfers,
  writeOffTransfers,
  type Invoice,
  type InvoiceLine,
} from '../invoices/index.ts'
import {
  asOffSession,
  saleOf,
  saleTransfers,
  settleAttempt,
  type ChargeRoute,
  type GatewayOutcome,
  type PaymentAttempt,
  type Transaction,
} from '../payments/index.ts'
import { closeCase, countFailedRetry, openCase, type RecoveryCase } from '../recovery/index.ts'
import {
  cancelSubscription,
  cycleAround,
  decideMove,
  periodOfCycle,
  touched,
  type Subscription,
} from '../subscriptions/index.ts'
import type { Instant } from '../time/index.ts'
import { emptyChangeSet, type ChangeSet, type Renewal } from './change-set.ts'
import { invoiceFact, paymentFact, renewedFact, subscriptionFact } from './facts.ts'
import { viewOf, type BillingTools, type SubscriptionState } from './issue-bill.ts'

/** An attempt on an invoice and everything its outcome may change. */
export type SettlementState = {
  readonly attempt: PaymentAttempt
  readonly route: ChargeRoute | null
  readonly invoice: Invoice
  readonly lines: readonly InvoiceLine[]
  readonly renewal: Pick<Renewal, 'id' | 'kind' | 'status' | 'cycle'> | null
  /** Null for an invoice without a subscription. `openCases` holds every open case of the subscription. */
  readonly billed: SubscriptionState | null
}

export type SettlementDecision = {
  readonly result: 'paid' | 'failed' | 'waiting' | 'ignored'
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
  const settled = settleAttempt(state.attempt, asOffSession(outcome), at)
  switch (settled.kind) {
    case 'ignored':
      return { result: 'ignored', changes }
    case 'waiting':
      changes.changedAttempts.push(settled.attempt)
      if (settled.attempt.state === 'pending') acceptPending(state, at, changes)
      return { result: 'waiting', changes }
    case 'settled': {
      const sale = saleOf(settled.attempt, { id: tools.nextId(), route: state.route }, at)
      changes.changedAttempts.push(settled.attempt)
      changes.newTransactions.push(sale)
      changes.facts.push(paymentFact(sale, at))
      if (sale.status === 'succeeded')
        return { result: 'paid', changes: settlePaid(state, sale, at, tools, changes) }
      return { result: 'failed', changes: settleFailed(state, settled.attempt, at, tools, changes) }
    }
    default:
      return assertNever(settled)
  }
}

/** Money arrived for an invoice, from a gateway or recorded by hand. */
export function settlePaid(
  state: Omit<SettlementState, 'attempt' | 'route'>,
  sale: Transaction,
  at: Instant,
  tools: BillingTools,
  changes: ChangeSet,
): ChangeSet {
  const paid = payInvoice(state.invoice, sale.amountMinor, at)
  assert(paid.kind === 'accepted', 'a charge was sent for an invoice that can be paid')
  const { invoice } = paid
  if (state.invoice.status === 'uncollectible') {
    const recovered = { invoice, amountMinor: sale.amountMinor, position: invoice.version }
    changes.transfers.push(...writeOffRecoveryTransfers(recovered, at, tools.nextId))
  }
  changes.transfers.push(...saleTransfers(sale, tools.nextId))
  changes.changedInvoices.push(invoice)
  if (invoice.status !== 'paid') return changes

  changes.facts.push(invoiceFact('paid', { invoice, lines: state.lines }, at))
  if (state.renewal !== null && state.renewal.status !== 'void') {
    changes.changedRenewals.push({ id: state.renewal.id, status: 'paid' })
  }
  if (state.billed !== null) subscriptionPaid(state.billed, state, at, changes)
  return changes
}

function subscriptionPaid(
  billed: SubscriptionState,
  state: Pick<SettlementState, 'invoice' | 'renewal'>,
  at: Instant,
  changes: ChangeSet,
): void {
  const own = billed.openCases.find((open) => open.invoiceId === state.invoice.id)
  if (own !== undefined) changes.changedCases.push(closeCase(own, 'recovered', at))
  const hasOtherCases = billed.openCases.some((open) => open !== own)

  const before = billed.subscription
  const after = statusAfterPayment(before, hasOtherCases, at)
  if (after !== before) changes.changedSubscriptions.push(after)
  const view = viewOf(billed, after)
  if (before.status === 'trialing' && after.status === 'active') {
    changes.facts.push(subscriptionFact('trial_ended', view, at))
  }
  const isFirst =
    before.status === 'trialing' || before.status === 'pending' || before.status === 'incomplete'
  if (isFirst && after.status === 'active')
    changes.facts.push(subscriptionFact('activated', view, at))
  if (state.renewal?.kind === 'automatic' || state.renewal?.kind === 'manual') {
    changes.facts.push(renewedFact(view, state.renewal.cycle, at))
  }
  if (!isFirst && after.status !== before.status) {
    changes.facts.push(subscriptionFact('updated', view, at, { status: before.status }))
  }
}

function statusAfterPayment(
  subscription: Subscription,
  hasOtherCases: boolean,
  at: Instant,
): Subscription {
  switch (subscription.status) {
    case 'pending':
    case 'incomplete':
    case 'trialing':
      return moveTo(subscription, 'activate', at)
    case 'past_due':
      return hasOtherCases ? subscription : moveTo(subscription, 'recover', at)
    case 'unpaid':
      return moveTo(skipMissedCycles(subscription, at), 'recover', at)
    case 'active':
    case 'paused':
    case 'incomplete_expired':
    case 'canceled':
    case 'expired':
      return subscription
    default:
      return assertNever(subscription.status)
  }
}

/** Billing stood still while it was unpaid: the missed cycles are not billed, the next boundary is. */
function skipMissedCycles(subscription: Subscription, at: Instant): Subscription {
  if (subscription.period.end > at || subscription.schedule.dateRule !== 'anchored')
    return subscription
  const cycle = cycleAround(subscription.schedule, at)
  return { ...subscription, cycle, period: periodOfCycle(subscription.schedule, cycle, at) }
}

function moveTo(
  subscription: Subscription,
  move: 'activate' | 'recover' | 'fall_past_due' | 'exhaust' | 'fail_first_charge',
  at: Instant,
) {
  const decision = decideMove(subscription.status, move)
  assert(
    decision.kind === 'moved',
    `a settled charge makes a legal move: ${subscription.status} ${move}`,
  )
  return touched({ ...subscription, status: decision.to }, at)
}

/** A slow method was accepted: the customer has done their part, so a first charge activates. */
function acceptPending(state: SettlementState, at: Instant, changes: ChangeSet): void {
  const { billed } = state
  if (billed === null) return
  const before = billed.subscription
  if (before.status !== 'pending' && before.status !== 'incomplete' && before.status !== 'trialing')
    return
  const after = moveTo(before, 'activate', at)
  const view = viewOf(billed, after)
  changes.changedSubscriptions.push(after)
  if (before.status === 'trialing') changes.facts.push(subscriptionFact('trial_ended', view, at))
  changes.facts.push(subscriptionFact('activated', view, at))
}

/** The charge was refused: the invoice stays open, and a running subscription waits in a recovery case. */
function settleFailed(
  state: SettlementState,
  attempt: PaymentAttempt,
  at: Instant,
  tools: BillingTools,
  changes: ChangeSet,
): ChangeSet {
  const { invoice, lines, billed } = state
  changes.facts.push(
    invoiceFact('payment_failed', { invoice, lines }, at, BigInt(attempt.attemptNumber)),
  )
  if (state.renewal?.status === 'processing')
    changes.changedRenewals.push({ id: state.renewal.id, status: 'overdue' })
  if (billed !== null) subscriptionFailed(billed, state, attempt, at, tools, changes)
  return changes
}

function subscriptionFailed(
  billed: SubscriptionState,
  state: SettlementState,
  attempt: PaymentAttempt,
  at: Instant,
  tools: BillingTools,
  changes: ChangeSet,
): void {
  const { subscription } = billed
  switch (subscription.status) {
    case 'pending':
      changes.changedSubscriptions.push(moveTo(subscription, 'fail_first_charge', at))
      return
    case 'trialing':
    case 'active':
    case 'past_due':
      return collectionFailed(
        billed,
        state,
        attempt.decline?.code ?? 'generic_decline',
        at,
        tools,
        changes,
      )
    case 'incomplete':
    case 'incomplete_expired':
    case 'paused':
    case 'unpaid':
    case 'canceled':
    case 'expired':
      return
    default:
      return assertNever(subscription.status)
  }
}

/** A failed collection of a running subscription: its case is opened, moved on to the next retry, or used up. */
export function collectionFailed(
  billed: SubscriptionState,
  state: Pick<SettlementState, 'invoice' | 'lines'>,
  declineCode: string,
  at: Instant,
  tools: BillingTools,
  changes: ChangeSet,
): void {
  const { invoice } = state
  const own = billed.openCases.find((open) => open.invoiceId === invoice.id)
  if (own === undefined) {
    const given = {
      id: tools.nextId(),
      invoiceId: invoice.id,
      subscriptionId: billed.subscription.id,
      customerId: invoice.customerId,
      amountMinor: invoice.totalMinor - invoice.paidMinor,
      currency: invoice.currency,
    }
    const opened = openCase(given, declineCode, billed.policy, at)
    changes.newCases.push(opened)
    fallPastDue(billed, opened, at, changes)
    return
  }
  // A try between two scheduled ones, by hand, leaves the schedule as it is.
  if (own.nextAttemptAt !== null) {
    changes.changedCases.push({ ...own, lastDeclineCode: declineCode })
    return
  }
  const counted = countFailedRetry(own, declineCode, billed.policy, at)
  changes.changedCases.push(counted)
  if (counted.state === 'exhausted') exhaust(billed, state, counted, at, tools, changes)
}

function fallPastDue(
  billed: SubscriptionState,
  recovery: RecoveryCase,
  at: Instant,
  changes: ChangeSet,
): void {
  const before = billed.subscription
  const after = moveTo(before, 'fall_past_due', at)
  changes.changedSubscriptions.push(after)
  const view = viewOf(billed, after, recovery)
  if (before.status === 'trialing') changes.facts.push(subscriptionFact('trial_ended', view, at))
  if (before.status !== 'past_due') changes.facts.push(subscriptionFact('past_due', view, at))
}

/** The last retry failed: the subscription ends as the merchant wants it to. */
function exhaust(
  billed: SubscriptionState,
  state: Pick<SettlementState, 'invoice' | 'lines'>,
  used: RecoveryCase,
  at: Instant,
  tools: BillingTools,
  changes: ChangeSet,
): void {
  const others = billed.openCases.filter((open) => open.id !== used.id)
  if (billed.policy.onExhausted === 'unpaid') {
    const after = moveTo(billed.subscription, 'exhaust', at)
    changes.changedSubscriptions.push(after)
    changes.changedCases.push(...others.map((open) => closeCase(open, 'canceled', at)))
    const previous = { status: billed.subscription.status }
    changes.facts.push(subscriptionFact('updated', viewOf(billed, after), at, previous))
    return
  }
  const ended = cancelSubscription(
    billed.subscription,
    { mode: 'immediately', reason: 'payment_failed' },
    at,
  )
  assert(ended.kind === 'accepted', 'a past due subscription can be canceled')
  const writtenOff = writeOffInvoice(state.invoice, at)
  assert(writtenOff.kind === 'accepted', 'an invoice in recovery is open')
  changes.changedSubscriptions.push(ended.subscription)
  changes.changedCases.push(...others.map((open) => closeCase(open, 'canceled', at)))
  changes.changedInvoices.push(writtenOff.invoice)
  changes.transfers.push(...writeOffTransfers(state.invoice, at, tools.nextId))
  changes.facts.push(
    invoiceFact('marked_uncollectible', { invoice: writtenOff.invoice, lines: state.lines }, at),
    subscriptionFact('canceled', viewOf(billed, ended.subscription), at),
  )
}
