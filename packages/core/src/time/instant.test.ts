import { deepEqual, equal, throws } from 'node:assert/strict'
import { test } from 'node:test'
import { Temporal } from 'temporal-polyfill'
import fc from 'fast-check'
import { Fault } from '../fault/index.ts'
import {
  MAX_INSTANT,
  addDays,
  addMs,
  compareInstants,
  formatInstant,
  fromUnixSeconds,
  instantFromMs,
  maxInstant,
  minInstant,
  parseInstant,
  parseUnixSeconds,
  toUnixSeconds,
} from './index.ts'

const READ: readonly (readonly [text: string, utc: string])[] = [
  ['2027-01-31T09:00:00Z', '2027-01-31T09:00:00.000Z'],
  ['2027-01-31T09:00Z', '2027-01-31T09:00:00.000Z'],
  ['2027-01-31t09:00:00.5z', '2027-01-31T09:00:00.500Z'],
  ['2027-01-31T09:00:00.123999999Z', '2027-01-31T09:00:00.123Z'],
  ['2027-01-31T09:00:00+01:00', '2027-01-31T08:00:00.000Z'],
  ['2027-01-31T23:30:00-0530', '2027-02-01T05:00:00.000Z'],
  ['2028-02-29T00:00:00Z', '2028-02-29T00:00:00.000Z'],
  ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
  ['1969-12-31T23:59:59.999Z', '1969-12-31T23:59:59.999Z'],
  ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
]

test('ISO 8601 with an offset is read and written in UTC with milliseconds', () => {
  for (const [text, utc] of READ) {
    const instant = parseInstant(text)
    equal(instant === null ? null : formatInstant(instant), utc, text)
  }
})

test('what is no instant is null, also when it looks like one', () => {
  const texts = [
    '',
    'now',
    '2027-01-31',
    '2027-01-31T09:00:00', // no offset: whose nine o'clock?
    '2027-02-29T00:00:00Z',
    '2027-04-31T00:00:00Z',
    '2027-13-01T00:00:00Z',
    '2027-00-01T00:00:00Z',
    '2027-01-00T00:00:00Z',
    '2027-01-31T24:00:00Z',
    '2027-01-31T09:60:00Z',
    '2027-01-31T09:00:60Z',
    '2027-01-31T09:00:00+24:00',
    '2027-01-31T09:00:00+01:60',
    '2027-1-31T09:00:00Z',
    '0000-01-01T00:00:00Z',
    '0001-01-01T00:00:00+01:00', // a year too early in UTC
    '9999-12-31T23:59:59-01:00',
    '+012027-01-31T09:00:00Z',
    '2027-01-31T09:00:00Z ',
    '2027-01-31T09:00:00Z[Europe/Berlin]',
  ]
  for (const text of texts) equal(parseInstant(text), null, text)
})

const instants = fc
  .integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 })
  .map(instantFromMs)

test('an instant survives being written and read, and is written as Temporal writes it', () => {
  fc.assert(
    fc.property(instants, (instant) => {
      const text = formatInstant(instant)
      equal(parseInstant(text), instant)
      const oracle = Temporal.Instant.fromEpochMilliseconds(instant)
      equal(text, oracle.toString({ smallestUnit: 'millisecond' }))
    }),
    { numRuns: 1000 },
  )
})

test('seconds are rounded down, before 1970 too', () => {
  equal(toUnixSeconds(instantFromMs(1999)), 1)
  equal(toUnixSeconds(instantFromMs(-1)), -1)
  equal(fromUnixSeconds(12), 12_000)
  equal(parseUnixSeconds(12), 12_000)
  for (const value of [0.5, Number.NaN, Infinity, 1e15]) equal(parseUnixSeconds(value), null)
})

test('arithmetic stays within range or faults', () => {
  equal(addMs(instantFromMs(5), -6), -1)
  equal(addDays(instantFromMs(0), 2), 172_800_000)
  throws(() => addMs(MAX_INSTANT, 1), Fault)
  throws(() => instantFromMs(0.5), Fault)
  throws(() => instantFromMs(Number.NaN), Fault)
})

test('instants are compared by time', () => {
  const [early, middle, late] = [instantFromMs(-7), instantFromMs(0), instantFromMs(7)]
  deepEqual([late, early, middle].toSorted(compareInstants), [early, middle, late])
  equal(minInstant(late, early, middle), early)
  equal(maxInstant(early, late, middle), late)
})
