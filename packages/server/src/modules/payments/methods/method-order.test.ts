import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { decodeId, type Uuid } from '@perennial/core/ids'
import { type BillingShop, startBillingShop } from '../../../testing/test-card-world.ts'
import { COLUMN_TYPES, type TableName } from '../../../platform/db/index.ts'
import { tokenizeInstrument } from './tokenize-instrument.ts'

let shop: BillingShop
before(async () => {
  shop = await startBillingShop()
})
after(() => shop.closeSound())

const post = (path: string, body: object = {}) => shop.request('POST', path, { body })
const put = (path: string, body: object) => shop.request('PUT', path, { body })

function uuidOf(wireId: string): Uuid {
  const decoded = decodeId('payment_method', wireId)
  assert.ok(decoded.kind === 'ok')
  return decoded.id
}

const order = (...ids: readonly string[]) => ({
  payment_methods: ids.map((id, priority) => ({ payment_method_id: id, priority })),
})

async function methodsOf(customer: string): Promise<readonly string[]> {
  const list = await shop.request('GET', `/customers/${customer}/payment-methods`)
  const { data } = list.body as {
    readonly data: readonly { readonly public_id: string; readonly is_default: boolean }[]
  }
  return data.map((method) => `${method.public_id}${method.is_default ? ' default' : ''}`)
}

test('the first method of an order is the default, and the next one follows it when it goes', async () => {
  const customer = await shop.createCustomer()
  const [a, b, c] = [
    await shop.attach(customer, 'tok_visa'),
    await shop.attach(customer, 'tok_mastercard'),
    await shop.attach(customer, 'tok_amex'),
  ]
  await shop.newEvents()
  const path = `/customers/${customer}/payment-methods`
  assert.equal((await put(path, order(b, a, c))).status, 200)
  assert.deepEqual(await methodsOf(customer), [`${b} default`, a, c])
  assert.deepEqual(await shop.newEvents(), Array.from({ length: 3 }, () => 'payment_method.updated')) // prettier-ignore
  assert.equal((await put(path, order(b, a, c))).status, 200)
  assert.deepEqual(await shop.newEvents(), [])
  await post(`/payment-methods/${b}/detach`)
  assert.deepEqual(await methodsOf(customer), [`${a} default`, c])
  const foreign = await shop.attach(await shop.createCustomer(), 'tok_visa')
  const unknown = [404, 'payment_methods[0].payment_method_id']
  for (const [bad, told] of [
    [order(a, a), [400, 'payment_methods']],
    [order(foreign), unknown],
    [order(b), unknown],
  ] as const) {
    const answer = await put(path, bad)
    assert.deepEqual([answer.status, answer.at('error.param')], told)
  }
})

test('a subscription is charged with the methods that it names, the lowest priority first', async () => {
  const customer = await shop.createCustomer()
  const [visa, mastercard] = [
    await shop.attach(customer, 'tok_visa'),
    await shop.attach(customer, 'tok_mastercard'),
  ]
  const product = await post('/products', {
    product_id: 'order-pro',
    name: 'Pro',
    kind: 'subscription',
    pricing_model: 'recurring',
    amount_minor: 2_900,
    interval: 'month',
    interval_count: 1,
    trial_days: 0,
  })
  const made = await post('/subscriptions', {
    customerId: customer,
    productId: product.text('data.id'),
  })
  const id = made.text('data.id')
  const path = `/subscriptions/${id}/payment-methods`
  assert.deepEqual((await shop.request('GET', path)).body, { data: [] })
  const ordered = await put(path, order(mastercard, visa))
  assert.deepEqual(ordered.body, {
    data: [
      { payment_method_id: mastercard, priority: 0 },
      { payment_method_id: visa, priority: 1 },
    ],
  })
  await post('/test-clock/advance', { days: 32 })
  const sales = await shop.request('GET', `/transactions?customer_id=${customer}`)
  assert.deepEqual(
    [sales.at('data.0.card_brand'), sales.at('data.1.card_brand')],
    ['mastercard', 'visa'],
  )
  const foreign = await shop.attach(await shop.createCustomer(), 'tok_visa')
  assert.equal((await put(path, order(foreign))).status, 404)
  assert.equal((await put('/subscriptions/sub_01h455vb4pex5vsknk084sn02q/payment-methods', order())).status, 404) // prettier-ignore
})

