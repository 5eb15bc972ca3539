import { assert, assertNever } from '../fault/index.ts'
import { ratio } from '../money/index.ts'
import { closeCase, openCase } from '../recovery/index.ts'
import {
  beginBilling,
  cancelSubscription,
  decideMove,
  isEnded,
  pauseSubscription,
  periodOfCycle,
  resumeSubscription,
  touched,
  type Move,
  type Subscription,
} from '../subscriptions/index.ts'
import type { Instant } from '../time/index.ts'
import { emptyChangeSet, type ChangeSet } from './change-set.ts'
import { renewedFact, subscriptionFact, uncollectedFact } from './facts.ts'
import {
  issueBill,
  setBillAside,
  viewOf,
  type BillingTools,
  type SubscriptionState,
} from './issue-bill.ts'
import { withBill } from './start.ts'

/** What a due subscription needs done. One step at a time: what is due after it is found again. */
export type DueStep =
  | 'none'
  | 'begin'
  | 'expire_first_payment'
  | 'notice_trial_end'
  | 'end_trial'
  | 'resume'
  | 'pause'
  | 'cancel'
  | 'expire'
  | 'set_aside'
  | 'renew'

export type DueDecision = {
  readonly step: DueStep
  readonly subscription: Subscription
  readonly changes: ChangeSet
}

/** Names the step that is due at `now`, from the subscription's own state. */
export function dueStep(subscription: Subscription, now: Instant): DueStep {
  const { status, period, nextDueAt } = subscription
  if (nextDueAt === null || nextDueAt > now) return 'none'
  const isTermOver = subscription.endsAt !== null && subscription.endsAt <= now
  switch (status) {
    case 'pending':
    case 'incomplete':
      return subscription.latestInvoiceId === null ? 'begin' : 'expire_first_payment'
    case 'trialing':
      if (period.end > now) return 'notice_trial_end'
      return subscription.cancelAtPeriodEnd ? 'cancel' : 'end_trial'
    case 'active':
    case 'past_due':
      if (isTermOver) return 'expire'
      return periodEndStep(subscription)
    case 'paused':
      if (isTermOver) return 'expire'
      if (subscription.resumesAt !== null && subscription.resumesAt <= now) return 'resume'
      return subscription.cancelAtPeriodEnd ? 'cancel' : 'set_aside'
    case 'unpaid':
      return 'expire'
    case 'incomplete_expired':
    case 'canceled':
    case 'expired':
      return 'none'
    default:
      return assertNever(status)
  }
}

function periodEndStep(subscription: Subscription): DueStep {
  if (subscription.cancelAtPeriodEnd) return 'cancel'
  const { cyclesMax } = subscription
  if (cyclesMax !== null && subscription.cyclesBilled >= cyclesMax) return 'expire'
  if (subscription.pauseAtPeriodEnd && subscription.status === 'active') return 'pause'
  return 'renew'
}

/** Decides the step that is due. Pure: the same state and instant always give the same change. */
export function decideDue(
  state: SubscriptionState,
  now: Instant,
  tools: BillingTools,
): DueDecision {
  const { subscription } = state
  const step = dueStep(subscription, now)
  switch (step) {
    case 'none':
      return { step, subscription, changes: emptyChangeSet() }
    case 'notice_trial_end':
      return changedOnly(
        state,
        step,
        { ...subscription, isTrialEndingNoticeSent: true },
        now,
        'trial_ending',
      )
    case 'expire_first_payment':
      return moveOnly(state, step, { move: 'expire_unpaid_start', what: 'updated' }, now)
    case 'expire':
      return moveOnly(state, step, { move: 'expire', what: 'updated' }, now)
    case 'cancel':
      return cancelNow(state, now)
    case 'pause':
      return pauseNow(state, now)
    case 'resume':
      return resumeNow(state, now)
    case 'begin':
    case 'end_trial':
      return begin(state, step, now, tools)
    case 'set_aside':
      return setAside(state, now, tools)
    case 'renew':
      return renew(state, now, tools)
    default:
      return assertNever(step)
  }
}

/** A new cycle: its period, its bill and, unless the money is already there, the charge that is to follow. */
function renew(state: SubscriptionState, now: Instant, tools: BillingTools): DueDecision {
  const changes = emptyChangeSet()
  const entered = enterNextCycle(state.subscription)
  const order = { kind: 'automatic', reason: 'subscription_cycle', share: ratio(1n, 1n) } as const
  const bill = issueBill({ ...state, subscription: entered }, order, now, tools, changes)
  const counted = {
    ...entered,
    cyclesBilled: entered.cyclesBilled + 1,
    latestInvoiceId: bill.invoice.id,
  }

  const isUncollected = bill.result === 'no_payment_method'
  const subscription = touched(
    { ...counted, status: isUncollected ? 'past_due' : counted.status },
    now,
  )
  changes.changedSubscriptions.push(subscription)
  if (bill.result === 'settled')
    changes.facts.push(renewedFact(viewOf(state, subscription), subscription.cycle, now))
  if (isUncollected) openUncollected({ ...state, subscription }, bill, now, tools, changes)
  return { step: 'renew', subscription, changes }
}

