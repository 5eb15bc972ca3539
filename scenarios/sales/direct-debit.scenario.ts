import assert from 'node:assert/strict'
import { card, memberOf, scenario, type ScenarioWorld } from '@perennial/testkit/scenario'
import { begunBy, chargesHalf, openTill, PAID_SALE, standingOf } from './till.ts'

/** Who has signed a mandate, and what is sold in pounds. */
async function openTillInPounds(world: ScenarioWorld, more: object = {}) {
  await world.goTo('2027-03-01')
  const sign = async (who: string, accountNumber: string): Promise<string> => {
    const { id: customerId } = await world.customer(who)
    const headers = { 'idempotency-key': `sign-${customerId}` }
    const body = {
      customerId,
      accountHolderName: who,
      sortCode: '20-00-00',
      accountNumber,
      acceptance: {
        acceptedAt: '2027-03-01T00:00:00.000Z',
        payerAddress: { line1: '1 High Street', postal_code: 'N1 1AA' },
        declarations: { sole_signatory: true },
        guaranteeVersion: '2024-1',
      },
    }
    const lodged = await world.api.call('POST', '/mandates', { headers, body })
    assert.equal(lodged.status, 201, JSON.stringify(lodged.body))
    return lodged.text('data.id')
  }
  const mandates = { Ada: await sign('Ada', '55779911'), Bob: await sign('Bob', '55779911') }
  const signed = ['mandate.created', 'mandate.activated']
  await world.goTo('2027-03-03', { events: { Ada: signed, Bob: signed } })
  const product = await world.api.post('/products', {
    product_id: 'box',
    name: 'Box',
    kind: 'subscription',
    pricing_model: 'recurring',
    amount_minor: 20_00,
    currency: 'GBP',
    interval: 'month',
    interval_count: 1,
    ...more,
  })
  const lines = [{ product_id: product.text('data.id') }]
  const sell = async (who: string) => {
    const customer = await world.customer(who)
    const sale = await world.api.post('/sales', { customer_id: customer.id, lines })
    assert.equal(sale.at('data.status'), 'pending')
    return `/sales/${sale.text('data.id')}`
  }
  return { mandates, lines, sell }
}

const SOLD = ['sale.created', 'invoice.created', 'invoice.finalized']

scenario('a sale by Direct Debit is announced, and begins when it is collected', async (world) => {
  const { mandates, sell } = await openTillInPounds(world)
  const ada = await sell('Ada')
  const bob = await sell('Bob')
  await world.expects({
    Ada: SOLD,
    Bob: SOLD,
    '': ['collection.scheduled', 'collection.scheduled'],
  })
  await world.api.post(`/mandates/${mandates.Bob}/cancel`, {})
  await world.goTo('2027-03-16', {
    events: {
      Ada: [
        'payment.succeeded',
        'invoice.paid',
        'subscription.created',
        'subscription.activated',
        'sale.paid',
      ],
      Bob: [
        'customer.payment_method.detached',
        'mandate.cancelled',
        'invoice.payment_failed',
        'invoice.marked_uncollectible',
        'sale.declined',
      ],
      '': [
        'collection.notice_sent',
        'collection.notice_sent',
        'collection.failed',
        'collection.succeeded',
        'settlement.created',
      ],
    },
  })
  const paid = await world.api.get(ada)
  assert.equal(paid.at('data.status'), 'paid')
  assert.equal(begunBy(paid).length, 1)
  assert.equal((await world.api.get(bob)).at('data.status'), 'declined')
})

scenario('a salvage profile debits no account for the rest of a sale, because its payer would have to be told before', async (world) => {
  const attempts = [{ after_days: 2 }]
  const salvageProfile = await world.api.post('/salvage-profiles', { name: 'All', attempts })
  const profile = await world.api.post('/subscription-profiles', {
    name: 'Monthly',
    frequency: { kind: 'unit', unit: 'month', count: 1 },
    payment_profile_id: null,
    salvage_profile_id: salvageProfile.text('data.id'),
  })
  await world.expects(['salvage_profile.created', 'subscription_profile.created'])
  const payment_profile_id = await chargesHalf(world)
  const { lines } = await openTillInPounds(world, { subscription_profile_id: profile.text('data.id') })
  // The mandate is the default, and a card pays the sale.
  const { id: customer_id } = await world.customer('Ada')
  const attached = { customer_id, type: 'card', token: card.good, is_default: false }
  const payment_method_id = (await world.api.post('/payment-methods', attached)).text('data.id')
  await world.api.post('/sales', { customer_id, payment_method_id, payment_profile_id, lines })
  const begun = ['subscription.created', 'subscription.activated', 'sale.partially_paid', 'salvage_transaction.created']
  await world.expects([...PAID_SALE.slice(0, 4), ...begun])
  const rest = async () => {
    const salvage = (await world.api.get(`/salvage-transactions?customer_id=${customer_id}`)).at('data.0')
    return [memberOf(salvage, 'next_attempt_at'), memberOf(salvage, 'amount_remaining_minor'), memberOf(salvage, 'attempts')]
  }
  assert.deepEqual(await rest(), ['2027-03-05T00:00:00.000Z', 10_00, 1])
  await world.goTo('2027-03-20')
  assert.deepEqual(await rest(), [null, 10_00, 1])
}) // prettier-ignore

