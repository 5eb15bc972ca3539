import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type TestShop, startTestShop } from '../../../testing/test-card-world.ts'
import { paymentsRoutes } from '../index.ts'

let shop: TestShop
before(async () => {
  shop = await startTestShop((deps) => [paymentsRoutes(deps)])
})
after(() => shop.close())

const methods = (body: object) => shop.request('POST', '/payment-methods', { body })
const post = (path: string, body: object = {}) => shop.request('POST', path, { body })

test('a token becomes a payment method that shows its card and never the number', async () => {
  const customer = await shop.createCustomer()
  await shop.newEvents()
  const created = await methods({
    customer_id: customer,
    token: 'tok_visa',
    billing_details: { name: 'Ada', address: { country: 'GB' } },
    metadata: { source: 'app' },
  })
  assert.equal(created.status, 201)
  const id = created.text('data.id')
  assert.match(id, /^[0-9a-f-]{36}$/)
  assert.partialDeepStrictEqual(created.body, {
    data: {
      object: 'payment_method',
      customer_id: customer,
      type: 'card',
      status: 'active',
      is_default: true,
      card: { brand: 'visa', last4: '4242', exp_month: 12, exp_year: 2039, funding: 'credit' },
      us_bank_account: null,
      bacs_direct_debit: null,
      billing_details: { name: 'Ada', email: null, address: { country: 'GB', city: null } },
      metadata: { source: 'app' },
    },
  })
  for (const name of [id, created.text('data.public_id')]) {
    const shown = await shop.request('GET', `/payment-methods/${name}`)
    assert.deepEqual(shown.at('data'), created.at('data'))
  }
  assert.deepEqual(await shop.newEvents(), ['customer.payment_method.attached'])
})

test('a bank account shows its own details and no card', async () => {
  const created = await methods({ customer_id: await shop.createCustomer(), token: 'tok_ach' })
  assert.partialDeepStrictEqual(created.body, {
    data: { type: 'us_bank_account', card: null, us_bank_account: { last4: '6789' } },
  })
})

test('a token that a gateway made from a number works at that gateway', async () => {
  const made = await fetch(`${shop.worldUrl}/gateways/birch/tokens`, {
    method: 'POST',
    body: JSON.stringify({ number: '5555555555554444', exp_month: 1, exp_year: 2031, cvc: '123' }),
  })
  const { token } = (await made.json()) as { readonly token: string }
  const customer = await shop.createCustomer()
  const created = await methods({ customer_id: customer, token, gateway: 'birch' })
  assert.equal(created.at('data.card.brand'), 'mastercard')
  const elsewhere = await methods({ customer_id: customer, token, gateway: 'amber' })
  assert.equal(elsewhere.status, 400)
  assert.equal(elsewhere.at('error.param'), 'token')
})

test('the first method is the default, a later one only when it says so, and there is one default', async () => {
  const customer = await shop.createCustomer()
  await shop.attach(customer, 'tok_visa')
  const second = await methods({ customer_id: customer, token: 'tok_mastercard' })
  assert.equal(second.at('data.is_default'), false)
  const third = await methods({ customer_id: customer, token: 'tok_amex', is_default: true })
  assert.equal(third.at('data.is_default'), true)

  const list = await shop.request('GET', `/customers/${customer}/payment-methods`)
  assert.deepEqual(defaultsOf(list.body), ['amex:true', 'mastercard:false', 'visa:false'])
  const shown = await shop.request('GET', `/customers/${customer}`)
  assert.equal(shown.at('data.default_payment_method_id'), third.text('data.public_id'))

  const moved = await post(`/payment-methods/${second.text('data.id')}/default`)
  assert.equal(moved.at('data.is_default'), true)
  const again = await shop.request('GET', `/customers/${customer}/payment-methods`)
  assert.deepEqual(defaultsOf(again.body), ['amex:false', 'mastercard:true', 'visa:false'])
})

function defaultsOf(body: unknown): string[] {
  const { data } = body as {
    readonly data: readonly { readonly card: { readonly brand: string }; is_default: boolean }[]
  }
  return data.map(({ card, is_default }) => `${card.brand}:${is_default}`)
}

