import { deepEqual, equal, ok, throws } from 'node:assert/strict'
import { test } from 'node:test'
import { Temporal } from 'temporal-polyfill'
import fc from 'fast-check'
import { Fault } from '../fault/index.ts'
import {
  type Anchor,
  type Frequency,
  boundaryAfter,
  boundaryAt,
  formatInstant,
  instantFromMs,
  parseInstant,
  parseTimeZone,
} from './index.ts'

function anchorOf(text: string, zoneName = 'UTC', day: number | null = null): Anchor {
  const at = parseInstant(text)
  const zone = parseTimeZone(zoneName)
  ok(at !== null && zone !== null)
  return { at, zone, day }
}

function boundaries(anchor: Anchor, frequency: Frequency, ns: readonly number[]): string[] {
  return ns.map((n) => formatInstant(boundaryAt(anchor, frequency, n)).replace(':00.000Z', ''))
}

/** The dates of boundaries 1 to as many as are expected, for an anchor at nine o'clock UTC. */
function datesFrom(start: string, frequency: Frequency, count: number): string[] {
  const anchor = anchorOf(`${start}T09:00:00Z`)
  const ns = Array.from({ length: count }, (_, index) => index + 1)
  return boundaries(anchor, frequency, ns).map((text) => {
    ok(text.endsWith('T09:00'), `${text} is at nine`)
    return text.slice(0, 10)
  })
}

const every = (count: number, unit: 'day' | 'week' | 'month' | 'year'): Frequency => ({
  kind: 'unit',
  unit,
  count,
})

const UNITS: readonly (readonly [start: string, Frequency, dates: string[]])[] = [
  ['2027-01-31', every(1, 'month'), ['2027-02-28', '2027-03-31', '2027-04-30', '2027-05-31']],
  ['2028-01-31', every(1, 'month'), ['2028-02-29', '2028-03-31']],
  ['2027-01-30', every(1, 'month'), ['2027-02-28', '2027-03-30', '2027-04-30']],
  ['2027-11-30', every(3, 'month'), ['2028-02-29', '2028-05-30', '2028-08-30']],
  ['2027-08-31', every(6, 'month'), ['2028-02-29', '2028-08-31', '2029-02-28']],
  ['2028-02-29', every(1, 'year'), ['2029-02-28', '2030-02-28', '2031-02-28', '2032-02-29']],
  ['2096-02-29', every(4, 'year'), ['2100-02-28', '2104-02-29']],
  ['2027-01-31', every(2, 'year'), ['2029-01-31', '2031-01-31']],
  ['2027-02-27', every(1, 'day'), ['2027-02-28', '2027-03-01']],
  ['2027-12-30', every(3, 'day'), ['2028-01-02', '2028-01-05']],
  ['2028-02-22', every(1, 'week'), ['2028-02-29', '2028-03-07']],
  ['2027-01-01', every(2, 'week'), ['2027-01-15', '2027-01-29', '2027-02-12']],
]

test('periods are counted from the anchor: a short month shortens only itself', () => {
  for (const [start, frequency, dates] of UNITS) {
    deepEqual(datesFrom(start, frequency, dates.length), dates, start)
  }
})

test('an anchor that had to start on a short month keeps the wanted day', () => {
  const anchor = anchorOf('2027-02-28T09:00:00Z', 'UTC', 31)
  deepEqual(boundaries(anchor, every(1, 'month'), [0, 1, 2, 12]), [
    '2027-02-28T09:00',
    '2027-03-31T09:00',
    '2027-04-30T09:00',
    '2028-02-29T09:00',
  ])
  const leapDay = anchorOf('2027-02-28T09:00:00Z', 'UTC', 29)
  deepEqual(boundaries(leapDay, every(1, 'year'), [1]), ['2028-02-29T09:00'])
})

test('boundaries before the anchor are counted the same way', () => {
  const anchor = anchorOf('2027-03-31T09:00:00Z')
  deepEqual(boundaries(anchor, every(1, 'month'), [-1, -13]), [
    '2027-02-28T09:00',
    '2026-02-28T09:00',
  ])
  const first: Frequency = { kind: 'calendar', nth: 1, unit: 'day', parentUnit: 'month' }
  deepEqual(boundaries(anchor, first, [-2, -1, 1]), [
    '2027-02-01T09:00',
    '2027-03-01T09:00',
    '2027-04-01T09:00',
  ])
})

const nth = (
  count: number,
  unit: 'day' | 'week' | 'month',
  parentUnit: 'week' | 'month' | 'year',
): Frequency => ({ kind: 'calendar', nth: count, unit, parentUnit })

const STANDARD: Frequency = { kind: 'fiscal', period: 'standard', nth: 1 }

