import assert from 'node:assert/strict'
import { createApiClient, findText } from '@perennial/testkit/scenario'
import { createServiceApi } from '../../packages/server/src/api.ts'
import type { Config } from '../../packages/server/src/platform/config/index.ts'
import { createLogger } from '../../packages/server/src/platform/log/index.ts'
import { behaveAs, CAMPAIGN, card, codeOf, makeCoupon, NO, openShop, ourId, story, type Shop } from './shop.ts' // prettier-ignore

const FROM = Date.parse('2031-01-01') / 1000
const DAY = 86_400

const list = (days: number, more: string) =>
  `/subscriptions?date_start=${FROM}&date_end=${FROM + days * DAY}${more}`

story('71: lists are pages of a window of 90 days', async (shop) => {
  const one = await shop.sell('2031-01-15')
  const other = await shop.sell('2031-01-16')
  await shop.refuses(400, 'GET', list(90, '&page=1&limit=26'))
  await shop.refuses(400, 'GET', list(91, '&page=1&limit=25'))
  assert.match(await shop.refuses(400, 'GET', list(90, '&limit=25')), /^page is required/)
  await shop.refuses(400, 'GET', list(90, '&page=1&limit=25&colour_filter=red'))
  const ids = (page: string) => shop.get(list(90, page))
  const first = await ids('&page=1&limit=1')
  assert.deepEqual([first.at('results.0.id'), first.at('has_more')], [other.subscription, true])
  const second = await ids('&page=2&limit=1')
  assert.deepEqual([second.at('results.0.id'), second.at('has_more')], [one.subscription, false])
  const filters = `&page=1&limit=25&customer_filter=${one.customer}&status_filter=active&status_filter=overdue`
  assert.deepEqual((await ids(filters)).at('results.length'), 1)
  assert.equal((await ids('&page=1&limit=25&status_filter=suspended')).at('results.length'), 0)
  assert.equal(
    await shop.refuses(
      400,
      'GET',
      list(90, '&page=1&limit=25&status_filter=active&status_filter=paused'),
    ),
    'status_filter[1] must be one of pending, active, overdue, suspended, cancelled, completed.',
  )
  assert.match(
    await shop.refuses(400, 'GET', list(90, '&page=1&limit=25&status_filter=late').replace('subscriptions', 'subscription_renewals')), // prettier-ignore
    /must be one of processing, paid, partially_paid, overdue, refunded, partially_refunded, void\.$/,
  )
  const elsewhere = { campaign: 'CAMPAIGN000000000002' }
  const third = (await shop.sell('2031-01-17', { more: elsewhere })).subscription
  const campaigns = async (named: readonly string[]) => {
    const page = await ids(
      `&page=1&limit=25${named.map((name) => `&campaign_filter=${name}`).join('')}`,
    )
    return [page.at('results.length'), page.at('results.0.id')]
  }
  assert.deepEqual(await campaigns([elsewhere.campaign]), [1, third])
  assert.deepEqual(await campaigns([CAMPAIGN]), [2, other.subscription])
  assert.deepEqual(await campaigns([CAMPAIGN, elsewhere.campaign]), [3, third])
  assert.deepEqual(await campaigns(['nowhere']), [0, undefined])

  await shop.goTo('2031-02-15')
  const renewals = await shop.get(list(90, '&page=1&limit=25').replace('subscriptions', 'subscription_renewals')) // prettier-ignore
  assert.equal(renewals.at('count'), 2)
  const transactions = await shop.get(list(90, '&page=1&limit=25').replace('subscriptions', 'transactions')) // prettier-ignore
  assert.equal(transactions.at('count'), 5)
  // The gateway's name for a charge is no code of the issuer's.
  const shown = await shop.get(`/transactions/${transactions.text('results.0.id')}`)
  assert.equal(typeof shown.at('gateway_transaction_id'), 'string')
  assert.equal(shown.at('auth_code'), null)
  const found = await shop.get(`/subscriptions/search?term=${one.subscription}`)
  assert.equal(found.at('results.0.id'), one.subscription)
  const named = await shop.get('/subscriptions/search?term=Byron')
  assert.equal(named.at('count'), 3)
})

