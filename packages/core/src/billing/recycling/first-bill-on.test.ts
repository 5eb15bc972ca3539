import { equal } from 'node:assert/strict'
import { test } from 'node:test'
import { formatPlainDate, parsePlainDate, type Frequency } from '../../time/index.ts'
import { askForSomething, firstBillOn } from './first-bill-on.ts'

type Unit = Extract<Frequency, { readonly kind: 'unit' }>['unit']
const of = (count: number, unit: Unit): Frequency => ({ kind: 'unit', unit, count })

const ROWS = [
  // start, trial, first bill, seen on 2025-09-08
  [null, null, '2025-09-08'],
  ['2025-09-08', null, '2025-09-08'],
  ['2025-10-01', null, '2025-10-01'], // spec/revolv3.md 17, item 25
  ['2025-09-07', null, null],
  ['2025-09-07', of(14, 'day'), null], // a trial does not mend it
  [null, of(14, 'day'), '2025-09-22'], // item 24
  [null, of(1, 'month'), '2025-10-08'], // item 26
  ['2026-01-31', of(1, 'month'), '2026-02-28'],
  ['2028-02-29', of(1, 'year'), '2029-02-28'],
] as const

test('the first bill is of the day of the start, or of the end of the trial', () => {
  const today = parsePlainDate('2025-09-08')
  if (today === null) throw new TypeError('a date')
  for (const [startOn, trial, expected] of ROWS) {
    const start = startOn === null ? null : parsePlainDate(startOn)
    const found = firstBillOn({ startOn: start, trial, today })
    equal(found === null ? null : formatPlainDate(found), expected, String(startOn))
  }
})

test('plans that only take something off ask for nothing', () => {
  const asks = (...components: readonly Parameters<typeof askForSomething>[0][number]['component'][]) => askForSomething(components.map((component) => ({ component }))) // prettier-ignore
  equal(asks('discount', 'discount_percentage', 'final_discount'), false)
  equal(asks('discount', 'price_override'), true)
  equal(asks('standard'), true)
  equal(asks(), false)
})
