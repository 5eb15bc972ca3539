import assert from 'node:assert/strict'
import {
  ADYEN_KEYS,
  chargebackItem,
  fraudItem,
  modificationItem,
  startAdyenDouble,
  type AdyenDouble,
  type NotificationItem,
} from '@perennial/testkit/gateway-doubles/adyen'
import { scenario, type ScenarioWorld } from '@perennial/testkit/scenario'
import { attachAdyenCard, connectAdyen, tellAdyen } from './adyen-merchant.ts'

const { apiKey, merchantAccount } = ADYEN_KEYS

type Shop = { readonly double: AdyenDouble; tell(items: readonly NotificationItem[], day?: number): Promise<void> } // prettier-ignore

/** A story with Adyen connected; what it tells on a day of January 2027. */
function atAdyen(name: string, story: (world: ScenarioWorld, shop: Shop) => Promise<void>): void {
  scenario(name, async (world) => {
    const double = await startAdyenDouble()
    try {
      const webhookUrl = await connectAdyen(world, double)
      const tell: Shop['tell'] = (items, day = 1) =>
        tellAdyen(webhookUrl, items, `2027-01-${String(day).padStart(2, '0')}T12:00:00+01:00`)
      await story(world, { double, tell })
    } finally {
      await double.close()
    }
  })
}

async function pay(world: ScenarioWorld, double: AdyenDouble): Promise<string> {
  await attachAdyenCard(world, double.addCard())
  await world.subscribe({ on: '2027-01-01', card: null })
  return (await world.api.get('/transactions?limit=1')).text('data.0.id')
}

async function hold(world: ScenarioWorld, double: AdyenDouble): Promise<string> {
  const payment_method = await attachAdyenCard(world, double.addCard())
  const customer = (await world.customer('Ada')).id
  const wish = { customer, amount: 5_000, currency: 'USD', payment_method }
  const intent = await world.api.post('/payment-intents', { ...wish, capture_method: 'manual' })
  const path = `/payment-intents/${intent.text('id')}`
  const held = await world.api.post(`${path}/confirm`, {})
  assert.equal(held.at('amount_capturable'), 5_000)
  await world.expects(['payment_intent.created'])
  return path
}

const reversals = (double: AdyenDouble) =>
  double
    .modifications()
    .filter(({ eventCode }) => eventCode === 'CANCEL_OR_REFUND')
    .map(modificationItem)

atAdyen(
  'a payment called off at Adyen is voided when the webhook says so, and paid when it says no',
  async (world, shop) => {
    const payment_id = await pay(world, shop.double)
    const statusOf = async () => (await world.api.get(`/payments/${payment_id}`)).at('status')
    // 1 January: Adyen takes the wish down, and cannot do it.
    shop.double.failNextModification()
    const refused = await world.api.post('/voids', { payment_id })
    assert.equal(refused.at('data.status'), 'pending')
    await shop.tell(reversals(shop.double))
    const shown = await world.api.get(`/voids/${refused.text('data.id')}`)
    assert.deepEqual([shown.at('data.status'), await statusOf()], ['failed', 'succeeded'])
    await world.expects(['void.created', 'void.failed'])
    // Asked once more, it can.
    await world.api.post('/voids', { payment_id })
    const again = await world.api.call('POST', '/voids', { body: { payment_id } })
    assert.equal(again.status, 409, JSON.stringify(again.body))
    assert.equal(await statusOf(), 'succeeded')
    const told = reversals(shop.double).slice(1)
    await shop.tell(told)
    await shop.tell(told)
    assert.equal(await statusOf(), 'voided')
    await world.expects(['void.created', 'void.succeeded', 'payment.voided'])
    // 2 January: the bank does not take the money, which is the merchant's again.
    const [payment] = shop.double.payments()
    shop.double.bounceRefund(payment?.pspReference ?? '')
    const bounced = told.map((item) => ({ ...item, eventCode: 'REFUND_FAILED' }))
    await shop.tell(bounced, 2)
    await shop.tell(bounced, 2)
    assert.equal(await statusOf(), 'succeeded')
    assert.equal((await world.api.get('/invoices?limit=1')).at('data.0.status'), 'paid')
    await world.expects(['void.failed', 'payment.restored'])
  },
)

