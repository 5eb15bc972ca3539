import assert from 'node:assert/strict'
import { test } from 'node:test'
import Stripe from 'stripe'
import { serve } from '../testing/client.ts'
import { plainGateway, plainWorld } from '../testing/plain-world.ts'

/** The official client, talking to gateway `g` as if it were Stripe. */
function stripeAt(url: string, account?: string): Stripe {
  const { hostname, port } = new URL(url)
  return new Stripe('sk_test_g', {
    host: hostname,
    port: Number(port),
    protocol: 'http',
    maxNetworkRetries: 0,
    telemetry: false,
    ...(account === undefined ? {} : { stripeAccount: account }),
  })
}

const payment = { amount: 1000, currency: 'usd', confirm: true, off_session: true } as const

async function errorOf(promise: Promise<unknown>): Promise<Stripe.errors.StripeError> {
  try {
    await promise
  } catch (error) {
    if (error instanceof Stripe.errors.StripeError) return error
    throw error
  }
  throw new Error('Stripe’s client was content')
}

test('Stripe’s client charges, expands the charge, retrieves and refunds', () =>
  serve(async (_client, { url }) => {
    const stripe = stripeAt(url)
    const made = await stripe.paymentIntents.create({
      ...payment,
      payment_method: 'tok_visa',
      metadata: { order: '7' },
      expand: ['latest_charge'],
    })
    assert.deepEqual(
      [made.status, made.amount_received, made.metadata],
      ['succeeded', 1000, { order: '7' }],
    )
    const charge = made.latest_charge
    assert.ok(charge !== null && typeof charge === 'object')
    assert.match(charge.payment_method_details?.card?.network_transaction_id ?? '', /^\d{15}$/)
    const shown = await stripe.paymentIntents.retrieve(made.id)
    assert.equal(shown.latest_charge, charge.id)
    const refund = await stripe.refunds.create({ payment_intent: made.id, amount: 400 })
    assert.deepEqual([refund.status, refund.amount, refund.charge], ['succeeded', 400, charge.id])
    const error = await errorOf(stripe.refunds.create({ payment_intent: made.id, amount: 601 }))
    assert.equal(error.type, 'StripeInvalidRequestError')
  }))

const declines: readonly (readonly [token: string, error: object])[] = [
  [
    'tok_decline_insufficient_funds',
    { code: 'card_declined', decline_code: 'insufficient_funds', network_decline_code: '51' },
  ],
  [
    'tok_decline_expired_card',
    { code: 'expired_card', decline_code: 'expired_card', network_decline_code: '54' },
  ],
  [
    'tok_advice_03',
    { code: 'card_declined', advice_code: 'do_not_try_again', network_advice_code: '03' },
  ],
  [
    'tok_advice_24',
    { code: 'card_declined', advice_code: 'try_again_later', network_advice_code: '24' },
  ],
  ['tok_authenticate', { code: 'authentication_required' }],
]

for (const [token, expected] of declines) {
  test(`${token} is a card error: ${JSON.stringify(expected)}`, () =>
    serve(async (_client, { url }) => {
      const error = await errorOf(
        stripeAt(url).paymentIntents.create({ ...payment, payment_method: token }),
      )
      assert.equal(error.type, 'StripeCardError')
      assert.equal(error.statusCode, 402)
      assert.match(error.payment_intent?.id ?? '', /^pi_/)
      const raw: Record<string, unknown> = { code: error.code, ...Object(error.raw) }
      for (const [name, value] of Object.entries(expected)) assert.equal(raw[name], value, name)
    }))
}

test('on session, a challenge is an action with a page to go to', () =>
  serve(async (_client, { url }) => {
    const made = await stripeAt(url).paymentIntents.create({
      ...payment,
      off_session: false,
      payment_method: 'tok_authenticate',
    })
    assert.equal(made.status, 'requires_action')
    const page = await fetch(made.next_action?.redirect_to_url?.url ?? '')
    assert.equal(page.status, 200)
  }))

test('a held amount is captured in part, or canceled', () =>
  serve(async (_client, { url }) => {
    const stripe = stripeAt(url)
    const hold = () =>
      stripe.paymentIntents.create({
        ...payment,
        payment_method: 'tok_visa',
        capture_method: 'manual',
      })
    const held = await hold()
    assert.deepEqual([held.status, held.amount_capturable], ['requires_capture', 1000])
    const captured = await stripe.paymentIntents.capture(held.id, { amount_to_capture: 600 })
    assert.deepEqual([captured.status, captured.amount_received], ['succeeded', 600])
    const canceled = await stripe.paymentIntents.cancel((await hold()).id)
    assert.equal(canceled.status, 'canceled')
    const error = await errorOf(stripe.paymentIntents.capture(canceled.id))
    assert.equal(error.code, 'payment_intent_unexpected_state')
  }))

