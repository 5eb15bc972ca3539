import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { encodeId } from '@perennial/core/ids'
import { startTestApi } from '../../../server/src/testing/test-api.ts'

const CLI = join(import.meta.dirname, '../main.ts')
const api = await startTestApi([])
after(() => api.close())

function run(...words: readonly string[]) {
  const env = { ...process.env, DATABASE_URL: api.databaseUrl }
  return spawnSync(process.execPath, [CLI, ...words], { env, encoding: 'utf8' })
}

function json(...words: readonly string[]): unknown {
  const { stdout, stderr } = run(...words, '--json')
  assert.equal(stderr, '', words.join(' '))
  return JSON.parse(stdout)
}

test('runs list --json tells the runs of each account', async () => {
  const { accountId } = api.account.sandbox
  const id = api.ids.next()
  const counts = { due: 3, renewed: 2, failed: 1, fault: 'refunds fault' }
  await api.database.kysely
    .insertInto('renewal_runs')
    .values({ account_id: accountId, id, started_at: api.clock.now(), ...counts })
    .execute()
  const told = json('runs', 'list', '--account', encodeId('account', accountId))
  assert.partialDeepStrictEqual(told, [
    {
      account_id: encodeId('account', accountId),
      environment: 'sandbox',
      runs: [{ id: encodeId('renewal_run', id), finished_at: null, ...counts }],
      parked: [],
    },
  ])
})

test('runs list tells what faulted under the runs', () => {
  const { stdout } = run('runs', 'list')
  assert.match(stdout, /^ {2}fault of run_\w+: refunds fault$/m)
})

test('runs retry-parked --json and migrate --json tell that there was nothing to do', () => {
  assert.deepEqual(json('runs', 'retry-parked'), [])
  assert.deepEqual(json('migrate'), { applied: [] })
})

for (const [words, sentence] of [
  [['recovery', 'back-test', '--policies', 'planer'], /^"planer" is no policy/],
  [['attempts', 'resolve', 'mine', '--as', 'declined', '--note', 'x'], /^"mine" is no payment/],
] as const)
  test(`${words.join(' ')} is refused in the user's own words`, () => {
    assert.match(run(...words).stderr, sentence)
  })

test('an edit is confirmed for more subscriptions than are shown', () => {
  const id = 'subedit_01h455vb4pex5vsknk084sn02q'
  const account = encodeId('account', api.account.sandbox.accountId)
  const words = ['--token', 'x', '--limit', '5000', '--account', account]
  const { stderr } = run('subscription-edits', 'confirm', id, ...words)
  assert.match(stderr, /^No such subscription edit/)
})