test('a method holds a token of each gateway, for the same card only', async () => {
  const customer = await shop.createCustomer()
  const method = await shop.attach(customer, 'tok_visa')
  const path = `/payment-methods/${method}/tokens`
  assert.equal((await shop.request('GET', path)).at('data.1'), undefined)
  const added = await post(path, { gateway: 'birch', token: 'tok_visa' })
  assert.equal(added.status, 200)
  assert.deepEqual(added.at('data.1.has_network_transaction'), false)
  const other = await post(path, { gateway: 'birch', token: 'tok_mastercard' })
  assert.deepEqual([other.status, other.at('error.param')], [400, 'token'])
  assert.equal((await post(path, { gateway: 'nowhere', token: 'tok_visa' })).status, 400)
})

test('a card that the customer has already is attached and told to be the same', async () => {
  const customer = await shop.createCustomer()
  const first = await post('/payment-methods', { customer_id: customer, token: 'tok_visa' })
  assert.equal(first.at('duplicate_of'), null)
  const again = await post('/payment-methods', { customer_id: customer, token: 'tok_visa' })
  assert.equal(again.at('duplicate_of'), first.at('data.public_id'))
  const else_ = await post('/payment-methods', { customer_id: customer, token: 'tok_mastercard' })
  assert.equal(else_.at('duplicate_of'), null)
})

test('a wallet is a card with a label, and a SEPA account is a method of its own', async () => {
  const customer = await shop.createCustomer()
  const phone = await post('/payment-methods', {
    customer_id: customer,
    token: 'tok_visa',
    wallet: 'apple_pay',
  })
  assert.partialDeepStrictEqual(phone.body, { data: { type: 'card', card: { wallet: 'apple_pay' } } }) // prettier-ignore
  const credentials = { secret_key: 'sk_test_birch' }
  const base_url = `${shop.worldUrl}/stripe/birch`
  await post('/gateways', { kind: 'stripe', name: 'Telling', credentials, base_url })
  const plain = { customer_id: customer, token: 'tok_visa', gateway: 'telling' }
  const told = await post('/payment-methods', { ...plain, wallet: 'apple_pay' })
  assert.equal(told.at('data.card.wallet'), null, 'its gateway knows better')
  const sepa = await post('/payment-methods', { customer_id: customer, token: 'tok_sepa' })
  assert.partialDeepStrictEqual(sepa.body, {
    data: { type: 'bank_account', card: null, bank_account: { last4: '3000', country: 'DE' } },
  })
})

async function binOf(method: string): Promise<string | null> {
  const row = await shop.database.kysely
    .selectFrom('payment_methods')
    .select('card_bin')
    .where('id', '=', uuidOf(method))
    .executeTakeFirstOrThrow()
  return row.card_bin
}

test('the first digits of a card are those that its gateway tells, or that are given where it tells none', async () => {
  const customer = await shop.createCustomer()
  const credentials = { secret_key: 'sk_test_amber' }
  const base_url = `${shop.worldUrl}/stripe/amber`
  await post('/gateways', { kind: 'stripe', name: 'Silent', credentials, base_url })
  const attach = async (gateway: string, more: object) => {
    const body = { customer_id: customer, token: 'tok_visa', gateway, ...more }
    return binOf((await post('/payment-methods', body)).text('data.public_id'))
  }
  assert.equal(await attach('silent', { bin: '40128888' }), '40128888')
  assert.equal(await attach('silent', {}), null)
  assert.match((await attach('amber', { bin: '999999' })) ?? '', /^4/)
  for (const bin of ['4012', '4012888', '40128888x']) {
    const body = { customer_id: customer, token: 'tok_visa', bin }
    const refused = await post('/payment-methods', body)
    assert.deepEqual([refused.status, refused.at('error.param')], [400, 'bin'])
  }

  const card = { expMonth: 1, expYear: 2039, securityCode: '123', holderName: null }
  const tokenize = async (number: string) => {
    const { accountId } = shop.account.sandbox
    const made = await tokenizeInstrument(
      shop.gateways,
      { accountId, now: shop.clock.now() },
      { gatewayCode: 'silent', instrument: { kind: 'card', card: { number, ...card } } },
    )
    return made.kind === 'accepted' ? made.value.details.bin : made.code
  }
  assert.equal(await tokenize('4242424242424242'), '42424242')
  assert.equal(await tokenize('378282246310005'), '378282')
})

