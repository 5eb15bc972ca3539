// The published RevKeen SDK, unchanged, against our service: the acceptance list of the specification,
// as far as its resources exist here. The numbers are those of its rows.
import assert from 'node:assert/strict'
import { RevKeen, RevKeenAPIError, RevKeenError } from '@revkeen/sdk'
import {
  card,
  DECLINED_RENEWAL,
  PAID_RENEWAL,
  PAID_START,
  scenario,
  type ScenarioWorld,
} from '@perennial/testkit/scenario'

function clientOf(world: ScenarioWorld, apiKey = world.api.apiKey): RevKeen {
  return new RevKeen({ apiKey, baseUrl: `${world.api.url}/v2` })
}

/** What the SDK throws when the API says no. */
async function refusalOf(call: Promise<unknown>): Promise<RevKeenAPIError> {
  try {
    await call
  } catch (error) {
    assert.ok(error instanceof RevKeenAPIError, String(error))
    return error
  }
  assert.fail('the call was not refused')
}

function codeOf({ body }: RevKeenAPIError): unknown {
  assert.ok(typeof body === 'object' && body !== null && 'error' in body)
  const { error } = body
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
}

/** The SDK's types leave it out; the specification and the server do not. */
function hasMore(pagination: object): unknown {
  return 'hasMore' in pagination ? pagination.hasMore : undefined
}

scenario('1, 2: a client needs one kind of credentials, and the right ones', async (world) => {
  assert.throws(() => new RevKeen({}), RevKeenError)
  const refused = await refusalOf(clientOf(world, 'rk_sandbox_wrong').customers.list())
  assert.equal(refused.status, 401)
  assert.match(refused.message, /key/i)
  const answer = await world.api.call('GET', '/customers', { headers: { 'x-api-key': 'wrong' } })
  assert.equal(answer.at('error.type'), 'authentication_error')
  assert.equal(answer.headers['www-authenticate'], 'Bearer realm="revkeen-api"')
})

scenario('3 to 8: products and prices are made, listed, changed and archived', async (world) => {
  const rk = clientOf(world)
  const { data: product } = await rk.products.create({
    product_id: 'pro',
    name: 'Pro',
    kind: 'subscription',
    pricing_model: 'recurring',
    amount_minor: 2900,
    interval: 'month',
    interval_count: 1,
    trial_days: 0,
  })
  assert.equal(product.currency, 'USD')
  assert.equal(product.is_active, true)
  assert.equal(product.is_archived, false)
  assert.equal(product.fulfillment_type, 'none')

  const listed = await rk.products.list({ page: 1, limit: 20, search: 'Pro' })
  assert.deepEqual(
    listed.data.map(({ id }) => id),
    [product.id],
  )
  const { page, limit, total, totalPages } = listed.pagination
  assert.deepEqual(
    { page, limit, total, totalPages },
    { page: 1, limit: 20, total: 1, totalPages: 1 },
  )

  await world.goTo('2027-01-02')
  await rk.products.update(product.id, { name: 'Pro+' })
  const { data: renamed } = await rk.products.get(product.id)
  assert.equal(renamed.name, 'Pro+')
  assert.ok(String(renamed.updated_at) > String(product.updated_at))

  const terms = { product_id: product.id, type: 'recurring', interval: 'month' } as const
  const price = await rk.prices.create({ ...terms, unit_amount: 2900 })
  assert.equal(price.currency, 'usd')
  assert.equal(price.billing_scheme, 'per_unit')
  assert.equal(price.version, 1)
  assert.equal(price.active, true)

  const tiers = [
    { up_to: 10, unit_amount_minor: 100, flat_amount_minor: 0 },
    { up_to: 20, unit_amount_minor: 50, flat_amount_minor: 0 },
  ]
  const wrong = { ...terms, billing_scheme: 'tiered', tiers_mode: 'graduated', tiers } as const
  assert.equal((await refusalOf(rk.prices.create(wrong))).status, 400)

  const other = await rk.prices.create({ ...terms, unit_amount: 1900 })
  assert.equal((await rk.prices.update(price.id, { nickname: 'Monthly' })).nickname, 'Monthly')
  const prices = await rk.prices.list({ product_id: product.id })
  assert.equal(prices.object, 'list')
  assert.equal(prices.has_more, false)
  assert.equal(prices.data.length, 2)
  assert.equal((await rk.prices.archive(other.id)).active, false)
  await world.expects(['product.updated', 'price.updated', 'price.deleted'])
})

