import assert from 'node:assert/strict'
import { card, PAID_RENEWAL, scenario } from '@perennial/testkit/scenario'

scenario(
  'a cancellation at period end is told at once and takes effect at the end',
  async (world) => {
    const ada = await world.subscribe({ on: '2027-01-10' })
    await world.goTo('2027-01-20')
    const canceled = await ada.cancel('period_end')
    await world.expects(['2027-01-20 subscription.canceled'])
    assert.equal(canceled.at('data.status'), 'active')
    assert.equal(canceled.at('data.cancel_at_period_end'), true)
    assert.equal(canceled.at('data.canceled_at'), '2027-01-20T00:00:00.000Z')

    await world.goTo('2027-02-09')
    assert.equal(await ada.status(), 'active')
    await world.goTo('2027-04-10', { events: ['2027-02-10 subscription.updated'] })
    assert.equal(await ada.status(), 'canceled')
    assert.deepEqual(await ada.bills(), ['2900 paid'])
  },
)

scenario(
  'a cancellation at period end that an update or the start says is told as one',
  async (world) => {
    const ada = await world.subscribe({ on: '2027-01-10' })
    const path = `/subscriptions/${ada.id}`
    await world.goTo('2027-01-20')
    const canceled = await world.api.patch(path, { cancelAtPeriodEnd: true })
    await world.expects(['2027-01-20 subscription.canceled'])
    assert.equal(canceled.at('data.status'), 'active')
    assert.equal(canceled.at('data.canceled_at'), '2027-01-20T00:00:00.000Z')

    // Said again, it changes nothing; taken back and said together with more, both are told.
    await world.api.patch(path, { cancelAtPeriodEnd: true })
    await world.expects([])
    await world.api.patch(path, { cancelAtPeriodEnd: false })
    await world.expects(['subscription.updated'])
    await world.api.patch(path, { cancelAtPeriodEnd: true, quantity: 2 })
    await world.expects(['subscription.updated', 'subscription.canceled'])

    const { customer } = ada
    const once = await world.api.post('/subscriptions', {
      customerId: customer.id,
      priceId: await world.price(),
      cancelAtPeriodEnd: true,
    })
    await world.expects([
      'subscription.created',
      'invoice.created',
      'invoice.finalized',
      'subscription.canceled',
      'payment.succeeded',
      'invoice.paid',
      'subscription.activated',
    ])
    assert.equal(once.at('data.status'), 'active')
    assert.equal(once.at('data.cancel_at_period_end'), true)
    await world.goTo('2027-04-10', {
      events: ['2027-02-10 subscription.updated', '2027-02-20 subscription.updated'],
    })
    assert.equal(await ada.status(), 'canceled')
  },
)

scenario('an update that leaves all as it is writes nothing and tells nothing', async (world) => {
  const ada = await world.subscribe({ on: '2027-01-10' })
  const path = `/subscriptions/${ada.id}`
  const said = {
    quantity: 2,
    metadata: { team: 'blue' },
    billingAnchorDay: 15,
    pauseAtPeriodEnd: false,
  }
  await world.api.patch(path, said)
  await world.expects(['subscription.updated'])
  await world.goTo('2027-01-12')
  const before = (await world.api.get(path)).at('data')
  const again = await world.api.patch(path, said)
  await world.expects([])
  assert.deepEqual(again.at('data'), before)
  await world.api.patch(path, { ...said, billingAnchorDay: 16 })
  await world.expects(['subscription.updated'])
})

scenario('a cancellation at period end can be taken back until then', async (world) => {
  const ada = await world.subscribe({ on: '2027-01-10' })
  await ada.cancel('period_end')
  const back = await ada.takeBackCancel()
  await world.expects(['subscription.canceled', 'subscription.updated'])
  assert.equal(back.at('data.cancel_at_period_end'), false)
  assert.equal(back.at('data.canceled_at'), null)
  await world.goTo('2027-02-10', { events: PAID_RENEWAL })

  const again = await world.api.call('POST', `/subscriptions/${ada.id}/reactivate`)
  assert.equal(again.status, 400)
})

scenario('a cancellation now ends it at once, for good', async (world) => {
  const ada = await world.subscribe({ on: '2027-01-10' })
  await world.goTo('2027-01-20')
  const canceled = await ada.cancel('immediately')
  await world.expects(['subscription.canceled'])
  assert.equal(canceled.at('data.status'), 'canceled')
  assert.equal(canceled.at('data.ended_at'), '2027-01-20T00:00:00.000Z')

  await world.goTo('2027-06-01')
  for (const verb of ['cancel', 'reactivate', 'pause', 'resume']) {
    const refused = await world.api.call('POST', `/subscriptions/${ada.id}/${verb}`)
    assert.equal(refused.status, 400, verb)
  }
})

scenario('a past due subscription that is canceled is not charged again', async (world) => {
  const ada = await world.subscribe({
    on: '2027-01-10',
    card: card.declinesAfter(1, 'insufficient_funds'),
  })
  await world.goTo('2027-02-10', {
    events: [
      'invoice.created',
      'invoice.finalized',
      'payment.failed',
      'invoice.payment_failed',
      'subscription.past_due',
    ],
  })
  await ada.cancel('immediately')
  await world.goTo('2027-06-01', { events: ['2027-02-10 subscription.canceled'] })
  assert.equal(await ada.status(), 'canceled')
})

scenario('a deleted customer is not billed any more, and the history stays', async (world) => {
  const ada = await world.subscribe({ on: '2027-01-10' })
  const deleted = await world.api.call('DELETE', `/customers/${ada.customer.id}`)
  assert.equal(deleted.status, 200)
  const body = { customerId: ada.customer.id, priceId: await world.price() }
  const refused = await world.api.call('POST', '/subscriptions', { body })
  assert.deepEqual([refused.status, refused.at('error.param')], [404, 'customerId'])
  await world.goTo('2027-06-01', { events: ['subscription.canceled', 'customer.deleted'] })
  assert.equal(await ada.status(), 'canceled')
  assert.deepEqual(await ada.bills(), ['2900 paid'])
})