story('a subscription names what began it, and a renewal what was taken off and taken back', async (shop) => {
  const more = { product: [{ id: shop.P, quantity: 3 }], shop: 'Corner shop' }
  const { sale, customer, subscription } = await shop.sell('2031-01-15', { more })
  const path = `/subscriptions/${subscription}`
  const shown = await shop.get(path)
  assert.deepEqual(
    ['sale', 'shop', 'price', 'quantity', 'amount'].map((name) => shown.at(name)),
    [sale.at('sale_id'), 'Corner shop', 40, 3, 120],
  )
  assert.equal(shown.text('product_sale').length, 20)
  await shop.post(path, { amount: 90 })
  const edited = await shop.get(path)
  assert.deepEqual([edited.at('price'), edited.at('amount')], [40, 90])

  const coupon = await makeCoupon(shop)
  await shop.post(path, { coupon: [coupon] })
  await behaveAs(shop, customer, { token: 'tok_dispute_fraudulent', gateways: shop.gateways })
  await shop.goTo('2031-02-14')
  const [renewal] = await shop.renewalIds(subscription)
  const links = async () => {
    const told = await shop.get(`/subscription_renewals/${renewal}`)
    return ['amount', 'discount', 'chargeback'].map((name) => told.at(name))
  }
  assert.deepEqual(await links(), [81, [coupon], []])
  await shop.goTo('2031-02-21')
  const dispute = codeOf('dispute', (await shop.world.api.get('/disputes')).text('data.0.id'))
  assert.deepEqual(await links(), [81, [coupon], [dispute]])
}) // prettier-ignore

story('72: a void names what it gives back, and not what was given back before', async (shop) => {
  const { sale, subscription } = await shop.sell('2031-01-15')
  const line = (await shop.get(`/subscriptions/${subscription}`)).text('product_sale')
  const before = await shop.post(`/product_sales/${line}/refund`, { amount: 10 })
  await shop.goTo('2031-01-16')
  const voided = await shop.post(`/sales/${sale.text('sale_id')}/void`)
  assert.equal(voided.at('pending_refund.length'), 1)
  assert.notEqual(voided.at('pending_refund.0'), before.at('pending_refund.0'))
}) // prettier-ignore

story('72: a sale that is voided is refunded, and what it began ends', async (shop) => {
  const { sale, customer, subscription } = await shop.sell('2031-01-15 10:00')
  const id = sale.text('sale_id')
  const voided = await shop.post(`/sales/${id}/void`)
  assert.deepEqual(
    ['sale_id', 'customer_id', 'pending_refund.length'].map((name) => voided.at(name)),
    [id, customer, 1],
  )
  // The gateway is asked for it once the charge is 72 hours old.
  const wentBack = async () =>
    ((await shop.world.charges()) as { refunded_minor: number }[]).map((one) => one.refunded_minor)
  assert.deepEqual(await wentBack(), [0])
  const refunds = await shop.world.api.get('/refunds')
  assert.deepEqual(
    ['data.0.amount_minor', 'data.0.status', 'data.1'].map((name) => refunds.at(name)),
    [50_00, 'pending', undefined],
  )
  const shown = await shop.get(`/sales/${id}`)
  assert.deepEqual([shown.at('status'), shown.at('amount_refunded')], ['voided', 50])
  const ended = await shop.get(`/subscriptions/${subscription}`)
  assert.deepEqual([ended.at('status'), ended.at('end_reason')], ['cancelled', 'sale_voided'])
  await shop.refuses(409, 'POST', `/sales/${id}/void`, {})
  await shop.goTo('2031-01-19')
  assert.deepEqual(await wentBack(), [50_00])
  await shop.goTo('2031-06-01')
  assert.deepEqual([await wentBack(), await shop.renewals(subscription)], [[50_00], []])
})

