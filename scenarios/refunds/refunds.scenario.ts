import assert from 'node:assert/strict'
import {
  PAID_RENEWAL,
  scenario,
  type ScenarioWorld,
  type Subscriber,
} from '@perennial/testkit/scenario'

const REFUNDED = ['refund.created', 'refund.succeeded', 'payment.refunded']

/** The payment of a subscriber's latest invoice. */
async function latestPayment(world: ScenarioWorld, who: Subscriber): Promise<string> {
  const invoice = (await who.invoices()).at(-1)
  assert.ok(invoice !== undefined, 'there is an invoice')
  return (await world.api.get(`/transactions?invoice_id=${invoice.id}&type=sale`)).text('data.0.id')
}

/** The renewal of the latest invoice, as it is stored. */
async function latestRenewal(world: ScenarioWorld): Promise<string> {
  const row = await world.house.database.kysely
    .selectFrom('renewals')
    .select('status')
    .where('account_id', '=', world.accountId)
    .orderBy('renewal_at', 'desc')
    .executeTakeFirstOrThrow()
  return row.status
}

scenario(
  'a renewal is refunded in part, then whole, and not a cent more; the subscription goes on',
  async (world) => {
    const ada = await world.subscribe({ on: '2027-01-31' })
    await world.goTo('2027-02-28', { events: PAID_RENEWAL })
    const payment_id = await latestPayment(world, ada)
    await world.api.post('/refunds', { payment_id, amount_minor: 1500, reason: 'customer_request' })
    await world.expects(REFUNDED)
    assert.equal(await latestRenewal(world), 'partially_refunded')

    const above = await world.api.call('POST', '/refunds', {
      body: { payment_id, amount_minor: 1401 },
    })
    assert.equal(above.status, 400)
    await world.expects([])

    await world.api.post('/refunds', { payment_id })
    await world.expects(REFUNDED)
    assert.equal(await latestRenewal(world), 'refunded')
    assert.equal(await ada.status(), 'active')
    await world.goTo('2027-03-31', { events: PAID_RENEWAL })
  },
)

scenario(
  'a refund whose answer got lost is looked up, and the money goes back once',
  async (world) => {
    const ada = await world.subscribe({ on: '2027-01-31', card: 'tok_refund_timeout' })
    const payment_id = await latestPayment(world, ada)
    const asked = await world.api.post('/refunds', { payment_id, amount_minor: 900 })
    assert.equal(asked.at('data.status'), 'succeeded')
    await world.expects(REFUNDED)
    const shown = await world.api.get(`/transactions/${payment_id}`)
    assert.equal(shown.at('data.amount_refunded'), 900)
  },
)

scenario('a refund that takes days arrives by itself', async (world) => {
  const ada = await world.subscribe({ on: '2027-01-04', card: 'tok_refund_pending' }) // a Monday
  const payment_id = await latestPayment(world, ada)
  const asked = await world.api.post('/refunds', { payment_id })
  assert.equal(asked.at('data.status'), 'processing')
  await world.expects(['refund.created'])
  await world.goTo('2027-01-08', { events: ['refund.succeeded', 'payment.refunded'] })
})

scenario('a refund that the gateway refuses may be asked for again', async (world) => {
  const ada = await world.subscribe({ on: '2027-01-31', card: 'tok_refund_fail' })
  const payment_id = await latestPayment(world, ada)
  for (let times = 0; times < 2; times += 1) {
    const asked = await world.api.post('/refunds', { payment_id })
    assert.equal(asked.at('data.status'), 'failed')
    await world.expects(['refund.created', 'refund.failed'])
  }
  const shown = await world.api.get(`/transactions/${payment_id}`)
  assert.equal(shown.at('data.amount_refunded'), 0)
  const failed = await world.api.get('/transactions?type=refund&status=failed')
  assert.equal(failed.at('data.1.parent_transaction_id'), payment_id)
})

scenario(
  'a pending refund counts at once, and is sent when the payment is 72 hours old',
  async (world) => {
    const ada = await world.subscribe({ on: '2027-02-14 10:00' })
    await world.goTo('2027-02-15 09:00')
    const payment_id = await latestPayment(world, ada)
    const asked = await world.api.post('/refunds', {
      payment_id,
      amount_minor: 1500,
      mode: 'delayed',
    })
    assert.equal(asked.at('data.status'), 'pending')
    await world.expects(['refund.created'])
    assert.equal(await latestRenewal(world), 'partially_refunded')
    await world.goTo('2027-02-17 09:59')
    await world.goTo('2027-02-17 10:00', {
      events: ['refund.updated', 'refund.succeeded', 'payment.refunded'],
    })
    // By now any payment is old enough: the rest goes at once.
    await world.api.post('/refunds', { payment_id, mode: 'delayed' })
    await world.expects(REFUNDED)
    assert.equal(await latestRenewal(world), 'refunded')
  },
)

scenario(
  'a payment that is called off before it settles is owed again, and nobody charges it unasked',
  async (world) => {
    const ada = await world.subscribe({ on: '2027-01-31' })
    await world.goTo('2027-02-28', { events: PAID_RENEWAL })
    const payment_id = await latestPayment(world, ada)
    const voided = await world.api.post('/voids', { payment_id, reason_code: 'error' })
    assert.equal(voided.at('data.status'), 'succeeded')
    await world.expects(['void.created', 'void.succeeded', 'payment.voided'])
    assert.deepEqual(await ada.bills(), ['2900 paid', '2900 finalized'])
    assert.equal(await latestRenewal(world), 'overdue')
    assert.equal(await ada.status(), 'active')
    await world.goTo('2027-03-05')
    const [, owed] = await ada.invoices()
    assert.ok(owed !== undefined, 'the renewal has its invoice')
    await ada.pay(owed)
    await world.expects(['payment.succeeded', 'invoice.paid'])
    assert.equal(await latestRenewal(world), 'paid')
  },
)

