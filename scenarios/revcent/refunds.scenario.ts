import assert from 'node:assert/strict'
import { codeOf, NO, ourId, story, type Shop } from './shop.ts'

async function amounts(shop: Shop, renewal: string): Promise<readonly unknown[]> {
  const shown = await shop.get(`/subscription_renewals/${renewal}`)
  return ['status', 'amount_refunded', 'amount_total'].map((name) => shown.at(name))
}

story('44 to 47: a renewal is refunded in part and then whole, 72 hours after it was paid', async (shop) => {
  const { subscription, customer } = await shop.sell('2031-01-15 10:00')
  await shop.goTo('2031-02-14 10:00')
  await shop.goTo('2031-02-15 09:00')
  const [renewal] = await shop.renewalIds(subscription)
  assert.ok(renewal !== undefined)
  const path = `/subscription_renewals/${renewal}/refund`
  assert.deepEqual(await amounts(shop, renewal), ['paid', 0, 40])
  await shop.refuses(400, 'POST', path, { amount: 41 }) // 46
  await shop.refuses(400, 'POST', path, { amount: 0 })
  assert.deepEqual(await amounts(shop, renewal), ['paid', 0, 40])
  assert.equal((await shop.world.api.get('/refunds')).at('data.length'), 0)

  const part = await shop.post(path, { amount: 15 }) // 44
  assert.deepEqual(
    ['amount', 'subscription_id', 'subscription_renewal_id', 'pending_refund.length'].map((name) => part.at(name)),
    [15, subscription, renewal, 1],
  )
  assert.deepEqual(await amounts(shop, renewal), ['partially_refunded', 15, 25])
  const refunds = async () => (await shop.world.api.get('/refunds')).at('data.0.status')
  const wentBack = async () =>
    ((await shop.world.charges()) as { refunded_minor: number }[])
      .map((one) => one.refunded_minor)
      .toSorted((a, b) => a - b)
  await shop.goTo('2031-02-17 09:59')
  assert.deepEqual([await refunds(), await wentBack()], ['pending', [0, 0]])
  await shop.goTo('2031-02-17 10:00')
  assert.deepEqual([await refunds(), await wentBack()], ['succeeded', [0, 15_00]])

  assert.equal((await shop.post(path)).at('amount'), 25) // 45
  assert.deepEqual(await amounts(shop, renewal), ['refunded', 40, 0])
  await shop.refuses(400, 'POST', path, {})
  assert.equal(await shop.standing(subscription), 'active 2031-03-16 10:00') // 47

  await shop.addCard(customer, NO, true) // 46
  await shop.goTo('2031-03-16 10:00')
  const [, unpaid] = await shop.renewalIds(subscription)
  assert.ok(unpaid !== undefined)
  assert.deepEqual(await amounts(shop, unpaid), ['overdue', 0, 40])
  for (const body of [{}, { amount: 40 }])
    await shop.refuses(409, 'POST', `/subscription_renewals/${unpaid}/refund`, body)
  assert.deepEqual(await amounts(shop, unpaid), ['overdue', 0, 40])
  assert.equal((await shop.world.api.get('/refunds')).at('data.length'), 2)
}) // prettier-ignore

story('a renewal of which a part went back before its debit was returned is listed once', async (shop) => {
  const { subscription, customer } = await shop.sell('2031-01-06')
  const ada = { id: ourId('customer', customer), name: 'Ada' }
  await shop.world.addCard(ada, 'tok_ach_return_R10_after_20')
  await shop.goTo('2031-02-14')
  const [renewal] = await shop.renewalIds(subscription)
  assert.ok(renewal !== undefined)
  await shop.post(`/subscription_renewals/${renewal}/refund`, { amount: 15 })
  await shop.goTo('2031-03-05')
  assert.deepEqual(await amounts(shop, renewal), ['overdue', 15, 25])
  const [from, until] = ['2031-01-01', '2031-03-06'].map((day) => Date.parse(day) / 1000)
  const filters = 'status_filter=overdue&status_filter=partially_refunded'
  const listed = await shop.get(`/subscription_renewals?date_start=${from}&date_end=${until}&page=1&limit=25&${filters}`)
  const rows = listed.at('results')
  assert.ok(Array.isArray(rows))
  assert.deepEqual(rows.map((row: { id: string }) => row.id), [renewal])
}) // prettier-ignore