test('ten methods attached at once leave one default', async () => {
  const customer = await shop.createCustomer()
  const brands = Array.from({ length: 10 }, () => shop.attach(customer, 'tok_visa'))
  await Promise.all(brands)
  const list = await shop.request('GET', `/customers/${customer}/payment-methods`)
  assert.equal(defaultsOf(list.body).filter((entry) => entry === 'visa:true').length, 1)
})

test('a detached default gives way to the newest other method, and is listed no more', async () => {
  const customer = await shop.createCustomer()
  const visa = await shop.attach(customer, 'tok_visa')
  const mastercard = await shop.attach(customer, 'tok_mastercard')
  const amex = await shop.attach(customer, 'tok_amex')
  await shop.newEvents()
  const detached = await post(`/payment-methods/${visa}/detach`)
  assert.equal(detached.at('data.status'), 'inactive')
  assert.equal(detached.at('data.is_default'), false)
  assert.deepEqual(await shop.newEvents(), [
    'customer.payment_method.detached',
    'payment_method.updated',
  ])
  const list = await shop.request('GET', `/customers/${customer}/payment-methods`)
  assert.deepEqual(defaultsOf(list.body), ['amex:true', 'mastercard:false'])

  await post(`/payment-methods/${visa}/detach`)
  assert.deepEqual(await shop.newEvents(), [])
  await post(`/payment-methods/${amex}/detach`)
  await post(`/payment-methods/${mastercard}/detach`)
  const shown = await shop.request('GET', `/customers/${customer}`)
  assert.equal(shown.at('data.default_payment_method_id'), null)
  const refused = await post(`/payment-methods/${visa}/default`)
  assert.equal(refused.status, 409)
})

test('attaching a method to somebody else takes it from its owner', async () => {
  const ada = await shop.createCustomer()
  const grace = await shop.createCustomer()
  const method = await shop.attach(ada, 'tok_visa')
  await shop.newEvents()
  const attached = await post(`/payment-methods/${method}/attach`, { customer_id: grace })
  assert.equal(attached.at('data.customer_id'), grace)
  assert.equal(attached.at('data.is_default'), true)
  assert.deepEqual(await shop.newEvents(), [
    'customer.payment_method.detached',
    'customer.payment_method.attached',
  ])
  const left = await shop.request('GET', `/customers/${ada}/payment-methods`)
  assert.deepEqual(left.at('data'), [])
  await post(`/payment-methods/${method}/attach`, { customer_id: grace })
  assert.deepEqual(await shop.newEvents(), [])
})

test('billing details and metadata merge; an update that changes nothing tells nothing', async () => {
  const customer = await shop.createCustomer()
  const method = await shop.attach(customer, 'tok_visa')
  const path = `/payment-methods/${method}`
  await post(path, { billing_details: { name: 'Ada', address: { city: 'London' } } })
  const changed = await post(path, {
    billing_details: { phone: '1', address: { country: 'GB' } },
    metadata: { a: 1, b: 2 },
  })
  assert.partialDeepStrictEqual(changed.body, {
    data: {
      billing_details: { name: 'Ada', phone: '1', address: { city: 'London', country: 'GB' } },
      metadata: { a: 1, b: 2 },
    },
  })
  const less = await post(path, { metadata: { a: null } })
  assert.deepEqual(less.at('data.metadata'), { b: 2 })
  await shop.newEvents()
  await post(path, { metadata: { b: 2 } })
  assert.deepEqual(await shop.newEvents(), [])
})

test('methods are listed newest first, by customer and type, and paged by cursor', async () => {
  const customer = await shop.createCustomer()
  const card = await shop.attach(customer, 'tok_visa')
  const bank = await shop.attach(customer, 'tok_ach')
  const list = (query: string) =>
    shop.request('GET', `/payment-methods?customer_id=${customer}&${query}`)
  const first = await list('limit=1')
  assert.equal(first.at('object'), 'list')
  assert.equal(first.at('has_more'), true)
  assert.equal(first.at('data.0.public_id'), bank)
  const next = await list(`starting_after=${bank}`)
  assert.equal(next.at('data.0.public_id'), card)
  assert.equal(next.at('has_more'), false)
  const cards = await list('type=card')
  assert.equal(cards.at('data.length'), 1)
})

