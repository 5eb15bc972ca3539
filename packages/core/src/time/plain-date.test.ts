import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { Temporal } from 'temporal-polyfill'
import fc from 'fast-check'
import {
  addDaysToDate,
  comparePlainDates,
  daysInMonth,
  formatPlainDate,
  isLeapYear,
  parsePlainDate,
} from './index.ts'

test('leap years follow the rule of 4, 100 and 400', () => {
  const leap = [1600, 1900, 2000, 2024, 2026, 2028, 2100, 2400].filter(isLeapYear)
  deepEqual(leap, [1600, 2000, 2024, 2028, 2400])
  deepEqual(
    [2027, 2028, 2100].map((year) => daysInMonth(year, 2)),
    [28, 29, 28],
  )
})

test('dates are read strictly', () => {
  deepEqual(parsePlainDate('2028-02-29'), { year: 2028, month: 2, day: 29 })
  for (const text of [
    '2027-02-29',
    '2027-1-1',
    '2027-13-01',
    '2027-01-32',
    '0000-01-01',
    '2027-01-01T',
    '',
  ]) {
    equal(parsePlainDate(text), null, text)
  }
})

test('dates are compared by year, then month, then day', () => {
  const dates = ['2027-02-01', '2026-12-31', '2027-01-31', '2027-01-04'].map(
    (text) => parsePlainDate(text) ?? { year: 1, month: 1, day: 1 },
  )
  const sorted = dates.toSorted(comparePlainDates).map(formatPlainDate)
  deepEqual(sorted, ['2026-12-31', '2027-01-04', '2027-01-31', '2027-02-01'])
})

test('adding days agrees with Temporal over the whole calendar', () => {
  const days = fc.integer({ min: 0, max: 3_652_058 }) // 0001-01-01 to 9999-12-31
  const first = Temporal.PlainDate.from('0001-01-01')
  fc.assert(
    fc.property(days, days, (from, to) => {
      const start = first.add({ days: from })
      const date = { year: start.year, month: start.month, day: start.day }
      equal(formatPlainDate(addDaysToDate(date, to - from)), first.add({ days: to }).toString())
    }),
    { numRuns: 2000 },
  )
})
