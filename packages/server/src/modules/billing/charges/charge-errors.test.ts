import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type BillingShop, startBillingShop } from '../../../testing/test-card-world.ts'

let shop: BillingShop
before(async () => {
  shop = await startBillingShop()
})
after(() => shop.closeSound())

const post = (path: string, body: object = {}) => shop.request('POST', path, { body })
const get = (path: string) => shop.request('GET', path)

async function customerWith(token: string): Promise<string> {
  const customer = await shop.createCustomer()
  await shop.attach(customer, token)
  return customer
}

async function meet(fault: string): Promise<void> {
  const { accountId: account } = shop.account.sandbox
  const answer = await fetch(`${shop.worldUrl}/gateways/amber/fault`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ account, fault }),
  })
  assert.equal(answer.status, 200, await answer.text())
}

async function intentOf(customer: string, more: object): Promise<string> {
  const body = { customer, amount: 700, currency: 'USD', ...more }
  const intent = await post('/payment-intents', body)
  return intent.text('id')
}

test('a gateway that fails is no refusal of the card, and the same request charges nothing twice', async () => {
  const customerId = await customerWith('tok_timeout_not_charged')
  const charge = { customerId, amountMinor: 4_321, description: 'Lamp', idempotencyKey: 'lamp' }
  const key = { 'idempotency-key': 'lamp-request-1' }
  const send = () => shop.request('POST', '/charges', { body: charge, headers: key })
  const failed = await send()
  await meet('none')
  assert.equal(failed.status, 502, JSON.stringify(failed.body))
  assert.partialDeepStrictEqual(failed.at('error'), {
    type: 'api_error',
    code: 'gateway_failed',
    decline_code: 'communication_error',
  })
  assert.match(failed.text('error.message'), /Nothing was charged/)
  const seen = async () => (await shop.audit()).filter((one) => one.amount_minor === 4_321).length
  const before = await seen()
  const again = await send()
  assert.deepEqual([again.status, again.body], [502, failed.body])
  assert.equal((await post('/charges', charge)).status, 409, 'a key of a charge is used once')
  assert.equal(await seen(), before)
})

test('what is held tells its gateway and card, and stays readable once it was let go', async () => {
  const customer = await customerWith('tok_visa')
  const id = await intentOf(customer, { capture_method: 'manual' })
  assert.equal((await post(`/payment-intents/${id}/confirm`)).at('status'), 'processing')
  const held = await get(`/payments/${id}`)
  assert.partialDeepStrictEqual(held.body, {
    status: 'authorized',
    amount: 700,
    payment_method_type: 'card',
    card_brand: 'visa',
    card_last_four: '4242',
    voided_at: null,
  })
  assert.match(held.text('gateway'), /^gw_/)
  assert.match(held.text('gateway_transaction_id'), /./)
  const listed = await get(`/payments?customer_id=${customer}`)
  assert.deepEqual(listed.at('data.0'), held.body)
  assert.equal((await post(`/payments/${id}/cancel`)).at('status'), 'voided')
  const released = await get(`/payments/${id}`)
  assert.partialDeepStrictEqual(released.body, {
    status: 'voided',
    amount: 700,
    amount_captured: null,
    card_last_four: '4242',
  })
  assert.match(released.text('voided_at'), /^2\d\d\d-/)
  const capture = await post(`/payments/${id}/capture`)
  assert.deepEqual([capture.status, capture.at('error.code')], [400, 'invalid_request'])
  const refused = await get(`/payments/${await failedIntent()}`)
  assert.deepEqual([refused.status, refused.at('status')], [200, 'failed'])
})

async function failedIntent(): Promise<string> {
  const id = await intentOf(await customerWith('tok_decline_do_not_honor'), {})
  await post(`/payment-intents/${id}/confirm`)
  return id
}

test("an intent's status says what is wrong and the way out", async () => {
  const id = await intentOf(await customerWith('tok_visa'), {})
  const rows = [
    [
      'capture',
      'requires_payment_method cannot be captured. Confirm it with a payment_method that can be charged.',
    ],
    ['confirm', null],
    [
      'confirm',
      'succeeded cannot be confirmed. Its money has been taken: refund the payment instead.',
    ],
    [
      'cancel',
      'succeeded cannot be canceled. Its money has been taken: refund the payment instead.',
    ],
  ] as const
  for (const [move, expected] of rows) {
    const answer = await post(`/payment-intents/${id}/${move}`)
    if (expected === null) assert.equal(answer.status, 200, JSON.stringify(answer.body))
    else assert.equal(answer.text('error.message'), `A payment intent that is ${expected}`)
  }
})

