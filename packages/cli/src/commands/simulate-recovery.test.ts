import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'

const CLI = join(import.meta.dirname, '../main.ts')
const SMALL = ['--world', 'calm', '--subscribers', '20', '--months', '1'] as const

function simulate(...words: readonly string[]) {
  const all = [CLI, 'recovery', 'simulate', ...SMALL, ...words]
  return spawnSync(process.execPath, all, { encoding: 'utf8' })
}

test('simulate tells which policy was played, and on what', () => {
  const done = simulate()
  assert.equal(done.status, 0, done.stderr)
  const [first] = done.stdout.split('\n')
  const policy =
    'planner (anywhere within 28 days, at most 8 tries; new accounts begin with planner:1,3,7)'
  assert.equal(first, `${policy}, on calm: 20 subscribers, months: 1, seed: 1`)
})

test('simulate --json tells it to programs', () => {
  const done = simulate('--policy', 'planner:1,3,7', '--json')
  assert.equal(done.status, 0, done.stderr)
  assert.partialDeepStrictEqual(JSON.parse(done.stdout), {
    policy: 'planner:1,3,7',
    world: 'calm',
    subscribers: 20,
    months: 1,
    seed: 1,
    contact: false,
    guard_violations: 0,
    broken_rules: {},
  })
})
