import assert from 'node:assert/strict'
import { memberOf, PAID_RENEWAL, scenario, type ScenarioWorld } from '@perennial/testkit/scenario'
import { connectStripe } from './stripe-merchant.ts'

/** Where a customer's browser comes back to. */
const RETURNING = { return_url: 'https://shop.example/thanks' }

async function attach(world: ScenarioWorld, who: string, token: string): Promise<string> {
  const customer = await world.customer(who)
  const body = {
    customer_id: customer.id,
    type: 'card',
    token,
    gateway: 'stripe',
    is_default: true,
  }
  return (await world.api.post('/payment-methods', body)).text('data.public_id')
}

scenario('a subscription signs up and renews through a Stripe account', async (world) => {
  await connectStripe(world, RETURNING)
  await attach(world, 'Ada', 'tok_visa')
  const ada = await world.subscribe({ on: '2027-01-31', card: null })
  await world.goTo('2027-02-28', { events: PAID_RENEWAL })
  assert.deepEqual(await ada.bills(), ['2900 paid', '2900 paid'])
  assert.equal((await world.charges()).length, 2)

  const attempts = await world.api.get('/payment-attempts?limit=1')
  assert.match(JSON.stringify(attempts.at('data.0')), /"pi_/)
})

scenario('a card that Stripe declines is told in our words, and tried anew', async (world) => {
  await connectStripe(world, RETURNING)
  await attach(world, 'Ada', 'tok_decline_after_1_insufficient_funds')
  const ada = await world.subscribe({ on: '2027-01-31', card: null })
  await world.goTo('2027-02-28', {
    events: [
      'invoice.created',
      'invoice.finalized',
      'payment.failed',
      'invoice.payment_failed',
      'subscription.past_due',
    ],
  })
  const attempts = await world.api.get('/payment-attempts?limit=1')
  assert.match(JSON.stringify(attempts.at('data.0')), /insufficient_funds/)
  await attach(world, 'Ada', 'tok_visa')
  await world.goTo('2027-03-01', {
    events: ['payment.succeeded', 'invoice.paid', 'subscription.renewed', 'subscription.updated'],
  })
  assert.equal(await ada.status(), 'active')
})

scenario('an answer of Stripe’s that is lost is looked up, and charged once', async (world) => {
  await connectStripe(world, RETURNING)
  await attach(world, 'Ada', 'tok_visa')
  const ada = await world.subscribe({ on: '2027-01-31', card: null })
  await attach(world, 'Ada', 'tok_timeout_charged')
  await world.goTo('2027-02-28', { events: PAID_RENEWAL })
  assert.deepEqual(await ada.bills(), ['2900 paid', '2900 paid'])
  assert.equal((await world.charges()).length, 2)
})

scenario('a payment with 3-D Secure at Stripe, and its refund', async (world) => {
  await connectStripe(world, RETURNING)
  const payment_method = await attach(world, 'Ada', 'tok_authenticate')
  const customer = await world.customer('Ada')
  const intent = await world.api.post('/payment-intents', {
    customer: customer.id,
    amount: 5_000,
    currency: 'USD',
    payment_method,
  })
  const path = `/payment-intents/${intent.text('id')}`
  const asked = await world.api.post(`${path}/confirm`, {})
  assert.equal(asked.at('status'), 'requires_action', JSON.stringify(asked.body))
  const bank = asked.text('next_action.redirect_to_url.url')
  await fetch(bank, { method: 'POST', body: new URLSearchParams({ result: 'succeeded' }) })
  assert.equal((await world.api.get(path)).at('status'), 'succeeded')
  await world.expects([
    'payment_intent.created',
    'payment_intent.requires_action',
    'payment.succeeded',
    'payment_intent.succeeded',
  ])
  const sales = await world.api.get('/transactions?limit=1')
  const refund = await world.api.post('/refunds', {
    payment_id: sales.text('data.0.id'),
    amount_minor: 2_000,
  })
  assert.match(JSON.stringify(refund.body), /"succeeded"/)
  await world.expects(['refund.created', 'refund.succeeded', 'payment.refunded'])
})

scenario('a card is set up at Stripe with 3-D Secure, and its hold is let go', async (world) => {
  await connectStripe(world, RETURNING)
  const { id: customer_id } = await world.customer('Ada')
  const setup = await world.api.post('/setup-intents', { customer_id })
  const path = `/setup-intents/${setup.text('data.id')}`
  const body = { token: 'tok_authenticate', gateway: 'stripe', return_url: 'https://shop.example/' }
  const asked = await world.api.post(`${path}/confirm`, body)
  const action = asked.at('data.next_action')
  assert.equal(asked.at('data.status'), 'requires_action', JSON.stringify(asked.body))
  assert.equal(memberOf(action, 'type'), 'redirect_to_url')
  const bank = asked.text('data.next_action.redirect_to_url.url')
  await fetch(bank, { method: 'POST', body: new URLSearchParams({ result: 'succeeded' }) })
  assert.equal((await world.api.get(path)).at('data.status'), 'succeeded')
  const kept = await world.api.get(`/customers/${customer_id}/payment-methods`)
  assert.equal(kept.at('data.length'), 1)
  await world.expects([])
})

scenario(
  'credentials of another Stripe account are refused, and this one charges on',
  async (world) => {
    const id = await connectStripe(world, RETURNING)
    await attach(world, 'Ada', 'tok_visa')
    const ada = await world.subscribe({ on: '2027-01-31', card: null })
    const foreign = [
      { secret_key: `sk_test_cedar_acct_other_${world.accountId}` },
      { account_id: 'acct_connected' },
    ]
    for (const credentials of foreign) {
      const body = { credentials }
      const refused = await world.api.call('POST', `/gateways/${id}/credentials`, { body })
      assert.equal(refused.status, 400, JSON.stringify(refused.body))
      assert.equal(refused.at('error.param'), 'credentials')
      assert.match(refused.text('error.message'), /belong to another account.*gateway of its own/)
    }
    await world.goTo('2027-02-28', { events: PAID_RENEWAL })
    assert.deepEqual(await ada.bills(), ['2900 paid', '2900 paid'])
  },
)

scenario('credentials are rotated while subscriptions renew', async (world) => {
  const id = await connectStripe(world, RETURNING)
  await attach(world, 'Ada', 'tok_visa')
  const ada = await world.subscribe({ on: '2027-01-31', card: null })
  await world.goTo('2027-02-28', { events: PAID_RENEWAL })
  const credentials = { secret_key: `rk_test_cedar_${world.accountId}` }
  const rotated = await world.api.post(`/gateways/${id}/credentials`, { credentials })
  assert.equal(rotated.at('data.credentials.secret_key'), `••••${world.accountId.slice(-4)}`)
  await world.expects(['gateway.updated'])
  await world.goTo('2027-03-31', { events: PAID_RENEWAL })
  assert.deepEqual(await ada.bills(), ['2900 paid', '2900 paid', '2900 paid'])
})
