import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { MS_PER_DAY } from '@perennial/core/time'
import {
  ADYEN_KEYS,
  startAdyenDouble,
  type AdyenDouble,
} from '@perennial/testkit/gateway-doubles/adyen'
import { type BillingShop, startBillingShop } from '../../../testing/test-card-world.ts'
import type { BillingDeps } from '../scope.ts'

let shop: BillingShop
let double: AdyenDouble
before(async () => {
  double = await startAdyenDouble()
  shop = await startBillingShop()
  const { apiKey: api_key, merchantAccount: merchant_account } = ADYEN_KEYS
  const credentials = { api_key, merchant_account }
  const gateway = { kind: 'adyen', name: 'Adyen', base_url: double.url, credentials }
  const connected = await post('/gateways', gateway)
  assert.equal(connected.status, 201, JSON.stringify(connected.body))
})
after(async () => {
  const breaches = await shop.findBreaches()
  await shop.close()
  await double.close()
  // The world knows nothing of what Adyen charged.
  assert.deepEqual(breaches.filter((breach) => !breach.startsWith('booked only')), []) // prettier-ignore
})

const post = (path: string, body: object = {}) => shop.request('POST', path, { body })

/** An invoice whose charge at Adyen was never answered, and the charge. */
async function unanswered(fault: 'lost request' | 'lost answer') {
  const card = double.addCard({ fault })
  const customer_id = await shop.createCustomer()
  const token = `${ADYEN_KEYS.merchantAccount}|${card.id}|${card.shopperReference}`
  await post('/payment-methods', { customer_id, type: 'card', token, gateway: 'adyen' })
  const created = await post('/invoices', { customer_uuid: customer_id, total_minor: 5_000 })
  const invoice = created.text('data.id')
  await post(`/invoices/${invoice}/finalize`)
  await post(`/invoices/${invoice}/pay`)
  const attempts = await shop.request('GET', `/payment-attempts?invoice_id=${invoice}`)
  return { invoice, path: `/payment-attempts/${attempts.text('data.0.id')}` }
}

const statusOf = async (invoice: string) =>
  (await shop.request('GET', `/invoices/${invoice}`)).at('data.status')

test('a charge that Adyen never answers is settled by a person, once Adyen cannot tell any more', async () => {
  const { invoice, path } = await unanswered('lost request')
  const note = 'Not in the Customer Area, asked Adyen on the phone'
  const early = await post(`${path}/resolve`, { as: 'declined', note })
  assert.equal(early.status, 409, JSON.stringify(early.body))
  assert.match(early.text('error.message'), /may still tell/)

  shop.clock.advanceMs(7 * MS_PER_DAY)
  await shop.newEvents()
  const resolved = await post(`${path}/resolve`, { as: 'declined', note })
  assert.equal(resolved.status, 200, JSON.stringify(resolved.body))
  assert.partialDeepStrictEqual(resolved.at('data'), { attempt_status: 'failed' })
  assert.ok((await shop.newEvents()).includes('payment_attempt.resolved'))
  const again = await post(`${path}/resolve`, { as: 'succeeded', note })
  assert.equal(again.status, 409)
  assert.equal(await statusOf(invoice), 'finalized')
})

test('money that did move is booked under the name that the gateway has for it', async () => {
  const { invoice, path } = await unanswered('lost request')
  shop.clock.advanceMs(7 * MS_PER_DAY)
  const note = 'In the Customer Area'
  const nameless = await post(`${path}/resolve`, { as: 'succeeded', note })
  assert.equal(nameless.status, 400, JSON.stringify(nameless.body))
  assert.equal(nameless.at('error.param'), 'gateway_transaction_id')
  const named = { as: 'succeeded', note, gateway_transaction_id: 'NC6HT9CRT65ZGN82' }
  const resolved = await post(`${path}/resolve`, named)
  assert.equal(resolved.status, 200, JSON.stringify(resolved.body))
  assert.equal(resolved.at('data.gateway_transaction_id'), 'NC6HT9CRT65ZGN82')
  assert.equal(await statusOf(invoice), 'paid')
})

test('without a note, or for what is settled, nothing is resolved', async () => {
  const { path } = await unanswered('lost answer')
  assert.equal((await post(`${path}/resolve`, { as: 'declined' })).status, 400)
  const settled = await post(`${path}/resolve`, { as: 'declined', note: 'a guess' })
  assert.equal(settled.status, 409, JSON.stringify(settled.body))
})

test('a charge that asking has sent again is settled by nobody until its gateway’s limit is over once more', async () => {
  const deps: { gateways: BillingDeps['gateways'] } = shop.billing
  const { gateways } = deps
  let charges = 0
  // A gateway that answers no charge, and needs a minute to know of one.
  const portOf: typeof gateways.portOf = async (...of) => {
    const found = await gateways.portOf(...of)
    const charge: typeof found.port.charge = async () => {
      charges += 1
      return { kind: 'unknown', gatewayReference: null, cause: 'silence' }
    }
    const lookUp: typeof found.port.lookUp = async () => ({ kind: 'absent' })
    return { ...found, port: { ...found.port, absentAfterMs: 60_000, charge, lookUp } }
  }
  deps.gateways = { ...gateways, portOf }
  const customer = await shop.createCustomer()
  await shop.attach(customer, 'tok_visa')
  const created = await post('/invoices', { customer_uuid: customer, total_minor: 7_000 })
  const invoice = created.text('data.id')
  await post(`/invoices/${invoice}/finalize`)
  await post(`/invoices/${invoice}/pay`)
  const attempts = await shop.request('GET', `/payment-attempts?invoice_id=${invoice}`)
  const path = `/payment-attempts/${attempts.text('data.0.id')}`
  const windowMs = 60_000 + shop.billing.leaseMs + 1_000
  const resolve = () => post(`${path}/resolve`, { as: 'declined', note: 'It is not there' })

  shop.clock.advanceMs(windowMs)
  for (let time = 0; time < 2; time += 1) {
    const early = await resolve()
    assert.equal(early.status, 409, JSON.stringify(early.body))
    assert.match(early.text('error.message'), /may still tell/)
    assert.equal(charges, 2)
  }
  // Now its absence proves that it never happened.
  shop.clock.advanceMs(windowMs)
  assert.equal((await resolve()).status, 409)
  deps.gateways = gateways
  assert.equal((await shop.request('GET', path)).at('data.attempt_status'), 'failed')
  assert.equal(charges, 2)
})

test('a debit that its gateway calls under way is nobody’s to settle', async () => {
  const customer = await shop.createCustomer()
  await shop.attach(customer, 'tok_ach')
  const created = await post('/invoices', { customer_uuid: customer, total_minor: 6_000 })
  const invoice = created.text('data.id')
  await post(`/invoices/${invoice}/finalize`)
  await post(`/invoices/${invoice}/pay`)
  const attempts = await shop.request('GET', `/payment-attempts?invoice_id=${invoice}`)
  shop.clock.advanceMs(60_000)
  const path = `/payment-attempts/${attempts.text('data.0.id')}/resolve`
  const guessed = await post(path, { as: 'declined', note: 'It takes so long' })
  assert.equal(guessed.status, 409, JSON.stringify(guessed.body))
  assert.match(guessed.text('error.message'), /may still tell/)
})
