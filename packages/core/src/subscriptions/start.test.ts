import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { type Frequency, parseTimeZone } from '../time/index.ts'
import {
  type FirstBill,
  type StartRequest,
  type Subscription,
  beginBilling,
  startSubscription,
} from './index.ts'
import { followProfile } from './profile.ts'
import { ID, at, periodText, startRequest, textOf } from './test-subscription.ts'

const NOW = at('2027-01-15')
const MARCH = at('2027-03-01')
const TENTH = { billingDay: { kind: 'day_of_month', day: 10 } } as const
const LAST_DAY = { billingDay: { kind: 'last_day' } } as const
const YEARLY: Frequency = { kind: 'unit', unit: 'year', count: 1 }

const WEEKLY: Frequency = { kind: 'unit', unit: 'week', count: 1 }

/** "nothing", "a cycle", or the share of one. */
function billText(bill: FirstBill): string {
  if (bill.kind === 'none') return 'nothing'
  const { numerator, denominator } = bill.share
  return numerator === denominator ? 'a cycle' : `${numerator}/${denominator} of a cycle`
}

function startText(request: Partial<StartRequest>): string[] {
  const decision = startSubscription(startRequest(request), NOW)
  if (decision.kind === 'refused') return [decision.code]
  const { subscription, firstBill } = decision
  const { status, cycle, period, nextDueAt } = subscription
  const due = textOf(nextDueAt) ?? 'never'
  return [`${status} ${cycle}`, periodText(period), billText(firstBill), due]
}

const FIRST_PAYMENT = '2027-01-16T08:00:00.000Z'

/** Asked for at nine on 15 January 2027. The due instants of billed starts are those before the bill is counted. */
const STARTS: readonly (readonly [Partial<StartRequest>, ...found: string[]])[] = [
  // request | status and cycle | period | first bill | due next
  [{}, 'pending 0', '2027-01-15 2027-02-15', 'a cycle', FIRST_PAYMENT],
  [{ frequency: YEARLY }, 'pending 0', '2027-01-15 2028-01-15', 'a cycle', FIRST_PAYMENT],
  // A start in the future and a trial ask for nothing yet.
  [{ startAt: MARCH }, 'pending -1', '2027-03-01 2027-04-01', 'nothing', '2027-03-01'],
  [{ startAt: MARCH, ...TENTH }, 'pending -1', '2027-03-01 2027-03-10', 'nothing', '2027-03-01'],
  [{ trialEnd: MARCH }, 'trialing -1', '2027-01-15 2027-03-01', 'nothing', '2027-02-26'],
  [{ trialEnd: at('2027-01-17') }, 'trialing -1', '2027-01-15 2027-01-17', 'nothing', '2027-01-17'],
  [
    { startAt: at('2027-02-01'), trialEnd: MARCH },
    'trialing -1',
    '2027-02-01 2027-03-01',
    'nothing',
    '2027-02-26',
  ],
  // The billing day is today: no time before it to speak of.
  [
    { billingDay: { kind: 'day_of_month', day: 15 }, firstCharge: 'next_anchor' },
    'pending 0',
    '2027-01-15 2027-02-15',
    'a cycle',
    FIRST_PAYMENT,
  ],
  // The billing day is 10 February, 26 days on, in a cycle of the 31 days from 10 January.
  [TENTH, 'pending 0', '2027-01-15 2027-02-10', 'a cycle', FIRST_PAYMENT],
  [
    { ...TENTH, firstCharge: 'next_anchor' },
    'active -1',
    '2027-01-15 2027-02-10',
    'nothing',
    '2027-02-10',
  ],
  [
    { ...TENTH, firstCharge: 'prorate' },
    'pending 0',
    '2027-01-15 2027-02-10',
    '26/31 of a cycle',
    FIRST_PAYMENT,
  ],
  // The last day of the month, 16 days on, in a cycle of the 31 days from 31 December.
  [
    { ...LAST_DAY, firstCharge: 'prorate' },
    'pending 0',
    '2027-01-15 2027-01-31',
    '16/31 of a cycle',
    FIRST_PAYMENT,
  ],
  // 26 days of the year from 10 February 2026.
  [
    { ...TENTH, frequency: YEARLY, firstCharge: 'prorate' },
    'pending 0',
    '2027-01-15 2027-02-10',
    '26/365 of a cycle',
    FIRST_PAYMENT,
  ],
  // Terms that end are no hindrance.
  [{ endsAt: MARCH, cyclesMax: 1 }, 'pending 0', '2027-01-15 2027-02-15', 'a cycle', FIRST_PAYMENT],
  [
    { endsAt: MARCH, ...TENTH, firstCharge: 'next_anchor' },
    'active -1',
    '2027-01-15 2027-02-10',
    'nothing',
    '2027-02-10',
  ],
  [
    { endsAt: at('2027-02-01'), ...TENTH, firstCharge: 'next_anchor' },
    'active -1',
    '2027-01-15 2027-02-10',
    'nothing',
    '2027-02-01',
  ],
]

