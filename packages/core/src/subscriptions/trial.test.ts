import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { assert } from '../fault/index.ts'
import {
  addDays,
  parsePlainDate,
  parseTimeZone,
  startOfDay,
  type Instant,
  type TimeZone,
} from '../time/index.ts'
import { beginBilling, startSubscription } from './start.ts'
import { at, periodText, startRequest, subscriptionIn, textOf } from './test-subscription.ts'
import { cancelTrial, endTrialNow, moveTrialEnd, type TrialDecision } from './trial.ts'
import type { Subscription } from './subscription.ts'

const NOW = at('2027-01-20')

/** Two weeks from 15 January. */
function trialing(change: Partial<Subscription> = {}): Subscription {
  const startAt = at('2027-01-15')
  const request = startRequest({ startAt, trialEnd: addDays(startAt, 14) })
  const decision = startSubscription(request, startAt)
  assert(decision.kind === 'accepted', 'a trial can start')
  return { ...decision.subscription, ...change }
}

function told(decision: TrialDecision): string {
  if (decision.kind === 'refused') return decision.code
  const { status, trialEnd, period, nextDueAt } = decision.subscription
  return [status, textOf(trialEnd), periodText(period), textOf(nextDueAt)].join(', ')
}

const PAUSED = { status: 'paused', pauseBehavior: 'suspend' } as const
const OVER = trialing({ period: { start: at('2027-01-29'), end: at('2027-02-28') } })

/** How a trial that ends on 29 January stands after it was moved by so many days on the 20th. */
const MOVES: readonly (readonly [what: string, Subscription, days: number, expected: string])[] = [
  ['extended', trialing(), 7, 'trialing, 2027-02-05, 2027-01-15 2027-02-05, 2027-02-02'],
  ['shortened', trialing(), -5, 'trialing, 2027-01-24, 2027-01-15 2027-01-24, 2027-01-21'],
  ['shortened to now', trialing(), -9, 'trial_end_in_past'],
  ['suspended, and extended', trialing(PAUSED), 7, 'paused, 2027-02-05, 2027-01-15 2027-02-05, never'],
  ['extended to the end of its term', trialing({ endsAt: at('2027-02-05') }), 7, 'trial_outlasts_term'],
  ['extended within its term', trialing({ endsAt: at('2027-02-06') }), 7, 'trialing, 2027-02-05, 2027-01-15 2027-02-05, 2027-02-02'],
  ['over', OVER, 7, 'trial_over'],
  ['cancelled', trialing({ status: 'canceled' }), 7, 'trial_over'],
  ['none', subscriptionIn('active'), 7, 'trial_over'],
] // prettier-ignore

for (const [what, subscription, days, expected] of MOVES)
  test(`a trial that is ${what}: ${expected}`, () => {
    const decided = told(moveTrialEnd(subscription, days, NOW))
    equal(decided.replace(', ,', ', never,').replace(/, $/, ', never'), expected)
  })

test('a trial that is extended gives notice of its end again, a shortened one does not', () => {
  const noticed = trialing({ isTrialEndingNoticeSent: true })
  const noticeAfter = (days: number): boolean => {
    const decision = moveTrialEnd(noticed, days, NOW)
    assert(decision.kind === 'accepted', 'the trial is moved')
    return decision.subscription.isTrialEndingNoticeSent
  }
  deepEqual([noticeAfter(3), noticeAfter(-3)], [false, true])
})

/** Billed on the 10th: where cycles are counted from after a trial that ends on 29 January was moved by so many days. */
const ANCHORS: readonly (readonly [days: number, anchor: string])[] = [
  [7, '2027-02-10'],
  [12, '2027-02-10'],
  [13, '2027-03-10'],
  [-5, '2027-02-10'],
]

/** Two weeks from 15 January, then the share of the time to the 10th. */
function trialingToTheTenth(): Subscription {
  const startAt = at('2027-01-15')
  const billingDay = { kind: 'day_of_month', day: 10 } as const
  const request = startRequest({ startAt, trialEnd: addDays(startAt, 14), billingDay })
  const started = startSubscription({ ...request, firstCharge: 'prorate' }, startAt)
  assert(started.kind === 'accepted', 'a trial can start')
  return started.subscription
}

