import { RevKeen, RevKeenAPIError, RevKeenError } from '@revkeen/sdk'
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { pricesRoutes, productsRoutes } from '../modules/catalog/index.ts'
import { customersRoutes } from '../modules/customers/index.ts'
import { eventsRoutes } from '../modules/webhooks/index.ts'
import { type TestApi, startTestApi } from './test-api.ts'

// The acceptance list of revkeen 10, rows 1 to 14, 51 and 57, by the published SDK over a real socket.

let api: TestApi
let baseUrl: string
let sdk: RevKeen

before(async () => {
  const hooks = { onDeleted: async () => {}, findDefaultPaymentMethods: async () => new Map() }
  api = await startTestApi([customersRoutes(hooks), productsRoutes, pricesRoutes, eventsRoutes])
  baseUrl = `${await api.app.listen({ port: 0, host: '127.0.0.1' })}/v2`
  sdk = new RevKeen({ apiKey: api.account.sandbox.apiKey, baseUrl })
})
after(() => api.close())

let productCount = 0
const productOf = (reference: string) => ({
  product_id: reference,
  name: 'Pro',
  kind: 'subscription' as const,
  pricing_model: 'recurring' as const,
  amount_minor: 2900,
  interval: 'month',
  interval_count: 1,
  trial_days: 0,
})

async function newProductId(): Promise<string> {
  productCount += 1
  const { data } = await sdk.products.create(productOf(`made-${productCount}`))
  return data.id
}

test('1: the client wants exactly one kind of credentials', () => {
  assert.throws(() => new RevKeen({ baseUrl }), RevKeenError)
})

test('2: a bad key is refused with 401 and says how to authenticate', async () => {
  const stranger = new RevKeen({ apiKey: 'rk_sandbox_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', baseUrl })
  await assert.rejects(stranger.customers.list(), (error: unknown) => {
    assert.ok(error instanceof RevKeenAPIError)
    assert.equal(error.status, 401)
    assert.equal(error.message, 'No such API key.')
    assert.partialDeepStrictEqual(error.body, {
      error: { type: 'authentication_error', code: 'invalid_api_key' },
    })
    return true
  })
  const { headers } = await fetch(`${baseUrl}/customers`)
  assert.equal(headers.get('www-authenticate'), 'Bearer realm="revkeen-api"')
})

test('3 to 5: a product is created, found and renamed', async () => {
  const { data: product } = await sdk.products.create(productOf('pro'))
  assert.partialDeepStrictEqual(product, {
    object: 'product',
    currency: 'USD',
    is_active: true,
    is_archived: false,
    fulfillment_type: 'none',
  })
  const list = await sdk.products.list({ page: 1, limit: 20, search: 'Pro' })
  assert.ok(list.data.some(({ id }) => id === product.id))
  assert.partialDeepStrictEqual(list.pagination, {
    kind: 'page',
    page: 1,
    limit: 20,
    total: 1,
    totalPages: 1,
  })

  api.clock.advanceMs(1000)
  await sdk.products.update(product.id, { name: 'Pro+' })
  const { data: renamed } = await sdk.products.get(product.id)
  assert.equal(renamed.name, 'Pro+')
  assert.ok(renamed.updated_at > product.updated_at)
})

test('6 and 8: a price is bare, can be labelled, listed and archived', async () => {
  const productId = await newProductId()
  const terms = {
    product_id: productId,
    unit_amount: 2900,
    type: 'recurring',
    interval: 'month',
  } as const
  const price = await sdk.prices.create(terms)
  const other = await sdk.prices.create(terms)
  assert.partialDeepStrictEqual(price, {
    currency: 'usd',
    billing_scheme: 'per_unit',
    version: 1,
    active: true,
  })

  assert.equal((await sdk.prices.update(price.id, { nickname: 'Monthly' })).nickname, 'Monthly')
  const list = await sdk.prices.list({ product_id: productId })
  assert.equal(list.object, 'list')
  assert.equal(list.has_more, false)
  assert.deepEqual(
    list.data.map(({ id }) => id),
    [other.id, price.id],
  )
  assert.equal((await sdk.prices.archive(other.id)).active, false)
})

