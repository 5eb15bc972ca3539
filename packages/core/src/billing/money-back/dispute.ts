import { assertNever } from '../../fault/index.ts'
import {
  disputeFeeTransfers,
  disputeReturnTransfers,
  disputeTransaction,
  disputeTransfers,
  hearDispute,
  isClosed,
  isMoneyTaken,
  isWarning,
  missDeadline,
  openDispute,
  submitEvidence,
  acceptDispute,
  type Dispute,
} from '../../disputes/index.ts'
import type { Uuid } from '../../ids/index.ts'
import type { DisputeStatus, GatewayDispute, Transaction } from '../../payments/index.ts'
import { closeCase } from '../../recovery/index.ts'
import { cancelSubscription, pauseSubscription } from '../../subscriptions/index.ts'
import type { Instant } from '../../time/index.ts'
import { emptyChangeSet, type ChangeSet, type Fact } from '../state/change-set.ts'
import { subscriptionFact } from '../state/facts.ts'
import { viewOf, type BillingTools, type SubscriptionState, type Work } from '../state/state.ts'
import { voidUnpaidStart } from '../due/void-unpaid-start.ts'

/** What a chargeback does to the subscription whose payment it takes back. */
export type OnDispute = 'none' | 'pause' | 'cancel'

/** A subscription that a disputed payment was for, and what a chargeback does to it. */
export type DisputedSubscription = SubscriptionState & { readonly onDispute: OnDispute }

/** A disputed payment and everything that word about it may change. */
export type DisputeState = {
  readonly sale: Transaction
  readonly gatewayId: Uuid
  /** Null when it is heard of for the first time. */
  readonly dispute: Dispute | null
  /** Other disputes of the same payment. */
  readonly earlierDisputes: number
  readonly facts: Readonly<Record<string, string>>
  /** Of a sale's payment: all that the sale has begun. */
  readonly billed: readonly DisputedSubscription[]
}

export type DisputeOutcome = {
  readonly result: 'opened' | 'changed' | 'ignored'
  readonly changes: ChangeSet
}

/**
 * What a gateway's word about a dispute changes: the dispute, the movement of its money, the postings, and
 * for a chargeback the subscription. The first word may be the last one, when the words before it got lost.
 */
export function decideDispute(
  state: DisputeState,
  word: { readonly told: GatewayDispute; readonly toldAt: Instant },
  at: Instant,
  tools: BillingTools,
): DisputeOutcome {
  const work: Work = { at, tools, changes: emptyChangeSet() }
  const { changes } = work
  if (state.dispute === null) {
    const { sale, gatewayId, facts } = state
    const opened = openDispute({ ...word, sale, gatewayId, facts, id: tools.nextId() }, at)
    const first = withMoney(state, { before: null, after: opened }, work)
    changes.facts.push(disputeFact('created', first, at))
    const decision = hearDispute(first, word.told, word.toldAt, at)
    const final =
      decision.kind === 'ignored'
        ? first
        : withMoney(state, { before: first, after: decision.dispute }, work)
    tellDisputed(state, final, work)
    changes.newDisputes.push(final)
    if (final.version > first.version) changes.facts.push(changedFact(first, final, at))
    return { result: 'opened', changes }
  }
  const decision = hearDispute(state.dispute, word.told, word.toldAt, at)
  if (decision.kind === 'ignored') return { result: 'ignored', changes }
  change(state, decision.dispute, work)
  return { result: 'changed', changes }
}

/** The merchant's answer has arrived; the gateway says where that leaves the dispute. */
export function decideAnswered(
  state: DisputeState & { readonly dispute: Dispute },
  answered: { readonly answer: 'submit' | 'accept'; readonly status: DisputeStatus },
  at: Instant,
  tools: BillingTools,
): ChangeSet {
  const work: Work = { at, tools, changes: emptyChangeSet() }
  const answer = answered.answer === 'submit' ? submitEvidence : acceptDispute
  if (!isClosed(state.dispute)) change(state, answer(state.dispute, answered.status, at), work)
  return work.changes
}

/** The deadline of a dispute has passed. Null when it was answered, or has ended, in time. */
export function decideMissedDeadline(
  state: DisputeState & { readonly dispute: Dispute },
  at: Instant,
  tools: BillingTools,
): ChangeSet | null {
  const after = missDeadline(state.dispute, at)
  if (after === null) return null
  const work: Work = { at, tools, changes: emptyChangeSet() }
  change(state, after, work)
  return work.changes
}