scenario('9 to 16: customers are made once, changed, paged and found', async (world) => {
  const rk = clientOf(world)
  const john = {
    email: 'john@example.com',
    name: 'John Smith',
    phone: '+1-555-123-4567',
    metadata: { tier: 'enterprise' },
  }
  const { data: customer } = await rk.customers.create(john)
  assert.equal(customer.email, john.email)
  const twice = await refusalOf(rk.customers.create(john))
  assert.equal(twice.status, 400)
  const unknown = await refusalOf(rk.customers.get('cus_nonexistent'))
  assert.deepEqual([unknown.status, codeOf(unknown)], [404, 'resource_not_found'])

  await rk.customers.update(customer.id, { metadata: { plan: 'pro' } })
  const { data: changed } = await rk.customers.update(customer.id, { metadata: { tier: null } })
  assert.deepEqual(changed.metadata, { plan: 'pro' })

  for (let number = 1; number <= 45; number += 1) {
    await rk.customers.create({ email: `customer${number}@example.com` })
  }
  const pages = []
  for (const offset of [0, 20, 40]) pages.push(await rk.customers.list({ limit: 20, offset }))
  assert.deepEqual(
    pages.map(({ data, pagination }) => [data.length, pagination.total, hasMore(pagination)]),
    [
      [20, 46, true],
      [20, 46, true],
      [6, 46, false],
    ],
  )
  const ids = pages.flatMap(({ data }) => data.map(({ id }) => id))
  assert.equal(new Set(ids).size, 46)
  assert.ok(ids.includes(customer.id))
  const found = await rk.customers.list({ search: 'john' })
  assert.deepEqual(
    found.data.map(({ id }) => id),
    [customer.id],
  )

  assert.deepEqual((await rk.customers.paymentMethodsList(customer.id)).data, [])
  await world.addCard({ id: customer.id, name: 'John' }, card.good)
  const { data: methods } = await rk.customers.paymentMethodsList(customer.id)
  assert.deepEqual(
    methods.map(({ is_default }) => is_default),
    [true],
  )
  const { data: rails } = await rk.customers.paymentRailsGet(customer.id)
  assert.deepEqual(
    rails.rails.map(({ rail }) => rail),
    ['card', 'direct_debit', 'pay_by_bank', 'in_store'],
  )
  const { data: ranked } = await rk.customers.preferredRailsGet(customer.id, { amount_minor: 5000 })
  assert.equal(ranked.preferred_rails[0]?.rail, 'card')
  assert.ok(Array.isArray(ranked.preferred_rails[0]?.reasons))
})

scenario(
  '17, 19, 23, 33, 34, 51: a subscription is paid, renewed, and told about',
  async (world) => {
    const rk = clientOf(world)
    const customer = await world.customer()
    const paymentMethodId = await world.addCard(customer, card.good)
    const priceId = await world.price({ priceMinor: 2900 })
    const { data: subscription } = await rk.subscriptions.create({
      customerId: customer.id,
      priceId,
      paymentMethodId,
      quantity: 1,
    })
    assert.equal(subscription.status, 'active')
    assert.equal(subscription.amount_minor, 2900)
    assert.equal(subscription.current_period_start, '2027-01-01T00:00:00.000Z')
    assert.equal(subscription.current_period_end, '2027-02-01T00:00:00.000Z')
    await world.expects(PAID_START)

    const filter = { status: 'active', customerId: customer.id, page: 1, limit: 1 } as const
    const { pagination } = await rk.subscriptions.list(filter)
    const { page, limit, total, totalPages } = pagination
    assert.deepEqual([page, limit, total, totalPages], [1, 1, 1, 1])

    await world.goTo('2027-02-01', { events: PAID_RENEWAL })
    const { data: renewed } = await rk.subscriptions.get(subscription.id)
    assert.equal(renewed.current_period_end, '2027-03-01T00:00:00.000Z')

    const { data: invoices } = await rk.invoices.list({ status: 'paid', customerId: customer.id })
    assert.equal(invoices.length, 2)
    const [newest] = invoices
    assert.ok(newest !== undefined)
    assert.equal((await rk.invoices.get(newest.id)).data.total_minor, 2900)
    const { data: sales } = await rk.transactions.list({ invoice_id: newest.id })
    assert.deepEqual(
      sales.map(({ type, status, amount }) => [type, status, amount]),
      [['sale', 'succeeded', 2900]],
    )
    const [sale] = sales
    assert.ok(sale !== undefined)
    assert.equal((await rk.transactions.get(sale.id)).data.id, sale.id)

    const first = await rk.events.list({ type: 'invoice.paid', limit: 1 })
    assert.equal(first.object, 'list')
    assert.equal(first.has_more, true)
    const [latest] = first.data
    assert.ok(latest !== undefined)
    const rest = await rk.events.list({ type: 'invoice.paid', limit: 1, starting_after: latest.id })
    assert.equal(rest.has_more, false)
    assert.equal(rest.data.length, 1)
    const event = await rk.events.get(latest.id)
    assert.equal(event.type, 'invoice.paid')
    assert.equal(Number.isInteger(event.created), true)
  },
)