test('a trial that is moved is still billed on its day of the month', () => {
  for (const [days, anchor] of ANCHORS) {
    const moved = moveTrialEnd(trialingToTheTenth(), days, NOW)
    assert(moved.kind === 'accepted', 'the trial is moved')
    const { schedule, trialEnd } = moved.subscription
    deepEqual([textOf(schedule.anchor.at), schedule.anchor.day], [anchor, 10])
    const end = addDays(at('2027-01-29'), days)
    const { subscription: begun, firstBill } = beginBilling(moved.subscription, end)
    deepEqual([trialEnd, begun.period], [end, periodFrom(end, anchor)])
    equal(firstBill.kind === 'cycle' && firstBill.share.numerator < firstBill.share.denominator, days !== 12) // prettier-ignore
  }
})

test('a trial that is ended early is still billed on its day of the month', () => {
  const ended = endTrialNow(trialingToTheTenth(), NOW)
  assert(ended.kind === 'accepted', 'the trial is ended')
  const { anchor, anchorCycle } = ended.subscription.schedule
  deepEqual([textOf(anchor.at), anchor.day, anchorCycle], ['2027-02-10', 10, 0])
  const { subscription: begun, firstBill } = beginBilling(ended.subscription, NOW)
  deepEqual(begun.period, { start: NOW, end: at('2027-02-10') })
  equal(firstBill.kind === 'cycle' && firstBill.share.numerator < firstBill.share.denominator, true)
})

test('a trial that is moved is billed by weeks from its end, also where it began on a day of the month', () => {
  const weekly = trialing()
  const { schedule } = weekly
  const frequency = { kind: 'unit', unit: 'week', count: 1 } as const
  const anchor = { ...schedule.anchor, day: 29 }
  const begunOnDay = { ...weekly, schedule: { ...schedule, frequency, anchor } }
  const moved = moveTrialEnd(begunOnDay, 6, NOW)
  const ended = endTrialNow(begunOnDay, NOW)
  for (const [decision, start, end] of [
    [moved, '2027-02-04', '2027-02-11'],
    [ended, '2027-01-20', '2027-01-27'],
  ] as const) {
    assert(decision.kind === 'accepted', 'the trial is moved')
    const { subscription: begun } = beginBilling(decision.subscription, at(start))
    equal(periodText(begun.period), `${start} ${end}`)
  }
})

test('a trial is moved by days of the calendar, across a change of the clocks too', () => {
  const zone = parseTimeZone('Europe/Berlin')
  assert(zone !== null, 'Berlin has a time zone')
  const [startAt, trialEnd] = [midnightIn(zone, '2027-10-20'), midnightIn(zone, '2027-10-27')]
  const started = startSubscription(startRequest({ startAt, trialEnd, zone }), startAt)
  assert(started.kind === 'accepted', 'a trial can start')
  const moved = moveTrialEnd(started.subscription, 7, startAt)
  assert(moved.kind === 'accepted', 'the trial is moved')
  equal(moved.subscription.trialEnd, midnightIn(zone, '2027-11-03'))
  const back = moveTrialEnd(moved.subscription, -7, startAt)
  assert(back.kind === 'accepted', 'the trial is moved back')
  equal(back.subscription.trialEnd, trialEnd)
})

function midnightIn(zone: TimeZone, day: string): Instant {
  const date = parsePlainDate(day)
  assert(date !== null, `${day} is a date`)
  return startOfDay(date, zone)
}

function periodFrom(end: Instant, anchor: string) {
  return end === at(anchor)
    ? { start: end, end: at('2027-03-10') }
    : { start: end, end: at(anchor) }
}

test('a trial that is ended now is due now, and one that is suspended cannot be', () => {
  equal(told(endTrialNow(trialing(), NOW)), 'trialing, 2027-01-20, 2027-01-15 2027-01-20, 2027-01-20') // prettier-ignore
  equal(told(endTrialNow(trialing(PAUSED), NOW)), 'subscription_state_invalid')
  equal(told(endTrialNow(OVER, NOW)), 'trial_over')
})

test('a trial that is cancelled ends its subscription and says why', () => {
  const decision = cancelTrial(trialing(), NOW)
  assert(decision.kind === 'accepted', 'a trial can be cancelled')
  const { status, cancelReason } = decision.subscription
  deepEqual([status, cancelReason], ['canceled', 'trial_cancelled'])
  equal(told(cancelTrial(OVER, NOW)), 'trial_over')
})