story(
  'what is said of a subscription is said of its customer, and with cascade of its renewals',
  async (shop) => {
    const { customer, subscription } = await shop.sell('2031-01-15 10:00')
    await shop.goTo('2031-02-15')
    const renewal = (await shop.get(`/subscriptions/${subscription}`)).text(
      'subscription_renewal.0',
    )
    const says = (item_id: string, value: string, more: object) =>
    shop.post('/metadata', { item_type: 'subscription', item_id, metadata: [{ name: 'source', value }], ...more }) // prettier-ignore
    const said = async () => {
      const paths = [`/customers/${customer}`, `/subscriptions/${subscription}`, `/subscription_renewals/${renewal}`] // prettier-ignore
      const shown = await Promise.all(paths.map((path) => shop.get(path)))
      return shown.map((one) => one.at('metadata.0.value') ?? null)
    }
    await says(subscription, 'mail', {})
    assert.deepEqual(await said(), ['mail', 'mail', null])
    await says(subscription, 'fair', { cascade: true })
    assert.deepEqual(await said(), ['fair', 'fair', 'fair'])
    await says(customer, 'radio', { item_type: 'customer' })
    assert.deepEqual(await said(), ['radio', 'fair', 'fair'])
    await says(customer, 'shop', { item_type: 'customer', cascade: true })
    assert.deepEqual(await said(), ['shop', 'shop', 'shop'])
  },
)

story("73: a test key sees nothing of a live account, nor of anybody else's", async (shop) => {
  const { subscription } = await shop.sell('2031-01-15')
  const other = await openShop(await shop.world.otherWorld())
  await other.refuses(404, 'GET', `/subscriptions/${subscription}`)
  await other.refuses(404, 'POST', `/subscriptions/${subscription}/cancel`, {})
  await other.refuses(404, 'GET', `/subscriptions/not-an-id-not-an-id-`)
  assert.equal(await shop.standing(subscription), 'active 2031-02-14')
  const live = await shop.call(
    'GET',
    `/subscriptions/${subscription}`,
    undefined,
    shop.world.liveKey,
  )
  assert.deepEqual([live.status, live.at('error_code')], [401, 'unauthenticated'])
  assert.match(live.text('message'), /may do everything, .* \/v2\/api-keys/)
  const own = createApiClient({ url: shop.world.house.service.url, apiKey: shop.world.liveKey })
  const scopes = ['subscriptions:*']
  const liveKey = (await own.post('/api-keys', { name: 'Live', scopes })).text('data.secret')
  const customer = await own.post('/customers', { email: 'eve@example.com' })
  const product = await own.post('/products', { product_id: 'plan', name: 'Plan', kind: 'subscription', pricing_model: 'recurring', amount_minor: 40_00, interval: 'month', interval_count: 1 }) // prettier-ignore
  const billed = await own.post('/subscriptions', {
    customer_id: customer.at('data.id'),
    product_id: product.at('data.id'),
    collection_method: 'send_invoice',
  })
  const inLive = codeOf('subscription', billed.text('data.id'))
  assert.equal((await shop.call('GET', `/subscriptions/${inLive}`, undefined, liveKey)).status, 200)
  await shop.refuses(404, 'GET', `/subscriptions/${inLive}`)
  const seen = await shop.call('GET', `/subscriptions/${subscription}`, undefined, liveKey)
  assert.deepEqual([seen.status, seen.at('code')], [404, 0])
})

async function ownKey(shop: Shop): Promise<string> {
  const keys = (await shop.world.api.get('/api-keys')).at('data')
  assert.ok(Array.isArray(keys))
  return String(keys.find((key: { name: string }) => key.name === 'Shop').id)
}

async function limitKey(shop: Shop, limits: object): Promise<void> {
  const body = { permissions: null, addresses: null, ...limits }
  const path = `/settings/revcent/api-keys/${await ownKey(shop)}`
  const saved = await shop.world.api.call('PUT', path, { body })
  assert.equal(saved.status, 200, JSON.stringify(saved.body))
}