scenario('18: a trial takes no money', async (world) => {
  const rk = clientOf(world)
  const customer = await world.customer()
  const wish = { customerId: customer.id, priceId: await world.price() }
  const trialEnd = '2027-01-15T00:00:00Z'
  const { data: subscription } = await rk.subscriptions.create({ ...wish, trialEnd })
  assert.equal(subscription.status, 'trialing')
  assert.equal(subscription.trial_end, '2027-01-15T00:00:00.000Z')
  await world.expects(['subscription.created'])
  assert.deepEqual((await rk.invoices.list({ customerId: customer.id })).data, [])
})

scenario('20 to 22: a quantity, a pause, and cancellations of both kinds', async (world) => {
  const rk = clientOf(world)
  const ada = await world.subscribe()
  assert.equal((await rk.subscriptions.update(ada.id, { quantity: 2 })).data.quantity, 2)
  await ada.pause('void')
  assert.equal((await rk.subscriptions.get(ada.id)).data.status, 'paused')
  await world.goTo('2027-02-01', {
    events: [
      'subscription.updated',
      'subscription.paused',
      '2027-02-01 invoice.created',
      'invoice.voided',
    ],
  })
  await ada.resume()
  const flagged = await rk.subscriptions.cancel(ada.id, { mode: 'period_end' })
  assert.equal(flagged.data.status, 'active')
  await ada.takeBackCancel()
  const ended = await rk.subscriptions.cancel(ada.id, { mode: 'immediately' })
  assert.equal(ended.data.status, 'canceled')
  assert.equal(ended.data.canceled_at, '2027-02-01T00:00:00.000Z')
  await world.expects([
    'subscription.resumed',
    'subscription.canceled',
    'subscription.updated',
    'subscription.canceled',
  ])
})

scenario('24: a renewal that stays declined is retried three times, then unpaid', async (world) => {
  const rk = clientOf(world)
  const ada = await world.subscribe({ card: card.declinesAfter(1, 'do_not_honor') })
  await world.goTo('2027-02-01', { events: DECLINED_RENEWAL })
  const { data: failing } = await rk.subscriptions.get(ada.id)
  assert.equal(failing.status, 'past_due')
  assert.equal(failing.dunning?.is_in_dunning, true)
  assert.equal(failing.dunning?.total_possible_retries, 3)
  const again = ['payment.failed', 'invoice.payment_failed']
  for (const day of ['2027-02-02', '2027-02-04']) await world.goTo(day, { events: again })
  await world.goTo('2027-02-08', { events: [...again, 'subscription.updated'] })
  assert.equal((await rk.subscriptions.get(ada.id)).data.status, 'unpaid')
})

scenario(
  '25 to 28, 32: an invoice is drafted, changed, finalized, sent and voided',
  async (world) => {
    const rk = clientOf(world)
    const customer = await world.customer()
    const wish = { customer_uuid: customer.id, total_minor: 9900, currency: 'USD' }
    const { data: draft, requestId } = await rk.invoices.create({ ...wish, due_date: '2027-02-01' })
    assert.equal(draft.status, 'draft')
    assert.equal(typeof requestId, 'string')
    const changed = await rk.invoices.update(draft.id, { total_minor: 12_900 })
    assert.equal(changed.data.total_minor, 12_900)
    const ready = await rk.invoices.finalize(draft.id, { auto_advance: true })
    assert.equal(ready.data.status, 'approved')
    assert.equal(typeof ready.data.invoice_number, 'string')
    assert.equal((await refusalOf(rk.invoices.finalize(draft.id))).status, 400)
    assert.equal((await refusalOf(rk.invoices.update(draft.id, { total_minor: 1 }))).status, 409)
    const sent = await rk.invoices.send(draft.id, { channel: 'email' })
    assert.equal(sent.data.status, 'sent')

    const { data: second } = await rk.invoices.create(wish)
    await rk.invoices.finalize(second.id)
    const voided = await rk.invoices.void(second.id, { reason: 'a mistake' })
    assert.equal(voided.data.status, 'void')
    assert.equal((await refusalOf(rk.invoices.void(second.id, {}))).status, 400)
    await world.expects([
      'invoice.created',
      'invoice.updated',
      'invoice.finalized',
      'invoice.sent',
      'invoice.created',
      'invoice.finalized',
      'invoice.voided',
    ])
  },
)

