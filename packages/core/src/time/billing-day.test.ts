import { equal, ok, throws } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Fault } from '../fault/index.ts'
import {
  type Anchor,
  type BillingDayRule,
  alignToBillingDay,
  boundaryAt,
  daysInMonth,
  formatInstant,
  instantFromMs,
  parseInstant,
  parseTimeZone,
  plainDateAt,
} from './index.ts'

function align(text: string, rule: BillingDayRule, zoneName = 'UTC'): Anchor {
  const from = parseInstant(text)
  const zone = parseTimeZone(zoneName)
  ok(from !== null && zone !== null)
  return alignToBillingDay({ from, zone, rule })
}

const on = (day: number): BillingDayRule => ({ kind: 'day_of_month', day })
const LAST: BillingDayRule = { kind: 'last_day' }

const CASES: readonly (readonly [
  from: string,
  BillingDayRule,
  zone: string,
  at: string,
  day: number | null,
])[] = [
  ['2027-01-15T09:00Z', { kind: 'same_day' }, 'UTC', '2027-01-15T09:00:00.000Z', null],
  ['2027-01-15T09:00Z', on(15), 'UTC', '2027-01-15T09:00:00.000Z', 15],
  ['2027-01-15T09:00Z', on(20), 'UTC', '2027-01-20T09:00:00.000Z', 20],
  ['2027-01-15T09:00Z', on(1), 'UTC', '2027-02-01T09:00:00.000Z', 1],
  ['2027-12-15T09:00Z', on(1), 'UTC', '2028-01-01T09:00:00.000Z', 1],
  ['2027-01-31T09:00Z', on(30), 'UTC', '2027-02-28T09:00:00.000Z', 30],
  ['2027-02-15T09:00Z', on(31), 'UTC', '2027-02-28T09:00:00.000Z', 31],
  ['2027-02-28T09:00Z', on(31), 'UTC', '2027-02-28T09:00:00.000Z', 31],
  ['2028-02-28T09:00Z', on(31), 'UTC', '2028-02-29T09:00:00.000Z', 31],
  ['2027-04-30T09:00Z', LAST, 'UTC', '2027-04-30T09:00:00.000Z', 31],
  ['2027-04-01T09:00Z', LAST, 'UTC', '2027-04-30T09:00:00.000Z', 31],
  // 1 February in UTC is still 31 January in New York.
  ['2027-02-01T03:00Z', LAST, 'America/New_York', '2027-02-01T03:00:00.000Z', 31],
  ['2027-02-01T03:00Z', on(1), 'America/New_York', '2027-02-02T03:00:00.000Z', 1],
  // The wall time is kept across the change of clocks.
  ['2027-03-10T14:00Z', on(20), 'America/New_York', '2027-03-20T13:00:00.000Z', 20],
]

test('the anchor is the first day on or after the start that fits the rule', () => {
  for (const [from, rule, zone, at, day] of CASES) {
    const anchor = align(from, rule, zone)
    equal(formatInstant(anchor.at), at, `${from} ${JSON.stringify(rule)}`)
    equal(anchor.day, day)
  }
})

test('a day that no month has is a fault', () => {
  throws(() => align('2027-01-15T09:00Z', on(0)), Fault)
  throws(() => align('2027-01-15T09:00Z', on(32)), Fault)
})

test('every monthly boundary from an aligned anchor is on the wanted day or the last of its month', () => {
  const zones = fc.constantFrom('UTC', 'America/New_York', 'Australia/Lord_Howe')
  const starts = fc.integer({ min: 0, max: 4_102_444_800_000 })
  const days = fc.integer({ min: 1, max: 31 })
  fc.assert(
    fc.property(starts, zones, days, fc.nat({ max: 60 }), (ms, zoneName, day, n) => {
      const zone = parseTimeZone(zoneName)
      ok(zone !== null)
      const from = instantFromMs(ms)
      const anchor = alignToBillingDay({ from, zone, rule: on(day) })
      ok(anchor.at >= from)
      const boundary = boundaryAt(anchor, { kind: 'unit', unit: 'month', count: 1 }, n)
      const date = plainDateAt(boundary, zone)
      equal(date.day, Math.min(day, daysInMonth(date.year, date.month)))
    }),
    { numRuns: 1000 },
  )
})