test('7: tiers without an open end are refused by name', async () => {
  const bad = sdk.prices.create({
    product_id: await newProductId(),
    billing_scheme: 'tiered',
    tiers_mode: 'graduated',
    tiers: [
      { up_to: 10, unit_amount_minor: 100, flat_amount_minor: null },
      { up_to: 20, unit_amount_minor: 80, flat_amount_minor: null },
    ],
  })
  await assert.rejects(bad, (error: unknown) => {
    assert.ok(error instanceof RevKeenAPIError)
    assert.equal(error.status, 400)
    assert.partialDeepStrictEqual(error.body, {
      error: { code: 'validation_error', param: 'tiers[1].up_to' },
    })
    return true
  })
})

const john = {
  email: 'john@example.com',
  name: 'John Smith',
  phone: '+1-555-123-4567',
  metadata: { tier: 'enterprise' },
}

test('9 to 14: a customer lives', async () => {
  const { data: customer } = await sdk.customers.create(john)
  assert.match(customer.id, /^cus_/)
  assert.equal(customer.merchant_id, (await api.request('GET', '/account')).text('data.id'))
  const created = await sdk.events.list({ type: 'customer.created', customer_id: customer.id })
  assert.equal(created.data.length, 1)

  await assert.rejects(sdk.customers.create(john), { status: 400 })
  await assert.rejects(sdk.customers.get('cus_nonexistent'), (error: unknown) => {
    assert.ok(error instanceof RevKeenAPIError)
    assert.equal(error.status, 404)
    assert.partialDeepStrictEqual(error.body, { error: { code: 'resource_not_found' } })
    return true
  })

  await sdk.customers.update(customer.id, { metadata: { plan: 'pro' } })
  const { data: updated } = await sdk.customers.update(customer.id, { metadata: { tier: null } })
  assert.deepEqual(updated.metadata, { plan: 'pro' })
  const changes = await sdk.events.list({ type: 'customer.updated', customer_id: customer.id })
  assert.deepEqual(
    changes.data.map(({ data }) => data.previous_attributes),
    [{ metadata: { plan: 'pro', tier: 'enterprise' } }, { metadata: { tier: 'enterprise' } }],
  )

  for (let index = 0; index < 45; index += 1) {
    await sdk.customers.create({ email: `customer${index}@example.com`, name: `Customer ${index}` })
  }
  const pages = await Promise.all(
    [0, 20, 40].map((offset) => sdk.customers.list({ limit: 20, offset })),
  )
  assert.deepEqual(
    pages.map(({ data, pagination }) => [
      data.length,
      pagination.total,
      Reflect.get(pagination, 'hasMore'),
    ]),
    [
      [20, 46, true],
      [20, 46, true],
      [6, 46, false],
    ],
  )
  assert.equal(new Set(pages.flatMap(({ data }) => data.map(({ id }) => id))).size, 46)
  assert.equal(pages[2]?.data.at(-1)?.id, customer.id)

  const found = await sdk.customers.list({ search: 'john' })
  assert.deepEqual(
    found.data.map(({ id }) => id),
    [customer.id],
  )
  const byEmail = await api.request('GET', '/customers?email=JOHN@example.com')
  assert.equal(byEmail.text('data.0.id'), customer.id)
})

test('51: events are walked one by one and shown bare', async () => {
  const seen: string[] = []
  let page = await sdk.events.list({ limit: 20 })
  for (;;) {
    seen.push(...page.data.map(({ id }) => id))
    const last = page.data.at(-1)
    if (!page.has_more || last === undefined) break
    page = await sdk.events.list({ limit: 20, starting_after: last.id })
  }
  assert.equal(seen.length, await api.count('events'))
  assert.equal(new Set(seen).size, seen.length)
  const event = await sdk.events.get(seen[0] ?? '')
  assert.equal(event.object, 'event')
  assert.ok(Number.isInteger(event.created))
})

test('57: one idempotency key, one effect', async () => {
  const keyed = new RevKeen({
    apiKey: api.account.sandbox.apiKey,
    baseUrl,
    headers: { 'Idempotency-Key': '7f6a3c1e-2b59-4a43-9d0e-0f6a1b2c3d4e' },
  })
  const once = await keyed.customers.create({ email: 'once@example.com' })
  const again = await keyed.customers.create({ email: 'once@example.com' })
  assert.deepEqual(again, once)
  await assert.rejects(keyed.customers.create({ email: 'other@example.com' }), (error: unknown) => {
    assert.ok(error instanceof RevKeenAPIError)
    assert.equal(error.status, 409)
    assert.partialDeepStrictEqual(error.body, {
      error: { type: 'idempotency_error', code: 'idempotency_conflict' },
    })
    return true
  })
})
