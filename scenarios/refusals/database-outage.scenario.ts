import assert from 'node:assert/strict'
import {
  createApiClient,
  openDatabaseLink,
  PAID_RENEWAL,
  scenario,
} from '@perennial/testkit/scenario'

scenario('without its database the service says so, and goes on when it is back', async (world) => {
  const link = await openDatabaseLink(world.house.databaseUrl)
  const service = await world.house.startService({ databaseUrl: link.url })
  const api = createApiClient({ url: service.url, apiKey: world.api.apiKey })
  const ada = await world.subscribe({ on: '2027-01-10' })
  const body = { email: 'bob@example.com' }
  const before = await world.house.countRows()

  await link.cut()
  for (const call of [
    api.call('GET', '/customers'),
    api.call('GET', `/subscriptions/${ada.id}`),
    api.call('POST', '/customers', { body }),
    api.call('POST', '/customers', { body, headers: { 'idempotency-key': 'bob' } }),
    api.call('POST', `/subscriptions/${ada.id}/cancel`, { body: { mode: 'immediately' } }),
    api.call('POST', '/test-clock/advance', { body: { to: '2027-02-10T00:00:00Z' } }),
  ]) {
    const answer = await call
    assert.deepEqual([answer.status, answer.at('error.type')], [503, 'api_error'])
    assert.ok(Number(answer.headers['retry-after']) > 0)
  }
  assert.deepEqual(await world.house.countRows(), before)

  await link.mend()
  const headers = { 'idempotency-key': 'bob' }
  assert.equal((await api.call('POST', '/customers', { body, headers })).status, 201)
  await api.post('/test-clock/advance', { to: '2027-02-10T00:00:00Z' })
  await world.expects(PAID_RENEWAL)
  assert.deepEqual(await ada.bills(), ['2900 paid', '2900 paid'])
  await link.cut()
  await service.close()
})

scenario('answers that find no database any more are asked for when it is back', async (world) => {
  const link = await openDatabaseLink(world.house.databaseUrl)
  // The charges have been sent and answered; then the database goes away before anything is settled.
  const onStep = async (step: string): Promise<void> => {
    if (step === 'sent') await link.cut()
  }
  const service = await world.house.startService({ databaseUrl: link.url, onStep })
  const names = ['Ada', 'Bob', 'Cyd', 'Dan', 'Eve', 'Fay']
  for (const who of names) await world.subscribe({ who, on: '2027-01-10' })

  await assert.rejects(world.renewAt('2027-02-10', service))
  const audit = await world.charges()
  assert.equal(audit.length, 2 * names.length)
  await link.mend()
  // Leases of charges that were under way run out; then anybody may ask the gateway about them.
  world.house.clock.moveOn(60_000)
  await world.renewAt('2027-02-10')

  await world.expects(Object.fromEntries(names.map((who) => [who, PAID_RENEWAL])))
  await link.cut()
  await service.close()
})