test('a key is answered the same way again, and refused for another payment', () =>
  serve(async (client, { url }) => {
    const stripe = stripeAt(url)
    const create = (amount: number) =>
      stripe.paymentIntents.create(
        { ...payment, amount, payment_method: 'tok_visa' },
        { idempotencyKey: 'k' },
      )
    const first = await create(1000)
    assert.equal((await create(1000)).id, first.id)
    assert.equal((await errorOf(create(1001))).type, 'StripeIdempotencyError')
    assert.equal((await client.get('/audit')).body.data.length, 1)
  }))

test('cards are tokenised, attached and shown; accounts see only their own payments', () =>
  serve(async (_client, { url }) => {
    const stripe = stripeAt(url, 'acct_1')
    const card = { number: '4000000000009995', exp_month: 12, exp_year: 2030, cvc: '123' }
    const method = await stripe.paymentMethods.create({ type: 'card', card })
    assert.deepEqual([method.card?.brand, method.card?.last4], ['visa', '9995'])
    const attached = await stripe.paymentMethods.attach(method.id, { customer: 'cus_1' })
    assert.deepEqual([attached.id, attached.customer], [method.id, 'cus_1'])
    const declined = await errorOf(
      stripe.paymentIntents.create({ ...payment, payment_method: method.id, customer: 'cus_1' }),
    )
    const id = declined.payment_intent?.id ?? ''
    assert.equal((await stripe.paymentIntents.retrieve(id)).status, 'requires_payment_method')
    assert.equal(
      (await errorOf(stripeAt(url, 'acct_2').paymentIntents.retrieve(id))).code,
      'resource_missing',
    )
    const wrong = { ...card, number: '4242424242424241' }
    assert.equal(
      (await errorOf(stripe.paymentMethods.create({ type: 'card', card: wrong }))).code,
      'incorrect_number',
    )
  }))

// The client asks once more by the same key when a connection is closed on it, whatever its
// settings.
test('a payment whose answer is lost is found by the client’s second try, and made once', () =>
  serve(async (client, { url }) => {
    const lost = { ...payment, payment_method: 'tok_timeout_charged' }
    assert.equal((await stripeAt(url).paymentIntents.create(lost)).status, 'succeeded')
    assert.equal((await client.get('/audit')).body.data.length, 1)
  }))

test('a payment that never gets an answer is a connection error', () =>
  serve(async (_client, { url }) => {
    const silent = { ...payment, payment_method: 'tok_timeout_not_charged' }
    const error = await errorOf(stripeAt(url).paymentIntents.create(silent))
    assert.equal(error.type, 'StripeConnectionError')
  }))

test('a gateway that is down is an API error', () => {
  const world = plainWorld({ gateways: [plainGateway({ error_rate: 1 })] })
  return serve(
    async (_client, { url }) => {
      const error = await errorOf(
        stripeAt(url).paymentIntents.create({ ...payment, payment_method: 'tok_world_1' }),
      )
      assert.equal(error.type, 'StripeAPIError')
    },
    { world },
  )
})

const refusals: readonly (readonly [path: string, form: Record<string, string>, error: string])[] =
  [
    ['/stripe/g/v1/payment_intents', { currency: 'usd' }, '400 amount'],
    ['/stripe/g/v1/payment_intents', { amount: '1.5', currency: 'usd' }, '400 amount'],
    ['/stripe/g/v1/payment_intents', { amount: '1', currency: 'dollars' }, '400 currency'],
    ['/stripe/g/v1/payment_intents', { amount: '1', currency: 'usd' }, '400 payment_method'],
    [
      '/stripe/g/v1/payment_intents',
      { amount: '1', currency: 'usd', payment_method: 'x' },
      '400 confirm',
    ],
    ['/stripe/g/v1/refunds', {}, '404 payment_intent'],
    ['/stripe/x/v1/refunds', {}, '404 undefined'],
    ['/stripe/g/v1/coupons', {}, '404 undefined'],
  ]

for (const [path, form, expected] of refusals) {
  test(`${path} with ${JSON.stringify(form)} is refused with ${expected}`, () =>
    serve(async (_client, { url }) => {
      const reply = await fetch(url + path, { method: 'POST', body: new URLSearchParams(form) })
      const { error } = Object(await reply.json())
      assert.equal(`${reply.status} ${error.param}`, expected)
      assert.equal(error.type, 'invalid_request_error')
    }))
}
