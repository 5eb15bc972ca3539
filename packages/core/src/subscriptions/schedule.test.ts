import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { type Frequency, type Instant, parseTimeZone } from '../time/index.ts'
import {
  type Schedule,
  type Subscription,
  type SubscriptionStatus,
  cycleAround,
  nextDueAt,
  periodOfCycle,
  touched,
} from './index.ts'
import { MONTHLY, at, periodText, subscriptionIn, textOf } from './test-subscription.ts'

const NEVER = null
const JUNE = at('2027-06-01')
const FEBRUARY = at('2027-02-01')
const BEFORE_THE_FIRST = { cycle: -1, latestInvoiceId: null, startedAt: at('2027-02-10') }

/** In its period from 15 January to 15 February 2027 unless a row says otherwise. */
const DUE: readonly (readonly [SubscriptionStatus, Partial<Subscription>, due: string | null])[] = [
  // Nothing billed yet: the start. Billed: 23 hours for the first payment (revkeen.md 2.6).
  ['pending', BEFORE_THE_FIRST, '2027-02-10'],
  ['pending', {}, '2027-01-16T08:00:00.000Z'],
  ['incomplete', {}, '2027-01-16T08:00:00.000Z'],
  ['incomplete', { cycle: -1 }, '2027-01-16T08:00:00.000Z'], // a billed stub before the first cycle
  ['pending', { nextDueAt: at('2027-01-19') }, '2027-01-19'], // billed late, so it has longer

  // A notice three days before the trial ends, then its end.
  ['trialing', { isTrialEndingNoticeSent: false }, '2027-02-12'],
  ['trialing', {}, '2027-02-15'],
  ['trialing', { isTrialEndingNoticeSent: false, startedAt: at('2027-02-12') }, '2027-02-15'],
  ['trialing', { trialEnd: at('2027-01-15') }, NEVER], // over, and its first charge is under way

  ['active', {}, '2027-02-15'],
  ['active', { endsAt: FEBRUARY }, '2027-02-01'],
  ['active', { endsAt: JUNE }, '2027-02-15'],
  ['past_due', {}, '2027-02-15'],
  ['past_due', { endsAt: JUNE }, '2027-02-15'],
  // After the last bill of its term it waits for the money, whatever the calendar says.
  ['past_due', { endsAt: FEBRUARY }, NEVER],
  ['past_due', { cyclesMax: 1, cyclesBilled: 1 }, NEVER],
  ['past_due', { cyclesMax: 1, cyclesBilled: 1, cancelAtPeriodEnd: true }, '2027-02-15'],

  ['paused', {}, '2027-02-15'],
  ['paused', { resumesAt: FEBRUARY }, '2027-02-01'],
  ['paused', { resumesAt: FEBRUARY, endsAt: at('2027-01-31') }, '2027-01-31'],
  ['paused', { resumesAt: JUNE }, '2027-02-15'],

  // Billing stands still; only an end that was asked for comes.
  ['unpaid', {}, NEVER],
  ['unpaid', { endsAt: JUNE }, '2027-06-01'],
  ['unpaid', { cyclesMax: 1, cyclesBilled: 1 }, '2027-02-15'],
  ['unpaid', { cancelAtPeriodEnd: true }, '2027-02-15'],
  ['unpaid', { cancelAtPeriodEnd: true, endsAt: FEBRUARY }, '2027-02-01'],

  ['incomplete_expired', { endsAt: JUNE }, NEVER],
  ['canceled', { endsAt: JUNE, resumesAt: JUNE }, NEVER],
  ['expired', { endsAt: JUNE }, NEVER],
]

test('every status knows the one instant at which something is due next', () => {
  equal(new Set(DUE.map(([status]) => status)).size, 10)
  for (const [status, more, due] of DUE) {
    const found = textOf(nextDueAt(subscriptionIn(status, more)))
    equal(found, due, `${status} ${Object.keys(more).join(' ')}`)
  }
})

test('a touched subscription is a version further and knows what is due next', () => {
  const { version, updatedAt, nextDueAt: due } = touched(subscriptionIn('active'), JUNE)
  deepEqual([version, updatedAt, textOf(due)], [8, JUNE, '2027-02-15'])
})

function scheduleFrom(start: string, frequency: Frequency, zoneName = 'UTC'): Schedule {
  const zone = parseTimeZone(zoneName)
  ok(zone !== null)
  return {
    zone,
    frequency,
    dateRule: 'anchored',
    anchor: { at: at(start), zone, day: null },
    anchorCycle: 0,
  }
}

const periodsOf = (schedule: Schedule, cycles: readonly number[]): string[] =>
  cycles.map((cycle) => periodText(periodOfCycle(schedule, cycle, schedule.anchor.at)))

test('anchored periods remember the day they started on', () => {
  deepEqual(periodsOf(scheduleFrom('2028-01-31', MONTHLY), [0, 1, 2, 13]), [
    '2028-01-31 2028-02-29',
    '2028-02-29 2028-03-31',
    '2028-03-31 2028-04-30',
    '2029-02-28 2029-03-31',
  ])
  const yearly: Frequency = { kind: 'unit', unit: 'year', count: 1 }
  deepEqual(periodsOf(scheduleFrom('2028-02-29', yearly), [0, 1, 3, 4]), [
    '2028-02-29 2029-02-28',
    '2029-02-28 2030-02-28',
    '2031-02-28 2032-02-29',
    '2032-02-29 2033-02-28',
  ])
})

test('anchored periods keep the time on the wall when the clocks change', () => {
  // Nine in the morning in New York: UTC-5 up to 14 March 2027, UTC-4 from then on.
  const schedule = scheduleFrom('2027-02-20T14:00:00Z', MONTHLY, 'America/New_York')
  deepEqual(periodsOf(schedule, [0, 1]), [
    '2027-02-20T14:00:00.000Z 2027-03-20T13:00:00.000Z',
    '2027-03-20T13:00:00.000Z 2027-04-20T13:00:00.000Z',
  ])
})

test('periods from the renewal add one duration to it and forget the day before', () => {
  const schedule: Schedule = { ...scheduleFrom('2027-01-31', MONTHLY), dateRule: 'from_renewal' }
  const from = (renewedAt: Instant) => periodText(periodOfCycle(schedule, 5, renewedAt))
  equal(from(at('2027-01-31')), '2027-01-31 2027-02-28')
  equal(from(at('2027-02-28')), '2027-02-28 2027-03-28')
})

const AROUND: readonly (readonly [instant: string, cycle: number])[] = [
  ['2027-01-15', 0], // a boundary belongs to the period that it starts
  ['2027-02-15T08:59:59Z', 0],
  ['2027-02-15', 1],
  ['2028-01-14', 11],
  ['2028-01-15', 12],
  ['2026-12-01', -1],
]

test('the cycle around an instant is the one whose period holds it', () => {
  const schedule = scheduleFrom('2027-01-15', MONTHLY)
  for (const [instant, cycle] of AROUND) equal(cycleAround(schedule, at(instant)), cycle, instant)
})
