import assert from 'node:assert/strict'
import {
  card,
  memberOf,
  PAID_RENEWAL,
  scenario,
  type Answer,
  type ScenarioWorld,
} from '@perennial/testkit/scenario'
import { createDiscount, redemptions } from '../discounts/discount.ts'
import { amountsOf, begunBy, openTill, PAID_SALE, standingOf } from './till.ts'

const IN_2031 = { on: '2031-01-01' } as const

scenario(
  'a sale charges the price now, and its subscription renews at its own amount',
  IN_2031,
  async (world) => {
    const till = await openTill(world)
    const ada = await world.customer()
    await world.addCard(ada, card.good)
    await world.goTo('2031-01-15 10:00')
    const line = { product_id: till.productId }
    const sale = await till.sell({ customer_id: ada.id, campaign: 'spring', lines: [line] }) // 1
    assert.equal(amountsOf(sale), 'paid 5000 0 0 5000')
    await world.expects(PAID_SALE)
    const [begun = ''] = begunBy(sale)
    assert.equal(await standingOf(world, begun), 'active 4000 2031-02-14 10:00')
    assert.equal((await world.api.get(`/subscriptions/${begun}`)).at('data.campaign'), 'spring')
    const [charge] = await world.charges()
    const routing = await world.api.get(`/subscriptions/${begun}/routing`)
    assert.equal(typeof routing.at('data.last_success_gateway_id'), 'string')
    assert.equal(memberOf(charge, 'amount_minor') ?? JSON.stringify(charge), 50_00)

    const soldIn = await world.api.get(`/sales?subscription_id=${begun}&campaign=spring`)
    assert.equal(soldIn.at('data.0.id'), sale.at('data.id'))
    assert.deepEqual((await world.api.get('/sales?status=declined')).at('data'), [])

    const once = await till.sell({ customer_id: ada.id, lines: [{ product_id: till.onceId }] }) // 2
    assert.deepEqual(begunBy(once), [])
    await world.expects(PAID_SALE.filter((type) => !type.startsWith('subscription.')))
    await world.goTo('2031-02-14 10:00', { events: PAID_RENEWAL }) // 3
    assert.equal(await standingOf(world, begun), 'active 4000 2031-03-16 10:00')
  },
)

scenario('several lines are one invoice, charged once', IN_2031, async (world) => {
  const till = await openTill(world)
  await world.goTo('2031-06-01')
  const sale = await till.sell({
    customer: { email: 'new@example.com', name: 'New' },
    payment_token: card.good,
    currency: 'USD',
    shop: 'corner',
    ship_to: { first_name: 'New', city: 'London', country: 'GB' },
    lines: [
      { product_id: till.productId, quantity: 2 },
      { product_id: till.onceId, unit_amount_minor: 8_00 },
      { product_id: till.trialId },
    ],
    shipping: [
      { amount_minor: 7_00, provider: 'post', line: 1 },
      { amount_minor: 3_00, line: 2 },
    ],
    discounts: [{ amount_minor: 10_00, description: 'Welcome' }],
    tax: [{ amount_minor: 5_25 }],
    metadata: { source: 'spring' },
  })
  // 100.00 + 8.00 + 7.00 + 5.25 of tax, less 10.00; the trial and its shipping wait.
  assert.equal(amountsOf(sale), 'paid 12025 1000 0 11025')
  const started = ['subscription.created', 'subscription.activated', 'subscription.created']
  await world.expects([...PAID_SALE.slice(0, 5), ...started, 'sale.paid', 'shipment.created'])
  const parcel = await world.api.get('/shipments?status=pending')
  assert.deepEqual(
    ['provider', 'amount_minor', 'invoice_id', 'ship_to.city'].map((name) =>
      parcel.at(`data.0.${name}`),
    ),
    ['post', 7_00, sale.text('data.invoice_id'), 'London'],
  )
  const [first = '', trial = ''] = begunBy(sale)
  assert.equal(await standingOf(world, first), 'active 8000 2031-07-01')
  assert.equal(await standingOf(world, trial), 'trialing 4000 2031-06-15')
  const invoice = await world.api.get(`/invoices/${sale.text('data.invoice_id')}`)
  assert.deepEqual(
    [invoice.at('data.total_minor'), invoice.at('data.status'), invoice.at('data.tax_minor')],
    [110_25, 'paid', 5_25],
  )
  assert.equal((await world.charges()).length, 1)
  await world.goTo('2031-06-12', { events: ['subscription.trial_ending'] })
  const ended = ['subscription.trial_ended', 'subscription.activated']
  const billed = [...PAID_SALE.slice(1, 5), ...ended, 'shipment.created']
  await world.goTo('2031-06-15', { events: billed })
  // 20.00 for the trial, and the 3.00 of its shipping that waited.
  assert.equal(memberOf((await world.charges()).at(-1), 'amount_minor'), 23_00)
})

