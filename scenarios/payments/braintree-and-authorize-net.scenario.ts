import assert from 'node:assert/strict'
import { AUTHNET_KEYS, startAuthnetDouble } from '@perennial/testkit/gateway-doubles/authnet'
import { BRAINTREE_KEYS, startBraintreeDouble } from '@perennial/testkit/gateway-doubles/braintree'
import { PAID_RENEWAL, scenario, type ScenarioWorld } from '@perennial/testkit/scenario'

const VISA = '4111111111111111'

async function connect(world: ScenarioWorld, connection: Record<string, unknown>): Promise<void> {
  const connected = await world.api.post('/gateways', connection)
  assert.equal(connected.status, 201, JSON.stringify(connected.body))
  await world.expects(['gateway.created'])
}

function braintreeAt(base_url: string): Record<string, unknown> {
  const { merchantId: merchant_id, publicKey: public_key, privateKey: private_key } = BRAINTREE_KEYS
  const credentials = { merchant_id, public_key, private_key }
  return { kind: 'braintree', name: 'Braintree', base_url, credentials }
}

async function attach(world: ScenarioWorld, token: string, gateway: string): Promise<void> {
  const customer = await world.customer('Ada')
  const body = { customer_id: customer.id, type: 'card', token, gateway, is_default: true }
  const attached = await world.api.post('/payment-methods', body)
  assert.equal(attached.at('data.card.last4'), '1111', JSON.stringify(attached.body))
}

scenario(
  'a subscription renews through a Braintree account until the card is refused',
  async (world) => {
    const double = await startBraintreeDouble()
    try {
      await connect(world, {
        kind: 'braintree',
        name: 'Braintree',
        base_url: double.url,
        credentials: {
          merchant_id: BRAINTREE_KEYS.merchantId,
          public_key: BRAINTREE_KEYS.publicKey,
          private_key: BRAINTREE_KEYS.privateKey,
        },
      })
      world.countCharges(() =>
        double
          .transactions()
          .filter(({ status }) => status === 'submitted_for_settlement')
          .map(({ id }) => `${id} 2900`),
      )
      const good = double.addMethod({ number: VISA })
      await attach(world, `${good.token}|${good.customerId}`, 'braintree')
      const ada = await world.subscribe({ on: '2027-01-31', card: null })
      await world.goTo('2027-02-28', { events: PAID_RENEWAL })
      assert.deepEqual(await ada.bills(), ['2900 paid', '2900 paid'])
      const sales = double.transactions().map(({ amount, status }) => `${amount} ${status}`)
      assert.deepEqual(sales, ['29.00 submitted_for_settlement', '29.00 submitted_for_settlement'])

      const lost = double.addMethod({ number: VISA, behaviour: 'declined 2053' })
      await attach(world, `${lost.token}|${lost.customerId}`, 'braintree')
      await world.goTo('2027-03-31', {
        events: [
          'invoice.created',
          'invoice.finalized',
          'payment.failed',
          'invoice.payment_failed',
          'subscription.past_due',
        ],
      })
      const attempts = await world.api.get('/payment-attempts?limit=1')
      assert.partialDeepStrictEqual(attempts.at('data.0'), {
        category: 'lost_or_stolen',
        retryability: 'do_not_retry',
        safe_customer_message_key: 'payment.generic_decline',
      })
    } finally {
      await double.close()
    }
  },
)

scenario(
  'an answer of Authorize.net’s that is lost is looked up, and charged once',
  async (world) => {
    const double = await startAuthnetDouble()
    try {
      await connect(world, {
        kind: 'authnet',
        name: 'Authorize.net',
        code: 'authnet',
        base_url: double.url,
        credentials: {
          api_login_id: AUTHNET_KEYS.apiLoginId,
          transaction_key: AUTHNET_KEYS.transactionKey,
          signature_key: AUTHNET_KEYS.signatureKey,
        },
      })
      world.countCharges(() => double.transactions().map(({ transId }) => `${transId} 2900`))
      const good = double.addProfile({ number: VISA })
      await attach(world, `${good.customerProfileId}:${good.paymentProfileId}`, 'authnet')
      const ada = await world.subscribe({ on: '2027-01-31', card: null })
      const mute = double.addProfile({ number: VISA, behaviour: 'loses the answer' })
      await attach(world, `${mute.customerProfileId}:${mute.paymentProfileId}`, 'authnet')
      await world.goTo('2027-02-28', { events: PAID_RENEWAL })
      assert.deepEqual(await ada.bills(), ['2900 paid', '2900 paid'])
      const charges = double
        .transactions()
        .map(({ settleAmount, status }) => `${settleAmount} ${status}`)
      assert.deepEqual(charges, [
        '29.00 capturedPendingSettlement',
        '29.00 capturedPendingSettlement',
      ])
    } finally {
      await double.close()
    }
  },
)

scenario('money goes back at Braintree once the day’s batch was sent', async (world) => {
  const double = await startBraintreeDouble()
  try {
    world.countCharges(() =>
      double
        .transactions()
        .filter(({ type }) => type === 'sale')
        .map(({ id }) => `${id} 2900`),
    )
    await connect(world, braintreeAt(double.url))
    const good = double.addMethod({ number: VISA })
    await attach(world, `${good.token}|${good.customerId}`, 'braintree')
    await world.subscribe({ on: '2027-01-31', card: null })
    const payment_id = (await world.api.get('/transactions?limit=1')).text('data.0.id')

    const early = await world.api.post('/refunds', { payment_id, amount_minor: 900 })
    assert.match(JSON.stringify(early.body), /has not settled yet/)
    await world.expects(['refund.created', 'refund.failed'])

    double.settle()
    const refund = await world.api.post('/refunds', { payment_id, amount_minor: 900 })
    assert.match(JSON.stringify(refund.body), /"processing"/)
    await world.expects(['refund.created'])
    double.settle()
    await world.goTo('2027-02-02', { events: ['refund.succeeded', 'payment.refunded'] })
    assert.deepEqual(
      double.transactions().map(({ type, amount, status }) => `${type} ${amount} ${status}`),
      ['sale 29.00 settled', 'credit 9.00 settled'],
    )
  } finally {
    await double.close()
  }
})

scenario(
  'all of a payment that Braintree has not settled yet is voided instead of refunded, and owed no more',
  async (world) => {
    const double = await startBraintreeDouble()
    try {
      world.countCharges(() =>
        double
          .transactions()
          .filter(({ status }) => status !== 'voided')
          .map(({ id }) => `${id} 2900`),
      )
      await connect(world, braintreeAt(double.url))
      const good = double.addMethod({ number: VISA })
      await attach(world, `${good.token}|${good.customerId}`, 'braintree')
      const ada = await world.subscribe({ on: '2027-01-31', every: 'year', card: null })
      const payment_id = (await world.api.get('/transactions?limit=1')).text('data.0.id')
      const refund = await world.api.post('/refunds', { payment_id, reason: 'duplicate' })
      assert.deepEqual(
        [refund.at('data.status'), refund.at('data.failure_code')],
        ['failed', 'not_settled'],
      )
      await world.expects([
        'refund.created',
        'refund.failed',
        'void.created',
        'void.succeeded',
        'invoice.voided',
        'payment.voided',
      ])
      assert.equal((await world.api.get(`/payments/${payment_id}`)).at('status'), 'voided')
      assert.equal((await world.api.get('/voids')).at('data.0.reason_code'), 'duplicate')
      assert.deepEqual(await ada.bills(), ['2900 void'])
      assert.equal(await ada.status(), 'active')
    } finally {
      await double.close()
    }
  },
)
