import assert from 'node:assert/strict'
import { card, PAID_RENEWAL, scenario } from '@perennial/testkit/scenario'

scenario('a trial is free, its end is announced, and its first charge activates', async (world) => {
  const ada = await world.subscribe({
    on: '2027-01-01',
    terms: { trialDays: 14 },
    events: ['subscription.created'],
  })
  assert.equal(await ada.status(), 'trialing')
  assert.equal(await ada.period(), '2027-01-01 to 2027-01-15')

  await world.goTo('2027-01-12', { events: ['2027-01-12 subscription.trial_ending'] })
  await world.goTo('2027-01-14')
  await world.goTo('2027-01-15', {
    events: [
      'invoice.created',
      'invoice.finalized',
      'payment.succeeded',
      'invoice.paid',
      'subscription.trial_ended',
      'subscription.activated',
    ],
  })
  assert.equal(await ada.status(), 'active')
  assert.equal(await ada.period(), '2027-01-15 to 2027-02-15')
  await world.goTo('2027-02-15', { events: PAID_RENEWAL })
  assert.deepEqual(await ada.bills(), ['2900 paid', '2900 paid'])
})

scenario('a trial whose first charge is refused ends past due, and recovers', async (world) => {
  const ada = await world.subscribe({
    on: '2027-01-01',
    terms: { trialEnd: '2027-01-15T00:00:00Z' },
    card: card.declinesUntil('2027-01-18', 'insufficient_funds'),
    events: ['subscription.created'],
  })
  await world.goTo('2027-01-15', {
    events: [
      '2027-01-12 subscription.trial_ending',
      'invoice.created',
      'invoice.finalized',
      'payment.failed',
      'invoice.payment_failed',
      'subscription.trial_ended',
      'subscription.past_due',
    ],
  })
  assert.equal(await ada.status(), 'past_due')
  await world.goTo('2027-01-18', {
    events: [
      '2027-01-16 payment.failed',
      '2027-01-16 invoice.payment_failed',
      '2027-01-18 payment.succeeded',
      'invoice.paid',
      'subscription.updated',
    ],
  })
  assert.equal(await ada.status(), 'active')
  assert.equal(await ada.period(), '2027-01-15 to 2027-02-15')
})

scenario('a trial that is canceled before its end never charges', async (world) => {
  const ada = await world.subscribe({
    on: '2027-01-01',
    terms: { trialDays: 14 },
    events: ['subscription.created'],
  })
  await ada.cancel('period_end')
  await world.expects(['subscription.canceled'])
  assert.equal(await ada.status(), 'trialing')

  await world.goTo('2027-02-01', {
    events: ['2027-01-12 subscription.trial_ending', '2027-01-15 subscription.updated'],
  })
  assert.equal(await ada.status(), 'canceled')
  assert.deepEqual(await ada.bills(), [])
})

scenario(
  "a price's trial counts, a longer one of the subscription wins, 0 switches it off",
  async (world) => {
    const price = { trial_period_days: 7 }
    const trial = { events: ['subscription.created'] }
    const ada = await world.subscribe({ who: 'Ada', price, ...trial })
    const bob = await world.subscribe({ who: 'Bob', price, terms: { trialDays: 30 }, ...trial })
    const eve = await world.subscribe({ who: 'Eve', price, terms: { trialDays: 0 } })

    assert.equal(await ada.period(), '2027-01-01 to 2027-01-08')
    assert.equal(await bob.period(), '2027-01-01 to 2027-01-31')
    assert.equal(await eve.period(), '2027-01-01 to 2027-02-01')
  },
)

scenario(
  'a trial without a card ends past due, and a card settles it on the next retry',
  async (world) => {
    const ada = await world.subscribe({
      on: '2027-01-01',
      terms: { trialDays: 2 },
      card: null,
      events: ['subscription.created'],
    })
    await world.goTo('2027-01-03', {
      events: [
        'invoice.created',
        'invoice.finalized',
        'invoice.payment_failed',
        'subscription.trial_ended',
        'subscription.past_due',
      ],
    })
    await ada.replaceCard(card.good)
    await world.goTo('2027-01-04', {
      events: ['payment.succeeded', 'invoice.paid', 'subscription.updated'],
    })
    assert.equal(await ada.status(), 'active')
  },
)

scenario("a trial is not moved to where the subscription's own end lies", async (world) => {
  const ada = await world.subscribe({
    on: '2027-01-01',
    terms: {
      trialDays: 10,
      billingEndStrategy: 'on_date',
      billingEndsOn: '2027-01-21T00:00:00Z',
    },
    events: ['subscription.created'],
  })
  const refused = async (method: 'PATCH' | 'POST', path: string, body: object) => {
    const { status, at } = await world.api.call(method, path, { body })
    return `${status} ${String(at('error.param'))}`
  }
  const path = `/subscriptions/${ada.id}`
  const late = { nextBillingDate: '2027-02-10' }
  assert.equal(await refused('PATCH', path, late), '400 nextBillingDate')
  assert.equal(await refused('PATCH', path, { billingAnchorDay: 25 }), '400 billingAnchorDay')
  assert.equal(await refused('POST', `/trials/${ada.id}/extend`, { days: 10 }), '400 days')
  assert.equal(await ada.period(), '2027-01-01 to 2027-01-11')

  await ada.change({ nextBillingDate: '2027-01-20' })
  await world.expects(['subscription.updated'])
  await world.goTo('2027-02-10', {
    events: [
      '2027-01-17 subscription.trial_ending',
      '2027-01-20 invoice.created',
      '2027-01-20 invoice.finalized',
      '2027-01-20 payment.succeeded',
      '2027-01-20 invoice.paid',
      '2027-01-20 subscription.trial_ended',
      '2027-01-20 subscription.activated',
      '2027-01-21 subscription.updated',
    ],
  })
  assert.equal(await ada.status(), 'expired')
  assert.deepEqual(await ada.bills(), ['2900 paid'])
})