const CALENDAR: readonly (readonly [start: string, Frequency, dates: string[]])[] = [
  ['2027-01-31', nth(1, 'day', 'week'), ['2027-02-01', '2027-02-08']], // a Sunday, then Mondays
  ['2027-02-01', nth(1, 'day', 'week'), ['2027-02-08']], // strictly after
  ['2027-02-01', nth(7, 'day', 'week'), ['2027-02-07', '2027-02-14']],
  ['2027-01-15', nth(15, 'day', 'month'), ['2027-02-15', '2027-03-15']],
  ['2027-01-14', nth(15, 'day', 'month'), ['2027-01-15']],
  ['2027-01-31', nth(31, 'day', 'month'), ['2027-02-28', '2027-03-31', '2027-04-30']],
  ['2027-01-10', nth(3, 'week', 'month'), ['2027-01-15', '2027-02-15']],
  ['2027-01-31', nth(5, 'week', 'month'), ['2027-02-28', '2027-03-29']],
  ['2028-01-31', nth(5, 'week', 'month'), ['2028-02-29']],
  ['2027-03-01', nth(60, 'day', 'year'), ['2028-02-29', '2029-03-01']],
  ['2027-06-01', nth(366, 'day', 'year'), ['2027-12-31', '2028-12-31']],
  ['2027-06-01', nth(1, 'week', 'year'), ['2028-01-03', '2029-01-01', '2029-12-31']],
  ['2026-06-01', nth(53, 'week', 'year'), ['2026-12-28', '2027-12-27']], // 2026 has 53 weeks, 2027 has 52
  ['2027-01-01', nth(53, 'week', 'year'), ['2027-12-27']], // 1 January 2027 is in week 53 of 2026
  ['2027-01-01', nth(7, 'month', 'year'), ['2027-07-01', '2028-07-01']],
  ['2027-07-01', nth(7, 'month', 'year'), ['2028-07-01']],
  ['2027-01-01', STANDARD, ['2027-04-01', '2027-07-01', '2027-10-01', '2028-01-01']],
  ['2027-03-31', STANDARD, ['2027-04-01']],
  ['2027-02-10', { kind: 'fiscal', period: 'infrequent', nth: 2 }, ['2027-07-01', '2028-01-01']],
  ['2027-04-01', { kind: 'fiscal', period: 'infrequent', nth: 4 }, ['2028-04-01', '2029-04-01']],
]

test('calendar and fiscal frequencies meet the matching days strictly after the anchor', () => {
  for (const [start, frequency, dates] of CALENDAR) {
    deepEqual(
      datesFrom(start, frequency, dates.length),
      dates,
      `${start} ${JSON.stringify(frequency)}`,
    )
  }
})

test('the wall time stays the same across daylight saving', () => {
  const rows = [
    // nine in the morning in New York: 14:00 UTC in winter, 13:00 in summer
    [
      '2027-02-28T14:00:00Z',
      'America/New_York',
      ['2027-03-28T13:00', '2027-10-28T13:00', '2027-11-28T14:00'],
    ],
    [
      '2027-02-28T08:00:00Z',
      'Europe/Berlin',
      ['2027-03-28T07:00', '2027-10-28T07:00', '2027-11-28T08:00'],
    ],
    // nine on Lord Howe is 22:00 UTC of the day before in summer, 22:30 in winter
    [
      '2027-02-27T22:00:00Z',
      'Australia/Lord_Howe',
      ['2027-03-27T22:00', '2027-10-27T22:00', '2027-11-27T22:00'],
    ],
  ] as const
  for (const [start, zone, expected] of rows) {
    deepEqual(boundaries(anchorOf(start, zone), every(1, 'month'), [1, 8, 9]), expected, zone)
  }
  const lordHowe = anchorOf('2027-02-27T22:00:00Z', 'Australia/Lord_Howe')
  deepEqual(boundaries(lordHowe, every(1, 'month'), [2, 7]), [
    '2027-04-27T22:30',
    '2027-09-27T22:30',
  ])
})

test('a skipped wall time moves one boundary and not those after it', () => {
  const anchor = anchorOf('2027-03-13T07:30:00Z', 'America/New_York') // 02:30
  deepEqual(boundaries(anchor, every(1, 'day'), [0, 1, 2]), [
    '2027-03-13T07:30',
    '2027-03-14T07:30', // 03:30, because 02:30 is skipped
    '2027-03-15T06:30', // 02:30 again
  ])
})

test('a month-end anchor in a zone far from UTC goes by the local day', () => {
  // 31 January, 22:00 in New York is 1 February in UTC.
  const anchor = anchorOf('2027-02-01T03:00:00Z', 'America/New_York')
  deepEqual(boundaries(anchor, every(1, 'month'), [1, 2]), ['2027-03-01T03:00', '2027-04-01T02:00'])
})

test('part of a boundary is a fault', () => {
  throws(() => boundaryAt(anchorOf('2027-01-31T09:00:00Z'), every(1, 'month'), 0.5), Fault)
})

