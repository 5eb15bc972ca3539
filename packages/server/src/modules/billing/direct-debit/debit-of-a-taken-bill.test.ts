import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type BillingShop, startBillingShop } from '../../../testing/test-card-world.ts'
import { newestAttempt, takenAs, tell, tellNotice } from '../notices/test-told-charges.ts'
import { signMandate } from './test-debits.ts'

let shop: BillingShop
before(async () => {
  shop = await startBillingShop()
})
after(() => shop.close())

const post = (path: string, body: object = {}) => shop.request('POST', path, { body })

/** A customer whose mandate is in force; its id. */
async function sign(customerId: string): Promise<string> {
  const id = await signMandate(shop, customerId)
  await post('/test-clock/advance', { days: 6 })
  return id
}

/** A bill of 25.00 that a card was refused for, and 5.00 of which were paid. */
async function billOf(customer: string, card: string) {
  const made = { customer_uuid: customer, total_minor: 2_500, currency: 'GBP' }
  const invoice = (await post('/invoices', made)).text('data.id')
  await post(`/invoices/${invoice}/finalize`)
  assert.equal((await post(`/invoices/${invoice}/pay`, { paymentMethodId: card })).status, 402)
  const attempt = await newestAttempt(shop)
  const part = { payment_method: 'cash', amount_minor: 500 }
  assert.equal((await post(`/invoices/${invoice}/pay`, part)).status, 200)
  const debit = { amountMinor: 2_000, currency: 'GBP', sourceType: 'invoice', sourceId: invoice }
  return { attempt, debit }
}

const TAKEN = { kind: 'succeeded', gatewayReference: 'ch_other', networkTransactionId: null } as const // prettier-ignore

test('nobody is told anew of a debit while a person has to look at money that came for its bill', async () => {
  const customer = await shop.createCustomer()
  const card = await shop.attach(customer, 'tok_decline_do_not_honor')
  const mandate = await sign(customer)
  const { attempt, debit } = await billOf(customer, card)
  const planned = await post(`/mandates/${mandate}/collections`, debit)
  assert.equal(planned.status, 201)
  assert.equal(await tell(shop, attempt, TAKEN), 'parked')
  await shop.newEvents()
  await post('/test-clock/advance', { days: 21 })
  const told = (await shop.newEvents()).filter((type) => type.startsWith('collection.'))
  assert.deepEqual(told, ['collection.notice_sent'])
  const { id } = (await shop.request('GET', '/gateway-notices?state=parked')).at('data.0') as { readonly id: string } // prettier-ignore
  await post(`/gateway-notices/${id}/dismiss`, { note: 'refunded there' })
  await post('/test-clock/advance', { days: 21 })
  const after = (await shop.newEvents()).filter((type) => type.startsWith('collection.'))
  assert.deepEqual(after, ['collection.notice_sent', 'collection.succeeded'])
})

test('nobody is told of a debit of a bill whose money a gateway says it has', async () => {
  const customer = await shop.createCustomer()
  const card = await shop.attach(customer, 'tok_decline_do_not_honor')
  const mandate = await sign(customer)
  const { attempt, debit } = await billOf(customer, card)
  assert.equal(await tell(shop, attempt, TAKEN), 'parked')
  const refused = await post(`/mandates/${mandate}/collections`, debit)
  assert.deepEqual(
    [refused.status, refused.at('error.message')],
    [409, 'The invoice is being paid at this moment.'],
  )
})

test('a debit whose claim the bank withdraws is collected, and the one that was to follow it called off', async () => {
  const customer = await shop.createCustomer()
  const mandate = await sign(customer)
  const made = { customer_uuid: customer, total_minor: 2_000, currency: 'GBP' }
  const invoice = (await post('/invoices', made)).text('data.id')
  await post(`/invoices/${invoice}/finalize`)
  const debit = { amountMinor: 2_000, currency: 'GBP', sourceType: 'invoice', sourceId: invoice }
  const plan = async () => {
    const planned = await post(`/mandates/${mandate}/collections`, debit)
    assert.equal(planned.status, 201, JSON.stringify(planned.body))
  }
  await plan()
  await post('/test-clock/advance', { days: 21 })
  const attempt = await newestAttempt(shop)
  const outcome = takenAs(attempt)
  await shop.newEvents()

  const { gatewayReference } = outcome as typeof TAKEN
  const returned = { kind: 'return', gatewayReference, code: 'INDEMNITY', message: null } as const
  assert.equal((await tellNotice(shop, attempt.gatewayId, returned)).state, 'applied')
  await plan()
  assert.equal((await shop.newEvents()).at(-1), 'collection.scheduled')
  assert.equal(await tell(shop, attempt, outcome, { isGivenAgain: true }), 'applied')
  const restored = [
    'payment.restored',
    'invoice.paid',
    'collection.succeeded',
    'settlement.created',
  ]
  assert.deepEqual(await shop.newEvents(), restored)
  await post('/test-clock/advance', { days: 21 })
  const after = (await shop.newEvents()).filter((type) => type.startsWith('collection.'))
  assert.equal(after.at(-1), 'collection.cancelled')
  assert.equal((await newestAttempt(shop)).id, attempt.id, 'nothing was debited again')
})
