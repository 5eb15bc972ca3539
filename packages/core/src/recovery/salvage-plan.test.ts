import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addDays, addMs, parseInstant } from '../time/index.ts'
import { salvageTurn, type SalvageAttempt } from './index.ts'

const OPENED = parseInstant('2031-02-28T09:00:00Z') ?? assert.fail()
const on = (afterDays: number): SalvageAttempt => ({ afterDays, gateway: 'original', percent: 100 })
const ATTEMPTS = [on(2), on(5), on(9)]

/** Days since the first failure, the day of the attempt whose turn it is, and the day of the next. */
const CASES: readonly (readonly [number, number | null, number | null])[] = [
  [0, null, 2],
  [2, 2, 5],
  [4, 2, 5],
  [5, 5, 9],
  [8, 5, 9],
  [9, 9, null],
  [40, 9, null],
]

for (const [days, day, nextDay] of CASES)
  test(`${days} days after it failed it is the turn of day ${day ?? 'none'}, then of ${nextDay ?? 'none'}`, () => {
    const { now, nextAt } = salvageTurn(ATTEMPTS, OPENED, addDays(OPENED, days))
    assert.deepEqual(
      [now?.afterDays ?? null, nextAt],
      [day, nextDay === null ? null : addDays(OPENED, nextDay)],
    )
  })

test('a moment too early is not yet its turn', () =>
  assert.equal(salvageTurn(ATTEMPTS, OPENED, addMs(addDays(OPENED, 2), -1)).now, null))
