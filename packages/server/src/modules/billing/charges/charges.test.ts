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

test('a charge takes the money of the default method at once, and is refunded in part', async () => {
  const customerId = await customerWith('tok_visa')
  const body = { customerId, amountMinor: 4_200, description: 'Poster', metadata: { order: 7 } }
  const created = await post('/charges', body)
  assert.equal(created.status, 201, JSON.stringify(created.body))
  assert.partialDeepStrictEqual(created.at('data'), {
    customerId,
    invoiceId: null,
    amountMinor: 4_200,
    amountCapturedMinor: 4_200,
    amountRefundedMinor: 0,
    currency: 'USD',
    status: 'succeeded',
    description: 'Poster',
    captured: true,
    failureCode: null,
    metadata: { order: 7 },
  })
  const id = created.text('data.id')
  const refunded = await post(`/charges/${id}/refund`, { amountMinor: 1_000 })
  assert.partialDeepStrictEqual(refunded.at('data'), {
    status: 'partially_refunded',
    amountRefundedMinor: 1_000,
  })
  const refused = async (path: string, body: object) => {
    const answer = await post(path, body)
    return [answer.status, answer.at('error.param')]
  }
  const over = { amountMinor: 3_201 }
  assert.deepEqual(await refused(`/charges/${id}/refund`, over), [400, 'amountMinor'])
  const nowhere = '/charges/pi_01h455vb4pex5vsknk084sn02q/refund'
  assert.deepEqual(await refused(nowhere, over), [404, 'id'])
  assert.equal((await post(`/charges/${id}/refund`)).at('data.status'), 'refunded')
  const list = await get(`/charges?customerId=${customerId}`)
  assert.partialDeepStrictEqual(list.at('data.0'), { id, status: 'refunded' })
  assert.partialDeepStrictEqual(list.at('pagination'), { page: 1, limit: 20, total: 1 })
  assert.equal((await get('/charges?status=refunded')).at('data.0.id'), id)
  const at = Math.floor(Date.parse(created.text('data.createdAt')) / 1_000)
  for (const [window, found] of [
    [`createdGte=${at}`, 1],
    [`createdLte=${at}`, 1],
    [`createdGte=${at - 60}&createdLte=${at + 60}`, 1],
    [`createdGte=${at + 1}`, 0],
    [`createdLte=${at - 1}`, 0],
  ] as const) {
    const within = await get(`/charges?status=refunded&${window}`)
    assert.deepEqual([within.at('pagination.total'), within.at('data.0.id')], [found, found === 1 ? id : undefined]) // prettier-ignore
  }
})

test('a charge is made once a key, refused with its reason, and needs somebody and something to charge', async () => {
  const customerId = await customerWith('tok_visa')
  const body = { customerId, amountMinor: 100, description: 'Pen', idempotencyKey: 'pen-1' }
  const first = await post('/charges', body)
  const second = await post('/charges', body)
  assert.equal(second.status, 409)
  assert.equal(second.at('existingChargeId'), first.at('data.id'))
  const declined = await customerWith('tok_decline_insufficient_funds')
  const refused = await post('/charges', {
    customerId: declined,
    amountMinor: 100,
    description: 'Pen',
  })
  assert.equal(refused.status, 402)
  assert.equal(refused.at('error.decline_code'), 'insufficient_funds')
  const failed = await get(`/charges/${refused.text('error.details.chargeId')}`)
  assert.partialDeepStrictEqual(failed.at('data'), {
    status: 'failed',
    captured: false,
    failureCode: 'insufficient_funds',
  })
  const before = await shop.count('payment_intents')
  const poor = await shop.createCustomer()
  const noMethod = await post('/charges', { customerId: poor, amountMinor: 1, description: 'x' })
  assert.equal(noMethod.status, 400)
  assert.equal(await shop.count('payment_intents'), before)
})