scenario(
  'a payment that has settled cannot be called off, and the void says to refund it',
  async (world) => {
    const ada = await world.subscribe({ on: '2027-01-31' })
    await world.goTo('2027-02-10')
    const payment_id = await latestPayment(world, ada)
    const voided = await world.api.post('/voids', { payment_id })
    assert.equal(voided.at('data.status'), 'failed')
    assert.match(voided.text('data.failure_reason'), /Refund it instead/)
    await world.expects(['void.created', 'void.failed'])
    await world.api.post('/refunds', { payment_id })
    await world.expects(REFUNDED)
  },
)

scenario(
  'a credit to the balance pays for the next renewal as far as it goes; the card pays the rest',
  async (world) => {
    const ada = await world.subscribe({ on: '2027-01-31' })
    const [first] = await ada.invoices()
    assert.ok(first !== undefined, 'the start has its invoice')
    const credit = { invoice_id: first.id, credit_method: 'customer_balance' }
    await world.api.post('/credit_notes', { ...credit, amount_minor: 1000 })
    await world.expects(['credit_note.created', 'credit_note.issued'])
    await world.goTo('2027-02-28', { events: PAID_RENEWAL })
    const second = (await ada.invoices()).at(-1)
    assert.ok(second !== undefined, 'the renewal has its invoice')
    const shown = await world.api.get(`/invoices/${second.id}`)
    assert.equal(shown.at('data.credit_applied_minor'), 1000)
    const payment = await latestPayment(world, ada)
    assert.equal((await world.api.get(`/transactions/${payment}`)).at('data.amount'), 1900)

    // All of a bill: nothing is charged.
    await world.api.post('/credit_notes', { ...credit, amount_minor: 1900 })
    await world.api.post('/credit_notes', {
      invoice_id: second.id,
      credit_method: 'customer_balance',
      amount_minor: 1000,
    })
    await world.expects([
      'credit_note.created',
      'credit_note.issued',
      'credit_note.created',
      'credit_note.issued',
    ])
    await world.goTo('2027-03-31', {
      events: ['invoice.created', 'invoice.finalized', 'invoice.paid', 'subscription.renewed'],
    })
    assert.equal((await world.charges()).length, 2)
  },
)

scenario(
  'a credit pays every renewal of its customer that is due at one instant before a card is charged',
  async (world) => {
    const { customer } = await world.subscribe({ on: '2027-01-31' })
    await world.subscribe({})
    const made = await world.api.post('/invoices', {
      customer_uuid: customer.id,
      total_minor: 50_000,
    })
    const invoice_id = made.text('data.id')
    await world.api.post(`/invoices/${invoice_id}/finalize`)
    await world.api.post(`/invoices/${invoice_id}/pay`)
    const credit = { invoice_id, credit_method: 'customer_balance', amount_minor: 50_000 }
    await world.api.post('/credit_notes', credit)
    await world.expects([
      'invoice.created',
      'invoice.finalized',
      'payment.succeeded',
      'invoice.paid',
      'credit_note.created',
      'credit_note.issued',
    ])
    const charged = (await world.charges()).length
    const renewed = ['invoice.created', 'invoice.finalized', 'invoice.paid', 'subscription.renewed']
    await world.goTo('2027-02-28', { events: [...renewed, ...renewed] })
    assert.equal((await world.charges()).length, charged)
    const held = await world.api.get(`/customers/${customer.id}/credit`)
    assert.equal(held.at('data.0.balance_minor'), 50_000 - 2 * 2900)
  },
)

scenario(
  'what a bank has taken back is not refunded, called off or credited as well',
  async (world) => {
    const ada = await world.subscribe({ on: '2027-01-31', card: 'tok_dispute_fraudulent' })
    await world.goTo('2027-02-06', { events: ['dispute.created', 'payment.disputed'] })
    const payment_id = await latestPayment(world, ada)
    for (const path of ['/refunds', '/voids']) {
      const refused = await world.api.call('POST', path, { body: { payment_id } })
      assert.equal(refused.status, 400)
      assert.match(refused.text('error.message'), /bank has taken this payment back/)
    }
    const [bill] = await ada.invoices()
    const note = { invoice_id: bill?.id, amount_minor: 1, credit_method: 'customer_balance' }
    const credit = await world.api.call('POST', '/credit_notes', { body: note })
    assert.equal(credit.status, 400)
    assert.match(credit.text('error.message'), /taken by a bank/)
    const left = await world.api.get(`/credit_notes/invoice/${bill?.id}/eligibility`)
    assert.deepEqual([left.at('eligible'), left.at('max_creditable_minor')], [false, 0])
    const eligible = await world.api.get(`/invoices/${bill?.id}/credit-eligibility`)
    assert.equal(eligible.at('data.can_credit'), false)
    const preview = await world.api.post('/credit_notes/preview', note)
    assert.equal(preview.at('data.exceeds_max_creditable'), true)
  },
)
