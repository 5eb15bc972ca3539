import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { IncomeFile } from '../world-file/schema.ts'
import { makePaydays, nextIncome, payPeriodAt } from './paydays.ts'
import { makeZone } from './zone.ts'

const forever = { from: Number.NEGATIVE_INFINITY, until: Number.POSITIVE_INFINITY }
const iso = (at: number | null) => (at === null ? null : new Date(at).toISOString().slice(0, 16))
const rule = (income: IncomeFile, hour = 0, zone = 'UTC') => ({
  income,
  hour,
  zone: makeZone(zone),
})
const monthDays = (...days: number[]): IncomeFile => ({ kind: 'month_days', days })
const weekday = (day: number, weeks: number): IncomeFile => ({
  kind: 'weekday',
  weekday: day,
  every_weeks: weeks,
})

type Row = readonly [
  income: IncomeFile,
  hour: number,
  zone: string,
  at: string,
  period: readonly [startsAt: string, endsAt: string],
]

const rows: readonly Row[] = [
  [monthDays(1, 15), 0, 'UTC', '2027-01-14', ['2027-01-01T00:00', '2027-01-15T00:00']],
  [monthDays(1, 15), 9, 'UTC', '2027-01-15', ['2027-01-01T09:00', '2027-01-15T09:00']],
  [monthDays(31), 0, 'UTC', '2027-02-28', ['2027-02-28T00:00', '2027-03-31T00:00']], // a short month's last day
  [monthDays(30, 31), 0, 'UTC', '2027-02-10', ['2027-01-31T00:00', '2027-02-28T00:00']],
  [{ kind: 'month_end' }, 6, 'UTC', '2028-02-29', ['2028-01-31T06:00', '2028-02-29T06:00']],
  [{ kind: 'month_end' }, 0, 'Asia/Tokyo', '2027-01-01', ['2026-12-30T15:00', '2027-01-30T15:00']],
  [weekday(5, 1), 8, 'America/New_York', '2027-03-13', ['2027-03-12T13:00', '2027-03-19T12:00']], // across daylight saving
  [weekday(5, 2), 0, 'UTC', '2027-01-05', ['2026-12-25T00:00', '2027-01-08T00:00']],
  [weekday(1, 52), 0, 'UTC', '2027-06-01', ['2026-10-26T00:00', '2027-10-25T00:00']],
]

for (const [income, hour, zone, at, period] of rows) {
  test(`${JSON.stringify(income)} at ${hour} in ${zone}: ${at} lies in ${period.join(' to ')}`, () => {
    const paydays = makePaydays([{ ...forever, rule: rule(income, hour, zone) }])
    const found = payPeriodAt(paydays, Date.parse(`${at}T00:00:00Z`))
    assert.deepEqual(found && [iso(found.startsAt), iso(found.endsAt)], period)
  })
}

test('a pay period that began before a change ends with the first income of the new calendar', () => {
  const changedAt = Date.parse('2027-03-10T00:00:00Z')
  const paydays = makePaydays([
    { from: Number.NEGATIVE_INFINITY, until: changedAt, rule: rule(monthDays(1)) },
    { from: changedAt, until: Number.POSITIVE_INFINITY, rule: rule(monthDays(20)) },
  ])
  for (const day of ['2027-03-05', '2027-03-15']) {
    const period = payPeriodAt(paydays, Date.parse(`${day}T00:00:00Z`))
    assert.deepEqual(period && [iso(period.startsAt), iso(period.endsAt)], [
      '2027-03-01T00:00',
      '2027-03-20T00:00',
    ])
  }
})

test('the next income is strictly later', () => {
  const paydays = makePaydays([{ ...forever, rule: rule(monthDays(1)) }])
  assert.equal(iso(nextIncome(paydays, Date.parse('2027-12-01T00:00:00Z'))), '2028-01-01T00:00')
})