test('a start says what it bills now, for which period, and what is due next', () => {
  for (const [request, ...found] of STARTS) {
    deepEqual(startText(request), found, JSON.stringify(request))
  }
})

const BEFORE = at('2027-01-14')

/** Each breaks every rule from its own on, so the order is pinned too. */
const REFUSED: readonly (readonly [Partial<StartRequest>, code: string])[] = [
  [{ trialEnd: NOW, startAt: BEFORE, endsAt: BEFORE }, 'trial_end_in_past'],
  [{ trialEnd: at('2027-02-28'), startAt: MARCH }, 'trial_end_in_past'], // over before the start
  [{ trialEnd: MARCH, startAt: MARCH }, 'trial_end_in_past'],
  [{ startAt: BEFORE, endsAt: BEFORE }, 'start_in_past'],
  [{ endsAt: NOW, ...TENTH, frequency: WEEKLY }, 'end_before_start'],
  [{ startAt: MARCH, endsAt: MARCH }, 'end_before_start'],
  [{ trialEnd: MARCH, endsAt: MARCH }, 'end_before_start'], // nothing would be left to bill
  [{ ...TENTH, frequency: WEEKLY }, 'billing_day_not_monthly'],
  [{ ...LAST_DAY, frequency: { kind: 'unit', unit: 'day', count: 90 } }, 'billing_day_not_monthly'],
]

test('a start that makes no sense is refused, in the order of the union', () => {
  for (const [request, code] of REFUSED) deepEqual(startText(request), [code])
})

test('a start that is set to cancel remembers when that was said', () => {
  const decision = startSubscription(startRequest({ cancelAtPeriodEnd: true }), NOW)
  ok(decision.kind === 'accepted')
  equal(decision.subscription.canceledAt, NOW)
})

function trialUntil(trialEnd: string, more: Partial<StartRequest>): Subscription {
  const decision = startSubscription(startRequest({ trialEnd: at(trialEnd), ...more }), NOW)
  ok(decision.kind === 'accepted')
  return decision.subscription
}

/** The trial ends on 1 March 2027. */
const AFTER_TRIAL: readonly (readonly [Partial<StartRequest>, ...found: string[]])[] = [
  [{}, 'trialing 0', '2027-03-01 2027-04-01', 'a cycle'],
  [TENTH, 'trialing 0', '2027-03-01 2027-03-10', 'a cycle'],
  [{ ...TENTH, firstCharge: 'next_anchor' }, 'active -1', '2027-03-01 2027-03-10', 'nothing'],
  // 9 days of the 28 from 10 February.
  [{ ...TENTH, firstCharge: 'prorate' }, 'trialing 0', '2027-03-01 2027-03-10', '9/28 of a cycle'],
]

test('billing after a trial counts from the trial’s end', () => {
  for (const [request, ...found] of AFTER_TRIAL) {
    const trial = trialUntil('2027-03-01', request)
    const { subscription, firstBill } = beginBilling(trial, at('2027-03-01'))
    const { status, cycle, period } = subscription
    deepEqual([`${status} ${cycle}`, periodText(period), billText(firstBill)], found)
  }
})

test('a profile that is followed before the first bill counts from it, not from the billing day', () => {
  const profile = {
    id: ID,
    frequency: { kind: 'unit', unit: 'day', count: 5 },
    occurrences: null,
    overdueLimit: 0,
    retriesFailed: false,
  } as const
  const trial = followProfile(trialUntil('2027-03-01', TENTH), profile)
  const { subscription, firstBill } = beginBilling(trial, MARCH)
  const { cycle, period } = subscription
  deepEqual(
    [cycle, periodText(period), billText(firstBill)],
    [0, '2027-03-01 2027-03-06', 'a cycle'],
  )
})

test('a share is counted by the clock, so a day that daylight saving shortens is 23 hours of it', () => {
  const zone = parseTimeZone('Europe/Berlin')
  ok(zone !== null)
  // From noon on 27 March to noon on the 28th, when the clocks go forward, in the 28 days up to then.
  const request = startRequest({
    startAt: at('2027-03-27T11:00:00Z'),
    zone,
    billingDay: { kind: 'day_of_month', day: 28 },
    firstCharge: 'prorate',
  })
  const decision = startSubscription(request, request.startAt)
  ok(decision.kind === 'accepted')
  equal(billText(decision.firstBill), '23/671 of a cycle') // 28 * 24 - 1 = 671 hours
})
