import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { test } from 'node:test'
import Stripe from 'stripe'
import { type Client, serve } from '../testing/client.ts'

/** The official client at gateway `g`, whose business time a test can move. */
function stripeAt(url: string, clock: { now: string } | null = null): Stripe {
  const { hostname, port } = new URL(url)
  const http = Stripe.createFetchHttpClient((input, init) => {
    const headers = new Headers(init?.headers)
    if (clock !== null) headers.set('x-perennial-now', clock.now)
    return fetch(input, { ...init, headers })
  })
  return new Stripe('sk_test_g', {
    host: hostname,
    port: Number(port),
    protocol: 'http',
    maxNetworkRetries: 0,
    telemetry: false,
    httpClient: http,
  })
}

const payment = { amount: 1000, currency: 'usd', confirm: true, off_session: true } as const

type Use = (stripe: Stripe, clock: { now: string }, client: Client, url: string) => Promise<void>

function withStripe(use: Use): Promise<void> {
  const clock = { now: '2027-05-03T12:00:00Z' }
  return serve((client, { url }) => use(stripeAt(url, clock), clock, client, url))
}

async function all<T>(list: AsyncIterable<T>): Promise<T[]> {
  const rows: T[] = []
  for await (const row of list) rows.push(row)
  return rows
}

async function codeOf(promise: Promise<unknown>): Promise<string | undefined> {
  try {
    await promise
  } catch (error) {
    if (error instanceof Stripe.errors.StripeError) return error.code ?? error.type
    throw error
  }
  throw new Error('Stripe’s client was content')
}

test('payments are listed in pages, newest first, in a window, and searched by what was noted on them', () =>
  withStripe(async (stripe, clock) => {
    const ids: string[] = []
    for (let i = 0; i < 5; i += 1) {
      clock.now = `2027-05-03T12:0${i}:00Z`
      const metadata = { perennial_key: `k${i}` }
      const made = await stripe.paymentIntents.create(
        { ...payment, payment_method: 'tok_visa', metadata },
        { idempotencyKey: `k${i}` },
      )
      ids.unshift(made.id)
    }
    const listed = await all(stripe.paymentIntents.list({ limit: 2 }))
    assert.deepEqual(
      listed.map(({ id }) => id),
      ids,
    )
    const noon = Date.parse('2027-05-03T12:01:00Z') / 1000
    const windowed = await stripe.paymentIntents.list({ created: { gte: noon, lt: noon + 120 } })
    assert.deepEqual(
      windowed.data.map(({ id }) => id),
      ids.slice(2, 4),
    )
    const upwards = await stripe.paymentIntents.list({ ending_before: ids[2] ?? '', limit: 1 })
    assert.deepEqual([upwards.data[0]?.id, upwards.has_more], [ids[1], true])
    const query = 'metadata["perennial_key"]:"k3"'
    const found = await stripe.paymentIntents.search({ query })
    assert.deepEqual(
      found.data.map(({ id }) => id),
      [ids[1]],
    )
    const charges = await stripe.charges.list({ payment_intent: ids[0] ?? '' })
    assert.equal(charges.data[0]?.payment_intent, ids[0])
  }))

test('refunds are retrieved, listed by payment, and end as their card is named', () =>
  withStripe(async (stripe, clock) => {
    const made = await stripe.paymentIntents.create({
      ...payment,
      payment_method: 'tok_refund_fail_later',
    })
    const metadata = { perennial_key: 'r1' }
    const refund = await stripe.refunds.create({ payment_intent: made.id, amount: 300, metadata })
    assert.deepEqual([refund.status, refund.metadata], ['pending', metadata])
    clock.now = '2027-05-06T12:00:00Z'
    const later = await stripe.refunds.retrieve(refund.id)
    assert.deepEqual([later.status, later.failure_reason], ['failed', 'expired_or_canceled_card'])
    const listed = await stripe.refunds.list({ payment_intent: made.id })
    assert.deepEqual(
      listed.data.map(({ id }) => id),
      [refund.id],
    )
    assert.equal(await codeOf(stripe.refunds.retrieve('re_0')), 'resource_missing')
  }))

