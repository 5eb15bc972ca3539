import assert from 'node:assert/strict'
import {
  card,
  COLLECTED,
  DECLINED_RENEWAL,
  PAID_RENEWAL,
  PAID_START,
  scenario,
} from '@perennial/testkit/scenario'

scenario('a start in the future bills nothing before it', async (world) => {
  const ada = await world.subscribe({
    on: '2027-01-10',
    terms: { startDate: '2027-02-01' },
    events: ['subscription.created'],
  })
  assert.equal(await ada.status(), 'pending')
  assert.deepEqual(await ada.bills(), [])

  await world.goTo('2027-01-31')
  await world.goTo('2027-02-01', { events: PAID_START.slice(1) })
  assert.equal(await ada.status(), 'active')
  assert.equal(await ada.period(), '2027-02-01 to 2027-03-01')
  await world.goTo('2027-03-01', { events: PAID_RENEWAL })
})

scenario('a term of three bills expires after the third period', async (world) => {
  const ada = await world.subscribe({
    on: '2027-01-10',
    terms: { billingEndStrategy: 'after_cycles', billingMaxCycles: 3 },
  })
  await world.goTo('2027-02-10', { events: PAID_RENEWAL })
  await world.goTo('2027-03-10', { events: PAID_RENEWAL })
  await world.goTo('2027-12-10', { events: ['2027-04-10 subscription.updated'] })
  assert.equal(await ada.status(), 'expired')
  assert.equal((await ada.bills()).length, 3)
})

scenario('a term that ends on a date expires on it, within the period', async (world) => {
  const ada = await world.subscribe({
    on: '2027-01-10',
    terms: { billingEndStrategy: 'on_date', billingEndsOn: '2027-02-20T00:00:00Z' },
  })
  await world.goTo('2027-02-10', { events: PAID_RENEWAL })
  await world.goTo('2027-02-20', { events: ['subscription.updated'] })
  assert.equal(await ada.status(), 'expired')
  await world.goTo('2027-06-01')
})

scenario('a product may end after a fixed number of payments', async (world) => {
  const ada = await world.subscribe({
    on: '2027-01-10',
    product: { end_behavior: 'fixed_payments', max_payments: 2 },
  })
  await world.goTo('2027-02-10', { events: PAID_RENEWAL })
  await world.goTo('2027-06-10', { events: ['2027-03-10 subscription.updated'] })
  assert.equal(await ada.status(), 'expired')
})

scenario('the last payment of a term is tried as often as any other', async (world) => {
  const ada = await world.subscribe({
    on: '2027-01-10',
    card: card.declinesAfter(1, 'insufficient_funds'),
    every: 'week',
    terms: { billingEndStrategy: 'after_cycles', billingMaxCycles: 2 },
  })
  await world.goTo('2027-01-17', { events: DECLINED_RENEWAL })
  const again = ['payment.failed', 'invoice.payment_failed']
  await world.goTo('2027-01-18', { events: again })
  await world.goTo('2027-01-20', { events: again })
  const gaveUp = ['subscription.updated', 'subscription.updated'] // unpaid, and then over
  await world.goTo('2027-01-24', { events: [...again, ...gaveUp] })
  assert.equal(await ada.status(), 'expired')
  assert.equal(await ada.owesMinor(), 29_00)
  await world.goTo('2027-03-01')
})

scenario('money that comes after the end of a term ends it', async (world) => {
  const ada = await world.subscribe({
    on: '2027-01-10',
    card: card.declinesAfter(1, 'insufficient_funds'),
    terms: { billingEndStrategy: 'on_date', billingEndsOn: '2027-02-12T00:00:00Z' },
  })
  await world.goTo('2027-02-10', { events: DECLINED_RENEWAL })
  await world.goTo('2027-02-12', {
    events: ['2027-02-11 payment.failed', '2027-02-11 invoice.payment_failed'],
  })
  assert.equal(await ada.status(), 'past_due')
  await ada.replaceCard(card.good)
  await world.goTo('2027-02-13', {
    events: [...COLLECTED, 'subscription.updated', 'subscription.updated'],
  })
  assert.equal(await ada.status(), 'expired')
})

scenario('a pause does not outlive a fixed number of payments', async (world) => {
  const ada = await world.subscribe({
    on: '2027-01-10',
    terms: { billingEndStrategy: 'after_cycles', billingMaxCycles: 2 },
  })
  await world.goTo('2027-02-10', { events: PAID_RENEWAL })
  await ada.pause('mark_uncollectible')
  await world.expects(['subscription.paused'])
  await world.goTo('2027-08-10', { events: ['2027-03-10 subscription.updated'] })
  assert.equal(await ada.status(), 'expired')
  assert.equal((await ada.bills()).length, 2)
})

scenario('a subscription without end has none, whatever its product says', async (world) => {
  const ada = await world.subscribe({
    on: '2027-01-10',
    product: { end_behavior: 'fixed_payments', max_payments: 2 },
    terms: { billingEndStrategy: 'indefinite' },
  })
  await world.goTo('2027-02-10', { events: PAID_RENEWAL })
  await world.goTo('2027-03-10', { events: PAID_RENEWAL })
  assert.equal(await ada.status(), 'active')
})

scenario('a request that is repeated with its key creates one subscription', async (world) => {
  const customer = await world.customer()
  await world.addCard(customer, 'tok_visa')
  const body = { customerId: customer.id, priceId: await world.price() }
  const headers = { 'idempotency-key': 'the-same-wish' }
  const send = () => world.api.call('POST', '/subscriptions', { body, headers })

  const first = await send()
  const again = await send()
  assert.equal(first.status, 201)
  assert.deepEqual([again.status, again.body], [first.status, first.body])
  assert.equal(again.headers['idempotency-replayed'], 'true')
  await world.expects(PAID_START)

  const other = { ...body, quantity: 2 }
  const refused = await world.api.call('POST', '/subscriptions', { body: other, headers })
  assert.equal(refused.status, 409)
  assert.equal(refused.at('error.code'), 'idempotency_conflict')
})

scenario('the same wish twice at once is charged once', async (world) => {
  const customer = await world.customer()
  await world.addCard(customer, 'tok_visa')
  const body = { customerId: customer.id, priceId: await world.price() }
  const headers = { 'idempotency-key': 'at-once' }
  const answers = await Promise.all(
    Array.from({ length: 4 }, () => world.api.call('POST', '/subscriptions', { body, headers })),
  )
  const statuses = answers.map(({ status }) => status)
  assert.ok(statuses.includes(201))
  assert.deepEqual(
    statuses.filter((status) => status !== 201 && status !== 409),
    [],
  )
  await world.expects(PAID_START)
})
