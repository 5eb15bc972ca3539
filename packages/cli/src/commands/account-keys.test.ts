import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { encodeId } from '@perennial/core/ids'
import { startTestApi } from '../../../server/src/testing/test-api.ts'
import { printNewKey } from './account-keys.ts'

const CLI = join(import.meta.dirname, '../main.ts')
const api = await startTestApi([])
after(() => api.close())

function accounts(...words: readonly string[]) {
  const env = { ...process.env, DATABASE_URL: api.databaseUrl }
  return spawnSync(process.execPath, [CLI, 'accounts', ...words], { env, encoding: 'utf8' })
}

const live = encodeId('account', api.account.live.accountId)
const sandbox = encodeId('account', api.account.sandbox.accountId)

test('accounts list tells the ids of live accounts and sandboxes', () => {
  const { stdout } = accounts('list')
  assert.match(stdout, new RegExp(`^${live}  live     \\S`, 'm'))
  const told: unknown = JSON.parse(accounts('list', '--json').stdout)
  assert.partialDeepStrictEqual(told, [
    { id: live, environment: 'live' },
    { id: sandbox, environment: 'sandbox' },
  ])
})

test('an account whose every key is revoked gets another one, also a live one', async () => {
  const { apiKey } = api.account.live
  const keys = await api.request('GET', '/api-keys', { apiKey })
  await api.request('DELETE', `/api-keys/${keys.text('data.0.id')}`, { apiKey })
  assert.equal((await api.request('GET', '/account', { apiKey })).status, 401)

  const { stdout, stderr } = accounts('key', '--account', live)
  const [another = ''] = /rk_live_\w+/.exec(stdout) ?? []
  const answer = await api.request('GET', '/account', { apiKey: another })
  assert.equal(answer.at('data.id'), live, stderr)
})

test('a key may be named and narrowed down, and is told as the API tells it', async () => {
  const words = ['--name', 'Books', '--scopes', 'invoices:read, account:read', '--json']
  const made = accounts('key', '--account', sandbox, ...words)
  const key = JSON.parse(made.stdout) as { readonly secret: string } // a boundary: the command's own output
  assert.partialDeepStrictEqual(key, {
    object: 'api_key',
    name: 'Books',
    scopes: ['invoices:read', 'account:read'],
  })
  const seen = await api.request('GET', '/account', { apiKey: key.secret })
  assert.equal(seen.status, 200)
  const body = { name: 'More', scopes: ['*'] }
  const refused = await api.request('POST', '/api-keys', { apiKey: key.secret, body })
  assert.equal(refused.status, 403)
})

for (const [wish, why] of [
  [{ account: 'acme' }, /--account acme is no account id/],
  [{ account: 'acct_01h455vb4pex5vsknk084sn02q' }, /accounts list tells them/],
  [{ scopes: 'money:*' }, /there is no scope "money:\*"/],
  [{ name: ' ' }, /a name of 1 to 100 characters/],
] as const)
  test(`a key with ${JSON.stringify(wish)} is refused: ${why.source}`, async () => {
    const whole = { account: sandbox, name: 'Books', scopes: '*', isJson: false, ...wish }
    await assert.rejects(printNewKey({ DATABASE_URL: api.databaseUrl }, whole), why)
  })
