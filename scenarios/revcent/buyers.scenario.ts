import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'
import { memberOf } from '@perennial/testkit/scenario'
import { CAMPAIGN, card, OK, story, type Shop } from './shop.ts'

const saleTo = ({ PP, P }: Shop, customer: object, more: object = {}) => ({
  campaign: CAMPAIGN,
  payment_type: 'credit_card',
  payment_profile: PP,
  credit_card: card(OK),
  customer: { first_name: 'Ada', last_name: 'Byron', ...customer },
  product: [{ id: P }],
  ...more,
})

/** A payment profile of one gateway, which is switched off. */
async function closedRoute(shop: Shop): Promise<string> {
  const [, G2] = shop.gateways
  const steps = [{ source: 'gateway', gateways: [{ user_gateway: G2 }] }]
  const made = await shop.post('/payment_profiles', { name: 'G2 alone', steps })
  await shop.post(`/user_gateways/${G2}`, { enabled: false })
  return made.text('payment_profile_id')
}

story('a sale that is refused takes nothing from a paid one to the same buyer', async (shop) => {
  const closed = await closedRoute(shop)
  for (let round = 0; round < 12; round += 1) {
    const buyer = { email: `ada-${round}@example.com` }
    const refused = shop.call('POST', '/sales', saleTo(shop, buyer, { payment_profile: closed }))
    // The other one comes while the first is under way.
    await wait((round * 7) % 40)
    const paid = await shop.post('/sales', saleTo(shop, buyer))
    assert.equal((await refused).status, 409)
    assert.match(await shop.standing(paid.text('subscription.0')), /^active /)
    await shop.get(`/customers/${paid.text('customer_id')}`)
  }
})

story('sales at once to one new buyer are all made, and to one customer', async (shop) => {
  const sell = () => shop.post('/sales', saleTo(shop, { email: 'ada@example.com' }))
  const sold = await Promise.all([sell(), sell(), sell(), sell()])
  assert.equal(new Set(sold.map((one) => one.text('customer_id'))).size, 1)
  assert.equal((await shop.world.api.get('/customers')).at('data.length'), 1)
  assert.equal((await shop.world.charges()).length, 4)
})

story('a sale that is refused has written nothing, and nobody hears of it', async (shop) => {
  const { house, api } = shop.world
  const gone = { product: [{ id: 'a'.repeat(20) }] }
  const known = (await shop.sell('2031-01-15')).customer
  const events = async () => (await api.get('/events?limit=1')).at('data.0.id')
  const before = { rows: await house.countRows(), event: await events() }
  const named = { customer: undefined, customer_id: known }
  for (const more of [gone, { ...gone, ...named }])
    await shop.refuses(404, 'POST', '/sales', saleTo(shop, { email: 'bo@example.com' }, more))
  const { revcent_calls: calls, ...rows } = await house.countRows()
  assert.deepEqual({ ...rows, revcent_calls: Number(calls) - 2 }, { ...before.rows })
  assert.equal(await events(), before.event)
})

story('a buyer who is known by the e-mail address is what the sale says, and keeps what it does not', async (shop) => {
  const shown = async (id: string) => {
    const told = await shop.get(`/customers/${id}`)
    const metadata = told.at('metadata')
    assert.ok(Array.isArray(metadata))
    const said = metadata.map((one) => `${String(memberOf(one, 'name'))}=${String(memberOf(one, 'value'))}`)
    return [...['first_name', 'last_name', 'phone', 'city', 'country'].map((name) => told.at(name)), said.toSorted()]
  }
  const first = { email: 'ada@example.com', phone: '+1555', metadata: [{ name: 'source', value: 'mail' }] }
  const bill = { bill_to: { city: 'London', country: 'GBR', last_name: 'Agency' } }
  const one = await shop.post('/sales', saleTo(shop, first, bill))
  const id = one.text('customer_id')
  assert.deepEqual(await shown(id), ['Ada', 'Byron', '+1555', 'London', 'GBR', ['source=mail']])
  const again = { email: 'ADA@example.com', last_name: 'Lovelace', city: 'Rome', metadata: [{ name: 'tier', value: 'gold' }] }
  const other = await shop.post('/sales', saleTo(shop, again, { bill_to: { city: 'Paris', country: 'FRA' } }))
  assert.equal(other.text('customer_id'), id)
  assert.deepEqual(await shown(id), ['Ada', 'Lovelace', '+1555', 'Rome', 'GBR', ['source=mail', 'tier=gold']])
  await shop.post('/sales', saleTo(shop, { email: 'ada@example.com', last_name: undefined }))
  assert.deepEqual((await shown(id)).slice(0, 2), ['Ada', 'Lovelace'])
}) // prettier-ignore

story('a sale whose process dies after the charge is written is charged once, and its repetition is told of it', async (shop) => {
  const { house } = shop.world
  const death = Promise.withResolvers<void>()
  const begun = Promise.withResolvers<void>()
  const dying = await house.startService({
    onStep: (step) => {
      if (step !== 'applied') return undefined
      begun.resolve()
      return death.promise
    },
  })
  const body = JSON.stringify(saleTo(shop, { email: 'ada@example.com' }))
  const headers = { 'x-api-key': shop.key, 'content-type': 'application/json', 'idempotency-key': 'order-1' }
  const sell = async (url: string) => {
    const answer = await fetch(`${url}/revcent/v2/sales`, { method: 'POST', headers, body })
    const told: unknown = await answer.json()
    return [answer.status, memberOf(told, 'status'), memberOf(told, 'amount_paid')]
  }
  const lost = sell(dying.url)
  await begun.promise
  house.clock.moveOn(10 * 60_000)
  await shop.goTo('2031-01-02')
  assert.equal((await shop.world.charges()).length, 1)
  assert.deepEqual(await sell(house.service.url), [200, 'paid', 50])
  death.reject(new Error('the process is gone'))
  assert.equal((await lost)[0], 500)
  assert.equal((await shop.world.charges()).length, 1)
  const methods = (await shop.world.api.get('/payment-methods')).at('data')
  assert.ok(Array.isArray(methods))
  assert.deepEqual(methods.map((one) => memberOf(one, 'status')), ['active'])
}) // prettier-ignore
