import assert from 'node:assert/strict'
import { behaveAs, codeOf, ourId, story, type Shop } from './shop.ts'

const says = (item_type: string, item_id: string, more: object = {}) => ({
  item_type,
  item_id,
  metadata: [{ name: 'source', value: 'mail' }],
  ...more,
})

async function saidOf(shop: Shop, paths: readonly string[]): Promise<readonly unknown[]> {
  const shown = await Promise.all(paths.map((path) => shop.get(path)))
  return shown.map((one) => one.at('metadata.0.value') ?? null)
}

/** A subscription with a renewal, and the paths of both after that of the customer. */
async function renewed(shop: Shop) {
  const sold = await shop.sell('2031-01-15')
  await shop.goTo('2031-02-15')
  const [renewal] = await shop.renewalIds(sold.subscription)
  const paths = [
    `/customers/${sold.customer}`,
    `/subscriptions/${sold.subscription}`,
    `/subscription_renewals/${String(renewal)}`,
  ]
  return { ...sold, paths }
}

story('what a key may not say of one item it says of none', async (shop) => {
  const { subscription, paths } = await renewed(shop)
  const made = await shop.world.api.post('/api-keys', {
    name: 'Reader of bills',
    scopes: ['subscriptions:*', 'customers:*', 'invoices:read'],
  })
  const key = made.text('data.secret')
  const cascade = says('subscription', subscription, { cascade: true })
  const refused = await shop.call('POST', '/metadata', cascade, key)
  assert.deepEqual([refused.status, refused.at('error_code')], [403, 'forbidden'])
  assert.match(refused.text('message'), /invoices:write/)
  assert.deepEqual(await saidOf(shop, paths), [null, null, null])
  await shop.post('/metadata', cascade)
  assert.deepEqual(await saidOf(shop, paths), ['mail', 'mail', 'mail'])
})

story('metadata that one item has no room for is kept of none', async (shop) => {
  const { subscription, paths } = await renewed(shop)
  const full = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`key${index}`, 'x']))
  const ours = `/subscriptions/${ourId('subscription', subscription)}`
  const filled = await shop.world.api.call('PATCH', ours, { body: { metadata: full } })
  assert.equal(filled.status, 200)
  const cascade = says('subscription', subscription, { cascade: true })
  await shop.refuses(400, 'POST', '/metadata', cascade)
  assert.deepEqual(await saidOf(shop, paths), [null, 'x', null])
})

story('what is said of one customer is said of nothing of another', async (shop) => {
  const { api } = shop.world
  const ada = await shop.sell('2031-01-15')
  const eve = await shop.sell('2031-01-15')
  const customer_id = ourId('customer', ada.customer)
  const [own, others] = [ada, eve].map(({ sale, subscription }) => ({
    sale: ourId('sale', sale.text('sale_id')),
    subscription: ourId('subscription', subscription),
  }))
  assert.ok(own !== undefined && others !== undefined)
  const invoice = (await api.get(`/sales/${others.sale}`)).text('data.invoice_id')
  const before = await Promise.all([`/customers/${ada.customer}`, `/subscriptions/${eve.subscription}`].map(async (path) => (await shop.get(path)).at('metadata')))
  const cases = [
    ['subscription_ids', { subscription_ids: [own.subscription, others.subscription] }],
    ['invoice_ids', { subscription_ids: [own.subscription], invoice_ids: [invoice] }],
    ['sales', { sales: [{ id: others.sale }] }],
  ] as const
  for (const [field, named] of cases) {
    const body = { customer_id, ...named, metadata: { source: 'mail' } }
    const refused = await api.call('POST', '/metadata', { body })
    assert.deepEqual([refused.status, refused.at('error.param')], [400, field])
  }
  const after = await Promise.all([`/customers/${ada.customer}`, `/subscriptions/${eve.subscription}`].map(async (path) => (await shop.get(path)).at('metadata')))
  assert.deepEqual(after, before)
  const body = { customer_id, subscription_ids: [own.subscription], sales: [{ id: own.sale }], metadata: { source: 'mail' } }
  assert.equal((await api.call('POST', '/metadata', { body })).status, 200)
}) // prettier-ignore

story('the key of the guide says something of a chargeback', async (shop) => {
  const { customer, subscription } = await shop.sell('2031-01-15')
  await behaveAs(shop, customer, { token: 'tok_dispute_fraudulent', gateways: shop.gateways })
  await shop.goTo('2031-02-21')
  const [renewal] = await shop.renewalIds(subscription)
  const told = await shop.get(`/subscription_renewals/${String(renewal)}`)
  const dispute = told.text('chargeback.0')
  await shop.post('/metadata', says('chargeback', dispute))
  assert.deepEqual(await saidOf(shop, [`/customers/${customer}`]), ['mail'])
  const shown = await shop.world.api.get(`/disputes/${ourId('dispute', dispute)}`)
  assert.equal(shown.at('data.metadata.source'), 'mail')
  assert.equal(codeOf('dispute', shown.text('data.id')), dispute)
})