story('what a sale consists of is read, refunded and told of, line by line', async (shop) => {
  const mug = await shop.product({ name: 'Mug', price: 10, shippable: true })
  const more = { product: [{ id: shop.P }, { id: mug, quantity: 2 }], shipping: [{ amount: 3, provider: 'post' }] } // prettier-ignore
  const { sale, customer, subscription } = await shop.sell('2031-01-15', { more })
  const id = sale.text('sale_id')
  const line = (await shop.get(`/subscriptions/${subscription}`)).text('product_sale')
  const path = `/product_sales/${line}`
  const shown = await shop.get(path)
  assert.deepEqual(['sale', 'product', 'subscription', 'amount', 'quantity'].map((name) => shown.at(name)), [id, shop.P, subscription, 50, 1]) // prettier-ignore
  await shop.refuses(400, 'POST', `${path}/refund`, { amount: 51 })
  const refunded = await shop.post(`${path}/refund`, { amount: 20 })
  assert.deepEqual([refunded.at('amount'), refunded.at('pending_refund.length')], [20, 1])
  assert.equal((await shop.get(`/sales/${id}`)).at('amount_refunded'), 20)
  // 30.00 of the line are left, and 53.00 of what was paid.
  assert.match(await shop.refuses(400, 'POST', `${path}/refund`, { amount: 31 }), /this line/)
  const atOnce = await Promise.all([1, 2].map(() => shop.call('POST', `${path}/refund`, { amount: 20 }))) // prettier-ignore
  assert.deepEqual(new Set(atOnce.map(({ status }) => status)), new Set([200, 400]))
  assert.equal((await shop.post(`${path}/refund`)).at('amount'), 10)
  assert.match(await shop.refuses(400, 'POST', `${path}/refund`), /Nothing is left of this line/)
  assert.equal((await shop.get(`/sales/${id}`)).at('amount_refunded'), 50)
  await shop.refuses(409, 'POST', `/sales/${id}/add_tax`, { amount: 1 })

  const said = async (item: string) => (await shop.get(item)).at('metadata.0.value') ?? null
  const says = (item_type: string, item_id: string, value: string, cascade = false) =>
    shop.post('/metadata', { item_type, item_id, metadata: [{ name: 'source', value }], cascade })
  const all = async () => [await said(`/sales/${id}`), await said(path), await said(`/subscriptions/${subscription}`), await said(`/customers/${customer}`)] // prettier-ignore
  await says('product_sale', line, 'line')
  assert.deepEqual(await all(), [null, 'line', null, 'line'])
  await says('sale', id, 'sale')
  assert.deepEqual(await all(), ['sale', 'line', null, 'sale'])
  await says('sale', id, 'whole', true)
  assert.deepEqual(await all(), ['whole', 'whole', 'whole', 'whole'])
  const parcel = await shop.world.api.get('/shipments')
  assert.equal(parcel.at('data.0.metadata.source'), 'whole')
  await says('shipping', codeOf('shipment', parcel.text('data.0.id')), 'parcel')
  assert.equal((await shop.world.api.get('/shipments')).at('data.0.metadata.source'), 'parcel')
  await shop.refuses(400, 'POST', '/metadata', { item_type: 'fraud_detection', item_id: id, metadata: [] }) // prettier-ignore

  const made = (await shop.post('/customers', { first_name: 'Bo', last_name: 'Lee', email: 'bo@example.com' })).text('customer_id') // prettier-ignore
  await shop.post(`/customers/${made}`, { last_name: 'Li', city: 'Rome' })
  const bo = await shop.call('POST', '/v1', { request: { type: 'customer', method: 'retrieve', id: made } }) // prettier-ignore
  assert.deepEqual(['first_name', 'last_name', 'city'].map((name) => bo.at(`results.0.${name}`)), ['Bo', 'Li', 'Rome']) // prettier-ignore
})
