// Runs alone: it takes ten seconds.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadWorld, readWorldFile } from '@perennial/world'
import { listMissedBars, listMissedTimes } from './bars.ts'
import { measureWorld, type WorldResult } from './measure-world.ts'

const HELD: WorldResult = {
  world: 'storm',
  compared: [],
  seconds: 200,
  cpu_seconds: 47,
  of_oracle: 0.95,
  of_oracle_by_month: [0.9, 0.9, 0.9, 0.7, 0.8, 0.86],
  times_best_fixed: 1.3,
  oracle_times_best_fixed: 1.7,
  first_month_times_best_fixed: 1,
  attempts_per_recovered: 1.4,
  best_fixed_attempts_per_recovered: 4.7,
  guard_violations: 0,
  learned_from: 1,
  begun_with: null,
}

test('each bar that is missed is told', () => {
  const missed = (over: Partial<WorldResult>) => listMissedBars({ ...HELD, ...over })
  assert.deepEqual(missed({}), [])
  assert.deepEqual(missed({ of_oracle: 0.89 }), [
    'storm: 0.89 of the clairvoyant in months 3 to 6, and at least 0.9 is the bar',
  ])
  assert.equal(missed({ times_best_fixed: 1.24 }).length, 1)
  // However little a clairvoyant could win more.
  assert.equal(missed({ times_best_fixed: 1.1, oracle_times_best_fixed: 1.11 }).length, 1)
  assert.equal(missed({ first_month_times_best_fixed: 0.99 }).length, 1)
  assert.equal(missed({ of_oracle_by_month: [1, 1, 1, 1, 1, 0.84] }).length, 1)
  assert.equal(missed({ attempts_per_recovered: 4.8 }).length, 1)
  assert.equal(missed({ attempts_per_recovered: null }).length, 1)
  assert.equal(missed({ guard_violations: 1 }).length, 1)
  assert.equal(missed({ cpu_seconds: 121 }).length, 1)
  const times = { decisions: 1, median_ms: 9, mean_ms: 9, cpu_ms: 1.1, p99_ms: 9, max_ms: 9 }
  assert.equal(listMissedTimes('free', times).length, 1)
  assert.deepEqual(listMissedTimes('free', { ...times, cpu_ms: 0.9 }), [])
})

test('storm, which changes in months 4, 5 and 6, is won back as the bars say', () => {
  const loading = loadWorld(readWorldFile('storm'))
  assert.ok(loading.kind === 'loaded')
  const result = measureWorld('storm', { world: loading.world, subscribers: 1_000 })
  assert.deepEqual(listMissedBars(result), [], JSON.stringify(result))
  assert.deepEqual(
    result.compared.map((policy) => policy.split(' ')[0]),
    ['planner', 'oracle', 'fixed:1,3,5,7', 'fixed:1,2,3,4,5,6,7,8', 'fixed:3,7,14,21'],
  )
  // Paydays and guarded hours move as month 4 begins: what is learned anew shows the month after.
  const [, , , , monthAfter = 0] = result.of_oracle_by_month
  assert.ok(monthAfter > 0.85, String(monthAfter))
})