story('a key does what its pairs and addresses allow', async (shop) => {
  const { subscription } = await shop.sell('2031-01-15')
  const path = `/subscriptions/${subscription}`
  const own = createApiClient({ url: shop.world.house.service.url, apiKey: shop.key })
  const suspend = () => own.call('POST', `/subscriptions/${ourId('subscription', subscription)}/suspend`, { body: { preview: true } }) // prettier-ignore
  assert.equal((await suspend()).status, 200)
  await limitKey(shop, { permissions: [{ type: 'subscription', method: 'retrieve' }] })
  assert.equal((await suspend()).status, 403, 'a narrowed key does no more by another face')
  await limitKey(shop, { permissions: [{ type: 'subscription', method: 'edit' }] })
  await shop.post(path, { amount: 41 })
  await limitKey(shop, { permissions: [{ type: 'subscription', method: 'retrieve' }] })
  await shop.get(path)
  await shop.refuses(403, 'POST', `${path}/suspend`, {})
  await limitKey(shop, { addresses: [] })
  await shop.refuses(403, 'GET', path)
  await limitKey(shop, { addresses: ['127.0.0.1'] })
  await shop.get(path)

  await limitKey(shop, { permissions: [{ type: 'api_call', method: 'retrieve' }] })
  const rolled = await shop.world.api.post(`/api-keys/${await ownKey(shop)}/roll`)
  const renewed = await shop.call('GET', path, undefined, rolled.text('data.secret'))
  assert.equal(renewed.status, 403, "a key that takes another one's place may do no more")
  const made = await shop.world.api.post('/api-keys', {
    name: 'Reader',
    scopes: ['subscriptions:*'],
  })
  const reader = made.text('data.secret')
  assert.equal((await shop.call('GET', path, undefined, reader)).status, 200)
  assert.equal((await shop.call('POST', '/products', { name: 'X', price: 1 }, reader)).status, 403)

  const now = Math.floor(shop.world.house.clock.now() / 1000)
  const window = (days: number) => `date_start=${now - days * DAY}&date_end=${now + 1}&page=1&limit=25` // prettier-ignore
  const calls = await shop.call('GET', `/api_calls?${window(1)}`, undefined, reader)
  assert.deepEqual(
    ['operation', 'code', 'http_status'].map((name) => calls.at(`results.0.${name}`)),
    ['CreateProduct', 0, 403],
  )
  assert.equal((await shop.call('GET', `/api_calls?${window(3)}`, undefined, reader)).status, 400)
  assert.equal((await shop.call('GET', '/nowhere')).status, 404)
  const broken = await fetch(`${shop.world.house.service.url}/revcent/v2/products`, {
    method: 'POST',
    headers: { 'x-api-key': shop.key, 'content-type': 'application/json' },
    body: '{',
  })
  const said = (await broken.json()) as { code: unknown; error_code: unknown }
  assert.deepEqual([broken.status, said.code, said.error_code], [400, 0, 'invalid_request'])
  const described = await fetch(`${shop.world.house.service.url}/revcent/v2/openapi.json`)
  const { paths } = (await described.json()) as { paths: object }
  assert.ok('/subscription_renewals/{subscription_renewal_id}/refund' in paths)
})

story(
  'a key bound to an address is told from behind a proxy by those alone who are trusted to',
  async (shop) => {
    await limitKey(shop, { addresses: ['203.0.113.7'] })
    const statusBehind = async (trustProxy: Config['trustProxy'], forwarded: string) => {
      const config = { publicUrl: 'http://localhost', rateLimit: null, trustProxy }
      const api = await createServiceApi(config, shop.world.house.service.billing)
      const headers = { 'x-api-key': shop.key, 'x-forwarded-for': forwarded }
      const answer = await api.inject({ url: `/revcent/v2${list(90, '&page=1&limit=1')}`, headers })
      await api.close()
      return answer.statusCode
    }
    for (const [trusted, forwarded, status] of [
      [null, '203.0.113.7', 403],
      [['10.9.9.9'], '203.0.113.7', 403],
      [['127.0.0.0/8'], '203.0.113.7', 200],
      [1, '203.0.113.7', 200],
      // What the caller claims stands before what the proxy has seen.
      [1, '203.0.113.7, 198.51.100.1', 403],
      [['127.0.0.1'], '203.0.113.7, 198.51.100.1', 403],
      [2, '203.0.113.7, 198.51.100.1', 200],
    ] as const)
      assert.equal(
        await statusBehind(trusted, forwarded),
        status,
        `${String(trusted)}: ${forwarded}`,
      )
  },
)