test('a hold expires after seven days, and a payment that has settled is not canceled', () =>
  withStripe(async (stripe, clock) => {
    const held = await stripe.paymentIntents.create({
      ...payment,
      payment_method: 'tok_visa',
      capture_method: 'manual',
    })
    const paid = await stripe.paymentIntents.create({ ...payment, payment_method: 'tok_visa' })
    assert.equal(
      await codeOf(stripe.paymentIntents.cancel(paid.id)),
      'payment_intent_unexpected_state',
    )
    clock.now = '2027-05-10T12:00:00Z'
    assert.equal(await codeOf(stripe.paymentIntents.capture(held.id)), 'charge_expired_for_capture')
    assert.equal((await stripe.paymentIntents.retrieve(held.id)).status, 'canceled')
  }))

test('a setup verifies its card: at once, by a challenge, or not at all', () =>
  withStripe(async (stripe) => {
    const customer = (await stripe.customers.create({ email: 'ada@example.com' })).id
    assert.equal(Object(await stripe.customers.retrieve(customer)).email, 'ada@example.com')
    const setUp = (payment_method: string) =>
      stripe.setupIntents.create({ confirm: true, payment_method, customer })
    assert.equal((await setUp('tok_visa')).status, 'succeeded')
    assert.equal(await codeOf(setUp('tok_decline_lost_card')), 'card_declined')
    const challenged = await setUp('tok_authenticate')
    assert.equal(challenged.status, 'requires_action')
    const form = new URLSearchParams({ result: 'succeeded' })
    await fetch(challenged.next_action?.redirect_to_url?.url ?? '', { method: 'POST', body: form })
    assert.equal((await stripe.setupIntents.retrieve(challenged.id)).status, 'succeeded')
    // What was authenticated once pays later on, when nobody is there.
    const paid = await stripe.paymentIntents.create({
      ...payment,
      payment_method: 'tok_authenticate',
      customer,
    })
    assert.equal(paid.status, 'succeeded')
    const listed = await stripe.paymentIntents.list()
    assert.equal(listed.data.length, 1, 'a setup is no payment')
  }))

test('accounts are told by their kind, attached and detached', () =>
  withStripe(async (stripe) => {
    const iban = await stripe.paymentMethods.create({
      type: 'sepa_debit',
      sepa_debit: { iban: 'DE89370400440532013000' },
      billing_details: { name: 'Ada', email: 'ada@example.com' },
    })
    assert.deepEqual([iban.type, iban.sepa_debit?.last4], ['sepa_debit', '3000'])
    const attached = await stripe.paymentMethods.attach(iban.id, { customer: 'cus_1' })
    assert.equal(attached.customer, 'cus_1')
    const made = await stripe.paymentIntents.create({
      ...payment,
      payment_method: iban.id,
      customer: 'cus_1',
    })
    assert.equal(made.status, 'processing')
    assert.equal((await stripe.paymentMethods.retrieve(iban.id)).customer, 'cus_1')
    assert.equal((await stripe.paymentMethods.detach(iban.id)).customer, null)
    const wrong = stripe.paymentMethods.create({
      type: 'sepa_debit',
      sepa_debit: { iban: 'DE89370400440532013001' },
      billing_details: { name: 'Ada', email: 'ada@example.com' },
    })
    assert.equal(await codeOf(wrong), 'incorrect_number')
  }))

async function mint(
  stripe: Stripe,
  number = '4242424242424242',
  options: Stripe.RequestOptions = {},
): Promise<string> {
  const card = { number, exp_month: 12, exp_year: 2039, cvc: '123' }
  return (await stripe.paymentMethods.create({ type: 'card', card }, options)).id
}

type Refusal = {
  readonly status: number | undefined
  readonly type: string
  readonly words: string
}

