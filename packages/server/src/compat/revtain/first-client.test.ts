import assert from 'node:assert/strict'
import { runInNewContext } from 'node:vm'
import { after, test } from 'node:test'
import { parseCurrency } from '@perennial/core/money'
import { createTestDatabase } from '@perennial/testkit'
import { createServiceApi } from '../../api.ts'
import { createMerchant } from '../../first-start.ts'
import { createKeyRing } from '../../platform/crypto/index.ts'
import { createDatabase } from '../../platform/db/index.ts'
import { createLogger } from '../../platform/log/index.ts'
import { createBilling } from '../../service.ts'
import { PAYWALL_SCRIPT } from './paywall-script.ts'

const home = await createTestDatabase()
const database = createDatabase({ url: home.url, applicationName: 'test' })
const log = createLogger({ level: 'silent', pretty: false })
const keyRing = createKeyRing('k'.repeat(32))
const billing = createBilling({ database, log, worldUrl: 'http://127.0.0.1:9', keyRing })
const app = await createServiceApi({ publicUrl: 'http://localhost', rateLimit: null }, billing)
after(async () => {
  await app.close()
  await billing.gateways.close()
  await database.close()
  await home.close()
})

const currency = parseCurrency('USD')
assert.ok(currency !== null)
const made = await createMerchant(billing, {
  merchant: { name: 'Acme', ownerEmail: 'owner@example.com', currency },
  gatewayCodes: ['amber'],
  keyRing,
  url: 'http://localhost',
})
const { sandbox } = made?.credentials ?? {}
const recovery = sandbox?.recovery
assert.ok(sandbox !== undefined && recovery !== undefined)

test('the credentials of a new sandbox open the recovery API as they are', async () => {
  const answer = await app.inject({
    method: 'POST',
    url: '/api/recovery/execute',
    headers: { 'x-api-key': recovery.api_key },
    payload: { paymentMethodToken: 'pm_a', amount: 5000, simulateOutcome: 'success' },
  })
  assert.equal(answer.statusCode, 200)
  const unknown = 'rk_sandbox_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'
  for (const key of [sandbox.api_key, unknown]) {
    const refused = await app.inject({
      method: 'POST',
      url: '/api/recovery/execute',
      headers: { 'x-api-key': key },
      payload: {},
    })
    assert.equal(refused.statusCode, 401)
    assert.match(refused.json().error, /key of \/v2, .* begin with rev_/)
  }
  const shown = await app.inject({
    method: 'GET',
    url: `/v2/recovery/clients/${recovery.client_id}`,
    headers: { 'x-api-key': sandbox.api_key },
  })
  assert.equal(shown.statusCode, 200)
  assert.equal(shown.json().data.dunning_enabled, true)
})

test('execute takes any decline code, and what is empty as not given', async () => {
  const odd = await app.inject({
    method: 'POST',
    url: '/api/recovery/execute',
    headers: { 'x-api-key': recovery.api_key },
    payload: {
      paymentMethodToken: 'pm_b',
      amount: 5000,
      simulateOutcome: 'failed',
      originalDeclineCode: 'c'.repeat(3_000),
      cardOrigin: '',
      binPrefix: '',
      returnUrl: '',
    },
  })
  assert.equal(odd.statusCode, 200)
})

test('a missing key is told before a body that cannot be read', async () => {
  const broken = (headers: Record<string, string>, to = 'execute') =>
    app.inject({
      method: 'POST',
      url: `/api/recovery/${to}`,
      headers: { 'content-type': 'application/json', ...headers },
      payload: '{"amount": ',
    })
  assert.equal((await broken({})).statusCode, 401)
  assert.equal((await broken({}, 'update-card/unknown')).statusCode, 400)
  const unread = await broken({ 'x-api-key': recovery.api_key })
  assert.deepEqual([unread.statusCode, unread.json().field], [400, 'body'])
})

test('the paywall script is served to any page and stays silent where it cannot work', async () => {
  const served = await app.inject({ method: 'GET', url: '/revtain-paywall.js' })
  assert.equal(served.statusCode, 200)
  assert.match(String(served.headers['content-type']), /javascript/)
  assert.doesNotThrow(() => runInNewContext(PAYWALL_SCRIPT, {}))
})