scenario('voiding the bill of a sale that waits for its debit declines the sale', async (world) => {
  const { sell } = await openTillInPounds(world)
  const sales = [await sell('Ada'), await sell('Bob')]
  await world.expects({
    Ada: SOLD,
    Bob: SOLD,
    '': ['collection.scheduled', 'collection.scheduled'],
  })
  const [ada = '', bob = ''] = sales
  const invoiceOf = async (path: string) => (await world.api.get(path)).text('data.invoice_id')
  await world.api.post(`/invoices/${await invoiceOf(ada)}/void`, {})
  await world.expects(['invoice.voided', 'sale.declined'])
  assert.equal((await world.api.post(`${bob}/void`)).at('data.status'), 'voided')
  await world.expects(['invoice.voided', 'sale.voided'])
  await world.goTo('2027-03-16', {
    events: {
      '': [
        'collection.notice_sent',
        'collection.notice_sent',
        'collection.cancelled',
        'collection.cancelled',
      ],
    },
  })
})

scenario(
  'a sale whose debit comes back is owed again, and what it began stands still',
  async (world) => {
    const till = await openTill(world)
    await world.goTo('2027-01-04')
    const ada = await world.customer('Ada')
    await world.addCard(ada, 'tok_ach_return_R01_after_5')
    const lines = [{ product_id: till.productId }, { product_id: till.trialId }]
    const path = `/sales/${(await till.sell({ customer_id: ada.id, lines })).text('data.id')}`
    await world.expects(SOLD)
    const begins = ['subscription.created', 'subscription.activated', 'subscription.created']
    const paid = ['payment.succeeded', 'invoice.paid', ...begins, 'sale.paid']
    await world.goTo('2027-01-08', { events: paid })
    const [box = '', trial = ''] = begunBy(await world.api.get(path))
    await world.goTo('2027-01-15', {
      events: [
        'payment.returned',
        'sale.declined',
        'subscription.updated',
        'invoice.payment_failed',
        'salvage_transaction.created',
      ],
    })
    assert.equal((await world.api.get(path)).at('data.status'), 'declined')
    assert.equal(await standingOf(world, box), 'unpaid 4000 2027-02-06')
    assert.equal(await standingOf(world, trial), 'trialing 4000 2027-01-21')

    // Nobody is charged for a second month of what was never paid for.
    await world.api.post(`/trials/${trial}/cancel`)
    await world.expects(['subscription.canceled'])
    await world.goTo('2027-02-20', { events: [] })
    await world.addCard(ada, card.good)
    const salvage = await world.api.get(`/salvage-transactions?customer_id=${ada.id}`)
    const again = await world.api.post(`/salvage-transactions/${salvage.text('data.0.id')}/attempt`)
    assert.equal(again.at('data.status'), 'recovered')
    await world.expects([
      'payment.succeeded',
      'invoice.paid',
      'subscription.updated',
      'sale.paid',
      'salvage_transaction.recovered',
    ])
    assert.equal(await standingOf(world, box), 'active 4000 2027-03-22')
  },
)

scenario(
  'a payment of a sale that is called off leaves the sale to be paid again',
  async (world) => {
    const till = await openTill(world)
    const ada = await world.customer('Ada')
    await world.addCard(ada, card.good)
    const sale = await till.sell({ customer_id: ada.id, lines: [{ product_id: till.productId }] })
    await world.expects(PAID_SALE)
    const payments = await world.api.get('/transactions?type=sale')
    await world.api.post('/voids', { payment_id: payments.text('data.0.id') })
    await world.expects(['void.created', 'void.succeeded', 'sale.declined', 'payment.voided'])
    const path = `/sales/${sale.text('data.id')}`
    assert.equal((await world.api.get(path)).at('data.status'), 'declined')
    await world.api.post(`/invoices/${sale.text('data.invoice_id')}/pay`, {})
    await world.expects(['payment.succeeded', 'invoice.paid', 'sale.paid'])
    assert.equal((await world.api.get(path)).at('data.status'), 'paid')

    await callOffWithItsBill(world)
    await world.expects(['void.created', 'void.succeeded', 'invoice.voided', 'sale.declined', 'payment.voided']) // prettier-ignore
    assert.equal((await world.api.get(path)).at('data.status'), 'declined')
  },
)

/** The only invoice and its payment, as a client of the Revolv3-compatible door calls them off. */
async function callOffWithItsBill({ api, house }: ScenarioWorld): Promise<void> {
  const scopes = ['subscriptions', 'customers', 'payments', 'invoices'].map((of) => `${of}:*`)
  const key = await api.post('/api-keys', { name: 'Token', scopes })
  const headers = { 'x-revolv3-token': key.text('data.secret') }
  const door = `${house.service.url}/api`
  const listed: unknown = await (await fetch(`${door}/Invoices/v1`, { headers })).json()
  assert.ok(Array.isArray(listed))
  const url = `${door}/Payments/void/${String(memberOf(listed[0], 'invoiceId'))}`
  const voided = await fetch(url, { method: 'POST', headers })
  assert.equal(memberOf(await voided.json(), 'invoiceStatus'), 'Void')
}