async function refusalOf(promise: Promise<unknown>): Promise<Refusal> {
  try {
    await promise
  } catch (error) {
    assert(error instanceof Stripe.errors.StripeError)
    assert.equal(error.code, undefined, 'there is no code for it')
    return { status: error.statusCode, type: error.type, words: error.message }
  }
  throw new Error('Stripe’s client was content')
}

const ENDS: readonly (readonly [what: string, number: string, capture: 'manual' | 'automatic'])[] =
  [
    ['was charged', '4242424242424242', 'automatic'],
    ['held an amount', '4242424242424242', 'manual'],
    ['was declined', '4000000000009995', 'automatic'],
  ]
for (const [what, number, capture_method] of ENDS) {
  test(`a method without a customer that ${what} is not used again, nor attached`, () =>
    withStripe(async (stripe) => {
      const payment_method = await mint(stripe, number)
      const wish = { ...payment, payment_method, capture_method }
      const options = { idempotencyKey: 'once' }
      const first = await stripe.paymentIntents.create(wish, options).catch(() => null)
      const again = await stripe.paymentIntents.create(wish, options).catch(() => null)
      assert.equal(again?.id, first?.id, 'its own key is answered as before')
      const used = await refusalOf(stripe.paymentIntents.create(wish))
      assert.deepEqual([used.status, used.type], [400, 'StripeInvalidRequestError'])
      assert.match(used.words, /It may not be used again/)
      const setup = { confirm: true, payment_method } as const
      assert.match((await refusalOf(stripe.setupIntents.create(setup))).words, /used again/)
      const attaching = stripe.paymentMethods.attach(payment_method, { customer: 'cus_1' })
      assert.match((await refusalOf(attaching)).words, /may not be used again/)
      const holding = stripe.customers.create({ payment_method })
      assert.match((await refusalOf(holding)).words, /may not be used again/)
    }))
}

test('a method that a customer holds pays for them any number of times, and for nobody else', () =>
  withStripe(async (stripe) => {
    const options = { idempotencyKey: 'kept once' }
    const payment_method = await mint(stripe, undefined, options)
    assert.equal(await mint(stripe, undefined, options), payment_method)
    const made = await stripe.customers.create({ payment_method, name: 'Ada' }, options)
    const repeated = await stripe.customers.create({ payment_method, name: 'Ada' }, options)
    assert.equal(repeated.id, made.id)
    const customer = made.id
    for (let count = 0; count < 3; count += 1) {
      const paid = await stripe.paymentIntents.create({ ...payment, payment_method, customer })
      assert.equal(paid.status, 'succeeded')
    }
    const alone = await refusalOf(stripe.paymentIntents.create({ ...payment, payment_method }))
    assert.match(alone.words, new RegExp(`belongs to the Customer ${customer}`))
    const other = { ...payment, payment_method, customer: 'cus_other' }
    const elsewhere = await refusalOf(stripe.paymentIntents.create(other))
    assert.match(elsewhere.words, /does not belong to the Customer you supplied cus_other/)
    const attaching = stripe.paymentMethods.attach(payment_method, { customer: 'cus_other' })
    assert.match((await refusalOf(attaching)).words, /already been attached/)
    await stripe.paymentMethods.detach(payment_method)
    const detached = { ...payment, payment_method, customer }
    assert.match((await refusalOf(stripe.paymentIntents.create(detached))).words, /used again/)
  }))

test('a payment that sets a method up for its customer attaches it, a declined one does not', () =>
  withStripe(async (stripe) => {
    const { id: customer } = await stripe.customers.create({})
    const first = { ...payment, off_session: false, customer, setup_future_usage: 'off_session' } as const // prettier-ignore
    const good = await mint(stripe)
    await stripe.paymentIntents.create({ ...first, payment_method: good })
    assert.equal((await stripe.paymentMethods.retrieve(good)).customer, customer)
    const poor = await mint(stripe, '4000000000009995')
    await stripe.paymentIntents.create({ ...first, payment_method: poor }).catch(() => null)
    assert.equal((await stripe.paymentMethods.retrieve(poor)).customer, null)
    const verified = await mint(stripe)
    await stripe.setupIntents.create({ confirm: true, payment_method: verified, customer })
    assert.equal((await stripe.paymentMethods.retrieve(verified)).customer, customer)
  }))

