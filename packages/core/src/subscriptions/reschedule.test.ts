import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { addMs, formatInstant } from '../time/index.ts'
import { changeBillingDay, moveNextBilling } from './reschedule.ts'
import { periodOfCycle } from './schedule.ts'
import type { SubscriptionDecision } from './commands.ts'
import type { Subscription, SubscriptionStatus } from './subscription.ts'
import { at, subscriptionIn } from './test-subscription.ts'

function accepted(decision: SubscriptionDecision): Subscription {
  if (decision.kind === 'refused') throw new Error(decision.code)
  return decision.subscription
}

function nextPeriods(moved: Subscription, count: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const period = periodOfCycle(moved.schedule, moved.cycle + 1 + index, moved.period.end)
    return `${formatInstant(period.start)} ${formatInstant(period.end)}`
  })
}

const RUNNING = {
  cycle: 3,
  period: { start: at('2027-04-10T09:00:00Z'), end: at('2027-05-10T09:00:00Z') },
} as const

test('a moved billing date ends the current period there and counts later ones from it', () => {
  const now = at('2027-04-20T12:00:00Z')
  const moved = accepted(
    moveNextBilling(subscriptionIn('active', RUNNING), at('2027-05-31T09:00:00Z'), now),
  )
  equal(formatInstant(moved.period.end), '2027-05-31T09:00:00.000Z')
  equal(moved.nextDueAt, moved.period.end)
  equal(moved.cycle, 3, 'cycles keep their numbers, so that no bill is counted twice')
  deepEqual(nextPeriods(moved, 3), [
    '2027-05-31T09:00:00.000Z 2027-06-30T09:00:00.000Z',
    '2027-06-30T09:00:00.000Z 2027-07-31T09:00:00.000Z',
    '2027-07-31T09:00:00.000Z 2027-08-31T09:00:00.000Z',
  ])
})

test('a trial whose billing date is moved ends there', () => {
  const trial = subscriptionIn('trialing', {
    cycle: -1,
    period: { start: at('2027-04-10T09:00:00Z'), end: at('2027-04-24T09:00:00Z') },
    trialEnd: at('2027-04-24T09:00:00Z'),
  })
  const moved = accepted(
    moveNextBilling(trial, at('2027-05-01T09:00:00Z'), at('2027-04-12T09:00:00Z')),
  )
  equal(moved.trialEnd, at('2027-05-01T09:00:00Z'))
  equal(moved.period.end, at('2027-05-01T09:00:00Z'))
})

test('a trial that is moved to end later gives notice of its end again', () => {
  const trial = subscriptionIn('trialing', {
    cycle: -1,
    period: { start: at('2027-04-10'), end: at('2027-04-24') },
    trialEnd: at('2027-04-24'),
    isTrialEndingNoticeSent: true,
  })
  const noticeAfter = (to: string) => {
    const moved = accepted(moveNextBilling(trial, at(to), at('2027-04-22')))
    return [moved.isTrialEndingNoticeSent, formatInstant(moved.nextDueAt ?? moved.period.end)]
  }
  deepEqual(noticeAfter('2027-05-01'), [false, formatInstant(at('2027-04-28'))])
  deepEqual(noticeAfter('2027-04-23'), [true, formatInstant(at('2027-04-23'))])
})

const TRIAL = {
  cycle: -1,
  period: { start: at('2027-04-10'), end: at('2027-04-20') },
  trialEnd: at('2027-04-20'),
  endsAt: at('2027-05-10'),
} as const

/** A trial until 20 April of a subscription whose term ends on 10 May, moved on 12 April. */
const TRIALS: readonly (readonly [what: string, SubscriptionDecision, expected: string])[] = [
  ['to the last instant of its term', moveNextBilling(subscriptionIn('trialing', TRIAL), addMs(TRIAL.endsAt, -1), at('2027-04-12')), 'accepted'],
  ['to the end of its term', moveNextBilling(subscriptionIn('trialing', TRIAL), TRIAL.endsAt, at('2027-04-12')), 'trial_outlasts_term'],
  ['beyond its term', moveNextBilling(subscriptionIn('trialing', TRIAL), at('2027-05-20'), at('2027-04-12')), 'trial_outlasts_term'],
  ['to a billing day in its term', changeBillingDay(subscriptionIn('trialing', TRIAL), 9, at('2027-04-12')), 'accepted'],
  ['to a billing day beyond its term', changeBillingDay(subscriptionIn('trialing', TRIAL), 15, at('2027-04-12')), 'trial_outlasts_term'],
  ['beyond its term while it is suspended', moveNextBilling(subscriptionIn('paused', { ...TRIAL, pauseBehavior: 'suspend' }), at('2027-05-20'), at('2027-04-12')), 'trial_outlasts_term'],
] // prettier-ignore

for (const [what, decision, expected] of TRIALS)
  test(`a trial that is moved ${what}: ${expected}`, () => {
    equal(decision.kind === 'refused' ? decision.code : decision.kind, expected)
  })

test('a billing date that is moved beyond the term leaves the term as it was: it ends first', () => {
  const running = subscriptionIn('active', { ...RUNNING, endsAt: at('2027-05-20') })
  const moved = accepted(moveNextBilling(running, at('2027-06-01'), at('2027-04-20')))
  equal(moved.nextDueAt, at('2027-05-20'))
})

test('a new billing day extends the current period to the first such day and clamps to short months', () => {
  const moved = accepted(
    changeBillingDay(subscriptionIn('active', RUNNING), 31, at('2027-04-20T12:00:00Z')),
  )
  equal(formatInstant(moved.period.end), '2027-05-31T09:00:00.000Z')
  deepEqual(nextPeriods(moved, 2), [
    '2027-05-31T09:00:00.000Z 2027-06-30T09:00:00.000Z',
    '2027-06-30T09:00:00.000Z 2027-07-31T09:00:00.000Z',
  ])
})

/** From 10 April; a day of the month would give it up to a month for nothing. */
function weekly(status: SubscriptionStatus): Subscription {
  const { schedule, ...more } = subscriptionIn(status, RUNNING)
  return {
    ...more,
    schedule: { ...schedule, frequency: { kind: 'unit', unit: 'week', count: 1 } },
    period: { start: at('2027-04-17'), end: at('2027-04-24') },
  }
}

test('a billing date in the past, and one of a subscription that is not billing, are refused', () => {
  const now = at('2027-04-20T12:00:00Z')
  const cases = [
    [moveNextBilling(subscriptionIn('active', RUNNING), now, now), 'next_billing_in_past'],
    [
      moveNextBilling(subscriptionIn('unpaid', RUNNING), at('2027-06-01T00:00:00Z'), now),
      'subscription_state_invalid',
    ],
    [changeBillingDay(subscriptionIn('canceled', RUNNING), 5, now), 'subscription_ended'],
    [changeBillingDay(weekly('active'), 15, now), 'billing_day_not_monthly'],
    [changeBillingDay(weekly('canceled'), 15, now), 'subscription_ended'],
    // The trial is over and its first charge under way: another end of it would bill the same cycle again.
    [
      changeBillingDay(
        subscriptionIn('trialing', { ...RUNNING, trialEnd: RUNNING.period.start }),
        5,
        now,
      ),
      'subscription_state_invalid',
    ],
  ] as const
  for (const [decision, code] of cases)
    equal(decision.kind === 'refused' ? decision.code : decision.kind, code)
})