test('the first digits of a number that was replaced are not kept', async () => {
  const customer = await shop.createCustomer()
  const clock = await shop.request('GET', '/test-clock')
  const now = new Date(clock.text('data.now'))
  const next = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1))
  const month = next.toISOString().slice(0, 7).replace('-', '')
  const method = await shop.attach(customer, `tok_updated_${month}`)
  const intent = await post('/payment-intents', { amount: 500, customer, payment_method: method })
  await post(`/payment-intents/${intent.text('id')}/confirm`)
  assert.notEqual(await binOf(method), null)
  await shop.database.kysely
    .updateTable('payment_methods')
    .set({ card_last4: '0001' })
    .where('id', '=', uuidOf(method))
    .execute()
  await post('/test-clock/advance', { days: 45 })
  const shown = await shop.request('GET', `/payment-methods/${method}`)
  assert.notEqual(shown.at('data.card.last4'), '0001')
  assert.equal(await binOf(method), null)
})

test('news of an account updater reaches the method: a new date, or its end', async () => {
  const customer = await shop.createCustomer()
  const pay = async (token: string) => {
    const method = await shop.attach(customer, token)
    const intent = await post('/payment-intents', { amount: 500, customer, payment_method: method })
    await post(`/payment-intents/${intent.text('id')}/confirm`)
    return method
  }
  const clock = await shop.request('GET', '/test-clock')
  const now = new Date(clock.text('data.now'))
  const next = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1))
  const month = next.toISOString().slice(0, 7).replace('-', '')
  const renewed = await pay(`tok_updated_${month}`)
  const closed = await pay(`tok_closed_${month}`)
  const before_ = await shop.request('GET', `/payment-methods/${renewed}`)
  await shop.newEvents()
  await post('/test-clock/advance', { days: 45 })
  const shown = await shop.request('GET', `/payment-methods/${renewed}`)
  assert.notDeepEqual(shown.at('data.card'), before_.at('data.card'))
  assert.equal(shown.at('data.status'), 'active')
  assert.equal((await shop.request('GET', `/payment-methods/${closed}`)).at('data.status'), 'inactive') // prettier-ignore
  // Subscriptions of the tests before renew on the way.
  const events = (await shop.newEvents()).filter((type) => type.includes('payment_method.'))
  assert.deepEqual(events.toSorted(), [
    'customer.payment_method.detached',
    'payment_method.updated',
  ])
})

const NUMBER = '4012888888881881'
const TABLES = Object.keys(COLUMN_TYPES).filter((name): name is TableName => name in COLUMN_TYPES)

test('no card number sent through any door is kept anywhere', async () => {
  const customer = await shop.createCustomer()
  const setup = (await post('/setup-intents', { customer_id: customer })).text('data.id')
  const method = await shop.attach(customer, 'tok_visa')
  const doors: readonly (readonly [string, object])[] = [
    ['/payment-methods', { customer_id: customer, token: NUMBER }],
    ['/payment-methods', { customer_id: customer, token: 'tok_visa', metadata: { n: NUMBER } }],
    ['/payment-methods', { customer_id: customer, token: 'tok_visa', card: { number: NUMBER } }],
    [`/payment-methods/${method}`, { billing_details: { name: NUMBER } }],
    [`/payment-methods/${method}/tokens`, { gateway: 'birch', token: NUMBER }],
    ['/setup-intents', { customer_id: customer, description: NUMBER }],
    [`/setup-intents/${setup}`, { metadata: { card: NUMBER } }],
    [`/setup-intents/${setup}/confirm`, { token: NUMBER }],
  ]
  for (const [path, body] of doors) {
    const headers = { 'idempotency-key': crypto.randomUUID() }
    const answer = await shop.request('POST', path, { body, headers })
    assert.equal(answer.status, 400, path)
    assert.ok(!JSON.stringify(answer.body).includes(NUMBER), path)
  }
  const card = { number: NUMBER, expMonth: 1, expYear: 2031, securityCode: '123', holderName: null }
  const { accountId } = shop.account.sandbox
  const made = await tokenizeInstrument(
    shop.gateways,
    { accountId, now: shop.clock.now() },
    { gatewayCode: 'birch', instrument: { kind: 'card', card } },
  )
  assert.ok(made.kind === 'accepted')
  const { token } = made.value
  const added = await post('/payment-methods', { customer_id: customer, token, gateway: 'birch' })
  assert.equal(added.status, 201)
  const toText = (_: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value)
  const kept: string[] = []
  const { kysely } = shop.database
  for (const name of TABLES) {
    const table = kysely.dynamic.table(name).as('searched')
    const text = JSON.stringify(await kysely.selectFrom(table).selectAll().execute(), toText)
    assert.ok(!text.includes(NUMBER), `${name} holds the number`)
    if (text.includes(NUMBER.slice(-4))) kept.push(name)
  }
  assert.ok(kept.includes('payment_methods'), 'its last digits are found where they are kept')
})