const SECRET = '4242424242424242'
const OTHER_SECRET = '5555555555554444'

story('a card number that comes through the door is nowhere afterwards', async (shop) => {
  const { world, PP, P } = shop
  let logged = ''
  const log = createLogger({
    level: 'trace',
    pretty: false,
    destination: { write: (line: string) => void (logged += line) },
  })
  const config = { publicUrl: 'http://localhost', rateLimit: null }
  const api = await createServiceApi(config, { ...world.house.service.billing, log })
  const url = await api.listen({ port: 0, host: '127.0.0.1' })
  const told: string[] = []
  const post = async (path: string, body: object): Promise<number> => {
    const headers = { 'content-type': 'application/json', 'x-api-key': shop.key }
    const answer = await fetch(`${url}/revcent${path}`, { method: 'POST', headers, body: JSON.stringify(body) }) // prettier-ignore
    told.push(await answer.text())
    return answer.status
  }
  const credit_card = card(SECRET)
  const sale = { campaign: CAMPAIGN, payment_type: 'credit_card', payment_profile: PP, credit_card, product: [{ id: P }] } // prettier-ignore
  try {
    assert.equal(await post('/v2/sales', sale), 200)
    assert.equal(await post('/v2/sales', { ...sale, credit_card: { ...credit_card, exp_month: 13 } }), 400) // prettier-ignore
    assert.equal(await post('/v2/sales', { ...sale, [SECRET]: 1 }), 400)
    const { customer_id: customer } = JSON.parse(String(told[0])) as { customer_id: string }
    assert.equal(await post(`/v2/customers/${customer}/add_card`, { credit_card }), 200)
    const asked = { type: 'sale', method: 'create', ...sale }
    assert.equal(await post('/v1', { request: asked }), 200, told.at(-1))
    assert.equal(await post('/v1', { request: { ...asked, method: 'retrieve' } }), 400)
    assert.equal(await post('/v1', { request: { ...asked, method: SECRET } }), 400)
    const added = { type: 'customer', method: 'add_card', id: customer, credit_card: card(OTHER_SECRET) } // prettier-ignore
    assert.equal(await post('/v1', { request: added }), 200, told.at(-1))
    await shop.addCard(customer, NO, true)
    await shop.goTo('2031-01-31')
    const open = await shop.get(list(90, '&page=1&limit=25').replace('subscriptions', 'salvage_transactions')) // prettier-ignore
    const payment = { credit_card: card(OTHER_SECRET) }
    const path = `/v2/salvage_transactions/${open.text('results.0.id')}/process`
    assert.equal(await post(path, { payment }), 200, told.at(-1))
  } finally {
    await api.close()
  }
  assert.match(logged, /add_card[^]*process/)
  const said = `${logged} ${told.join(' ')}`
  const secrets = [SECRET, OTHER_SECRET, NO]
  assert.deepEqual(secrets.filter((secret) => said.includes(secret)), []) // prettier-ignore
  assert.deepEqual(await findText(world.house.database, secrets), [])
})

