import assert from 'node:assert/strict'
import {
  capturedOf,
  CHALLENGED_NUMBER,
  CHECKOUT_KEYS,
  disputeEvent,
  paymentEvent,
  signCheckoutWebhook,
  startCheckoutDouble,
  type CheckoutDouble,
} from '@perennial/testkit/gateway-doubles/checkout'
import { PAID_RENEWAL, scenario, type ScenarioWorld } from '@perennial/testkit/scenario'

const VISA = '4242424242424242'
const { secretKey, publicKey, processingChannelId, signatureKey } = CHECKOUT_KEYS

/** The sandbox's own account at Checkout.com, played by our double of it. Returns where its webhooks go. */
async function connectCheckout(
  world: ScenarioWorld,
  double: CheckoutDouble,
  name = 'Checkout',
): Promise<string> {
  const connected = await world.api.post('/gateways', {
    kind: 'checkout',
    name,
    base_url: double.url,
    credentials: {
      secret_key: secretKey,
      public_key: publicKey,
      processing_channel_id: processingChannelId,
      signature_key: signatureKey,
    },
  })
  await world.expects(['gateway.created'])
  world.countCharges(() =>
    double
      .payments()
      .filter((payment) => capturedOf(payment) > 0)
      .map((payment) => `${payment.id} ${capturedOf(payment)}`),
  )
  return `${world.house.service.url}/webhooks/gateways/${world.accountId}/${connected.text('data.id')}`
}

function gatewayOf(webhooksUrl: string): string {
  return webhooksUrl.slice(webhooksUrl.lastIndexOf('/') + 1)
}

async function attach(world: ScenarioWorld, token: string): Promise<string> {
  const customer = await world.customer('Ada')
  const method = { type: 'card', token, gateway: 'checkout', is_default: true }
  const attached = await world.api.post('/payment-methods', { customer_id: customer.id, ...method })
  return attached.text('data.public_id')
}

scenario('a subscription renews at Checkout.com, a lost answer included', async (world) => {
  const double = await startCheckoutDouble()
  try {
    await connectCheckout(world, double)
    await attach(world, double.addCard(VISA))
    const ada = await world.subscribe({ on: '2027-01-31', card: null })
    await world.goTo('2027-02-28', { events: PAID_RENEWAL })
    const [start, renewal] = double.payments()
    assert.deepEqual([start?.merchantInitiated, renewal?.merchantInitiated], [false, true])
    assert.equal(renewal?.previousPaymentId, start?.schemeId)

    await attach(world, double.addCard(VISA, 'lost answer'))
    await world.goTo('2027-03-31', { events: PAID_RENEWAL })
    assert.deepEqual(await ada.bills(), ['2900 paid', '2900 paid', '2900 paid'])
    // Nobody was there, and nobody knows a first payment of the new card.
    const charged = double.payments().map((one) => [one.merchantInitiated, one.previousPaymentId])
    assert.deepEqual(charged, [
      [false, null],
      [true, start?.schemeId],
      [true, null],
    ])
  } finally {
    await double.close()
  }
})

scenario(
  'a renewal at another gateway goes on with the first payment of the card',
  async (world) => {
    const one = await startCheckoutDouble()
    const two = await startCheckoutDouble()
    try {
      await connectCheckout(world, one)
      const method = await attach(world, one.addCard(VISA))
      const another = gatewayOf(await connectCheckout(world, two, 'Another'))
      const added = { gateway: 'another', token: two.addCard(VISA) }
      await world.api.post(`/payment-methods/${method}/tokens`, added)
      const ada = await world.subscribe({ on: '2027-01-31', card: null })
      const [start] = one.payments()

      await world.api.patch(`/subscriptions/${ada.id}`, { forced_gateway_id: another })
      await world.expects(['subscription.routing_changed'])
      await world.goTo('2027-02-28', { events: PAID_RENEWAL })
      const [renewal] = two.payments()
      assert.deepEqual(
        [renewal?.merchantInitiated, renewal?.previousPaymentId],
        [true, start?.schemeId],
      )
    } finally {
      await one.close()
      await two.close()
    }
  },
)

