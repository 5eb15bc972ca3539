import assert from 'node:assert/strict'
import { modificationItem, startAdyenDouble } from '@perennial/testkit/gateway-doubles/adyen'
import { PAID_RENEWAL, scenario } from '@perennial/testkit/scenario'
import {
  attachAdyenCard as attach,
  connectAdyen,
  tellAdyen,
  tellOfToken,
} from './adyen-merchant.ts'

scenario('a subscription renews at Adyen, with the network’s name for its start', async (world) => {
  const double = await startAdyenDouble()
  try {
    await connectAdyen(world, double)
    await attach(world, double.addCard())
    const ada = await world.subscribe({ on: '2027-01-31', card: null })
    await world.goTo('2027-02-28', { events: PAID_RENEWAL })
    assert.deepEqual(await ada.bills(), ['2900 paid', '2900 paid'])
    const [start, renewal] = double.payments()
    assert.equal(start?.sentNetworkTxReference, null)
    assert.equal(renewal?.sentNetworkTxReference, start?.networkTxReference)
  } finally {
    await double.close()
  }
})

scenario(
  'a lost answer of Adyen’s is told when it is asked again, and charged once',
  async (world) => {
    const double = await startAdyenDouble()
    try {
      await connectAdyen(world, double)
      await attach(world, double.addCard())
      const ada = await world.subscribe({ on: '2027-01-31', card: null })
      await attach(world, double.addCard({ fault: 'lost answer' }))
      await world.goTo('2027-02-28', { events: PAID_RENEWAL })
      assert.deepEqual(await ada.bills(), ['2900 paid', '2900 paid'])
      assert.equal(double.payments().length, 2)
    } finally {
      await double.close()
    }
  },
)

scenario(
  'Adyen tells of a card that was replaced, and of a token that is no more, unasked',
  async (world) => {
    const double = await startAdyenDouble()
    try {
      const webhookUrl = await connectAdyen(world, double)
      const visa = { number: '4242424242424242', expiryMonth: '12', expiryYear: '2039' }
      const [card, other] = [double.addCard(), double.addCard(visa)]
      const id = await attach(world, card)
      const cardOf = async (method: string) => {
        const shown = await world.api.get(`/payment-methods/${method}`)
        const read = (field: string) => String(shown.at(`data.${field}`))
        return `${read('card.last4')} ${read('card.exp_month')}/${read('card.exp_year')} ${read('status')}`
      }
      assert.equal(await cardOf(id), '1111 3/2030 active')
      double.renewCard(card.id, {
        number: '370000000000002',
        expiryMonth: '06',
        expiryYear: '2036',
      })
      await tellOfToken(webhookUrl, 'recurring.token.updated', card)
      await world.expects(['payment_method.updated'])
      assert.equal(await cardOf(id), '0002 6/2036 active')
      await tellOfToken(webhookUrl, 'recurring.token.updated', card) // told by another event, nothing is new
      await tellOfToken(webhookUrl, 'recurring.token.created', other)

      // One card is known to another gateway too, and is charged there.
      const held = await attach(world, other)
      await world.api.post(`/payment-methods/${held}/tokens`, {
        gateway: 'amber',
        token: 'tok_visa',
      })
      double.dropCard(other.id)
      await tellOfToken(webhookUrl, 'recurring.token.disabled', other)
      assert.equal(await cardOf(held), '4242 12/2039 active')
      double.dropCard(card.id)
      await tellOfToken(webhookUrl, 'recurring.token.disabled', card)
      await world.expects(['customer.payment_method.detached'])
      assert.equal(await cardOf(id), '0002 6/2036 inactive')
    } finally {
      await double.close()
    }
  },
)

scenario('a refund at Adyen waits for its webhook', async (world) => {
  const double = await startAdyenDouble()
  try {
    const webhookUrl = await connectAdyen(world, double)
    await attach(world, double.addCard())
    await world.subscribe({ on: '2027-01-31', card: null })
    const sales = await world.api.get('/transactions?limit=1')
    const payment_id = sales.text('data.0.id')
    const refund = await world.api.post('/refunds', { payment_id, amount_minor: 900 })
    assert.equal(refund.at('data.status'), 'processing')
    assert.deepEqual(
      double.payments().map(({ refunds }) => refunds),
      [[900]],
    )

    const told = double.modifications().filter(({ eventCode }) => eventCode === 'REFUND')
    await tellAdyen(webhookUrl, told.map(modificationItem), '2027-01-31T12:00:00+01:00')
    const shown = await world.api.get(`/refunds/${refund.text('data.id')}`)
    assert.equal(shown.at('data.status'), 'succeeded')
    await world.expects(['refund.created', 'refund.succeeded', 'payment.refunded'])
  } finally {
    await double.close()
  }
})

scenario(
  'a refund at Adyen whose answer is lost is asked for again, and given once',
  async (world) => {
    const double = await startAdyenDouble()
    try {
      await connectAdyen(world, double)
      await attach(world, double.addCard())
      await world.subscribe({ on: '2027-01-31', card: null })
      const sales = await world.api.get('/transactions?limit=1')
      double.loseNextAnswer()
      const payment_id = sales.text('data.0.id')
      const refund = await world.api.post('/refunds', { payment_id, amount_minor: 900 })
      await world.goTo('2027-02-01', { events: ['refund.created'] })
      const shown = await world.api.get(`/refunds/${refund.text('data.id')}`)
      assert.equal(shown.at('data.status'), 'processing')
      const [told] = double.modifications()
      assert.equal(shown.at('data.gateway_refund_id'), told?.pspReference)
      assert.deepEqual(
        double.payments().map(({ refunds }) => refunds),
        [[900]],
      )
    } finally {
      await double.close()
    }
  },
)

scenario(
  'a capture at Adyen waits for its webhook, and is neither asked for twice nor called off meanwhile',
  async (world) => {
    const double = await startAdyenDouble()
    try {
      const webhookUrl = await connectAdyen(world, double)
      const payment_method = await attach(world, double.addCard())
      const customer = (await world.customer('Ada')).id
      const wish = { customer, amount: 5_000, currency: 'USD', payment_method }
      const intent = await world.api.post('/payment-intents', { ...wish, capture_method: 'manual' })
      const path = `/payment-intents/${intent.text('id')}`
      const held = await world.api.post(`${path}/confirm`, {})
      assert.equal(held.at('amount_capturable'), 5_000)
      const captured = await world.api.post(`${path}/capture`, { amount_to_capture: 3_000 })
      assert.equal(captured.at('status'), 'processing', JSON.stringify(captured.body))
      const again = await world.api.call('POST', `${path}/capture`, { body: {} })
      assert.equal(again.status, 409, JSON.stringify(again.body))
      for (const way of [path, path.replace('/payment-intents/', '/payments/')]) {
        const late = await world.api.call('POST', `${way}/cancel`, { body: {} })
        assert.equal(late.status, 409, JSON.stringify(late.body))
      }
      const told = double.modifications()
      assert.deepEqual(
        told.map(({ eventCode }) => eventCode),
        ['CAPTURE'],
      )
      await tellAdyen(webhookUrl, told.map(modificationItem), '2027-01-01T12:00:00+01:00')
      assert.equal((await world.api.get(path)).at('status'), 'succeeded')
      await world.expects([
        'payment_intent.created',
        'payment.succeeded',
        'payment_intent.succeeded',
      ])
    } finally {
      await double.close()
    }
  },
)