test('refunds and voids take the id of the charge that took the money', async () => {
  const customerId = await customerWith('tok_visa')
  const charge = async () =>
    (await post('/charges', { customerId, amountMinor: 800, description: 'Rug' })).text('data.id')
  const first = await charge()
  assert.match(first, /^pi_/)
  const refund = await post('/refunds', { payment_id: first, amount_minor: 300 })
  assert.equal(refund.status, 201, JSON.stringify(refund.body))
  assert.equal((await get(`/payments/${first}`)).at('amount_refunded'), 300)
  assert.equal((await post('/voids', { payment_id: await charge() })).status, 201)
  const nothing = await post('/refunds', { payment_id: await intentOf(customerId, {}) })
  assert.deepEqual([nothing.status, nothing.at('error.param')], [400, 'payment_id'])
  assert.match(nothing.text('error.message'), /requires_payment_method: nothing was taken/)
  const malformed = await post('/refunds', { payment_id: 'cus_nobody' })
  assert.deepEqual([malformed.status, malformed.at('error.param')], [400, 'payment_id'])
})

test('a customer who never comes back from authentication keeps nothing waiting for ever', async () => {
  const id = await intentOf(await customerWith('tok_authenticate'), {})
  assert.equal((await post(`/payment-intents/${id}/confirm`)).at('status'), 'requires_action')
  await shop.newEvents()
  assert.equal((await post('/test-clock/advance', { seconds: 23 * 3_600 })).status, 200)
  assert.equal((await get(`/payment-intents/${id}`)).at('status'), 'requires_action')
  assert.deepEqual(await shop.newEvents(), [])
  await meet('down')
  assert.equal((await post('/test-clock/advance', { seconds: 2 * 3_600 })).status, 200)
  assert.deepEqual(await shop.newEvents(), [], 'a gateway that is silent may yet have taken money')
  await meet('none')
  assert.equal((await post('/test-clock/advance', { days: 1 })).status, 200)
  assert.partialDeepStrictEqual((await get(`/payment-intents/${id}`)).body, {
    status: 'canceled',
    cancellation_reason: 'abandoned',
    next_action: null,
  })
  assert.deepEqual(await shop.newEvents(), ['payment_intent.canceled'])
  const [charge] = (await shop.audit()).filter(({ token }) => token === 'tok_authenticate')
  assert.equal(charge?.status, 'canceled')
})

test('a method whose gateways are all disabled is charged nowhere, and every call says why', async () => {
  const customer = await shop.createCustomer()
  const method = await shop.attach(customer, 'tok_visa')
  const draft = await intentOf(customer, {})
  const invoice = await post('/invoices', { customer_uuid: customer, total_minor: 2_000 })
  const invoiceId = invoice.text('data.id')
  await post(`/invoices/${invoiceId}/finalize`)
  const product = { product_id: 'shut', name: 'Shut', kind: 'subscription' }
  const recurring = { pricing_model: 'recurring', interval: 'month', interval_count: 1 }
  const price = { amount_minor: 2_900, currency: 'USD' }
  const made = await post('/products', { ...product, ...recurring, ...price })
  const productId = made.text('data.id')
  const listed = (await get('/gateways')).at('data') as { id: string; code: string }[]
  const gateway = `/gateways/${listed.find(({ code }) => code === 'amber')?.id}`
  await post(`${gateway}/disable`)

  const charge = { customerId: customer, amountMinor: 900, description: 'Lamp' }
  const intent = { customer, amount: 900, currency: 'USD', payment_method: method }
  for (const [path, body] of [
    ['/charges', charge],
    ['/charges', { ...charge, paymentMethodId: method }],
    ['/payment-intents', intent],
    [`/payment-intents/${draft}/confirm`, {}],
    [`/payment-intents/${draft}/confirm`, { payment_method: method }],
    [`/invoices/${invoiceId}/pay`, {}],
    ['/subscriptions', { customerId: customer, productId, paymentMethodId: method }],
  ] as const) {
    const answer = await post(path, body)
    assert.equal(answer.status, 400, `${path} ${JSON.stringify(answer.body)}`)
    const isCharge = path === '/charges'
    if (isCharge) assert.equal(answer.at('error.param'), 'paymentMethodId')
    assert.match(answer.text('error.message'), /^Every gateway that has a token .* is disabled/)
  }
  assert.deepEqual((await get(`/payments?customer_id=${customer}`)).at('data'), [])

  const begun = await post('/subscriptions', { customerId: customer, productId })
  assert.deepEqual([begun.status, begun.at('data.status')], [201, 'pending'])
  const first = await get(`/invoices?subscription_id=${begun.text('data.id')}`)
  const stops = await get(`/invoices/${first.text('data.0.id')}/routing`)
  assert.equal(stops.at('data.0.stop_code'), 'no_gateway_available')
  await post(`${gateway}/enable`)
  assert.equal((await post('/charges', charge)).status, 201)
})
