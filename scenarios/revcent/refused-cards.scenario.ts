import assert from 'node:assert/strict'
import { CAMPAIGN, card, NO, OK, story, type Shop } from './shop.ts'

const OTHER = '5555555555554444'

type Card = { readonly last_4: string; readonly default: boolean; readonly enabled: boolean }

/** "1111 default" of each card of a customer that can be charged, oldest first. */
async function cardsOf(shop: Shop, customer: string): Promise<readonly string[]> {
  const cards = (await shop.get(`/customers/${customer}`)).at('customer_card')
  assert.ok(Array.isArray(cards))
  return cards
    .filter((one: Card) => one.enabled)
    .map((one: Card) => `${one.last_4}${one.default ? ' default' : ''}`)
}

function saleOf({ PP, P }: Shop, customer_id: string, more: object = {}): object {
  return {
    campaign: CAMPAIGN,
    payment_type: 'credit_card',
    payment_profile: PP,
    credit_card: card(OTHER),
    customer_id,
    product: [{ id: P }],
    ...more,
  }
}

/** With an idempotency key; the status and `error_code`. */
async function withKey(shop: Shop, path: string, body: object): Promise<readonly unknown[]> {
  const response = await fetch(`${shop.world.house.service.url}/revcent/v2${path}`, {
    method: 'POST',
    headers: {
      'x-api-key': shop.key,
      'content-type': 'application/json',
      'idempotency-key': 'k-1',
    },
    body: JSON.stringify(body),
  })
  const told = (await response.json()) as { error_code?: string }
  return [response.status, told.error_code ?? null]
}

story('a sale to a known customer that is refused keeps no card, and a declined one its own', async (shop) => {
  const { customer } = await shop.sell('2031-01-15')
  const before = await cardsOf(shop, customer)
  assert.deepEqual(before, ['1111 default'])
  const gone = { product: [{ id: 'a'.repeat(20) }] }
  const unknownProfile = { payment_profile: 'a'.repeat(20) }
  const unknownCoupon = { coupon: ['a'.repeat(20)] }
  for (const more of [gone, unknownProfile, unknownCoupon]) {
    const refused = await shop.call('POST', '/sales', saleOf(shop, customer, more))
    assert.ok([400, 404].includes(refused.status), JSON.stringify(refused.body))
    assert.deepEqual(await cardsOf(shop, customer), before)
  }
  const fresh = await shop.post('/customers', { email: 'eve@example.com' })
  const eve = fresh.text('customer_id')
  assert.equal((await shop.call('POST', '/sales', saleOf(shop, eve, gone))).status, 404)
  assert.deepEqual(await cardsOf(shop, eve), [])
  // The attempt of a sale that is declined names its card.
  await shop.refuses(402, 'POST', '/sales', saleOf(shop, customer, { credit_card: card(NO) }))
  assert.deepEqual(await cardsOf(shop, customer), ['1111 default', '0002'])
}) // prettier-ignore

story('a repetition of a sale takes away no card that was there before it', async (shop) => {
  const { customer } = await shop.sell('2031-01-15')
  const gone = saleOf(shop, customer, { product: [{ id: 'a'.repeat(20) }] })
  assert.deepEqual(await withKey(shop, '/sales', gone), [404, 'not_found'])
  assert.deepEqual(await withKey(shop, '/sales', gone), [404, 'not_found'])
  assert.deepEqual(await cardsOf(shop, customer), ['1111 default'])
})

story('a key that was good for one sale takes its card away by no other', async (shop) => {
  const { customer } = await shop.sell('2031-01-15')
  assert.deepEqual(await withKey(shop, '/sales', saleOf(shop, customer)), [200, null])
  const sold = ['1111', '4444 default']
  assert.deepEqual(await cardsOf(shop, customer), sold)
  const other = saleOf(shop, customer, { product: [{ id: 'a'.repeat(20) }] })
  assert.deepEqual(await withKey(shop, '/sales', other), [409, 'wrong_state'])
  assert.deepEqual(await cardsOf(shop, customer), sold)
})

story('a salvage that is refused keeps no card, one that is declined does, and a key tries once', async (shop) => {
  const { customer } = await shop.sell('2031-01-31')
  await shop.addCard(customer, NO, true)
  await shop.goTo('2031-03-02')
  const from = Date.parse('2031-01-31') / 1000
  const list = `/salvage_transactions?date_start=${from}&date_end=${from + 89 * 86_400}&page=1&limit=25`
  const salvage = (await shop.get(`${list}&customer_filter=${customer}`)).text('results.0.id')
  const path = `/salvage_transactions/${salvage}/process`
  const before = ['1111', '0002 default']
  const payment = { credit_card: card(OTHER) }
  const [G1] = shop.gateways
  await shop.post(`/user_gateways/${G1}`, { enabled: false })
  await shop.refuses(400, 'POST', path, { payment, gateway: G1 })
  await shop.post(`/user_gateways/${G1}`, { enabled: true })
  assert.deepEqual(await cardsOf(shop, customer), before)

  await shop.refuses(402, 'POST', path, { payment: { credit_card: card('4000000000000069') } })
  assert.deepEqual(await cardsOf(shop, customer), [...before, '0069'])
  assert.deepEqual(await withKey(shop, path, { payment }), [200, null])
  const charges = (await shop.world.charges()).length
  assert.deepEqual(await withKey(shop, path, { payment }), [200, null])
  // The key names another card where another thing is asked for.
  assert.deepEqual(await withKey(shop, '/sales', saleOf(shop, customer, { credit_card: card(OK) })), [200, null]) // prettier-ignore
  assert.equal((await shop.world.charges()).length, charges + 1)
  assert.deepEqual(await cardsOf(shop, customer), ['1111', '0002', '0069', '4444', '1111 default'])
}) // prettier-ignore

story('a new buyer whom no gateway may charge is left neither as a customer nor with a card', async (shop) => {
  const { world, gateways, P } = shop
  const [, G2] = gateways
  const profile = await shop.post('/payment_profiles', {
    name: 'G2 alone',
    steps: [{ source: 'gateway', gateways: [{ user_gateway: G2 }] }],
  })
  await shop.post(`/user_gateways/${G2}`, { enabled: false })
  const sale = {
    campaign: CAMPAIGN,
    payment_type: 'credit_card',
    payment_profile: profile.text('payment_profile_id'),
    credit_card: card(OK),
    customer: { first_name: 'Ada', email: 'ada@example.com' },
    product: [{ id: P }],
  }
  const left = async () => {
    const customers = (await world.api.get('/customers')).at('data.length')
    const cards = (await world.api.get('/payment-methods')).at('data')
    assert.ok(Array.isArray(cards))
    return [customers, cards.filter((one: { status: string }) => one.status === 'active').length]
  }
  await shop.refuses(409, 'POST', '/sales', sale)
  assert.deepEqual(await left(), [0, 0])
  assert.deepEqual(await withKey(shop, '/sales', sale), [409, 'wrong_state'])
  assert.deepEqual(await left(), [0, 0])
  await shop.post(`/user_gateways/${G2}`, { enabled: true })
  await shop.post('/sales', sale)
  assert.deepEqual(await left(), [1, 1])
}) // prettier-ignore