/** A dispute that was known before, as it is now. */
function change(state: DisputeState, after: Dispute, work: Work): void {
  const final = withMoney(state, { before: state.dispute, after }, work)
  work.changes.changedDisputes.push(final)
  // Taken a second time it is the same dispute of the same payment: told by its own events, and obeyed before.
  if (state.dispute?.transactionId === null) tellDisputed(state, final, work)
  work.changes.facts.push(changedFact(state.dispute, final, work.at))
}

/**
 * Takes the money when there is a chargeback, and gives it back when that is won; a movement of its own each time, for a
 * dispute may be taken up again. `before`: the dispute as its money was moved last; null = never.
 */
function withMoney(
  state: DisputeState,
  { before, after }: { readonly before: Dispute | null; readonly after: Dispute },
  { at, tools, changes }: Work,
): Dispute {
  const isTaken = before !== null && isMoneyTaken(before)
  const isBack = after.resolution === 'won' || after.resolution === 'withdrawn'
  const wasEverTaken = before !== null && before.transactionId !== null
  if (!wasEverTaken && isWarning(after)) return after
  let held = after
  // Won at the first word: what it took and gave back is booked all the same, for the fee and for the record.
  if (!isTaken && !(isBack && wasEverTaken)) {
    const taken = disputeTransaction(after, state.sale, { id: tools.nextId(), at })
    held = { ...after, transactionId: taken.id }
    changes.newTransactions.push(taken)
    changes.transfers.push(...disputeTransfers(held, at, tools.nextId))
  }
  if (held.transactionId !== null) {
    const bookedMinor = wasEverTaken ? before.feeMinor : 0n
    changes.transfers.push(...disputeFeeTransfers(held, { bookedMinor, at, nextId: tools.nextId }))
  }
  if (isBack && held.transactionId !== null && (isTaken || !wasEverTaken)) {
    changes.voidedTransactions.push({ id: held.transactionId, at })
    changes.transfers.push(...disputeReturnTransfers(held, at, tools.nextId))
  }
  return held
}

/**
 * A payment is disputed once its money was taken; then the merchant's rule for each subscription counts, unless the first
 * that was heard of it is that the money is back.
 */
function tellDisputed(state: DisputeState, dispute: Dispute, work: Work): void {
  if (dispute.transactionId === null) return
  const { sale } = state
  const number = BigInt(state.earlierDisputes)
  const subject = { kind: 'transaction', transaction: sale } as const
  work.changes.facts.push({ type: 'payment.disputed', at: work.at, number, subject, previous: null }) // prettier-ignore
  if (!isMoneyTaken(dispute)) return
  for (const billed of state.billed) obey(billed, work)
}

/** What cannot be paused or canceled any more stays as it is. */
function obey(billed: DisputedSubscription, work: Work): void {
  const { at, changes } = work
  switch (billed.onDispute) {
    case 'none':
      return
    case 'pause': {
      const request = { behavior: 'void', resumesAt: null } as const
      const paused = pauseSubscription(billed.subscription, request, at)
      if (paused.kind === 'refused') return
      changes.changedSubscriptions.push(paused.subscription)
      changes.facts.push(subscriptionFact('paused', viewOf(billed, paused.subscription), at))
      return
    }
    case 'cancel': {
      const request = { mode: 'immediately', reason: 'payment_disputed' } as const
      const ended = cancelSubscription(billed.subscription, request, at)
      if (ended.kind === 'refused') return
      changes.changedSubscriptions.push(ended.subscription)
      changes.changedCases.push(...billed.openCases.map((open) => closeCase(open, 'canceled', at)))
      changes.facts.push(subscriptionFact('canceled', viewOf(billed, ended.subscription), at))
      voidUnpaidStart(billed, work)
      return
    }
    default:
      return assertNever(billed.onDispute)
  }
}

/** `dispute.<what>`; repetitions are told apart by the dispute's version. */
function disputeFact(what: 'created' | 'updated' | 'closed', dispute: Dispute, at: Instant): Fact {
  const subject = { kind: 'dispute', dispute } as const
  const number = what === 'created' ? 0n : BigInt(dispute.version)
  return { type: `dispute.${what}`, at, number, subject, previous: null }
}

/** A fee that is told of a closed one does not close it again. */
function changedFact(before: Dispute | null, after: Dispute, at: Instant): Fact {
  const wasSo = before?.status === after.status && before.isInferred === after.isInferred
  return disputeFact(isClosed(after) && !wasSo ? 'closed' : 'updated', after, at)
}