scenario('a declined sale begins nothing, and may be paid later', IN_2031, async (world) => {
  const till = await openTill(world)
  const ada = await world.customer()
  await world.addCard(ada, card.declines('insufficient_funds'))
  const line = { product_id: till.productId }
  const sale = await till.sell({ customer_id: ada.id, lines: [line] })
  assert.equal(sale.at('data.status'), 'declined')
  assert.deepEqual(begunBy(sale), [])
  await world.expects([
    ...PAID_SALE.slice(0, 3),
    'payment.failed',
    'invoice.payment_failed',
    'invoice.marked_uncollectible',
    'sale.declined',
  ])
  assert.deepEqual((await world.api.get('/salvage-transactions')).at('data'), [])
  assert.deepEqual((await world.api.get('/subscriptions')).at('data'), [])

  await world.addCard(ada, card.good)
  await world.goTo('2031-01-03')
  await world.api.post(`/invoices/${sale.text('data.invoice_id')}/pay`, {})
  await world.expects(PAID_SALE.slice(3))
  const paid = await world.api.get(`/sales/${sale.text('data.id')}`)
  assert.equal(await standingOf(world, begunBy(paid)[0] ?? ''), 'active 4000 2031-02-02')
})

scenario('the method that a sale is given is charged, and is the default only if it is to be and has paid', IN_2031, async (world) => {
  const till = await openTill(world)
  const ada = await world.customer()
  const attach = async (token: string) =>
    (await world.api.post('/payment-methods', { customer_id: ada.id, type: 'card', token })).text('data.id') // prettier-ignore
  const [first, second, bad] = [await attach(card.good), await attach(card.good), await attach(card.declines('stolen_card'))] // prettier-ignore
  const defaultOf = async () => {
    const listed = (await world.api.get(`/customers/${ada.id}/payment-methods`)).at('data')
    assert.ok(Array.isArray(listed))
    return memberOf(listed.find((one) => memberOf(one, 'is_default') === true), 'id')
  }
  const line = { product_id: till.productId }
  const sell = (payment_method_id: string, make_default: boolean) =>
    till.sell({ customer_id: ada.id, lines: [line], payment_method_id, make_default })
  const chargedBy = async (id: string) =>
    (await world.api.get(`/subscriptions/${id}/payment-methods`)).at('data.length')

  const named = await sell(second, false)
  await world.expects(PAID_SALE)
  assert.deepEqual([await defaultOf(), await chargedBy(begunBy(named)[0] ?? '')], [first, 1])
  assert.equal((await sell(bad, true)).at('data.status'), 'declined')
  await world.expects([...PAID_SALE.slice(0, 3), 'payment.failed', 'invoice.payment_failed', 'invoice.marked_uncollectible', 'sale.declined']) // prettier-ignore
  assert.equal(await defaultOf(), first)

  const followed = await sell(second, true)
  await world.expects([...PAID_SALE, 'payment_method.updated'])
  assert.deepEqual([await defaultOf(), await chargedBy(begunBy(followed)[0] ?? '')], [second, 0])
  const nothing = { customer_id: ada.id, lines: [line], make_default: true }
  assert.equal((await world.api.call('POST', '/sales', { body: nothing })).status, 400)
}) // prettier-ignore