test('held money is a payment that is authorised, taken once, and never above what is held', async () => {
  const customerId = await customerWith('tok_visa')
  const body = { customerId, amountMinor: 5_000, description: 'Room', capture: false }
  const held = await post('/charges', body)
  assert.partialDeepStrictEqual(held.at('data'), { status: 'pending', captured: false })
  const id = held.text('data.id')
  const listed = await get(`/payments?customer_id=${customerId}`)
  assert.partialDeepStrictEqual(listed.at('data.0'), {
    id,
    object: 'payment',
    status: 'authorized',
    amount: 5_000,
    amount_captured: null,
  })
  const over = await post(`/charges/${id}/capture`, { amountMinor: 5_001 })
  assert.deepEqual([over.status, over.at('error.param')], [400, 'amountMinor'])
  const early = await post(`/charges/${id}/refund`)
  assert.match(early.text('error.message'), /only held: cancel it/)
  const above = await post(`/payments/${id}/capture`, { amount: 5_001 })
  assert.equal(above.status, 400)
  assert.equal(above.at('error.param'), 'amount')
  const taken = await post(`/payments/${id}/capture`, { amount: 3_000 })
  assert.equal(taken.status, 200, JSON.stringify(taken.body))
  assert.partialDeepStrictEqual(taken.body, {
    status: 'succeeded',
    amount: 3_000,
    amount_captured: 3_000,
    payment_intent_id: id,
    payment_channel: 'card_not_present',
  })
  const again = await post(`/payments/${id}/capture`)
  assert.equal(again.status, 400)
  assert.match(again.text('error.message'), /taken, refused or released/)
  const sale = taken.text('id')
  assert.equal((await get(`/payments/${sale}`)).at('status'), 'succeeded')
  await post('/refunds', { payment_id: sale, amount_minor: 500 })
  assert.partialDeepStrictEqual((await get(`/payments/${sale}`)).body, {
    status: 'partially_refunded',
    amount_refunded: 500,
  })
  assert.equal((await get('/payments?status=partially_refunded')).at('data.0.id'), sale)
})

test('a payment is pending while a bank debit is on its way, and is found by the same id when it came', async () => {
  const customerId = await customerWith('tok_ach')
  const body = { customerId, amountMinor: 5_000, description: 'Rent' }
  const intent = (await post('/charges', body)).text('data.id')
  const bank = {
    status: 'pending',
    amount: 5_000,
    amount_captured: null,
    payment_intent_id: intent,
    payment_method_type: 'us_bank_account',
    payment_channel: 'bank_transfer',
  }
  const listed = await get(`/payments?customer_id=${customerId}&status=pending`)
  assert.partialDeepStrictEqual(listed.at('data.0'), bank)
  const id = listed.text('data.0.id')
  for (const path of [id, intent])
    assert.deepEqual((await get(`/payments/${path}`)).body, listed.at('data.0'))
  for (const filter of ['status=succeeded', 'payment_channel=manual', 'created_gte=4000000000'])
    assert.deepEqual((await get(`/payments?customer_id=${customerId}&${filter}`)).at('data'), [])
  assert.equal((await post(`/payments/${id}/capture`)).status, 400)
  for (const payment_id of [id, intent])
    assert.match((await post('/refunds', { payment_id })).text('error.message'), /not come yet/)
  assert.match((await post(`/charges/${intent}/refund`)).text('error.message'), /not come yet/)
  await post('/test-clock/advance', { days: 7 })
  assert.equal(
    (await get(`/payments?customer_id=${customerId}&status=pending`)).at('data.0'),
    undefined,
  )
  assert.partialDeepStrictEqual((await get(`/payments/${id}`)).body, {
    status: 'succeeded',
    payment_intent_id: intent,
  })
  const refund = await post('/refunds', { payment_id: id, amount_minor: 5_000 })
  assert.equal(refund.status, 201, JSON.stringify(refund.body))
  const second = (await post('/charges', body)).text('data.id')
  assert.equal((await post(`/payments/${second}/cancel`)).at('status'), 'voided')
})

test('a debit of an invoice that is on its way is a pending payment, and not called off', async () => {
  const customer_uuid = await customerWith('tok_ach')
  const invoice = await post('/invoices', { customer_uuid, total_minor: 2_000 })
  const path = `/invoices/${invoice.text('data.id')}`
  await post(`${path}/finalize`)
  await post(`${path}/pay`)
  const listed = await get(`/payments?invoice_id=${invoice.text('data.id')}`)
  assert.partialDeepStrictEqual(listed.at('data.0'), { status: 'pending', amount: 2_000 })
  const refused = await post(`/payments/${listed.text('data.0.id')}/cancel`)
  assert.equal(refused.status, 400, JSON.stringify(refused.body))
  assert.match(refused.text('error.message'), /on its way to the bank/)
})

