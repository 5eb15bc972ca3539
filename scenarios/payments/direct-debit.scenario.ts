import assert from 'node:assert/strict'
import { scenario, type ScenarioWorld } from '@perennial/testkit/scenario'
import { readLatest } from '../dunning/read-mails.ts'

const acceptance = {
  acceptedAt: '2027-03-01T09:00:00.000Z',
  payerAddress: { line1: '1 High Street', postal_code: 'N1 1AA' },
  declarations: { sole_signatory: true },
  guaranteeVersion: '2024-1',
}

/** The page on which a payer signs is public: no key is sent. */
function lookUp(world: ScenarioWorld, token: string): Promise<Response> {
  return fetch(`${world.house.service.url}/v2/dd/mandate-requests/${token}`)
}

async function finalizedInvoice(world: ScenarioWorld, customer: string): Promise<string> {
  const made = await world.api.post('/invoices', {
    customer_uuid: customer,
    total_minor: 2_500,
    currency: 'GBP',
    due_date: '2027-06-30',
  })
  const id = made.text('data.id')
  await world.api.post(`/invoices/${id}/finalize`, { auto_advance: true })
  return id
}

scenario(
  'a payer signs on a public page, and an invoice is collected on Bacs days',
  async (world) => {
    const { api } = world
    await world.goTo('2027-03-01')
    const { id: customerId } = await world.customer('Ada')
    const requested = await api.post('/dd/mandate-requests', { customerId })
    const requestToken = requested.text('data.token')
    assert.equal((await lookUp(world, requestToken)).status, 200)
    const lodged = await api.call('POST', '/mandates', {
      headers: { 'idempotency-key': 'sign-ada-0001' },
      body: {
        customerId,
        accountHolderName: 'Ada Byron',
        sortCode: '20-00-00',
        accountNumber: '55779911',
        requestToken,
        acceptance,
      },
    })
    assert.equal(lodged.status, 201, JSON.stringify(lodged.body))
    const path = `/mandates/${lodged.text('data.id')}`
    const methods = await api.get(`/payment-methods?customer_id=${customerId}`)
    const named = methods.at('data.0.bacs_direct_debit.mandate_id')
    assert.equal(named, lodged.at('data.id'))
    // A token is good once.
    assert.equal((await lookUp(world, requestToken)).status, 404)
    await world.goTo('2027-03-03', { events: ['mandate.created', 'mandate.activated'] })

    const invoice = await finalizedInvoice(world, customerId)
    const debit = { amountMinor: 2_500, currency: 'GBP', sourceType: 'invoice', sourceId: invoice }
    const planned = await api.post(`${path}/collections`, debit)
    assert.partialDeepStrictEqual(planned.at('data'), {
      notice_date: '2027-03-03',
      submission_date: '2027-03-08',
      collection_date: '2027-03-10',
      settlement_date: '2027-03-15',
    })
    await world.expects(['invoice.created', 'invoice.finalized', 'collection.scheduled'])
    await world.goTo('2027-03-04', { events: ['collection.notice_sent'] })
    const notice = await readLatest(world)
    assert.match(notice.subject, /will collect £25\.00 on March 10, 2027$/)
    assert.match(notice.text, /from your account ending in 9911/)
    await world.goTo('2027-03-10')
    assert.equal((await api.get(`/invoices/${invoice}`)).at('data.status'), 'approved')
    await world.goTo('2027-03-15', {
      events: ['payment.succeeded', 'invoice.paid', 'collection.succeeded', 'settlement.created'],
    })
    await api.post(`${path}/cancel`, { reason: 'moved' })
    await world.expects(['customer.payment_method.detached', 'mandate.cancelled'])
  },
)

scenario('a sent invoice of a subscription is announced and collected, in parts', async (world) => {
  const { api } = world
  const ada = await world.subscribe({
    on: '2027-03-01',
    currency: 'GBP',
    card: null,
    terms: { collectionMethod: 'send_invoice', daysUntilDue: 30 },
    events: [
      'subscription.created',
      'invoice.created',
      'invoice.finalized',
      'invoice.sent',
      'subscription.activated',
    ],
  })
  const [invoice] = await ada.invoices()
  const lodged = await api.call('POST', '/mandates', {
    headers: { 'idempotency-key': 'sign-ada-0002' },
    body: {
      customerId: ada.customer.id,
      accountHolderName: 'Ada Byron',
      sortCode: '20-00-00',
      accountNumber: '55779911',
      acceptance,
    },
  })
  assert.equal(lodged.status, 201, JSON.stringify(lodged.body))
  await world.goTo('2027-03-03', { events: ['mandate.created', 'mandate.activated'] })
  const debit = {
    amountMinor: 1_000,
    currency: 'GBP',
    sourceType: 'invoice',
    sourceId: invoice?.id,
  }
  const path = `/mandates/${lodged.text('data.id')}/collections`
  const planned = await api.post(path, debit)
  assert.equal(planned.at('data.collection_date'), '2027-03-10', JSON.stringify(planned.body))
  const announced = ['collection.scheduled', 'collection.notice_sent', 'payment.succeeded']
  const collected = ['collection.succeeded', 'settlement.created']
  await world.goTo('2027-03-15', { events: [...announced, ...collected] })
  assert.deepEqual(await ada.bills(), ['2900 partially_paid'])
  // Collected in part, it is collected again.
  const rest = await api.post(path, { ...debit, amountMinor: 1_900 })
  assert.notEqual(rest.at('data.id'), planned.at('data.id'))
  const repeated = await api.post(path, { ...debit, amountMinor: 1_900 })
  assert.equal(repeated.at('data.id'), rest.at('data.id'))
  await world.goTo('2027-03-30', { events: [...announced, 'invoice.paid', ...collected] })
  assert.deepEqual(await ada.bills(), ['2900 paid'])
})

scenario('a card is set up today and charged from the next month on', async (world) => {
  const { api } = world
  const ada = await world.customer('Ada')
  const setup = await api.post('/setup-intents', { customer_id: ada.id, usage: 'off_session' })
  const confirmed = await api.post(`/setup-intents/${setup.text('data.id')}/confirm`, {
    token: 'tok_visa',
  })
  assert.equal(confirmed.at('data.status'), 'succeeded')
  const methods = await api.get(`/customers/${ada.id}/payment-methods`)
  assert.equal(methods.at('data.0.is_default'), true)
})