test('the first boundary after an instant is strictly after it, and the anchor is the first of all', () => {
  const anchor = anchorOf('2027-01-31T09:00:00Z')
  const monthly = every(1, 'month')
  const rows = [
    ['2020-01-01T00:00:00Z', 0, '2027-01-31T09:00:00.000Z'],
    ['2027-01-31T08:59:59.999Z', 0, '2027-01-31T09:00:00.000Z'],
    ['2027-01-31T09:00:00Z', 1, '2027-02-28T09:00:00.000Z'],
    ['2027-02-28T08:59:59.999Z', 1, '2027-02-28T09:00:00.000Z'],
    ['2027-02-28T09:00:00Z', 2, '2027-03-31T09:00:00.000Z'],
    ['2127-01-31T09:00:00Z', 1201, '2127-02-28T09:00:00.000Z'],
  ] as const
  for (const [after, n, expected] of rows) {
    const found = boundaryAfter(anchor, monthly, anchorOf(after).at)
    deepEqual([found.n, formatInstant(found.at)], [n, expected], after)
  }
})

const ZONE_NAMES = [
  'UTC',
  'America/New_York',
  'Europe/Berlin',
  'Australia/Lord_Howe',
  'Pacific/Apia',
]
const instantsMs = fc.integer({ min: 0, max: 4_102_444_800_000 }) // 1970 to 2100
const units = fc.record({
  kind: fc.constant('unit' as const),
  unit: fc.constantFrom('day' as const, 'week' as const, 'month' as const, 'year' as const),
  count: fc.integer({ min: 1, max: 24 }),
})
const nthOfEach = (
  max: number,
  unit: 'day' | 'week' | 'month',
  parent: 'week' | 'month' | 'year',
) => fc.integer({ min: 1, max }).map((n) => nth(n, unit, parent))
const calendars = fc.oneof(
  nthOfEach(7, 'day', 'week'),
  nthOfEach(31, 'day', 'month'),
  nthOfEach(5, 'week', 'month'),
  nthOfEach(366, 'day', 'year'),
  nthOfEach(53, 'week', 'year'),
  nthOfEach(12, 'month', 'year'),
)
const fiscals = fc.oneof(
  fc.constant(STANDARD),
  fc.record({
    kind: fc.constant('fiscal' as const),
    period: fc.constant('infrequent' as const),
    nth: fc.integer({ min: 2, max: 8 }),
  }),
)
const frequencies: fc.Arbitrary<Frequency> = fc.oneof(units, calendars, fiscals)

test('unit boundaries agree with Temporal in every zone, before the anchor and after it', () => {
  const ns = fc.integer({ min: -60, max: 300 }) // at most 24 years each: stays before the year 9999
  fc.assert(
    fc.property(
      instantsMs,
      fc.constantFrom(...ZONE_NAMES),
      units,
      ns,
      (ms, zoneName, frequency, n) => {
        if (n === 0) return
        const zone = parseTimeZone(zoneName)
        ok(zone !== null)
        const start = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zoneName)
        const oracle = start.add({ [`${frequency.unit}s`]: frequency.count * n })
        const found = boundaryAt({ at: instantFromMs(ms), zone, day: null }, frequency, n)
        equal(found, oracle.epochMilliseconds)
      },
    ),
    { numRuns: 3000 },
  )
})

const anchors = fc
  .tuple(instantsMs, fc.constantFrom(...ZONE_NAMES), fc.option(fc.integer({ min: 1, max: 31 })))
  .map(([ms, zoneName, day]): Anchor => {
    const zone = parseTimeZone(zoneName)
    ok(zone !== null)
    return { at: instantFromMs(ms), zone, day }
  })

test('boundaries never go back, and advance but for the day that Samoa skipped', () => {
  fc.assert(
    fc.property(
      anchors,
      frequencies,
      fc.integer({ min: -30, max: 200 }),
      (anchor, frequency, n) => {
        const [from, to] = [boundaryAt(anchor, frequency, n), boundaryAt(anchor, frequency, n + 1)]
        ok(anchor.zone === 'Pacific/Apia' ? from <= to : from < to)
      },
    ),
    { numRuns: 3000 },
  )
})

test('the boundary found after an instant is the first one that is later', () => {
  fc.assert(
    fc.property(anchors, frequencies, instantsMs, (anchor, frequency, ms) => {
      const after = instantFromMs(ms)
      const { n, at } = boundaryAfter(anchor, frequency, after)
      equal(at, boundaryAt(anchor, frequency, n))
      ok(at > after)
      if (n > 0) ok(boundaryAt(anchor, frequency, n - 1) <= after)
      const atBoundary = boundaryAfter(anchor, frequency, at)
      ok(atBoundary.at > at && atBoundary.n > n)
    }),
    { numRuns: 3000 },
  )
})