scenario('a key of another account is told by the cards that it does not know', async (world) => {
  const double = await startCheckoutDouble()
  try {
    const id = gatewayOf(await connectCheckout(world, double))
    await attach(world, double.addCard(VISA))
    const rotate = (secret_key: string) => {
      const path = `/gateways/${id}/credentials`
      return world.api.call('POST', path, { body: { credentials: { secret_key } } })
    }
    const foreign = await rotate(CHECKOUT_KEYS.foreignSecretKey)
    assert.equal(foreign.status, 400, JSON.stringify(foreign.body))
    assert.match(foreign.text('error.message'), /another account/)
    assert.equal((await rotate(CHECKOUT_KEYS.nextSecretKey)).status, 200)
    await world.expects(['gateway.updated'])
  } finally {
    await double.close()
  }
})

scenario('a card that Checkout.com declines is told in our words', async (world) => {
  const double = await startCheckoutDouble()
  try {
    await connectCheckout(world, double)
    await attach(world, double.addCard(VISA))
    await world.subscribe({ on: '2027-01-31', card: null })
    await attach(world, double.addCard('4544249167673670'))
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
  } finally {
    await double.close()
  }
})

scenario('a payment with 3-D Secure at Checkout.com is paid once it is passed', async (world) => {
  const double = await startCheckoutDouble()
  try {
    await connectCheckout(world, double)
    const payment_method = await attach(world, double.addCard(CHALLENGED_NUMBER))
    const customer = (await world.customer('Ada')).id
    const wish = { customer, amount: 5_000, currency: 'USD', payment_method }
    const intent = await world.api.post('/payment-intents', wish)
    const path = `/payment-intents/${intent.text('id')}`
    const asked = await world.api.post(`${path}/confirm`, {})
    assert.equal(asked.at('status'), 'requires_action', JSON.stringify(asked.body))
    const waiting = double.payments().find(({ status }) => status === 'Pending')
    assert(waiting !== undefined, 'a payment waits for the customer')
    assert(asked.text('next_action.redirect_to_url.url').includes(waiting.sessionId ?? '?'))
    double.answerChallenge(waiting.id, 'passed')
    assert.equal((await world.api.get(path)).at('status'), 'succeeded')
    await world.expects([
      'payment_intent.created',
      'payment_intent.requires_action',
      'payment.succeeded',
      'payment_intent.succeeded',
    ])
  } finally {
    await double.close()
  }
})

scenario(
  'a dispute at Checkout.com arrives by webhook, and only with its signature',
  async (world) => {
    const double = await startCheckoutDouble()
    try {
      const url = await connectCheckout(world, double)
      await attach(world, double.addCard(VISA))
      await world.subscribe({ on: '2027-01-31', card: null })
      const [payment] = double.payments()
      assert(payment !== undefined, 'the start was charged')
      const event = {
        type: 'dispute_evidence_required',
        data: { ...disputeEvent(payment), evidence_required_by: '2027-02-14T00:00:00Z' },
        sentAt: '2027-01-31T12:00:00Z',
      }
      const forged = signCheckoutWebhook(event, 'another-key')
      assert.equal((await fetch(url, { method: 'POST', ...forged })).status, 401)
      const signed = signCheckoutWebhook(event, signatureKey)
      assert.equal((await fetch(url, { method: 'POST', ...signed })).status, 200)
      assert.equal((await fetch(url, { method: 'POST', ...signed })).status, 200)
      await world.expects(['dispute.created', 'payment.disputed'])
    } finally {
      await double.close()
    }
  },
)

scenario('a refund at Checkout.com is told by its webhook', async (world) => {
  const double = await startCheckoutDouble()
  try {
    const url = await connectCheckout(world, double)
    await attach(world, double.addCard(VISA))
    await world.subscribe({ on: '2027-01-31', card: null })
    const sales = await world.api.get('/transactions?limit=1')
    const payment_id = sales.text('data.0.id')
    const refund = await world.api.post('/refunds', { payment_id, amount_minor: 900 })
    assert.equal(refund.at('data.status'), 'processing')
    const [payment] = double.payments()
    assert(payment !== undefined, 'the start was charged')
    const sentAt = '2027-01-31T12:00:00Z'
    const event = { type: 'payment_refunded', data: paymentEvent(payment), sentAt }
    const signed = signCheckoutWebhook(event, signatureKey)
    assert.equal((await fetch(url, { method: 'POST', ...signed })).status, 200)
    const shown = await world.api.get(`/refunds/${refund.text('data.id')}`)
    assert.equal(shown.at('data.status'), 'succeeded')
    await world.expects(['refund.created', 'refund.succeeded', 'payment.refunded'])
  } finally {
    await double.close()
  }
})

