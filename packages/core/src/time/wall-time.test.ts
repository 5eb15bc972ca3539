import { equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { Temporal } from 'temporal-polyfill'
import {
  type Instant,
  type TimeZone,
  UTC,
  atWallTime,
  formatInstant,
  formatInstantIn,
  formatPlainDate,
  instantFromMs,
  parseInstant,
  parsePlainDate,
  parseTimeZone,
  plainDateAt,
  startOfDay,
} from './index.ts'

function at(text: string): Instant {
  const instant = parseInstant(text)
  ok(instant !== null, text)
  return instant
}

function zoneOf(text: string): TimeZone {
  const zone = parseTimeZone(text)
  ok(zone !== null, text)
  return zone
}

test('zones are known by their IANA names in any letter case, and by nothing else', () => {
  equal(parseTimeZone('utc'), UTC)
  equal(parseTimeZone('europe/berlin'), 'Europe/Berlin')
  equal(parseTimeZone('America/Argentina/Buenos_Aires'), 'America/Argentina/Buenos_Aires')
  const wrong = ['', 'Berlin', 'Europe/Nowhere', '+02:00', '-05', 'Europe/Berlin ', 'a'.repeat(80)]
  for (const text of wrong) equal(parseTimeZone(text), null, text)
})

const DATES: readonly (readonly [instant: string, zone: string, date: string])[] = [
  ['2027-01-31T23:59:59.999Z', 'UTC', '2027-01-31'],
  ['2027-02-01T04:59:59Z', 'America/New_York', '2027-01-31'],
  ['2027-02-01T05:00:00Z', 'America/New_York', '2027-02-01'],
  ['2027-06-30T22:00:00Z', 'Europe/Berlin', '2027-07-01'],
  ['2027-01-31T12:59:59Z', 'Australia/Lord_Howe', '2027-01-31'],
  ['2027-01-31T13:00:00Z', 'Australia/Lord_Howe', '2027-02-01'],
]

test('a date is that of the zone', () => {
  for (const [instant, zone, date] of DATES) {
    equal(formatPlainDate(plainDateAt(at(instant), zoneOf(zone))), date)
  }
})

const WALLS: readonly (readonly [zone: string, same: string, date: string, utc: string])[] = [
  // New York 2027: forward on 14 March at 02:00, back on 7 November at 02:00.
  ['America/New_York', '2027-03-13T07:30:00Z', '2027-03-14', '2027-03-14T07:30:00.000Z'], // 02:30 is skipped: 03:30 EDT
  ['America/New_York', '2027-03-13T07:30:00Z', '2027-03-15', '2027-03-15T06:30:00.000Z'], // 02:30 EDT
  ['America/New_York', '2027-03-13T14:00:00Z', '2027-03-14', '2027-03-14T13:00:00.000Z'], // 09:00 stays 09:00
  ['America/New_York', '2027-11-06T05:30:00Z', '2027-11-07', '2027-11-07T05:30:00.000Z'], // 01:30 twice: the earlier, EDT
  ['America/New_York', '2027-11-06T05:30:00Z', '2027-11-08', '2027-11-08T06:30:00.000Z'], // 01:30 EST
  // Berlin 2027: forward on 28 March at 02:00, back on 31 October at 03:00.
  ['Europe/Berlin', '2027-03-27T01:30:00Z', '2027-03-28', '2027-03-28T01:30:00.000Z'],
  ['Europe/Berlin', '2027-03-27T01:30:00Z', '2027-03-29', '2027-03-29T00:30:00.000Z'],
  ['Europe/Berlin', '2027-10-30T00:30:00Z', '2027-10-31', '2027-10-31T00:30:00.000Z'],
  ['Europe/Berlin', '2027-10-30T00:30:00Z', '2027-11-01', '2027-11-01T01:30:00.000Z'],
  // Lord Howe 2027: back half an hour on 4 April at 02:00, forward half an hour on 3 October at 02:00.
  ['Australia/Lord_Howe', '2027-10-01T15:45:00Z', '2027-10-03', '2027-10-02T15:45:00.000Z'], // 02:15 is skipped: 02:45
  ['Australia/Lord_Howe', '2027-10-01T15:45:00Z', '2027-10-04', '2027-10-03T15:15:00.000Z'],
  ['Australia/Lord_Howe', '2027-04-02T14:45:00Z', '2027-04-04', '2027-04-03T14:45:00.000Z'], // 01:45 twice: the earlier
  ['Australia/Lord_Howe', '2027-04-02T14:45:00Z', '2027-04-05', '2027-04-04T15:15:00.000Z'],
  // Samoa left out 30 December 2011.
  ['Pacific/Apia', '2011-12-29T20:00:00Z', '2011-12-30', '2011-12-30T20:00:00.000Z'],
]

test('the wall time is kept across daylight saving; skipped times move on, doubled ones are the earlier', () => {
  for (const [zoneName, same, dateText, utc] of WALLS) {
    const date = parsePlainDate(dateText)
    ok(date !== null)
    const found = atWallTime({ date, zone: zoneOf(zoneName), sameTimeAs: at(same) })
    equal(formatInstant(found), utc, `${zoneName} ${dateText}`)
  }
})

test('a day begins at midnight, or when the clocks have skipped it', () => {
  const starts = [
    ['UTC', '2027-01-31', '2027-01-31T00:00:00.000Z'],
    ['Asia/Kolkata', '2027-01-31', '2027-01-30T18:30:00.000Z'],
    ['Asia/Beirut', '2027-03-28', '2027-03-27T22:00:00.000Z'], // 00:00 becomes 01:00
  ] as const
  for (const [zone, text, utc] of starts) {
    const date = parsePlainDate(text)
    ok(date !== null)
    equal(formatInstant(startOfDay(date, zoneOf(zone))), utc)
  }
})

const ZONES = [
  'America/New_York',
  'America/Sao_Paulo',
  'America/St_Johns',
  'Europe/Berlin',
  'Europe/London',
  'Africa/Casablanca',
  'Asia/Kathmandu',
  'Asia/Tehran',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Antarctica/Troll',
]

test('around every change of clocks from 1970 to 2040, wall times agree with Temporal', () => {
  const minutesAround = [-1500, -125, -61, -31, -16, -1, 0, 1, 14, 29, 59, 61, 119, 180, 1500]
  let changes = 0
  for (const name of ZONES) {
    const zone = zoneOf(name)
    let change = Temporal.Instant.from('1970-01-02T00:00Z').toZonedDateTimeISO(name)
    for (;;) {
      const next = change.getTimeZoneTransition('next')
      if (next === null || next === undefined || next.year > 2040) break
      change = next
      changes += 1
      for (const minutes of minutesAround) {
        const here = change.add({ minutes })
        const date = { year: here.year, month: here.month, day: here.day }
        const label = here.toString()
        const sameTimeAs = instantFromMs(here.epochMilliseconds)
        equal(formatPlainDate(plainDateAt(sameTimeAs, zone)), here.toPlainDate().toString(), label)
        const oracle = here.toPlainDateTime().toZonedDateTime(name) // loses which of two it was
        equal(atWallTime({ date, zone, sameTimeAs }), oracle.epochMilliseconds, label)
      }
    }
  }
  ok(changes > 500, `${changes} changes of clocks were looked at`)
})

test('an instant is written with the offset that its zone has at that instant', () => {
  const rows: readonly (readonly [instant: string, zone: string, written: string])[] = [
    ['2027-01-31T12:00:00Z', 'UTC', '2027-01-31T12:00:00.000+00:00'],
    ['2027-01-31T23:30:00Z', 'Europe/Berlin', '2027-02-01T00:30:00.000+01:00'],
    ['2027-06-30T22:30:00.5Z', 'Europe/Berlin', '2027-07-01T00:30:00.500+02:00'],
    ['2027-02-01T04:00:00Z', 'America/New_York', '2027-01-31T23:00:00.000-05:00'],
    ['2027-01-31T12:00:00Z', 'Asia/Kathmandu', '2027-01-31T17:45:00.000+05:45'],
  ]
  for (const [instant, zone, written] of rows) {
    equal(formatInstantIn(at(instant), zoneOf(zone)), written)
    equal(parseInstant(written), at(instant), written)
  }
})