atAdyen(
  'what the merchant calls off in Adyen’s Customer Area is booked as called off, bill or not',
  async (world, shop) => {
    const billed = await pay(world, shop.double)
    const [payment_method, customer] = [
      await attachAdyenCard(world, shop.double.addCard()),
      (await world.customer('Ada')).id,
    ]
    const wish = { customer, amount: 5_000, currency: 'USD', payment_method }
    const intent = (await world.api.post('/payment-intents', wish)).text('id')
    await world.api.post(`/payment-intents/${intent}/confirm`, {})
    await world.expects(['payment_intent.created', 'payment.succeeded', 'payment_intent.succeeded'])
    for (const { pspReference, merchantReference: reference } of shop.double.payments()) {
      const body = JSON.stringify({ merchantAccount, reference })
      const headers = { 'x-api-key': apiKey, 'content-type': 'application/json' }
      const url = `${shop.double.url}/v71/payments/${pspReference}/reversals`
      assert.equal((await fetch(url, { method: 'POST', body, headers })).status, 201)
    }
    const told = reversals(shop.double).map((item) => ({ ...item, eventCode: 'CANCELLATION' }))
    assert.equal(told.length, 2)
    await shop.tell(told)
    await shop.tell(told.map((item) => ({ ...item, eventCode: 'TECHNICAL_CANCEL' })))
    for (const payment of [billed, intent])
      assert.equal((await world.api.get(`/payments/${payment}`)).at('status'), 'voided')
    assert.equal((await world.api.get('/invoices?limit=1')).at('data.0.status'), 'finalized')
    const once = ['void.created', 'void.succeeded', 'payment.voided']
    await world.expects([...once, ...once])
  },
)

atAdyen(
  'what the merchant refunds in Adyen’s Customer Area is booked as refunded, once, and not refunded again',
  async (world, shop) => {
    const payment_id = await pay(world, shop.double)
    const [payment] = shop.double.payments()
    assert(payment !== undefined)
    const headers = { 'x-api-key': apiKey, 'content-type': 'application/json' }
    const refund = async (value: number) => {
      const amount = { value, currency: 'USD' }
      const body = JSON.stringify({ merchantAccount, amount, reference: 'by hand' })
      const url = `${shop.double.url}/v71/payments/${payment.pspReference}/refunds`
      assert.equal((await fetch(url, { method: 'POST', body, headers })).status, 201)
      return modificationItem(shop.double.modifications().at(-1) ?? assert.fail('a refund'))
    }
    const given = await refund(2_000)
    await shop.tell([given])
    await shop.tell([{ ...given, merchantReference: payment.merchantReference }], 2)
    await world.expects(['refund.created', 'refund.succeeded', 'payment.refunded'])
    const refunds = await world.api.get('/refunds')
    assert.deepEqual(
      [refunds.at('data.length'), refunds.at('data.0.status'), refunds.at('data.0.amount_minor')],
      [1, 'succeeded', 2_000],
    )
    const whole = { payment_id, amount_minor: 2_900 }
    const again = await world.api.call('POST', '/refunds', { body: whole })
    assert.match(JSON.stringify(again.body), /more than is left of this payment/)
    // What the bank sends back is the merchant's again.
    await shop.tell([{ ...given, eventCode: 'REFUND_FAILED' }], 3)
    await world.expects(['refund.failed'])
    assert.equal((await world.api.get(`/payments/${payment_id}`)).at('amount_refunded'), 0)
  },
)