scenario('35 to 37: a payment is refunded in part, and never above the rest', async (world) => {
  const rk = clientOf(world)
  await world.subscribe({ priceMinor: 12_900, on: '2027-01-31' })
  const { data: sales } = await rk.transactions.list({ type: 'sale' })
  const payment_id = sales[0]?.id
  assert.ok(payment_id !== undefined)
  const { data: refund } = await rk.refunds.create({
    payment_id,
    amount_minor: 5_000,
    reason: 'customer_request',
  })
  assert.ok(['pending', 'succeeded'].includes(refund.status))
  assert.match(refund.public_id, /^ref_/)
  await world.expects(['refund.created', 'refund.succeeded', 'payment.refunded'])
  const { data: children } = await rk.transactions.list({ type: 'refund' })
  assert.deepEqual(
    children.map((child) => [child.parent_transaction_id, child.amount]),
    [[payment_id, 5_000]],
  )

  const above = await refusalOf(rk.refunds.create({ payment_id, amount_minor: 7_901 }))
  assert.equal(above.status, 400)

  assert.deepEqual((await rk.refunds.get(refund.public_id)).data, refund)
  const listed = await rk.refunds.list({ payment_id })
  assert.deepEqual(listed.data, [refund])
  assert.deepEqual(listed.meta, { total: 1, limit: 20, offset: 0, has_more: false })
})

scenario(
  '38 to 40: a credit note is previewed, made once a key, and voided once',
  async (world) => {
    const rk = clientOf(world)
    const ada = await world.subscribe({ priceMinor: 12_900, on: '2027-01-31' })
    const [bill] = await ada.invoices()
    assert.ok(bill !== undefined)
    const invoice_id = bill.id
    const { data: preview } = await rk.creditNotes.preview({ invoice_id, amount_minor: 2_000 })
    assert.equal(preview.exceeds_max_creditable, false)
    assert.deepEqual((await rk.creditNotes.list({ invoice_id })).data, [])

    const wish = {
      invoice_id,
      amount_minor: 2_000,
      reason_code: 'billing_error',
      credit_method: 'customer_balance',
      idempotency_key: 'k1',
    } as const
    const { data: note } = await rk.creditNotes.create(wish)
    assert.equal(note.status, 'issued')
    assert.match(note.credit_note_number ?? '', /^CN-2027-0001$/)
    assert.equal((await refusalOf(rk.creditNotes.create(wish))).status, 409)
    const lines = await rk.creditNotes.listLines(note.id)
    assert.deepEqual([lines.object, lines.has_more, lines.data.length], ['list', false, 1])

    assert.equal((await rk.creditNotes.void(note.id)).data.status, 'void')
    assert.equal((await refusalOf(rk.creditNotes.void(note.id))).status, 400)
    await world.expects(['credit_note.created', 'credit_note.issued', 'credit_note.voided'])
  },
)

scenario('41: a manual intent is captured in part, another canceled', async (world) => {
  const rk = clientOf(world)
  const ada = await world.customer()
  await world.addCard(ada, card.good)
  const wish = { amount: 5_000, customer: ada.id, capture_method: 'manual' } as const
  const held = await rk.paymentIntents.create(wish)
  assert.equal(held.status, 'requires_payment_method')
  assert.equal((await rk.paymentIntents.confirm(held.id)).amount_capturable, 5_000)
  const taken = await rk.paymentIntents.capture(held.id, { amount_to_capture: 3_000 })
  assert.deepEqual([taken.status, taken.amount_received], ['succeeded', 3_000])
  const other = await rk.paymentIntents.create(wish)
  assert.equal((await rk.paymentIntents.cancel(other.id)).status, 'canceled')
  await world.expects([
    'payment_intent.created',
    'payment.succeeded',
    'payment_intent.succeeded',
    'payment_intent.created',
    'payment_intent.canceled',
  ])
})

scenario(
  '57: a key answers the same request the same way, and another not at all',
  async (world) => {
    const rk = new RevKeen({
      apiKey: world.api.apiKey,
      baseUrl: `${world.api.url}/v2`,
      headers: { 'Idempotency-Key': 'the-same' },
    })
    const first = await rk.customers.create({ email: 'ada@example.com' })
    assert.deepEqual(await rk.customers.create({ email: 'ada@example.com' }), first)
    const refused = await refusalOf(rk.customers.create({ email: 'bob@example.com' }))
    assert.deepEqual([refused.status, codeOf(refused)], [409, 'idempotency_conflict'])
  },
)
