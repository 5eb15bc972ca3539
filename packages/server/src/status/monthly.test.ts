import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ratio, type Ratio } from '@perennial/core/money'
import type { Frequency } from '@perennial/core/time'
import { cyclesPerMonth } from './monthly.ts'

const unit = (name: 'day' | 'week' | 'month' | 'year', count: number): Frequency => ({
  kind: 'unit',
  unit: name,
  count,
})

/** The frequency, how many of its cycles a month has, and why. */
const CASES: readonly (readonly [Frequency, Ratio, string])[] = [
  [unit('day', 1), ratio(365n, 12n), '365 days / 12'],
  [unit('day', 30), ratio(365n, 360n), '365 / 12 / 30'],
  [unit('week', 1), ratio(52n, 12n), '52 weeks / 12'],
  [unit('week', 2), ratio(26n, 12n), '52 / 12 / 2'],
  [unit('month', 1), ratio(1n, 1n), ''],
  [unit('month', 3), ratio(1n, 3n), '1 / 3'],
  [unit('year', 1), ratio(1n, 12n), '1 / 12'],
  [unit('year', 2), ratio(1n, 24n), '1 / 12 / 2'],
  [{ kind: 'calendar', nth: 15, unit: 'day', parentUnit: 'month' }, ratio(1n, 1n), 'once a month'],
  [{ kind: 'calendar', nth: 2, unit: 'week', parentUnit: 'year' }, ratio(1n, 12n), 'once a year'],
  [{ kind: 'fiscal', period: 'standard', nth: 1 }, ratio(1n, 3n), '4 quarters / 12'],
  [{ kind: 'fiscal', period: 'infrequent', nth: 2 }, ratio(1n, 6n), '4 / 2 / 12'],
]

for (const [frequency, expected, why] of CASES) {
  test(`a month has ${expected.numerator}/${expected.denominator} cycles of ${JSON.stringify(frequency)} (${why})`, () => {
    assert.deepEqual(cyclesPerMonth(frequency), expected)
  })
}
