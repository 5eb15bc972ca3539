import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { fromLocal, hourOf, makeZone, nextMidnight, toLocal, weekdayOf } from './zone.ts'

const at = (text: string) => Date.parse(text)

const clocks: readonly (readonly [
  zone: string,
  instant: string,
  local: string,
  weekday: number,
])[] = [
  ['UTC', '2027-01-01T00:00:00Z', '2027-01-01T00', 5],
  ['America/New_York', '2027-01-01T04:59:00Z', '2026-12-31T23', 4],
  ['America/New_York', '2027-03-14T06:59:59Z', '2027-03-14T01', 7], // the last second before the jump
  ['America/New_York', '2027-03-14T07:00:00Z', '2027-03-14T03', 7],
  ['Europe/Berlin', '2027-10-31T00:59:59Z', '2027-10-31T02', 7],
  ['Europe/Berlin', '2027-10-31T01:00:00Z', '2027-10-31T02', 7], // the hour that comes twice
  ['Asia/Kolkata', '2027-01-01T18:30:00Z', '2027-01-02T00', 6],
  ['Australia/Lord_Howe', '2027-07-01T13:30:00Z', '2027-07-02T00', 5],
  ['Pacific/Kiritimati', '2027-01-03T10:00:00Z', '2027-01-04T00', 1],
  ['UTC', '1969-12-31T23:00:00Z', '1969-12-31T23', 3],
]

for (const [name, instant, local, weekday] of clocks) {
  test(`${instant} in ${name} is ${local} on weekday ${weekday}`, () => {
    const reading = toLocal(makeZone(name), at(instant))
    assert.equal(new Date(reading).toISOString().slice(0, 13), local)
    assert.equal(hourOf(reading), Number(local.slice(11)))
    assert.equal(weekdayOf(reading), weekday)
  })
}

test('a clock reading that daylight saving skips is taken after the jump', () => {
  const zone = makeZone('America/New_York')
  const skipped = Date.UTC(2027, 2, 14, 2, 30)
  assert.equal(fromLocal(zone, skipped), at('2027-03-14T07:30:00Z'))
})

const midnights: readonly (readonly [zone: string, instant: string, midnight: string])[] = [
  ['UTC', '2027-01-01T00:00:00Z', '2027-01-02T00:00:00Z'],
  ['America/New_York', '2027-03-14T04:59:00Z', '2027-03-14T05:00:00Z'],
  ['America/New_York', '2027-03-14T05:00:00Z', '2027-03-15T04:00:00Z'], // a day of 23 hours
  ['Asia/Tokyo', '2027-06-01T15:00:00Z', '2027-06-02T15:00:00Z'],
]

for (const [name, instant, midnight] of midnights) {
  test(`after ${instant} the next midnight in ${name} is ${midnight}`, () => {
    assert.equal(nextMidnight(makeZone(name), at(instant)), at(midnight))
  })
}

test('an instant survives the way to the local clock and back, except in the hour that comes twice', () => {
  const zones = ['America/Sao_Paulo', 'Europe/Madrid', 'Asia/Kolkata', 'Australia/Sydney'].map(
    makeZone,
  )
  fc.assert(
    fc.property(
      fc.integer({
        min: at('2020-01-01T00:00:00Z') / 1000,
        max: at('2035-01-01T00:00:00Z') / 1000,
      }),
      fc.constantFrom(...zones),
      (seconds, zone) => {
        const local = toLocal(zone, seconds * 1000)
        const back = fromLocal(zone, local)
        assert.equal(toLocal(zone, back), local)
        assert.ok(Math.abs(back - seconds * 1000) <= 3_600_000)
      },
    ),
  )
})