test('the same request with the same key attaches one method', async () => {
  const customer = await shop.createCustomer()
  const headers = { 'idempotency-key': 'attach-once' }
  const body = { customer_id: customer, token: 'tok_visa' }
  const first = await shop.request('POST', '/payment-methods', { body, headers })
  const second = await shop.request('POST', '/payment-methods', { body, headers })
  assert.deepEqual(second.body, first.body)
  assert.equal(second.headers['idempotency-replayed'], 'true')
})

test('another account sees none of it', async () => {
  const method = await shop.attach(await shop.createCustomer(), 'tok_visa')
  const other = await shop.createOtherAccount()
  const { apiKey } = other.sandbox
  const shown = await shop.request('GET', `/payment-methods/${method}`, { apiKey })
  assert.equal(shown.status, 404)
  const list = await shop.request('GET', '/payment-methods', { apiKey })
  assert.deepEqual(list.at('data'), [])
})

test('bad input is refused by name and leaves nothing behind', async () => {
  const customer = await shop.createCustomer()
  const ghost = 'cus_01h455vb4pex5vsknk084sn02q'
  const other = await shop.createOtherAccount()
  const { apiKey } = other.sandbox
  const foreign = await shop.request('POST', '/customers', {
    apiKey,
    body: { email: 'foreign@example.com' },
  })
  const good = { customer_id: customer, token: 'tok_visa' }
  const pan = '4242 4242 4242 4242'
  const rows: readonly (readonly [string, object, number, string])[] = [
    ['no token', { customer_id: customer }, 400, 'token'],
    ['an empty token', { ...good, token: '' }, 400, 'token'],
    ['a token as a number', { ...good, token: 7 }, 400, 'token'],
    ['a token nobody knows', { ...good, token: 'tok_decline_nonsense' }, 400, 'token'],
    ['no customer', { token: 'tok_visa' }, 400, 'customer_id'],
    ['an unknown customer', { ...good, customer_id: ghost }, 404, 'customer_id'],
    [
      'another account’s customer',
      { ...good, customer_id: foreign.at('data.id') },
      404,
      'customer_id',
    ],
    [
      'an id of another kind',
      { ...good, customer_id: ghost.replace('cus', 'sub') },
      400,
      'customer_id',
    ],
    ['an unknown gateway', { ...good, gateway: 'nowhere' }, 400, 'gateway'],
    ['an unknown type', { ...good, type: 'cash' }, 400, 'type'],
    ['a type that is not the token’s', { ...good, type: 'us_bank_account' }, 400, 'type'],
    ['a card number', { ...good, number: '4242424242424242' }, 400, 'number'],
    ['a card', { ...good, card: { number: pan, cvc: '123' } }, 400, 'card.number'],
    ['a card number as the token', { ...good, token: pan }, 400, 'token'],
    ['a card number in metadata', { ...good, metadata: { note: pan } }, 400, 'metadata.note'],
    ['a security code', { ...good, card: { cvc: 123 } }, 400, 'card.cvc'],
  ]
  const before = await shop.count('payment_methods')
  await shop.newEvents()
  for (const [name, body, status, param] of rows) {
    const answer = await shop.request('POST', '/payment-methods', {
      body,
      headers: { 'idempotency-key': `bad ${name}` },
    })
    assert.equal(answer.status, status, name)
    assert.equal(answer.at('error.param'), param, name)
    assert.equal(JSON.stringify(answer.body).includes('4242'), false, name)
  }
  assert.equal(await shop.count('payment_methods'), before)
  assert.deepEqual(await shop.newEvents(), [])
  const unseen = rows.filter(([name]) => /card|security/.test(name)).length
  const keys = await shop.count('idempotency_keys')
  assert.ok(keys <= 1 + rows.length - unseen, 'card data is not even remembered as a hash')
})

test('a number in metadata that is no card number is taken', async () => {
  const customer = await shop.createCustomer()
  const created = await methods({
    customer_id: customer,
    token: 'tok_visa',
    metadata: { number: 7, ordered_at: 1_800_000_000_000, order: '4242424242424241' },
  })
  assert.equal(created.status, 201)
})