story('a sale that is repeated with its key is made once', async (shop) => {
  const { world, PP, P, key } = shop
  const body = JSON.stringify({ campaign: CAMPAIGN, payment_type: 'credit_card', payment_profile: PP, credit_card: card(SECRET), product: [{ id: P }] }) // prettier-ignore
  const headers = { 'content-type': 'application/json', 'x-api-key': key, 'idempotency-key': 'sale-1' } // prettier-ignore
  const sell = async (): Promise<{ sale_id: string }> => {
    const url = `${world.house.service.url}/revcent/v2/sales`
    const answer = await fetch(url, { method: 'POST', headers, body })
    return (await answer.json()) as { sale_id: string }
  }
  const first = await sell()
  assert.equal((await sell()).sale_id, first.sale_id)
  assert.equal((await world.charges()).length, 1)
})

story('who is refused leaves nobody behind, and who comes again is known', async (shop) => {
  const { world, PP, P } = shop
  const sale = { campaign: CAMPAIGN, payment_type: 'credit_card', payment_profile: PP, product: [{ id: P }] } // prettier-ignore
  const ada = { customer: { first_name: 'Ada', email: 'ada@example.com' } }
  const customers = async () => {
    const { body } = await world.api.get('/customers?limit=100')
    return Array.isArray(Object(body).data) ? Number(Object(body).data.length) : -1
  }
  const unknown = [{ id: 'a'.repeat(20) }]
  await shop.refuses(400, 'POST', '/sales', { ...sale, ...ada, credit_card: card('4111111111111112') }) // prettier-ignore
  const missing = { ...sale, ...ada, product: unknown, credit_card: card(SECRET) }
  assert.equal((await shop.call('POST', '/sales', missing)).at('code'), 0)
  assert.equal(await customers(), 0)
  await shop.refuses(400, 'POST', '/sales', { ...sale, ...ada, payment_type: 'paypal' })
  await shop.refuses(400, 'POST', '/sales', { ...sale, ...ada })

  const one = await shop.post('/sales', { ...sale, ...ada, credit_card: card(SECRET) })
  const other = await shop.post('/sales', { ...sale, ...ada, credit_card: card(SECRET) })
  assert.equal(other.at('customer_id'), one.at('customer_id'))
  await shop.refuses(402, 'POST', '/sales', { ...sale, credit_card: card(NO) })
})

story('the date of a card is numbers or their digits', async (shop) => {
  const { sale, customer } = await shop.sell('2031-01-15', { more: { credit_card: { ...card(SECRET), exp_month: '08', exp_year: '36' } } }) // prettier-ignore
  assert.equal(sale.at('status'), 'paid')
  const shown = async (place: number) => {
    const found = await shop.get(`/customers/${customer}`)
    return ['exp_month', 'exp_year'].map((name) => found.at(`customer_card.${place}.${name}`))
  }
  assert.deepEqual(await shown(0), [8, 36])
  const add = (date: object) => ({ credit_card: { ...card(OTHER_SECRET), ...date } })
  const path = `/customers/${customer}/add_card`
  await shop.post(path, add({ exp_month: '9', exp_year: '40' }))
  assert.deepEqual(await shown(1), [9, 40])
  for (const date of [
    { exp_month: '13' },
    { exp_month: '00' },
    { exp_month: '' },
    { exp_year: '2036' },
    { exp_year: '6' },
    { exp_month: true },
  ])
    // prettier-ignore
    assert.match(await shop.refuses(400, 'POST', path, add(date)), /^credit_card.exp_(month|year) must/)
})

story('of six calls in a minute that allows five, one is refused', async (shop) => {
  const { billing } = shop.world.house.service
  const rateLimit = { perMinute: 5, burst: 5 }
  const api = await createServiceApi({ publicUrl: 'http://localhost', rateLimit }, billing)
  const url = await api.listen({ port: 0, host: '127.0.0.1' })
  try {
    const statuses: number[] = []
    for (let call = 0; call < 6; call += 1) {
      const path = `${url}/revcent/v2/subscriptions/${'a'.repeat(20)}`
      statuses.push((await fetch(path, { headers: { 'x-api-key': shop.key } })).status)
    }
    assert.deepEqual(statuses, [404, 404, 404, 404, 404, 429])
  } finally {
    await api.close()
  }
})
