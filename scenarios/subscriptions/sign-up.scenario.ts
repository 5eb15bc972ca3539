import assert from 'node:assert/strict'
import { PAID_RENEWAL, PAID_START, scenario } from '@perennial/testkit/scenario'

scenario('a customer signs up, pays at once, and renews every month', async (world) => {
  const ada = await world.subscribe({
    priceMinor: 29_00,
    on: '2027-01-15',
    events: [
      'subscription.created',
      'invoice.created',
      'invoice.finalized',
      'payment.succeeded',
      'invoice.paid',
      'subscription.activated',
    ],
  })
  assert.equal(await ada.period(), '2027-01-15 to 2027-02-15')

  await world.goTo('2027-02-14')
  await world.goTo('2027-02-15', {
    events: [
      'invoice.created',
      'invoice.finalized',
      'payment.succeeded',
      'invoice.paid',
      'subscription.renewed',
    ],
  })
  await world.goTo('2027-03-15', { events: PAID_RENEWAL })
  await world.goTo('2027-04-15', { events: PAID_RENEWAL })

  assert.equal(await ada.period(), '2027-04-15 to 2027-05-15')
  assert.deepEqual(await ada.bills(), ['2900 paid', '2900 paid', '2900 paid', '2900 paid'])
  assert.equal(await ada.owesMinor(), 0)
})

scenario('work that is found late is done in the order in which it fell due', async (world) => {
  const ada = await world.subscribe({ who: 'Ada', on: '2027-01-10' })
  const bob = await world.subscribe({ who: 'Bob', on: '2027-01-20', events: PAID_START })

  await world.goTo('2027-03-25', {
    events: [
      ...PAID_RENEWAL.map((type) => `2027-02-10 Ada: ${type}`),
      ...PAID_RENEWAL.map((type) => `2027-02-20 Bob: ${type}`),
      ...PAID_RENEWAL.map((type) => `2027-03-10 Ada: ${type}`),
      ...PAID_RENEWAL.map((type) => `2027-03-20 Bob: ${type}`),
    ],
  })
  assert.equal(await ada.period(), '2027-03-10 to 2027-04-10')
  assert.equal(await bob.period(), '2027-03-20 to 2027-04-20')
})

scenario(
  'a product off sale is not sold by its price either, and who has it goes on renewing',
  async (world) => {
    const ada = await world.subscribe({ on: '2027-01-10' })
    const shown = await ada.show()
    const [price, product] = [shown.text('data.price_id'), shown.text('data.product_id')]
    const customerId = ada.customer.id
    const buy = async (what: object) => {
      const body = { customerId, ...what }
      const { status, at } = await world.api.call('POST', '/subscriptions', { body })
      return [status, at('error.param')]
    }
    const other = await world.api.get(`/prices/${await world.price()}`)
    const otherProduct = other.text('product_id')
    assert.deepEqual(await buy({ priceId: price, productId: otherProduct }), [400, 'productId'])

    await world.api.call('PATCH', `/products/${product}`, { body: { is_active: false } })
    await world.expects(['product.updated'])
    assert.deepEqual(await buy({ productId: product }), [400, 'productId'])
    assert.deepEqual(await buy({ priceId: price }), [400, 'priceId'])
    assert.deepEqual(await buy({ items: [{ priceId: price }] }), [400, 'items[0].priceId'])
    const line_items = [{ price_id: price, quantity: 1 }]
    const bill = { body: { customer_uuid: customerId, line_items } }
    const billed = await world.api.call('POST', '/invoices', bill)
    assert.deepEqual([billed.status, billed.at('error.param')], [400, 'line_items[0].price_id'])

    await world.goTo('2027-02-10', { events: PAID_RENEWAL })
  },
)

scenario("what names no currency is in the account's", async (world) => {
  const currencies = async (): Promise<readonly unknown[]> => {
    const product_id = crypto.randomUUID()
    const product = await world.api.post('/products', {
      product_id,
      name: 'Pro',
      kind: 'subscription',
      pricing_model: 'recurring',
      amount_minor: 2900,
      interval: 'month',
      interval_count: 1,
    })
    const price = await world.api.post('/prices', {
      product_id: product.text('data.id'),
      type: 'recurring',
      interval: 'month',
      unit_amount: 2900,
    })
    const { id } = await world.customer()
    const intent = await world.api.post('/payment-intents', { amount: 500, customer: id })
    return [product.at('data.currency'), price.at('currency'), intent.at('currency')]
  }
  assert.deepEqual(await currencies(), ['USD', 'usd', 'USD'])
  const chosen = await world.api.call('PATCH', '/account', { body: { currency: 'EUR' } })
  assert.equal(chosen.status, 200)
  assert.deepEqual(await currencies(), ['EUR', 'eur', 'EUR'])
  await world.expects(['payment_intent.created', 'payment_intent.created'])
})