/** A due charge without any method to charge is a failed collection: it waits for one in a recovery case. */
function openUncollected(
  state: SubscriptionState,
  bill: ReturnType<typeof issueBill>,
  now: Instant,
  tools: BillingTools,
  changes: ChangeSet,
): void {
  const { subscription } = state
  const { invoice, lines } = bill
  const given = {
    id: tools.nextId(),
    invoiceId: invoice.id,
    subscriptionId: subscription.id,
    customerId: subscription.customerId,
    amountMinor: invoice.totalMinor,
    currency: invoice.currency,
  }
  const recovery = openCase(given, 'no_payment_method', state.policy, now)
  changes.newCases.push(recovery)
  changes.facts.push(
    uncollectedFact({ invoice, lines }, 0, now),
    subscriptionFact('past_due', viewOf(state, subscription, recovery), now),
  )
}

/** Billing begins: at a start that lay in the future, or because a trial is over. */
function begin(
  state: SubscriptionState,
  step: 'begin' | 'end_trial',
  now: Instant,
  tools: BillingTools,
): DueDecision {
  const changes = emptyChangeSet()
  const from = step === 'begin' ? state.subscription.startedAt : state.subscription.period.end
  const { subscription: begun, firstBill } = beginBilling(
    { ...state.subscription, isTrialEndingNoticeSent: true },
    from,
  )
  const kind = step === 'begin' ? 'initial' : 'trial_end'
  const bill =
    firstBill.kind === 'cycle'
      ? issueBill(
          { ...state, subscription: begun },
          { kind, reason: 'subscription_cycle', share: firstBill.share },
          now,
          tools,
          changes,
        )
      : null
  const billed = touched(withBill(begun, bill, now), now)
  const isUncollected = step === 'end_trial' && bill?.result === 'no_payment_method'
  const subscription = isUncollected ? touched({ ...billed, status: 'past_due' }, now) : billed
  changes.changedSubscriptions.push(subscription)

  const view = viewOf(state, subscription)
  if (step === 'end_trial' && subscription.status !== 'trialing')
    changes.facts.push(subscriptionFact('trial_ended', view, now))
  if (subscription.status === 'active') changes.facts.push(subscriptionFact('activated', view, now))
  if (isUncollected) openUncollected({ ...state, subscription }, bill, now, tools, changes)
  return { step, subscription, changes }
}

/** The bill of a paused period, kept aside as the pause asks. */
function setAside(state: SubscriptionState, now: Instant, tools: BillingTools): DueDecision {
  const changes = emptyChangeSet()
  const entered = enterNextCycle(state.subscription)
  const behavior = entered.pauseBehavior
  assert(behavior !== null, 'a paused subscription knows what becomes of its bills')
  const bill = setBillAside({ ...state, subscription: entered }, behavior, now, tools, changes)
  const subscription = touched({ ...entered, latestInvoiceId: bill.invoice.id }, now)
  changes.changedSubscriptions.push(subscription)
  return { step: 'set_aside', subscription, changes }
}

function enterNextCycle(subscription: Subscription): Subscription {
  const cycle = subscription.cycle + 1
  const period = periodOfCycle(subscription.schedule, cycle, subscription.period.end)
  assert(period.start >= subscription.period.end, 'periods follow each other without overlap')
  return { ...subscription, cycle, period }
}

function moveOnly(
  state: SubscriptionState,
  step: DueStep,
  given: { readonly move: Move; readonly what: string },
  now: Instant,
): DueDecision {
  const move = decideMove(state.subscription.status, given.move)
  assert(move.kind === 'moved', `a due step is a legal move: ${given.move}`)
  return changedOnly(
    state,
    step,
    { ...state.subscription, status: move.to, endedAt: now },
    now,
    given.what,
  )
}

function cancelNow(state: SubscriptionState, now: Instant): DueDecision {
  const decision = cancelSubscription(
    state.subscription,
    { mode: 'immediately', reason: null },
    now,
  )
  assert(decision.kind === 'accepted', 'a scheduled cancellation is legal when it falls due')
  return changedOnly(state, 'cancel', decision.subscription, now, 'updated')
}

/** The period that just ended was paid; the next one is set aside like every one until the resume. */
function pauseNow(state: SubscriptionState, now: Instant): DueDecision {
  const request = { behavior: 'keep_as_draft', resumesAt: null } as const
  const decision = pauseSubscription(state.subscription, request, now)
  assert(decision.kind === 'accepted', 'a scheduled pause is legal when it falls due')
  return changedOnly(state, 'pause', decision.subscription, now, 'paused')
}

function resumeNow(state: SubscriptionState, now: Instant): DueDecision {
  const decision = resumeSubscription(state.subscription, now)
  assert(decision.kind === 'accepted', 'a paused subscription can resume')
  return changedOnly(state, 'resume', decision.subscription, now, 'resumed')
}

/** A step that changes the subscription alone and says so in one event. */
function changedOnly(
  state: SubscriptionState,
  step: DueStep,
  next: Subscription,
  now: Instant,
  what: string,
): DueDecision {
  const changes = emptyChangeSet()
  const subscription = touched(next, now)
  changes.changedSubscriptions.push(subscription)
  const previous = what === 'updated' ? { status: state.subscription.status } : null
  if (isEnded(subscription.status)) {
    changes.changedCases.push(...state.openCases.map((open) => closeCase(open, 'canceled', now)))
  }
  changes.facts.push(subscriptionFact(what, viewOf(state, subscription), now, previous))
  return { step, subscription, changes }
}
