import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { reconciledText } from './reconcile.ts'

const LINE = {
  account: 'acct_1',
  gateway: 'main',
  from: '2027-01-01T00:00:00.000Z',
  until: '2027-02-01T00:00:00.000Z',
  movements: 3,
  matched: 3,
  opened: 0,
  resolved: 0,
  open: 0,
  error: null,
}
const LEFT =
  'adyen of acct_1 lists nothing and was not compared: see docs/guides/reconciliation.md.'

test('a gateway that lists nothing is named beside those that were compared', () => {
  const skipped = [{ account: 'acct_1', gateway: 'adyen' }]
  const text = reconciledText({ lines: [LINE], skipped })
  assert.deepEqual(text.split('\n').slice(2), [LEFT, 'The books agree.'])
  assert.deepEqual(reconciledText({ lines: [], skipped }).split('\n'), [
    LEFT,
    'No gateway lists what moved: nothing to compare.',
  ])
})

const CLI = join(import.meta.dirname, '../main.ts')

for (const [words, why] of [
  [['--dry-run'], /--dry-run needs --settlement/],
  [['--settlement', 'batch.csv', '--from', '2031-01-01'], /leave --from and --to out/],
  [['--settlement', 'batch.csv'], /--settlement needs --gateway/],
] as const)
  test(`reconcile ${words.join(' ')} is refused before anything is opened`, () => {
    const env = { ...process.env, DATABASE_URL: 'postgres://nobody@127.0.0.1:1/nowhere' }
    const done = spawnSync(process.execPath, [CLI, 'reconcile', ...words], {
      env,
      encoding: 'utf8',
    })
    assert.equal(done.status, 1)
    assert.match(done.stderr, why)
  })
