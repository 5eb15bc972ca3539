import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type BillingShop, startBillingShop } from '../../../testing/test-card-world.ts'

let shop: BillingShop
before(async () => {
  shop = await startBillingShop()
})
after(() => shop.close())

test('a live account bills by the settings that it has just been given', async () => {
  const { apiKey } = shop.account.live
  const post = (path: string, body: object) => shop.request('POST', path, { apiKey, body })
  await shop.request('GET', '/account', { apiKey })
  const body = { settings: { default_due_days: 77 } }
  assert.equal((await shop.request('PATCH', '/account', { apiKey, body })).status, 200)
  const customer = await post('/customers', { email: 'live@example.com' })
  const draft = { customer_uuid: customer.text('data.id'), total_minor: 100 }
  const invoice = await post('/invoices', draft)
  const path = `/invoices/${invoice.text('data.id')}`
  await post(`${path}/finalize`, {})
  const sent = await post(`${path}/send`, {})
  const days = (Date.parse(sent.text('data.due_date')) - shop.clock.now()) / 86_400_000
  assert.equal(Math.round(days), 77)
})
