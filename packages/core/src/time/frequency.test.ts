import { equal } from 'node:assert/strict'
import { test } from 'node:test'
import {
  type Frequency,
  addDuration,
  formatInstant,
  frequencyProblem,
  parseInstant,
  parseTimeZone,
} from './index.ts'

const unit = (count: number): Frequency => ({ kind: 'unit', unit: 'month', count })

const CHECKED: readonly (readonly [Frequency, problem: string | null])[] = [
  [unit(1), null],
  [unit(36_500), null],
  [unit(0), 'count must be a whole number from 1 to 36500'],
  [unit(1.5), 'count must be a whole number from 1 to 36500'],
  [unit(36_501), 'count must be a whole number from 1 to 36500'],
  [{ kind: 'calendar', nth: 7, unit: 'day', parentUnit: 'week' }, null],
  [
    { kind: 'calendar', nth: 8, unit: 'day', parentUnit: 'week' },
    'nth must be a whole number from 1 to 7',
  ],
  [{ kind: 'calendar', nth: 5, unit: 'week', parentUnit: 'month' }, null],
  [
    { kind: 'calendar', nth: 13, unit: 'month', parentUnit: 'year' },
    'nth must be a whole number from 1 to 12',
  ],
  [
    { kind: 'calendar', nth: 1, unit: 'month', parentUnit: 'month' },
    'there is no month in a month',
  ],
  [{ kind: 'calendar', nth: 1, unit: 'week', parentUnit: 'week' }, 'there is no week in a week'],
  [{ kind: 'fiscal', period: 'standard', nth: 0 }, null],
  [{ kind: 'fiscal', period: 'infrequent', nth: 2 }, null],
  [{ kind: 'fiscal', period: 'infrequent', nth: 1 }, 'nth must be a whole number from 2 to 400'],
]

test('a frequency that cannot be is explained', () => {
  for (const [frequency, problem] of CHECKED) {
    equal(frequencyProblem(frequency), problem, JSON.stringify(frequency))
  }
})

const ADDED: readonly (readonly [from: string, Frequency, zone: string, to: string])[] = [
  ['2027-01-31T09:00Z', unit(1), 'UTC', '2027-02-28T09:00:00.000Z'],
  ['2027-02-28T09:00Z', unit(1), 'UTC', '2027-03-28T09:00:00.000Z'], // the 31st is forgotten
  [
    '2028-02-29T09:00Z',
    { kind: 'unit', unit: 'year', count: 1 },
    'UTC',
    '2029-02-28T09:00:00.000Z',
  ],
  [
    '2027-01-31T09:00Z',
    { kind: 'unit', unit: 'day', count: 30 },
    'UTC',
    '2027-03-02T09:00:00.000Z',
  ],
  // Exactly 24 hours, so the wall time moves with the clocks; a month keeps it.
  [
    '2027-03-13T14:00Z',
    { kind: 'unit', unit: 'day', count: 1 },
    'America/New_York',
    '2027-03-14T14:00:00.000Z',
  ],
  [
    '2027-03-13T14:00Z',
    { kind: 'unit', unit: 'week', count: 2 },
    'America/New_York',
    '2027-03-27T14:00:00.000Z',
  ],
  ['2027-03-13T14:00Z', unit(1), 'America/New_York', '2027-04-13T13:00:00.000Z'],
  [
    '2027-01-31T09:00Z',
    { kind: 'calendar', nth: 1, unit: 'day', parentUnit: 'week' },
    'UTC',
    '2027-02-01T09:00:00.000Z',
  ],
  [
    '2027-04-01T09:00Z',
    { kind: 'fiscal', period: 'infrequent', nth: 3 },
    'UTC',
    '2028-01-01T09:00:00.000Z',
  ],
]

test('a duration is added without memory of an original day', () => {
  for (const [fromText, frequency, zoneName, to] of ADDED) {
    const from = parseInstant(fromText)
    const zone = parseTimeZone(zoneName)
    if (from === null || zone === null) throw new TypeError(`${fromText} ${zoneName}`)
    equal(formatInstant(addDuration({ from, frequency, zone })), to, fromText)
  }
})
