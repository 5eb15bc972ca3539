import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { decodeId, encodeId } from '@perennial/core/ids'
import { createKeyRing, unseal } from '../../../server/src/platform/crypto/index.ts'
import { findFaceClient } from '../../../server/src/modules/recovery/index.ts'
import { startTestApi } from '../../../server/src/testing/test-api.ts'
import { printNewClient } from './recovery-clients.ts'

const CLI = join(import.meta.dirname, '../main.ts')
const SECRET_KEY = 'k'.repeat(32)
const api = await startTestApi([])
after(() => api.close())
const live = encodeId('account', api.account.live.accountId)

type Made = Readonly<
  Record<'id' | 'api_key' | 'publishable_key' | 'webhook_secret' | 'webhook_url', string>
>

function create(...words: readonly string[]) {
  const env = { ...process.env, DATABASE_URL: api.databaseUrl, SECRET_KEY }
  const all = [CLI, 'recovery', 'clients', 'create', '--account', live, ...words]
  return spawnSync(process.execPath, all, { env, encoding: 'utf8' })
}

test('a live account gets a client of the recovery API whose credentials work', async () => {
  const webhookUrl = 'https://127.0.0.1:9/hooks'
  const { stdout, stderr } = create('--webhook-url', webhookUrl, '--json')
  assert.notEqual(stdout, '', stderr)
  const made = JSON.parse(stdout) as Made // a boundary: the command's own output
  assert.equal(made.webhook_url, webhookUrl)
  const decoded = decodeId('recovery_client', made.id)
  for (const [key, isPublishable] of [
    [made.api_key, false],
    [made.publishable_key, true],
  ] as const) {
    // prettier-ignore
    const found = await findFaceClient(api, key)
    assert.deepEqual([found?.client.id, found?.isPublishable], [decoded.kind === 'ok' && decoded.id, isPublishable]) // prettier-ignore
    assert.equal(found?.client.environment, 'live')
    const sealed = found.client.webhookSecretSealed
    const boundTo = api.account.live.accountId
    assert.equal(unseal(createKeyRing(SECRET_KEY), { text: sealed, boundTo }), made.webhook_secret)
  }
})

test('its credentials are told to people once', async () => {
  const { stdout } = create()
  assert.match(stdout, new RegExp(`live \\(${live}\\), its credentials shown this once:`))
  for (const one of [/rcl_\w+/, /rev_pk_\S+/, /whsec_\S+/]) assert.match(stdout, one)
  const [key = ''] = /rev_(?!pk_)\w\S+/.exec(stdout) ?? []
  assert.notEqual(await findFaceClient(api, key), null)
})

for (const [wish, why] of [
  [{ account: 'acme' }, /--account acme is no account id/],
  [{ webhookUrl: 'http://203.0.113.7/hooks' }, /--webhook-url: Live webhooks go to https/],
  [{ webhookUrl: 'https://10.0.0.1/hooks' }, /--webhook-url: 10\.0\.0\.1 is a private address/],
] as const)
  test(`a client with ${JSON.stringify(wish)} is refused: ${why.source}`, async () => {
    const clients = await api.count('recovery_clients')
    const whole = { account: live, webhookUrl: null, isJson: false, ...wish }
    const env = { DATABASE_URL: api.databaseUrl, SECRET_KEY }
    await assert.rejects(printNewClient(env, whole), why)
    assert.equal(await api.count('recovery_clients'), clients)
  })