scenario('a sale bears discounts, tax rates and a shipping rate as renewals do, and is the first use of a discount', IN_2031, async (world) => {
  const till = await openTill(world)
  const twice = await createDiscount(world, { code: 'TWICE', recurring_type: 'repeating', recurring_cycles: 2, max_redemptions: 3 }) // prettier-ignore
  const rate = await world.api.post('/tax-rates', { display_name: 'VAT', percentage: 20, inclusive: false, tax_type: 'vat' }) // prettier-ignore
  await world.api.post('/shipping-profiles', { name: 'Post', currency: 'USD', rates: [{ amount_minor: 3_00, provider: 'post' }] }) // prettier-ignore
  await world.expects(['tax_rate.created', 'shipping_profile.created'])
  const mug = await world.api.post('/products', { product_id: 'mug', name: 'Mug', kind: 'one_time', pricing_model: 'one_time', amount_minor: 10_00, fulfillment_type: 'physical' }) // prettier-ignore
  const ada = await world.customer()
  await world.addCard(ada, card.good)
  await world.goTo('2031-01-15')
  const body = {
    customer_id: ada.id,
    lines: [{ product_id: till.productId }, { product_id: mug.at('data.id') }],
    discount_ids: [twice],
    tax_rate_ids: [rate.at('data.id')],
    shipping_by_profile: true,
  }
  const sale = await till.sell(body)
  // 50.00 and 10.00, less 6.00; 3.00 of shipping; 20 % of 54.00: 10.80.
  assert.equal(amountsOf(sale), 'paid 7380 600 0 6780')
  await world.expects([...PAID_SALE, 'shipment.created'])
  const [begun = ''] = begunBy(sale)
  assert.deepEqual(await kindsOf(world, sale.text('data.invoice_id')), ['item 5000', 'item 1000', 'item 300', 'discount -600', 'tax 1080']) // prettier-ignore
  assert.deepEqual((await world.api.get(`/subscriptions/${begun}`)).at('data.discount_ids'), [twice]) // prettier-ignore
  assert.equal(await redemptions(world, twice), 1)

  await world.goTo('2031-02-14', { events: PAID_RENEWAL })
  await world.goTo('2031-03-16', { events: PAID_RENEWAL })
  const renewed = await world.api.get(`/invoices?subscription_id=${begun}`)
  // 40.00 less 4.00 and 20 %; then 40.00 and 20 %.
  assert.deepEqual(totalsOf(renewed), [43_20, 48_00])

  const last = await till.sell({ customer_id: ada.id, lines: body.lines, discount_ids: [twice] })
  assert.equal(last.at('data.status'), 'paid')
  await world.expects(PAID_SALE)
  const refused = await world.api.call('POST', '/sales', { body })
  assert.deepEqual([refused.status, refused.at('error.param')], [400, 'discount_ids'])
  const both = await world.api.call('POST', '/sales', { body: { ...body, discount_ids: [], tax: [{ amount_minor: 1 }] } }) // prettier-ignore
  assert.deepEqual([both.status, both.at('error.param')], [400, 'tax'])
}) // prettier-ignore

scenario('what prices include of tax is told and not added, and a declined sale gives its discount back', IN_2031, async (world) => {
  const till = await openTill(world)
  const once = await createDiscount(world, { code: 'ONCE', max_redemptions: 1 })
  const rate = await world.api.post('/tax-rates', { display_name: 'GST', percentage: 25, inclusive: true, tax_type: 'gst' }) // prettier-ignore
  await world.expects(['tax_rate.created'])
  const ada = await world.customer()
  await world.addCard(ada, card.declines('insufficient_funds'))
  const body = { customer_id: ada.id, lines: [{ product_id: till.productId }], discount_ids: [once], tax_rate_ids: [rate.at('data.id')], discounts: [{ amount_minor: 5_00 }] } // prettier-ignore
  assert.equal((await till.sell(body)).at('data.status'), 'declined')
  await world.expects([...PAID_SALE.slice(0, 3), 'payment.failed', 'invoice.payment_failed', 'invoice.marked_uncollectible', 'sale.declined']) // prettier-ignore
  await world.addCard(ada, card.good)
  const sale = await till.sell(body)
  await world.expects(PAID_SALE)
  // 50.00 less 5.00 by the code and 5.00 by hand: 40.00, of which 25 / 125 is tax.
  assert.equal(amountsOf(sale), 'paid 5000 1000 0 4000')
  const bill = await world.api.get(`/invoices/${sale.text('data.invoice_id')}`)
  assert.deepEqual([bill.at('data.subtotal_minor'), bill.at('data.tax_minor'), bill.at('data.total_minor')], [42_00, 8_00, 40_00]) // prettier-ignore
  assert.equal(await redemptions(world, once), 1)
  await world.goTo('2031-01-31', { events: PAID_RENEWAL })
  const renewed = await world.api.get(`/invoices?subscription_id=${begunBy(sale)[0]}`)
  assert.deepEqual(totalsOf(renewed), [40_00])
}) // prettier-ignore

