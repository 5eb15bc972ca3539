import assert from 'node:assert/strict'
import { createApiClient, card, memberOf, scenario } from '@perennial/testkit/scenario'
import { begunBy, openTill, PAID_SALE, standingOf } from './till.ts'

const IN_2031 = { on: '2031-01-01' } as const

scenario('a key sells once, however often and at whatever moment it is sent', async (world) => {
  const till = await openTill(world)
  const body = {
    customer: { email: 'jay@example.com', name: 'Jay' },
    payment_token: card.good,
    lines: [{ product_id: till.productId }],
  }
  const headers = { 'idempotency-key': 'sale-1' }
  const sell = () => world.api.call('POST', '/sales', { body, headers })
  const both = await Promise.all([sell(), sell()])
  assert.ok(both.some(({ status }) => status === 201))
  assert.ok(both.every(({ status }) => status === 201 || status === 409))
  const again = await sell()
  assert.equal(again.status, 201)
  assert.equal(again.headers['idempotency-replayed'], 'true')
  await world.expects(PAID_SALE)
  assert.equal((await world.charges()).length, 1)
  assert.equal((await world.api.get('/sales')).at('data.1'), undefined)

  // The same buyer without the key: nothing of a refused sale is kept, its card neither.
  const before = await world.house.countRows()
  const taken = await world.api.call('POST', '/sales', { body })
  assert.equal(taken.at('error.param'), 'email')
  const fresh = { ...body, customer: { email: 'kay@example.com' }, lines: [{ quantity: 1 }] }
  assert.equal((await world.api.call('POST', '/sales', { body: fresh })).status, 400)
  const after = await world.house.countRows()
  for (const table of ['customers', 'payment_methods', 'sales', 'invoices', 'events'])
    assert.equal(after[table], before[table], table)
})

scenario('a lost answer is looked up, and nobody is charged twice', IN_2031, async (world) => {
  const till = await openTill(world)
  const lines = [{ product_id: till.productId }]
  const ada = await world.customer('Ada')
  await world.addCard(ada, card.timesOutCharged)
  const charged = await till.sell({ customer_id: ada.id, lines })
  assert.equal(charged.at('data.status'), 'paid')
  await world.expects(PAID_SALE)
  assert.equal(await standingOf(world, begunBy(charged)[0] ?? ''), 'active 4000 2031-01-31')
  const moved = (await world.charges()).filter((charge) => memberOf(charge, 'money_moved') === true)
  assert.equal(moved.length, 1)
})

scenario(
  'a process that dies while it sells leaves a sale that is charged once and goes on',
  IN_2031,
  async (world) => {
    const { house } = world
    const till = await openTill(world)
    const { promise: death, reject: wake } = Promise.withResolvers<void>()
    const { promise: all, resolve: haveAllBegun } = Promise.withResolvers<void>()
    let begun = 0
    const diesAt = (place: string) => (step: string) => {
      if (step !== place) return undefined
      begun += 1
      if (begun === 2) haveAllBegun()
      return death
    }
    const before = await house.startService({ onStep: diesAt('applied') })
    const behind = await house.startService({ onStep: diesAt('sent') })
    const sellAt = (url: string, name: string) =>
      createApiClient({ url, apiKey: world.api.apiKey }).call('POST', '/sales', {
        headers: { 'idempotency-key': name },
        body: {
          customer: { email: `${name}@example.com` },
          payment_token: card.good,
          lines: [{ product_id: till.productId }, { product_id: till.trialId }],
        },
      })
    const unanswered = [sellAt(before.url, 'one'), sellAt(behind.url, 'two')]
    await all
    const statuses = async () => {
      const sales = (await world.api.get('/sales')).at('data')
      assert.ok(Array.isArray(sales))
      return sales.map((sale) => memberOf(sale, 'status'))
    }
    assert.deepEqual(await statuses(), ['pending', 'pending'])
    const [pending] = [await world.api.get('/sales?status=pending')]
    const early = await world.api.call('POST', `/sales/${pending.text('data.0.id')}/void`)
    assert.equal(early.status, 409)
    // The attempts are leased, and the keys held, for a while of real time.
    house.clock.moveOn(10 * 60_000)
    await world.api.post('/test-clock/advance', { to: '2031-01-02T00:00:00Z' })
    assert.deepEqual(await statuses(), ['paid', 'paid'])
    for (const name of ['one', 'two']) {
      const repeated = await sellAt(house.service.url, name)
      assert.equal(repeated.status, 201, JSON.stringify(repeated.body))
      assert.equal(begunBy(repeated).length, 2)
    }
    assert.equal((await world.charges()).length, 2)
    wake(new Error('what was dead answers late'))
    for (const { status } of await Promise.all(unanswered)) assert.equal(status, 500)
    assert.equal((await world.charges()).length, 2)
    const told = ['sale.created', 'invoice.created', 'invoice.finalized']
    const begin = ['subscription.created', 'subscription.activated', 'subscription.created']
    const paid = ['payment.succeeded', 'invoice.paid', ...begin, 'sale.paid']
    await world.expects({ somebody: [...told, ...told, ...paid, ...paid] })
  },
)

