import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import {
  type Subscription,
  type SubscriptionDecision,
  type SubscriptionStatus,
  cancelSubscription,
  pauseSubscription,
  reactivateSubscription,
  resumeSubscription,
} from './index.ts'
import { at, subscriptionIn } from './test-subscription.ts'

const NOW = at('2027-01-20')
const NEXT_WEEK = at('2027-01-27')

const cancelNow = (each: Subscription) =>
  cancelSubscription(each, { mode: 'immediately', reason: 'too dear' }, NOW)
const cancelLater = (each: Subscription) =>
  cancelSubscription(each, { mode: 'period_end', reason: null }, NOW)
const pause = (each: Subscription) =>
  pauseSubscription(each, { behavior: 'keep_as_draft', resumesAt: NEXT_WEEK }, NOW)
const resume = (each: Subscription) => resumeSubscription(each, NOW)
const reactivate = (each: Subscription) => reactivateSubscription(each, NOW)
/** With a cancellation ahead; where one can be set, and where one may have stayed (decision 31). */
const takeBack = (each: Subscription) => reactivate({ ...each, cancelAtPeriodEnd: true })

/** The status after the command, or the code of its refusal. */
function outcome(decision: SubscriptionDecision): string {
  return decision.kind === 'accepted' ? decision.subscription.status : decision.code
}

const ENDED = 'subscription_ended'
const INVALID = 'subscription_state_invalid'
const NOT_SET = 'cancel_not_scheduled'

const COMMANDS: readonly (readonly [
  SubscriptionStatus,
  cancelNow: string,
  cancelLater: string,
  pause: string,
  resume: string,
  reactivate: string,
  takeBack: string,
])[] = [
  // status              cancel now  at period end  pause     resume    reactivate, with the flag set
  ['pending', 'canceled', INVALID, INVALID, INVALID, NOT_SET, 'pending'],
  ['incomplete', 'canceled', INVALID, INVALID, INVALID, NOT_SET, 'incomplete'],
  ['incomplete_expired', ENDED, ENDED, ENDED, ENDED, ENDED, ENDED],
  ['trialing', 'canceled', 'trialing', INVALID, INVALID, NOT_SET, 'trialing'],
  ['active', 'canceled', 'active', 'paused', INVALID, NOT_SET, 'active'],
  ['past_due', 'canceled', 'past_due', INVALID, INVALID, NOT_SET, 'past_due'],
  ['paused', 'canceled', 'paused', INVALID, 'active', NOT_SET, 'paused'],
  ['unpaid', 'canceled', INVALID, INVALID, INVALID, NOT_SET, 'unpaid'],
  ['canceled', ENDED, ENDED, ENDED, ENDED, ENDED, ENDED],
  ['expired', ENDED, ENDED, ENDED, ENDED, ENDED, ENDED],
]

test('each command says in every status what it does or why not', () => {
  equal(new Set(COMMANDS.map(([status]) => status)).size, 10)
  for (const [status, ...expected] of COMMANDS) {
    const each = subscriptionIn(status)
    const found = [cancelNow, cancelLater, pause, resume, reactivate, takeBack].map((command) =>
      outcome(command(each)),
    )
    deepEqual(found, expected, status)
  }
})

function accepted(decision: SubscriptionDecision): Subscription {
  ok(decision.kind === 'accepted')
  return decision.subscription
}

test('an accepted command raises the version, says when, and works out anew what is due', () => {
  const active = subscriptionIn('active')
  for (const command of [cancelNow, cancelLater, pause]) {
    const { version, updatedAt } = accepted(command(active))
    deepEqual({ version, updatedAt }, { version: 8, updatedAt: NOW })
  }
  equal(accepted(cancelNow(active)).nextDueAt, null)
  equal(accepted(cancelLater(active)).nextDueAt, at('2027-02-15'))
  equal(accepted(pause(active)).nextDueAt, NEXT_WEEK)
  equal(accepted(resume(accepted(pause(active)))).nextDueAt, at('2027-02-15'))
})

test('canceling now ends it now; at period end it only says so, and can be taken back', () => {
  const now = accepted(cancelNow(subscriptionIn('paused', { resumesAt: NEXT_WEEK })))
  deepEqual(
    [now.canceledAt, now.endedAt, now.cancelReason, now.pausedAt, now.resumesAt],
    [NOW, NOW, 'too dear', null, null],
  )

  const later = accepted(cancelLater(subscriptionIn('active')))
  deepEqual([later.cancelAtPeriodEnd, later.canceledAt, later.endedAt], [true, NOW, null])

  const kept = accepted(reactivate(later))
  deepEqual([kept.cancelAtPeriodEnd, kept.canceledAt, kept.cancelReason], [false, null, null])
})

test('the first cancellation is the one that is remembered', () => {
  const scheduled = {
    cancelAtPeriodEnd: true,
    canceledAt: at('2027-01-17'),
    cancelReason: 'moving',
  }
  const request = { mode: 'immediately', reason: null } as const
  const after = accepted(cancelSubscription(subscriptionIn('active', scheduled), request, NOW))
  deepEqual(
    [after.canceledAt, after.cancelReason, after.endedAt],
    [at('2027-01-17'), 'moving', NOW],
  )
})

test('a pause keeps what its bills are to become, and a resume forgets it', () => {
  const paused = accepted(pause(subscriptionIn('active', { pauseAtPeriodEnd: true })))
  deepEqual(
    [paused.pausedAt, paused.pauseBehavior, paused.resumesAt, paused.pauseAtPeriodEnd],
    [NOW, 'keep_as_draft', NEXT_WEEK, false],
  )
  const resumed = accepted(resume(paused))
  deepEqual([resumed.pausedAt, resumed.pauseBehavior, resumed.resumesAt], [null, null, null])
  deepEqual(resumed.period, paused.period)
})

test('a pause cannot resume in the past, and that is checked last', () => {
  const request = { behavior: 'void', resumesAt: NOW } as const
  const outcomeIn = (status: SubscriptionStatus) =>
    outcome(pauseSubscription(subscriptionIn(status), request, NOW))
  equal(outcomeIn('active'), 'resumes_at_in_past')
  equal(outcomeIn('past_due'), INVALID)
  equal(outcomeIn('canceled'), ENDED)
})