scenario('what is said of a thing twice is told once, and no map grows past 200 keys', IN_2031, async (world) => {
  const till = await openTill(world)
  const parcel = await world.api.post('/products', { product_id: 'Parcel', name: 'Parcel', kind: 'subscription', pricing_model: 'recurring', amount_minor: 50_00, fulfillment_type: 'physical', subscription_profile_id: till.profileId }) // prettier-ignore
  const price = await world.api.post('/prices', { product_id: parcel.at('data.id'), currency: 'USD', unit_amount: 50_00, type: 'one_time' }) // prettier-ignore
  const rate = await world.api.post('/tax-rates', { display_name: 'VAT', percentage: 20 })
  await world.expects(['tax_rate.created'])
  const ada = await world.customer()
  const sale = await till.sell({ customer_id: ada.id, payment_token: 'tok_dispute_fraudulent', lines: [{ product_id: parcel.at('data.id') }] }) // prettier-ignore
  await world.expects([...PAID_SALE, 'shipment.created'])
  await world.goTo('2031-01-07', { events: ['dispute.created', 'payment.disputed'] })
  const [dispute, shipment] = [await world.api.get('/disputes'), await world.api.get('/shipments')]

  const keys = (from: number, to: number) =>
    Object.fromEntries(Array.from({ length: to - from }, (_, index) => [`key_${from + index}`, 1]))
  const inLine = (metadata: object) => ({ lines: [{ position: 0, metadata }] })
  const told: readonly (readonly [string, string, ((metadata: object) => object)?])[] = [
    [`/sales/${sale.text('data.id')}`, 'sale.updated'],
    [`/sales/${sale.text('data.id')}`, 'sale.updated', inLine],
    [`/disputes/${dispute.text('data.0.id')}`, 'dispute.updated'],
    [`/shipments/${shipment.text('data.0.id')}`, 'shipment.updated'],
    [`/tax-rates/${rate.text('data.id')}`, 'tax_rate.updated'],
    [`/products/${parcel.text('data.id')}`, 'product.updated'],
    [`/prices/${price.text('id')}`, 'price.updated'],
  ]
  for (const [path, event, toBody = (metadata: object) => ({ metadata })] of told) {
    await world.api.patch(path, toBody(keys(0, 150)))
    await world.expects([event])
    await world.api.patch(path, toBody({ ...keys(0, 150), gone: null }))
    const grown = await world.api.call('PATCH', path, { body: toBody(keys(100, 201)) })
    assert.deepEqual([path, grown.status, grown.at('error.param')], [path, 400, 'metadata'])
    await world.expects([])
  }
}) // prettier-ignore

async function kindsOf(world: ScenarioWorld, invoiceId: string): Promise<string[]> {
  const lines = (await world.api.get(`/invoices/${invoiceId}`)).at('data.line_items')
  assert.ok(Array.isArray(lines))
  return lines.map(
    (line) => `${String(memberOf(line, 'kind'))} ${String(memberOf(line, 'amount_minor'))}`,
  )
}

/** Of invoices, oldest first. */
function totalsOf(listed: Answer): number[] {
  const rows = listed.at('data')
  assert.ok(Array.isArray(rows))
  return rows.map((row) => Number(memberOf(row, 'total_minor'))).toReversed()
}