scenario('a sale that cannot be is refused, and nothing is kept of it', IN_2031, async (world) => {
  const till = await openTill(world)
  const ada = await world.customer('Ada')
  const method = await world.addCard(ada, card.good)
  const bob = await world.customer('Bob')
  const usage = await world.api.post('/products', {
    product_id: 'usage',
    name: 'Usage',
    kind: 'usage',
    pricing_model: 'usage',
    amount_minor: 1_00,
  })
  const euros = await world.api.post('/products', {
    product_id: 'euros',
    name: 'Euros',
    kind: 'one_time',
    pricing_model: 'one_time',
    amount_minor: 1_00,
    currency: 'EUR',
  })
  const nobody = 'cus_01h455vb4pex5vsknk084sn02q'
  const one = { product_id: till.productId }
  const sale = { customer_id: ada.id, lines: [one] }
  /** What is asked for, the answer's status, and the field that it names. */
  const TABLE: readonly (readonly [object, number, string])[] = [
    [{ lines: [one] }, 400, 'customer_id'],
    [{ ...sale, customer: { email: 'a@example.com' } }, 400, 'customer'],
    [{ ...sale, customer_id: nobody }, 404, 'customer_id'],
    [{ ...sale, lines: [] }, 400, 'lines'],
    [{ ...sale, lines: [{}] }, 400, 'lines[0].product_id'],
    [{ ...sale, lines: [one, { product_id: usage.text('data.id') }] }, 400, 'lines[1].product_id'],
    [{ ...sale, lines: [one, { product_id: euros.text('data.id') }] }, 400, 'lines[1].product_id'],
    [{ ...sale, currency: 'EUR' }, 400, 'lines[0].product_id'],
    [{ ...sale, lines: [{ ...one, quantity: 0 }] }, 400, 'lines[0].quantity'],
    [{ ...sale, lines: [{ ...one, unit_amount_minor: -1 }] }, 400, 'lines[0].unit_amount_minor'],
    [{ ...sale, lines: [{ ...one, quantity: 2 ** 52 }] }, 400, 'lines[0].quantity'],
    [{ ...sale, shipping: [{ amount_minor: 1, line: 3 }] }, 400, 'shipping[0].line'],
    [{ ...sale, tax: [{ amount_minor: -1 }] }, 400, 'tax[0].amount_minor'],
    [{ ...sale, payment_method_id: method, payment_token: 'tok_visa' }, 400, 'payment_token'],
    [{ ...sale, customer_id: bob.id, payment_method_id: method }, 404, 'payment_method_id'],
    [
      { ...sale, payment_profile_id: 'payprof_01h455vb4pex5vsknk084sn02q' },
      404,
      'payment_profile_id',
    ],
    [{ ...sale, customer_id: bob.id }, 400, 'payment_method_id'],
  ]
  const before = await world.house.countRows()
  for (const [body, status, param] of TABLE) {
    const answer = await world.api.call('POST', '/sales', { body })
    const told = `${JSON.stringify(body)}: ${JSON.stringify(answer.body)}`
    assert.deepEqual([answer.status, answer.at('error.param')], [status, param], told)
  }
  const after = await world.house.countRows()
  for (const table of ['sales', 'sale_lines', 'invoices', 'payment_attempts', 'events'])
    assert.equal(after[table], before[table], table)

  // A disabled profile sells nothing any more.
  await world.api.patch(`/subscription-profiles/${till.profileId}`, { enabled: false })
  await world.expects(['subscription_profile.updated'])
  const disabled = await world.api.call('POST', '/sales', { body: sale })
  assert.equal(disabled.at('error.param'), 'lines[0].product_id')
})

