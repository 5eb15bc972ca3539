import assert from 'node:assert/strict'
import { freshToken, story } from './biller.ts'

story('a client is given new credentials and keeps its recoveries', async (world, biller) => {
  const waiting = {
    paymentMethodToken: freshToken(),
    amount: 5000,
    originalDeclineCode: 'insufficient_funds',
    idempotencyKey: 'invoice-1',
  }
  const id = (await biller.execute(waiting)).text('transactionId')
  const path = `/recovery/clients/${biller.clientId}/rotate`
  const rotate = (credentials: readonly string[]) => world.api.post(path, { credentials })

  const keyed = await rotate(['api_key'])
  assert.equal(keyed.at('data.publishable_key'), undefined)
  assert.equal(keyed.at('data.webhook_secret'), undefined)
  const key = keyed.text('data.api_key')
  const status = (by: string) => biller.call('GET', `/api/recovery/status/${id}`, { key: by })
  assert.equal((await status(biller.apiKey)).status, 401)
  assert.equal((await biller.execute(waiting)).status, 401)
  assert.equal((await status(key)).at('state'), 'queued')
  const again = await biller.call('POST', '/api/recovery/execute', { body: waiting, key })
  assert.deepEqual([again.status, again.at('existingTransactionId')], [409, id])

  const rest = await rotate(['publishable_key', 'webhook_secret'])
  assert.equal(rest.at('data.api_key'), undefined)
  const paywall = '/api/recovery/paywall-status?customerEmail=ada@example.com'
  const shown = (by: string) => biller.call('GET', paywall, { key: by })
  assert.equal((await shown(biller.publishableKey)).status, 401)
  assert.equal((await shown(rest.text('data.publishable_key'))).status, 200)
  biller.checkWith(rest.text('data.webhook_secret'))
  await world.goTo('2027-02-01')
  assert.deepEqual((await biller.hooks()).map(({ event }) => event), ['recovery.success'])

  for (const credentials of [[], ['password']]) {
    const refused = await world.api.call('POST', path, { body: { credentials } })
    assert.equal(refused.status, 400)
  }
}) // prettier-ignore

story('a rotation that is repeated makes no other key, and tells none', async (world, biller) => {
  const path = `/recovery/clients/${biller.clientId}/rotate`
  const call = { body: { credentials: ['api_key'] }, headers: { 'idempotency-key': 'rotate-1' } }
  const first = await world.api.call('POST', path, call)
  const second = await world.api.call('POST', path, call)
  assert.deepEqual([first.status, second.status], [200, 200])
  assert.equal(second.at('data.api_key'), undefined)
  const refused = { paymentMethodToken: freshToken(), amount: 5000, simulateOutcome: 'success' }
  const key = first.text('data.api_key')
  const answer = await biller.call('POST', '/api/recovery/execute', { body: refused, key })
  assert.equal(answer.status, 200)
})
