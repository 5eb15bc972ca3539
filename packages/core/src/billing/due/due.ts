import { assert, assertNever } from '../../fault/index.ts'
import { whenAnswered } from '../../payments/index.ts'
import {
  beginBilling,
  cancelSubscription,
  decideMove,
  firstPaymentDueAt,
  isEnded,
  pauseSubscription,
  resumeSubscription,
  touched,
  type Move,
  type Subscription,
} from '../../subscriptions/index.ts'
import type { Instant } from '../../time/index.ts'
import { emptyChangeSet, type ChangeSet } from '../state/change-set.ts'
import { dueStep, type DueStep } from './due-step.ts'
import { endCases } from './end-cases.ts'
import type { Told } from '../state/fact-types.ts'
import { begunFacts, subscriptionFact } from '../state/facts.ts'
import { issueBill, setBillAside } from '../bills/issue-bill.ts'
import { afterResume } from './after-resume.ts'
import { enterNextCycle, leaveUncollected, nextCycleFrom, renew } from './renew.ts'
import { withoutEmptyBill } from '../recycling/first-bill.ts'
import { completeIfSpent } from '../recycling/complete.ts'
import { priceNextCycle } from '../recycling/price-next-cycle.ts'
import { passWithoutBill } from './without-bill.ts'
import { withBill } from './start.ts'
import { voidUnpaidStart } from './void-unpaid-start.ts'
import { viewOf, type BillingTools, type SubscriptionState, type Work } from '../state/state.ts'

export type DueDecision = {
  readonly step: DueStep
  readonly subscription: Subscription
  readonly changes: ChangeSet
}

/** Decides the step that is due. Pure: the same state and instant always give the same change. */
export function decideDue(
  state: SubscriptionState,
  now: Instant,
  tools: BillingTools,
): DueDecision {
  return decideStep(state, dueStep(state.subscription, now), { at: now, tools })
}

/** Decides a step, whether it is due by itself or not. */
export function decideStep(
  state: SubscriptionState,
  step: DueStep,
  given: Omit<Work, 'changes'>,
): DueDecision {
  const work: Work = { ...given, changes: emptyChangeSet() }
  const subscription = step === 'none' ? state.subscription : takeStep(state, step, work)
  return { step, subscription, changes: work.changes }
}

/** The subscription after the step; everything that changes is added to the work. */
function takeStep(
  state: SubscriptionState,
  step: Exclude<DueStep, 'none'>,
  work: Work,
): Subscription {
  switch (step) {
    case 'notice_trial_end': {
      const noticed = { ...state.subscription, isTrialEndingNoticeSent: true }
      return changeOnly(state, { next: touched(noticed, work.at), what: 'trial_ending' }, work)
    }
    case 'expire_first_payment':
      return expireUnpaidStart(state, work)
    case 'expire':
      return moveOnly(state, 'expire', work)
    case 'cancel':
      return cancelNow(state, work)
    case 'pause':
      return pauseNow(state, work)
    case 'resume':
      return resumeNow(state, work)
    case 'begin':
    case 'end_trial':
      return begin(state, step, work)
    case 'set_aside':
      return setAside(state, work)
    case 'renew':
      return passWithoutBill(state, work) ?? renew(state, work)
    default:
      return assertNever(step)
  }
}

/** Billing begins: at a start that lay in the future, or because a trial is over. */
function begin(state: SubscriptionState, step: 'begin' | 'end_trial', work: Work): Subscription {
  const { at, changes } = work
  const { subscription: before } = state
  const from = step === 'begin' ? before.startedAt : nextCycleFrom(before, at)
  const noticed = { ...before, isTrialEndingNoticeSent: true }
  const began = withoutEmptyBill(state, beginBilling(noticed, from), at)
  const { subscription: begun, firstBill } = began
  const order =
    step === 'begin'
      ? ({ kind: 'initial', reason: 'subscription_create' } as const)
      : ({ kind: 'trial_end', reason: 'subscription_cycle' } as const)
  const bill =
    firstBill.kind === 'cycle'
      ? issueBill({ ...state, subscription: begun }, { ...order, share: firstBill.share }, work)
      : null
  // A start that is billed late has its time for the first payment from now on.
  const waiting = { ...priceNextCycle(state, begun), nextDueAt: firstPaymentDueAt(at) }
  const subscription = completeIfSpent(state, touched(withBill(waiting, bill, at), at), at)
  if (step === 'end_trial' && bill?.result === 'no_payment_method') {
    return leaveUncollected({ ...state, subscription }, bill, work)
  }
  changes.changedSubscriptions.push(subscription)
  const view = viewOf(state, subscription)
  if (step === 'end_trial' && subscription.status !== 'trialing') {
    changes.facts.push(subscriptionFact('trial_ended', view, at))
  }
  changes.facts.push(...begunFacts(view, at))
  return subscription
}