scenario('a bank debit keeps a sale waiting until its money comes or does not', async (world) => {
  const till = await openTill(world)
  const lines = [{ product_id: till.productId }]
  const sold = async (who: string, token: string): Promise<string> => {
    const customer = await world.customer(who)
    await world.addCard(customer, token)
    const sale = await till.sell({ customer_id: customer.id, lines })
    assert.equal(sale.at('data.status'), 'pending')
    assert.deepEqual(begunBy(sale), [])
    return `/sales/${sale.text('data.id')}`
  }
  await world.goTo('2027-01-04')
  const ada = await sold('Ada', card.bankAccount)
  const bob = await sold('Bob', card.bankAccountReturned('R01'))
  await world.expects({ Ada: PAID_SALE.slice(0, 3), Bob: PAID_SALE.slice(0, 3) })
  await world.goTo('2027-01-08', {
    events: {
      Ada: PAID_SALE.slice(3),
      Bob: [
        'payment.failed',
        'invoice.payment_failed',
        'invoice.marked_uncollectible',
        'sale.declined',
      ],
    },
  })
  const paid = await world.api.get(ada)
  assert.match(await standingOf(world, begunBy(paid)[0] ?? ''), /^active 4000 2027-02-0/)
  assert.equal((await world.api.get(bob)).at('data.status'), 'declined')
})

scenario(
  'money that comes after its customer was deleted begins nothing that goes on',
  async (world) => {
    const till = await openTill(world)
    const ada = await world.customer('Ada')
    await world.addCard(ada, card.bankAccount)
    await world.goTo('2027-01-04')
    const sale = await till.sell({ customer_id: ada.id, lines: [{ product_id: till.productId }] })
    await world.api.call('DELETE', `/customers/${ada.id}`)
    await world.goTo('2027-01-08', {
      events: [
        ...PAID_SALE.slice(0, 3),
        'customer.deleted',
        'payment.succeeded',
        'invoice.paid',
        'subscription.created',
        'subscription.canceled',
        'sale.paid',
      ],
    })
    const voided = await world.api.post(`/sales/${sale.text('data.id')}/void`)
    assert.equal(voided.at('data.amount_refunded_minor'), 50_00)
    await world.expects(['refund.created', 'sale.voided'])
    await world.goTo('2027-01-20', { events: ['refund.succeeded', 'payment.refunded'] })
  },
)

scenario(
  'a debit that its bank takes back is owed again, and the sale can be taken back',
  async (world) => {
    const till = await openTill(world)
    const ada = await world.customer('Ada')
    await world.addCard(ada, 'tok_ach_return_R01_after_5')
    await world.goTo('2027-01-04')
    const sale = await till.sell({ customer_id: ada.id, lines: [{ product_id: till.productId }] })
    await world.goTo('2027-01-08', { events: PAID_SALE })
    await world.goTo('2027-01-20', {
      events: [
        'payment.returned',
        'sale.declined',
        'subscription.updated',
        'invoice.payment_failed',
        'salvage_transaction.created',
      ],
    })
    const path = `/sales/${sale.text('data.id')}`
    assert.equal((await world.api.get(path)).at('data.amount_paid_minor'), 0)
    assert.equal((await world.api.post(`${path}/void`)).at('data.status'), 'voided')
    await world.expects([
      'subscription.canceled',
      'invoice.voided',
      'sale.voided',
      'salvage_transaction.disabled',
    ])
  },
)
