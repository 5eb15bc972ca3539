import assert from 'node:assert/strict'
import {
  GOCARDLESS_KEYS,
  paymentEvent,
  signGoCardlessWebhook,
  startGoCardlessDouble,
  type GoCardlessDouble,
  type WebhookEvent,
} from '@perennial/testkit/gateway-doubles/gocardless'
import { scenario, type ScenarioWorld } from '@perennial/testkit/scenario'

const { accessToken: access_token, webhookSecret } = GOCARDLESS_KEYS

/** Sends an event as GoCardless would; what it was answered. */
type Tell = (event: WebhookEvent) => Promise<number>

/** The sandbox's own account at GoCardless, played by our double of it, and its webhooks. */
async function connectGoCardless(world: ScenarioWorld, double: GoCardlessDouble): Promise<Tell> {
  const connected = await world.api.post('/gateways', {
    kind: 'gocardless',
    name: 'GoCardless',
    base_url: double.url,
    credentials: { access_token, webhook_secret: webhookSecret },
  })
  await world.expects(['gateway.created'])
  world.countCharges(() =>
    double
      .payments()
      .filter(({ status }) => status === 'confirmed' || status === 'charged_back')
      .map(({ id, amount }) => `${id} ${amount}`),
  )
  const url = `${world.house.service.url}/webhooks/gateways/${world.accountId}/${connected.text('data.id')}`
  return async (event) => {
    const sent = { secret: webhookSecret, sentAt: '2027-02-04T12:00:00.000Z' }
    const { body, headers } = signGoCardlessWebhook([event], sent)
    return (await fetch(url, { method: 'POST', body, headers })).status
  }
}

async function attachMandate(world: ScenarioWorld, double: GoCardlessDouble): Promise<void> {
  const customer = await world.customer('Ada')
  const { id: token } = double.addMandate({ scheme: 'ach' })
  const method = { type: 'us_bank_account', token, gateway: 'gocardless', is_default: true }
  await world.api.post('/payment-methods', { customer_id: customer.id, ...method })
}

const START = [
  'subscription.created',
  'invoice.created',
  'invoice.finalized',
  'subscription.activated',
]

scenario(
  'a bank debit pays an invoice once GoCardless says that it is confirmed',
  async (world) => {
    const double = await startGoCardlessDouble()
    try {
      const tell = await connectGoCardless(world, double)
      await attachMandate(world, double)
      const ada = await world.subscribe({
        on: '2027-02-01',

        card: null,
        events: START,
      })
      assert.deepEqual(await ada.bills(), ['2900 finalized'])
      const [payment] = double.payments()
      assert(payment !== undefined, 'a debit was asked for')
      double.setStatus(payment.id, 'confirmed')
      assert.equal(await tell(paymentEvent(payment, 'confirmed')), 200)
      await world.expects(['payment.succeeded', 'invoice.paid'])
      assert.deepEqual(await ada.bills(), ['2900 paid'])
    } finally {
      await double.close()
    }
  },
)

scenario('a bank debit without funds makes the subscription past due', async (world) => {
  const double = await startGoCardlessDouble()
  try {
    const tell = await connectGoCardless(world, double)
    await attachMandate(world, double)
    const ada = await world.subscribe({
      on: '2027-02-01',

      card: null,
      events: START,
    })
    const [payment] = double.payments()
    assert(payment !== undefined, 'a debit was asked for')
    double.setStatus(payment.id, 'failed')
    const cause = { cause: 'insufficient_funds', description: 'There was not enough money.' }
    assert.equal(await tell(paymentEvent(payment, 'failed', cause)), 200)
    await world.expects(['payment.failed', 'invoice.payment_failed', 'subscription.past_due'])
    assert.equal(await ada.status(), 'past_due')
    const attempts = await world.api.get('/payment-attempts?limit=1')
    assert.match(JSON.stringify(attempts.at('data.0')), /insufficient_funds/)
  } finally {
    await double.close()
  }
})