/** The bill of a paused period, kept aside as the pause asks. */
function setAside(state: SubscriptionState, work: Work): Subscription {
  const entered = enterNextCycle(state.subscription, work.at)
  const behavior = entered.pauseBehavior
  assert(
    behavior !== null && behavior !== 'suspend',
    'a paused subscription that is billed knows what becomes of its bills',
  )
  const bill = setBillAside({ ...state, subscription: entered }, behavior, work)
  const subscription = touched({ ...entered, latestInvoiceId: bill.invoice.id }, work.at)
  work.changes.changedSubscriptions.push(subscription)
  return subscription
}

/** While a charge is in flight nobody knows whether it was paid. */
function expireUnpaidStart(state: SubscriptionState, work: Work): Subscription {
  const { unpaidStart } = state
  const chargedAt = unpaidStart?.chargedAt ?? null
  if (chargedAt === null) {
    voidUnpaidStart(state, work)
    return moveOnly(state, 'expire_unpaid_start', work)
  }
  const nextDueAt = whenAnswered(work.at, chargedAt)
  const waiting = { ...state.subscription, nextDueAt }
  const subscription = touched(waiting, work.at)
  work.changes.changedSubscriptions.push(subscription)
  return subscription
}

function moveOnly(state: SubscriptionState, move: Move, work: Work): Subscription {
  const decision = decideMove(state.subscription.status, move)
  assert(decision.kind === 'moved', `a due step is a legal move: ${move}`)
  const next = { ...state.subscription, status: decision.to, endedAt: work.at }
  return changeOnly(state, { next: touched(next, work.at), what: 'updated' }, work)
}

function cancelNow(state: SubscriptionState, work: Work): Subscription {
  const request = { mode: 'immediately', reason: null } as const
  const decision = cancelSubscription(state.subscription, request, work.at)
  assert(decision.kind === 'accepted', 'a scheduled cancellation is legal when it falls due')
  return changeOnly(state, { next: decision.subscription, what: 'updated' }, work)
}

/** The period that just ended was paid; the next ones are set aside until the resume. */
function pauseNow(state: SubscriptionState, work: Work): Subscription {
  const request = { behavior: 'keep_as_draft', resumesAt: null } as const
  const decision = pauseSubscription(state.subscription, request, work.at)
  assert(decision.kind === 'accepted', 'a scheduled pause is legal when it falls due')
  return changeOnly(state, { next: decision.subscription, what: 'paused' }, work)
}

function resumeNow(state: SubscriptionState, work: Work): Subscription {
  const decision = resumeSubscription(state.subscription, work.at)
  assert(decision.kind === 'accepted', 'a paused subscription can resume')
  const next = afterResume(state, decision.subscription, work.at)
  return changeOnly(state, { next, what: 'resumed' }, work)
}

/** A step that changes the subscription alone and says so in one event. `next`: touched. */
function changeOnly(
  state: SubscriptionState,
  given: { readonly next: Subscription; readonly what: Told<'subscription'> },
  { at, changes }: Work,
): Subscription {
  const { next: subscription } = given
  changes.changedSubscriptions.push(subscription)
  const previous = given.what === 'updated' ? { status: state.subscription.status } : null
  if (isEnded(subscription.status)) {
    changes.changedCases.push(...endCases(state, at))
  }
  changes.facts.push(subscriptionFact(given.what, viewOf(state, subscription), at, previous))
  return subscription
}