scenario(
  'a capture that Checkout.com declines after it approved takes the payment back',
  async (world) => {
    const double = await startCheckoutDouble()
    try {
      const url = await connectCheckout(world, double)
      await attach(world, double.addCard(VISA))
      const ada = await world.subscribe({ on: '2027-01-31', card: null })
      const [payment] = double.payments()
      assert(payment !== undefined, 'the start was charged')
      const event = { type: 'payment_capture_declined', data: paymentEvent(payment) }
      const sentAt = '2027-01-31T12:00:00Z'
      const { body, headers } = signCheckoutWebhook({ ...event, sentAt }, signatureKey)
      for (let times = 0; times < 2; times += 1)
        assert.equal((await fetch(url, { method: 'POST', body, headers })).status, 200)
      await world.expects(['payment.returned', 'invoice.payment_failed', 'subscription.past_due'])
      assert.deepEqual(await ada.bills(), ['2900 finalized'])
      world.countCharges(() => [])
    } finally {
      await double.close()
    }
  },
)

scenario(
  'a void that Checkout.com declines a moment later fails, and the payment can be refunded',
  async (world) => {
    const double = await startCheckoutDouble()
    try {
      const url = await connectCheckout(world, double)
      await attach(world, double.addCard(VISA))
      await world.subscribe({ on: '2027-01-31', card: null })
      const payment_id = (await world.api.get('/transactions?limit=1')).text('data.0.id')
      const [payment] = double.payments()
      assert(payment !== undefined, 'the start was charged')
      // It has not been captured yet, and is while the void is under way.
      const [capture, ...before] = payment.actions
      assert(capture?.type === 'Capture')
      payment.actions = before
      double.setFate(payment.id, 'undecided')
      const asked = await world.api.post('/voids', { payment_id })
      assert.equal(asked.at('data.status'), 'processing')
      double.setFate(payment.id, 'declined')
      const data = paymentEvent(payment)
      payment.actions = [capture, ...payment.actions]
      const event = { type: 'payment_void_declined', data, sentAt: '2027-01-31T12:00:00Z' }
      const signed = signCheckoutWebhook(event, signatureKey)
      assert.equal((await fetch(url, { method: 'POST', ...signed })).status, 200)
      await world.expects(['void.created', 'void.failed'])
      const refund = await world.api.post('/refunds', { payment_id })
      assert.equal(refund.at('data.status'), 'processing')
      const given = { type: 'payment_refunded', data: paymentEvent(payment) }
      const told = signCheckoutWebhook({ ...given, sentAt: '2027-01-31T13:00:00Z' }, signatureKey)
      assert.equal((await fetch(url, { method: 'POST', ...told })).status, 200)
      await world.expects(['refund.created', 'refund.succeeded', 'payment.refunded'])
    } finally {
      await double.close()
    }
  },
)

scenario(
  'a capture that Checkout.com decides later is received once its webhook says so',
  async (world) => {
    const double = await startCheckoutDouble()
    try {
      const url = await connectCheckout(world, double)
      const payment_method = await attach(world, double.addCard(VISA))
      const customer = (await world.customer('Ada')).id
      const wish = { customer, amount: 5_000, currency: 'USD', payment_method }
      const manual = { ...wish, capture_method: 'manual' }
      const path = `/payment-intents/${(await world.api.post('/payment-intents', manual)).text('id')}`
      await world.api.post(`${path}/confirm`, {})
      const [payment] = double.payments()
      assert(payment !== undefined, 'the payment is held')
      double.setFate(payment.id, 'undecided')
      const asked = await world.api.post(`${path}/capture`, {})
      assert.equal(asked.at('amount_received'), 0, JSON.stringify(asked.body))
      await world.expects(['payment_intent.created'])
      double.setFate(payment.id, 'approved')
      // Told with the reference of the payment, not of its capture.
      const data = { ...paymentEvent(payment), reference: payment.reference }
      const event = { type: 'payment_captured', data, sentAt: '2027-01-01T12:00:00Z' }
      const signed = signCheckoutWebhook(event, signatureKey)
      assert.equal((await fetch(url, { method: 'POST', ...signed })).status, 200)
      assert.equal((await world.api.get(path)).at('amount_received'), 5_000)
      await world.expects(['payment.succeeded', 'payment_intent.succeeded'])
    } finally {
      await double.close()
    }
  },
)
