import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import type { Schedule } from '../../subscriptions/index.ts'
import { type Frequency, parseTimeZone } from '../../time/index.ts'
import { at, startRequest, textOf } from '../test-samples.ts'
import { paidShop, renewals } from '../test-shop.ts'

const every = (count: number, unit: 'day' | 'week' | 'month' | 'year'): Frequency => ({
  kind: 'unit',
  unit,
  count,
})

const CALENDARS: readonly (readonly [start: string, Frequency, renewedOn: string[]])[] = [
  [
    '2027-10-31',
    every(1, 'month'),
    ['2027-11-30', '2027-12-31', '2028-01-31', '2028-02-29', '2028-03-31', '2028-04-30'],
  ],
  [
    '2028-02-29',
    every(1, 'year'),
    ['2029-02-28', '2030-02-28', '2031-02-28', '2032-02-29', '2033-02-28'],
  ],
  ['2027-11-30', every(1, 'month'), ['2027-12-30', '2028-01-30', '2028-02-29', '2028-03-30']],
  ['2027-08-31', every(3, 'month'), ['2027-11-30', '2028-02-29', '2028-05-31']],
  ['2028-02-26', every(1, 'day'), ['2028-02-27', '2028-02-28', '2028-02-29', '2028-03-01']],
  ['2027-12-20', every(2, 'week'), ['2028-01-03', '2028-01-17']],
]

test('a subscription renews on the dates that its first day and frequency say', () => {
  for (const [start, frequency, renewedOn] of CALENDARS) {
    const shop = paidShop({ startAt: at(start), frequency })
    deepEqual(renewals(shop, renewedOn.length), renewedOn, start)
  }
})

test('a billing day on the last of the month keeps to it through short months', () => {
  const last = { billingDay: { kind: 'last_day' }, startAt: at('2028-01-31') } as const
  deepEqual(renewals(paidShop(last), 3), ['2028-02-29', '2028-03-31', '2028-04-30'])
  const started = {
    billingDay: { kind: 'day_of_month', day: 31 },
    startAt: at('2028-02-29'),
  } as const
  deepEqual(renewals(paidShop(started), 2), ['2028-03-31', '2028-04-30'])
})

test('a renewal keeps its time on the wall through both changes of the clocks', () => {
  const zone = parseTimeZone('America/New_York') ?? startRequest().zone
  // Half past two in the morning: skipped on 14 March 2027, there twice on 7 November.
  const march = paidShop({ zone, startAt: at('2027-03-12T07:30:00Z'), frequency: every(1, 'day') })
  deepEqual(renewals(march, 3), [
    '2027-03-13T07:30:00.000Z',
    '2027-03-14T07:30:00.000Z', // 03:30, as much later as was skipped
    '2027-03-15T06:30:00.000Z', // half past two again
  ])
  const november = paidShop({ zone, startAt: at('2027-10-07T05:30:00Z') })
  deepEqual(renewals(november, 2), [
    '2027-11-07T05:30:00.000Z', // the first of two 01:30s
    '2027-12-07T06:30:00.000Z',
  ])
})

/** Renewals count from the one before; one that is a day late or more counts from the day it was done. */
const FROM_RENEWAL: readonly (readonly [done: string, period: string])[] = [
  ['2027-02-28', '2027-02-28 2027-03-28'],
  ['2027-03-01T08:59:59Z', '2027-02-28 2027-03-28'],
  ['2027-03-01', '2027-03-01 2027-04-01'],
  ['2027-06-15', '2027-06-15 2027-07-15'],
]

test('a schedule from the renewal forgets the day before, and catches up in one renewal', () => {
  for (const [done, expected] of FROM_RENEWAL) {
    const shop = paidShop()
    const schedule: Schedule = { ...shop.subscription.schedule, dateRule: 'from_renewal' }
    shop.subscription = { ...shop.subscription, schedule }
    equal(shop.step(at(done)), 'renew')
    const { start, end } = shop.subscription.period
    equal(`${textOf(start)} ${textOf(end)}`, expected)
  }
})