atAdyen(
  'a hold at Adyen is let go, held on or lapsed, as the webhook says',
  async (world, shop) => {
    // Adyen cannot let go of it, so that it can be captured after all; then the merchant lets go of it in the Customer Area.
    const path = await hold(world, shop.double)
    shop.double.failNextModification()
    const asked = await world.api.post(`${path}/cancel`, { cancellation_reason: 'duplicate' })
    assert.partialDeepStrictEqual(asked.body, { status: 'processing', amount_capturable: 0 })
    const early = await world.api.call('POST', `${path}/capture`, { body: {} })
    assert.equal(early.status, 400, JSON.stringify(early.body))
    const told = reversals(shop.double)
    await shop.tell(told)
    const kept = { status: 'processing', amount_capturable: 5_000 }
    assert.partialDeepStrictEqual((await world.api.get(path)).body, kept)
    await world.expects(['payment_intent.release_failed'])
    await shop.tell(told.map((item) => ({ ...item, success: true, eventCode: 'CANCELLATION' })))
    assert.equal((await world.api.get(path)).at('status'), 'canceled')
    await world.expects(['payment_intent.canceled'])

    // Adyen tells that it has expired.
    const lapsed = await hold(world, shop.double)
    const held = shop.double.payments().at(-1)
    assert(held !== undefined)
    const { pspReference: originalReference, merchantReference, amount } = held
    const expiry = { eventCode: 'EXPIRE', success: true, pspReference: 'EXPIRY', amount }
    await shop.tell([{ ...expiry, originalReference, merchantReference }])
    const late = await world.api.call('POST', `${lapsed}/capture`, { body: {} })
    assert.equal(late.status, 402, JSON.stringify(late.body))
    assert.equal(late.at('error.decline_code'), 'authorization_expired')
    await world.expects(['payment_intent.canceled'])

    // Adyen never speaks of it: it ends after the 28 days for which Adyen holds.
    const silent = await hold(world, shop.double)
    await world.goTo('2027-01-28', { events: [] })
    assert.equal((await world.api.get(silent)).at('amount_capturable'), 5_000)
    await world.goTo('2027-01-30', { events: ['payment_intent.canceled'] })
  },
)

atAdyen('a dispute that was won is lost by a second chargeback', async (world, shop) => {
  const payment_id = await pay(world, shop.double)
  const [payment] = shop.double.payments()
  assert(payment !== undefined)
  const dispute = shop.double.openDispute(payment.pspReference)
  const about = (eventCode: string) => ({ ...chargebackItem(dispute), eventCode })
  const movements = async () => {
    const { body } = await world.api.get('/transactions?type=dispute&limit=100')
    return (body as { readonly data: readonly { readonly status: string }[] }).data.map(({ status }) => status) // prettier-ignore
  }

  await shop.tell([about('CHARGEBACK')], 2)
  await world.expects(['dispute.created', 'payment.disputed'])
  await shop.tell([about('CHARGEBACK_REVERSED')], 10)
  await world.expects(['dispute.closed'])
  assert.deepEqual(await movements(), ['voided'])
  await shop.tell([about('SECOND_CHARGEBACK')], 20)
  await world.expects(['dispute.closed'])
  assert.deepEqual(await movements(), ['succeeded', 'voided'])
  // Late and repeated words change nothing.
  await shop.tell([about('INFORMATION_SUPPLIED'), about('PREARBITRATION_WON')], 5)
  await shop.tell([about('SECOND_CHARGEBACK'), about('CHARGEBACK')], 20)
  await world.expects([])
  const shown = await world.api.get(`/disputes?payment_id=${payment_id}`)
  assert.equal(shown.at('data.0.status'), 'lost')
})

atAdyen(
  'a payment that its issuer reports as fraud is refunded, unless it was charged back',
  async (world, shop) => {
    await world.api.patch('/account', { settings: { disputes: { refund_early_warnings: true } } })
    const payment_id = await pay(world, shop.double)
    await attachAdyenCard(world, shop.double.addCard())
    await world.subscribe({ on: '2027-01-01', card: null })
    const [reported, chargedBack] = shop.double.payments()
    assert(reported !== undefined && chargedBack !== undefined)

    // It is refunded and not called off: the sale stays booked.
    world.countCharges(() => [`${reported.pspReference} ${reported.captured}`])
    await shop.tell([fraudItem(reported)], 2)
    await world.expects(['dispute.created', 'refund.created'])
    const refunds = await world.api.get(`/refunds?payment_id=${payment_id}`)
    assert.deepEqual(
      [refunds.at('data.0.amount_minor'), refunds.at('data.0.reason')],
      [2_900, 'fraudulent'],
    )
    const warning = await world.api.get(`/disputes?payment_id=${payment_id}`)
    assert.equal(warning.at('data.0.status'), 'warning_needs_response')

    // The bank has the money of the other one: given back too, it would be paid twice.
    await shop.tell([chargebackItem(shop.double.openDispute(chargedBack.pspReference))], 3)
    await world.expects(['dispute.created', 'payment.disputed'])
    await shop.tell([fraudItem(chargedBack)], 4)
    await world.expects(['dispute.created'])
  },
)
