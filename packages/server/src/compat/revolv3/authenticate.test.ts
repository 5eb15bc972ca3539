import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fastify from 'fastify'
import { createFindApiKey } from '../../modules/accounts/index.ts'
import { startTestApi, type TestApi } from '../../testing/test-api.ts'
import { authenticate } from './authenticate.ts'

let api: TestApi
before(async () => {
  api = await startTestApi([])
})
after(() => api.close())

test('a token is a key that may do all of billing, and no more', async () => {
  const findApiKey = createFindApiKey(api.database)
  const app = fastify()
  app.get('/', (request) =>
    authenticate(findApiKey, request).then(
      () => 'taken',
      (error: Error) => error.message,
    ),
  )
  const noToken =
    'This API key is no developer token: a token may bill and no more, neither everything nor less. Make one with POST /v2/api-keys and the scopes subscriptions:*, customers:*, payments:* and invoices:*.'
  const rows = [
    [['subscriptions:*', 'customers:*', 'payments:*', 'invoices:*'], 'taken'],
    [['subscriptions:write'], noToken],
    [['subscriptions:*', 'customers:*', 'invoices:*'], noToken],
    [['*'], noToken],
  ] as const
  for (const [scopes, expected] of rows) {
    const key = await api.request('POST', '/api-keys', { body: { name: 'Token', scopes } })
    assert.equal(key.status, 201, JSON.stringify(key.body))
    const headers = { 'x-revolv3-token': key.text('data.secret') }
    const answer = await app.inject({ url: '/', headers })
    assert.equal(answer.body, expected, scopes.join())
  }
  const unknown = { 'x-revolv3-token': 'rk_sandbox_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' }
  const answer = await app.inject({ url: '/', headers: unknown })
  assert.equal(answer.body, 'There is no such developer token here.')
  await app.close()
})
