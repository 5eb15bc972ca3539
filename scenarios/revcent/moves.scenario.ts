import assert from 'node:assert/strict'
import { story } from './shop.ts'

story('33, 34: a suspension keeps its date, and only moves that make sense are made', async (shop) => {
  const { subscription } = await shop.sell('2031-01-15 10:00')
  const other = await shop.sell('2031-01-15 10:00')
  const path = `/subscriptions/${subscription}`
  await shop.goTo('2031-02-01')
  const standing = async () => {
    const { body } = await shop.get(path)
    const events = await shop.world.api.get('/events?limit=100')
    return { ...Object(body), api_call_id: null, api_call_unix: null, events: events.at('data.length') } // prettier-ignore
  }
  const active = await standing()
  assert.equal(active.status, 'active')
  await shop.refuses(409, 'POST', `${path}/activate`, {}) // 34
  assert.deepEqual(await standing(), active)
  await shop.post(`${path}/suspend`) // 33
  await shop.post(`/subscriptions/${other.subscription}/suspend`)
  const suspended = await standing()
  assert.equal(suspended.status, 'suspended')
  await shop.refuses(409, 'POST', `${path}/suspend`, {}) // 34
  await shop.refuses(409, 'POST', `${path}/renew`, {})
  assert.deepEqual(await standing(), suspended)
  await shop.goTo('2031-02-10')
  await shop.post(`/subscriptions/${other.subscription}/activate`)
  await shop.goTo('2031-02-20')
  assert.deepEqual(await shop.renewals(subscription), [])
  assert.equal(await shop.standing(subscription), 'suspended 2031-02-14 10:00')
  assert.deepEqual(await shop.renewals(other.subscription), ['automatic 2031-02-14 10:00 40 paid'])
}) // prettier-ignore

story('35: what is cancelled is over', async (shop) => {
  const { subscription } = await shop.sell('2031-01-15 10:00')
  const path = `/subscriptions/${subscription}`
  await shop.post(`${path}/cancel`)
  assert.equal(await shop.standing(subscription), 'cancelled never')
  for (const verb of ['activate', 'renew', 'suspend', 'cancel'])
    await shop.refuses(409, 'POST', `${path}/${verb}`, {})
  await shop.refuses(409, 'POST', path, { amount: 1 })
  await shop.goTo('2031-06-01')
  assert.deepEqual(await shop.renewals(subscription), [])
  assert.equal((await shop.get(path)).at('end_reason'), 'cancelled')
})

story('36: an edit counts from the next renewal on', async (shop) => {
  const { subscription } = await shop.sell('2031-01-15 10:00')
  const path = `/subscriptions/${subscription}`
  await shop.post(path, { amount: 35.5 })
  await shop.post(path, { next_renewal_date: '2031-02-20T08:00:00Z' })
  await shop.post(path, { ship_to: { city: 'London', country: 'GBR', zip: 'N1' } })
  assert.match(await shop.refuses(400, 'POST', path, { ship_to: { country: 'XXX' } }), /country/)
  assert.match(await shop.refuses(400, 'POST', path, { status: 'suspended' }), /status/)
  assert.match(await shop.refuses(400, 'POST', path, { amount: 1.999 }), /amount/)
  await shop.goTo('2031-02-20 08:00')
  assert.deepEqual(await shop.renewals(subscription), ['automatic 2031-02-20 08:00 35.5 paid'])
  assert.equal(await shop.standing(subscription), 'active 2031-03-22 08:00')
  const shipTo = (await shop.get(path)).at('ship_to')
  assert.deepEqual(shipTo, { city: 'London', zip: 'N1', country: 'GBR' })
})

story('37: an answer begins with its call, and an action says what was done', async (shop) => {
  const { subscription } = await shop.sell('2031-01-15 10:00')
  await shop.post(`/subscriptions/${subscription}/suspend`)
  const { body } = await shop.post(`/subscriptions/${subscription}/activate`)
  assert.ok(typeof body === 'object' && body !== null)
  assert.deepEqual(Object.keys(body), [
    'api_call_id',
    'api_call_unix',
    'code',
    'subscription_id',
    'result',
  ])
  const said = body as Readonly<Record<string, unknown>>
  assert.deepEqual(
    ['code', 'subscription_id', 'result'].map((name) => said[name]),
    [1, subscription, 'Subscription activated.'],
  )
  for (const id of ['subscription_id', 'api_call_id'])
    assert.match(String(said[id]), /^[0-9A-Za-z]{20}$/)

  const read = { type: 'subscription', method: 'retrieve', id: subscription }
  const first = await shop.call('POST', '/v1', { request: read })
  assert.equal(first.at('results.0.status'), 'active')
  const suspended = { type: 'subscription', method: 'suspend', id: subscription }
  assert.equal((await shop.call('POST', '/v1', { request: suspended })).at('code'), 1)
  assert.equal(await shop.standing(subscription), 'suspended 2031-02-14 10:00')
  await shop.refuses(400, 'POST', '/v1', { request: { type: 'subscription', method: 'paint' } })
  await shop.refuses(404, 'POST', `/functions/${subscription}/trigger`, {})
})