test('payments of every kind are paged through one by one, each once, in both directions', async () => {
  const customerId = await customerWith('tok_visa')
  const body = { customerId, amountMinor: 300, description: 'Toll' }
  await post('/charges', body)
  await post('/charges', { ...body, capture: false })
  const bank = await shop.attach(customerId, 'tok_ach')
  await post('/charges', { ...body, paymentMethodId: bank })
  await post('/charges', body)
  const path = `/payments?customer_id=${customerId}`
  const listed = await get(path)
  const all = [0, 1, 2, 3].map((index) => listed.text(`data.${index}.id`))
  for (const [cursor, expected] of [
    ['starting_after', all],
    ['ending_before', all.toReversed()],
  ] as const) {
    const [first = ''] = expected
    const seen = [first]
    let hasMore = true
    while (hasMore) {
      const page = await get(`${path}&limit=1&${cursor}=${seen.at(-1) ?? ''}`)
      assert.equal(page.status, 200, JSON.stringify(page.body))
      seen.push(page.text('data.0.id'))
      hasMore = page.at('has_more') === true
    }
    assert.deepEqual(seen, expected)
  }
})

test('an authorisation that has expired takes nothing, and says what to do', async () => {
  const customerId = await customerWith('tok_visa')
  const body = { customerId, amountMinor: 700, description: 'Room', capture: false }
  const id = (await post('/charges', body)).text('data.id')
  await post('/test-clock/advance', { days: 40 })
  const expired = await post(`/payments/${id}/capture`)
  assert.equal(expired.status, 402, JSON.stringify(expired.body))
  assert.equal(expired.at('error.decline_code'), 'authorization_expired')
  assert.match(expired.text('error.message'), /Charge the customer again/)
  const gone = (await get(`/payment-intents/${id}`)).body
  assert.partialDeepStrictEqual(gone, { status: 'canceled', amount_capturable: 0 })
  assert.equal((await get(`/charges/${id}`)).at('data.status'), 'voided')
})

test('held money is released, and today’s payment called off, by canceling it', async () => {
  const customerId = await customerWith('tok_visa')
  const body = { customerId, amountMinor: 900, description: 'Room' }
  const held = (await post('/charges', { ...body, capture: false })).text('data.id')
  const released = await post(`/payments/${held}/cancel`, { reason: 'Changed their mind' })
  assert.equal(released.at('status'), 'voided')
  assert.equal((await get(`/charges/${held}`)).at('data.status'), 'voided')
  const taken = await post('/charges', body)
  const [payment] = [(await get(`/payments?customer_id=${customerId}`)).text('data.0.id')]
  assert.equal((await post(`/payments/${payment}/cancel`)).at('status'), 'voided')
  assert.partialDeepStrictEqual((await get(`/charges/${taken.text('data.id')}`)).at('data'), {
    status: 'voided',
    amountCapturedMinor: 0,
  })
  assert.equal((await get('/payments?status=voided')).at('data.0.id'), payment)
  assert.equal((await get('/payments/nonsense')).status, 404)
  assert.equal((await get('/payments?payment_channel=card_present')).at('has_more'), false)
})

test('the key of a charge that could not be made stays free for the next try', async () => {
  const customerId = await customerWith('tok_visa')
  const gateways = await get('/gateways')
  // The card is known to the other gateway alone.
  const birch = [0, 1, 2].find((index) => gateways.at(`data.${index}.code`) === 'birch')
  const entries = [{ kind: 'gateway', gateway_id: gateways.text(`data.${birch}.id`) }]
  const definition = { kind: 'cascade', entries }
  const profile = await post('/payment-profiles', { name: 'Elsewhere', definition })
  const routeBy = (id: string | null) =>
    shop.request('PATCH', '/account', { body: { settings: { default_payment_profile_id: id } } })
  await routeBy(profile.text('data.id'))
  const body = { customerId, amountMinor: 900, description: 'Pen', idempotencyKey: 'pen-2' }
  const before = await shop.count('payment_intents')
  const refused = await post('/charges', body)
  assert.equal(refused.status, 400, JSON.stringify(refused.body))
  assert.equal(await shop.count('payment_intents'), before)
  await routeBy(null)
  assert.equal((await post('/charges', body)).status, 201)
})
