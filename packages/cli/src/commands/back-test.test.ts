import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { recoveryBackTestRoutes } from '../../../server/src/modules/recovery/index.ts'
import { startTestApi } from '../../../server/src/testing/test-api.ts'

const CLI = join(import.meta.dirname, '../main.ts')
const api = await startTestApi([recoveryBackTestRoutes])
after(() => api.close())

function backTest(...words: readonly string[]) {
  const env = { ...process.env, DATABASE_URL: api.databaseUrl }
  const all = [CLI, 'recovery', 'back-test', ...words]
  return spawnSync(process.execPath, all, { env, encoding: 'utf8' })
}

const PERIOD = ['--from', '2026-08-01', '--to', '2026-11-01'] as const

test('back-test --json prints what the API answers', async () => {
  const policies = ['ladder', 'planner:1,3,7']
  const done = backTest('--policies', policies.join(' '), ...PERIOD, '--json')
  assert.equal(done.status, 0, done.stderr)
  const [, from, , to] = PERIOD
  const body = { policies, from: `${from}T00:00:00Z`, to: `${to}T00:00:00Z` }
  const answer = await api.request('POST', '/recovery/back-tests', { body })
  assert.equal(answer.status, 200)
  assert.deepEqual(JSON.parse(done.stdout), answer.at('data'))
})

for (const [why, words] of [
  [/name 1 to 6/, ['--policies', 'none none none none none none none', ...PERIOD]],
  [/lie before the end/, ['--policies', 'none', '--from', '2026-11-01', '--to', '2026-08-01']],
  [
    /--to 0001-01-01 must lie in the years 1970 to 2199/,
    ['--policies', 'none', '--to', '0001-01-01'],
  ],
  [/400 days at most/, ['--policies', 'none', '--from', '2025-01-01', '--to', '2026-08-01']],
] as const)
  test(`back-test ${words.join(' ')} is refused, as the API refuses it: ${why.source}`, () => {
    const done = backTest(...words)
    assert.equal(done.status, 1)
    assert.match(done.stderr, why)
  })