test('a dispute is answered with evidence and won, or closed and lost', () =>
  withStripe(async (stripe, clock) => {
    const pay = () =>
      stripe.paymentIntents.create({ ...payment, payment_method: 'tok_dispute_fraudulent' })
    const [first, second] = [await pay(), await pay()]
    clock.now = '2027-05-09T12:00:00Z'
    const [dispute] = (await stripe.disputes.list({ payment_intent: first.id })).data
    assert.deepEqual([dispute?.status, dispute?.amount], ['needs_response', 1000])
    const evidence = { uncategorized_text: 'winning_evidence' }
    const answered = await stripe.disputes.update(dispute?.id ?? '', { evidence, submit: true })
    assert.equal(answered.status, 'under_review')
    clock.now = '2027-05-14T12:00:00Z'
    assert.equal((await stripe.disputes.retrieve(dispute?.id ?? '')).status, 'won')
    const [other] = (await stripe.disputes.list({ payment_intent: second.id })).data
    assert.equal((await stripe.disputes.close(other?.id ?? '')).status, 'lost')
    assert.equal(
      await codeOf(stripe.disputes.update(other?.id ?? '', { evidence })),
      'StripeInvalidRequestError',
    )
    assert.equal(
      await codeOf(stripe.refunds.create({ payment_intent: second.id })),
      'charge_disputed',
    )
  }))

test('the balance is listed with fees and sources, and is paid out to nothing', () =>
  withStripe(async (stripe, clock) => {
    const made = await stripe.paymentIntents.create({ ...payment, payment_method: 'tok_visa' })
    await stripe.refunds.create({ payment_intent: made.id, amount: 100 })
    await stripe.paymentIntents.create({ ...payment, payment_method: 'tok_dispute_duplicate' })
    await stripe.paymentIntents.create({
      ...payment,
      payment_method: 'tok_ach_return_R10_after_2',
    })
    clock.now = '2027-05-20T12:00:00Z'
    const lines = await all(stripe.balanceTransactions.list({ limit: 3, expand: ['data.source'] }))
    assert.equal(
      lines.reduce((sum, { net }) => sum + net, 0),
      0,
    )
    const told = lines
      .toReversed()
      .map(({ reporting_category, amount, fee }) => `${reporting_category} ${amount} ${fee}`)
    assert.deepEqual(told, [
      'charge 1000 59',
      'refund -100 0',
      'charge 1000 59',
      'payout -1782 0',
      'charge 1000 59',
      'dispute -1000 1500',
      'dispute -1000 0',
      'payout -941 0',
      'payout 3500 0',
    ])
    const line = lines.at(-1)
    assert.equal(Object(line?.source).payment_intent, made.id)
    assert.equal(line?.fee_details[0]?.amount, 59)
    const [payout] = (await stripe.payouts.list({ limit: 1 })).data
    assert.deepEqual([payout?.status, payout?.amount], ['paid', -3500])
    const paid = await all(stripe.balanceTransactions.list({ payout: payout?.id ?? '' }))
    assert.equal(
      paid.reduce((sum, { net }) => sum + net, 0),
      0,
    )
  }))

test('a key tells whose account it is; one that is none is refused', () =>
  serve(async (_client, { url }) => {
    const account = await stripeAt(url).accounts.retrieveCurrent()
    assert.match(account.id, /^acct_/)
    const { hostname, port } = new URL(url)
    const place = { host: hostname, port: Number(port), protocol: 'http' } as const
    const at = (key: string) => new Stripe(key, { ...place, maxNetworkRetries: 0 })
    const ids = ['sk_test_g_shop1', 'rk_test_g_shop1', 'sk_test_g_shop2'].map(
      async (key) => (await at(key).accounts.retrieveCurrent()).id,
    )
    const [own, restricted, other] = await Promise.all(ids)
    assert.equal(own, restricted)
    assert.notEqual(own, other)
    const made = await at('sk_test_g_shop1').paymentIntents.create({
      ...payment,
      payment_method: 'tok_visa',
    })
    assert.equal(
      await codeOf(at('sk_test_g_shop2').paymentIntents.retrieve(made.id)),
      'resource_missing',
    )
    const reply = await fetch(`${url}/stripe/g/v1/account`, {
      headers: { authorization: 'Bearer sk_live_123' },
    })
    assert.equal(reply.status, 401)
  }))

test('a file is taken in, however large a document is', () =>
  withStripe(async (stripe) => {
    const file = await stripe.files.create({
      purpose: 'dispute_evidence',
      file: { data: Buffer.alloc(300_000, 'a'), name: 'proof.pdf', type: 'application/pdf' },
    })
    assert.deepEqual([file.filename, file.purpose], ['proof.pdf', 'dispute_evidence'])
  }))

interface Delivery {
  readonly signature: string
  readonly body: string
}

async function withListener(
  use: (url: string, arrived: () => Promise<Delivery>) => Promise<void>,
): Promise<void> {
  const deliveries: Delivery[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const signature = String(request.headers['stripe-signature'])
      deliveries.push({ signature, body: Buffer.concat(chunks).toString() })
      response.end()
      server.emit('delivered')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const arrived = async (): Promise<Delivery> => {
    if (deliveries.length === 0) await once(server, 'delivered')
    const first = deliveries.shift()
    assert.ok(first !== undefined)
    return first
  }
  try {
    await use(`http://127.0.0.1:${port}/stripe`, arrived)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

test('events arrive with signatures that Stripe’s client verifies, in the order of their times', () =>
  withStripe((stripe, clock) =>
    withListener(async (url, arrived) => {
      const types = [
        'payment_intent.succeeded',
        'payment_intent.payment_failed',
        'charge.dispute.created',
        'charge.dispute.closed',
        'refund.updated',
      ] as const
      const endpoint = await stripe.webhookEndpoints.create({ url, enabled_events: [...types] })
      const secret = endpoint.secret ?? ''
      const read = async () => {
        const { body, signature } = await arrived()
        return stripe.webhooks.constructEvent(body, signature, secret)
      }
      const debit = await stripe.paymentIntents.create({ ...payment, payment_method: 'tok_ach' })
      await stripe.paymentIntents.create({ ...payment, payment_method: 'tok_dispute_other' })
      const paid = await read()
      assert.equal(paid.type, 'payment_intent.succeeded')
      clock.now = '2027-06-01T12:00:00Z'
      await stripe.accounts.retrieveCurrent()
      const [settled, opened, closed] = [await read(), await read(), await read()]
      assert.deepEqual(
        [settled.type, opened.type, closed.type],
        ['payment_intent.succeeded', 'charge.dispute.created', 'charge.dispute.closed'],
      )
      assert.equal(Object(settled.data.object).id, debit.id)
      assert.equal(settled.created, Date.parse('2027-05-06T12:00:00Z') / 1000)
      const listed = await all(stripe.events.list({ types: [...types], limit: 2 }))
      assert.deepEqual(
        listed.map(({ id }) => id),
        [closed.id, opened.id, settled.id, paid.id],
      )
      const retrieved = await stripe.events.retrieve(opened.id)
      assert.deepEqual(retrieved.data, opened.data)
      const { body, signature } = { body: '{}', signature: 't=1,v1=00' }
      assert.throws(() => stripe.webhooks.constructEvent(body, signature, secret))
      await stripe.webhookEndpoints.del(endpoint.id)
      assert.deepEqual((await stripe.webhookEndpoints.list()).data, [])
    }),
  ))
