import assert from 'node:assert/strict'
import {
  card,
  memberOf,
  PAID_RENEWAL,
  PAID_START,
  scenario,
  type Answer,
  type ScenarioWorld,
} from '@perennial/testkit/scenario'
import { begunBy, openTill, standingOf } from '../sales/till.ts'

const IN_2031 = { on: '2031-01-01' } as const

const SOLD_TRIAL = [
  'sale.created',
  'invoice.created',
  'invoice.finalized',
  'invoice.paid',
  'subscription.created',
  'sale.paid',
]

/** What the end of a trial tells that is paid. */
const PAID_END = [
  'invoice.created',
  'invoice.finalized',
  'payment.succeeded',
  'invoice.paid',
  'subscription.trial_ended',
  'subscription.activated',
]

type TrialShop = {
  /** Sells a trial now; its id. */
  sell(who: string, line?: object): Promise<string>
  standing(id: string): Promise<string>
  /** "active 2031-06-15": the trial as it is shown by itself. */
  trial(id: string): Promise<string>
  move(id: string, operation: string, body?: object): Promise<Answer>
}

async function openTrialShop(world: ScenarioWorld, profile: object = {}): Promise<TrialShop> {
  const till = await openTill(world, profile)
  return {
    sell: async (who, line = {}) => {
      const customer = await world.customer(who)
      await world.addCard(customer, card.good)
      const lines = [{ product_id: till.trialId, ...line }]
      const sale = await till.sell({ customer_id: customer.id, campaign: 'summer', lines })
      assert.equal(sale.at('data.amount_minor'), 0)
      await world.expects(SOLD_TRIAL)
      return begunBy(sale)[0] ?? ''
    },
    standing: (id) => standingOf(world, id),
    trial: async (id) => {
      const shown = await world.api.get(`/trials/${id}`)
      const { [0]: day } = String(shown.at('data.ends_at')).split('T')
      return `${String(shown.at('data.status'))} ${day}`
    },
    move: (id, operation, body = {}) =>
      world.api.call('POST', `/trials/${id}/${operation}`, { body }),
  }
}

scenario(
  'a trial charges nothing when it is sold, its own price at its end, and renews at another',
  IN_2031,
  async (world) => {
    const shop = await openTrialShop(world)
    await world.goTo('2031-06-01')
    const ada = await shop.sell('Ada') // 56
    assert.equal(await shop.standing(ada), 'trialing 4000 2031-06-15')
    assert.equal(await shop.trial(ada), 'active 2031-06-15')
    const trial = await world.api.get(`/trials/${ada}`)
    const told = ['amount_minor', 'renewal_amount_minor', 'days_total', 'days_remaining']
    assert.deepEqual(
      told.map((name) => trial.at(`data.${name}`)),
      [20_00, 40_00, 14, 14],
    )
    assert.equal((await world.charges()).length, 0)
    await world.goTo('2031-06-12', { events: ['subscription.trial_ending'] })
    await world.goTo('2031-06-15', { events: PAID_END }) // 57
    assert.equal(await shop.standing(ada), 'active 4000 2031-07-15')
    assert.equal(await shop.trial(ada), 'expired 2031-06-15')
    await world.goTo('2031-07-15', { events: PAID_RENEWAL })
    const renewals = (await world.api.get(`/renewals?subscription_id=${ada}`)).at('data')
    assert.ok(Array.isArray(renewals))
    assert.deepEqual(
      renewals.map((one) => [memberOf(one, 'kind'), memberOf(one, 'amount_minor')]),
      [
        ['automatic', 40_00],
        ['trial_end', 20_00],
      ],
    )
    const late = await shop.move(ada, 'extend', { days: 7 }) // 60
    assert.deepEqual([late.status, late.at('error.code')], [400, 'invalid_request'])
    for (const operation of ['expire', 'cancel'])
      assert.equal((await shop.move(ada, operation)).status, 400)
  },
)

scenario(
  'a trial is expired at the very instant of its start, and charged once',
  IN_2031,
  async (world) => {
    const shop = await openTrialShop(world)
    await world.goTo('2031-06-01')
    const ada = await shop.sell('Ada')
    const quote = await shop.move(ada, 'expire', { preview: true })
    assert.equal(quote.at('data.charge.amount_minor'), 20_00)
    await shop.move(ada, 'expire')
    await world.expects(PAID_END)
    assert.deepEqual(
      [await shop.standing(ada), await shop.trial(ada)],
      ['active 4000 2031-07-01', 'expired 2031-06-01'],
    )
    assert.equal((await shop.move(ada, 'expire')).status, 400)
    const again = await world.api.call('POST', `/subscriptions/${ada}/renew`, { body: {} })
    assert.match(again.text('error.message'), /test-clock\/advance/)
    await world.goTo('2031-07-01', { events: PAID_RENEWAL })
    const billed = (await world.charges()).map((charge) => memberOf(charge, 'amount_minor'))
    assert.deepEqual(billed, [20_00, 40_00])
  },
)

scenario(
  'a trial whose subscription ends with it is expired, at the instant of its start too, and charges nothing',
  IN_2031,
  async (world) => {
    const shop = await openTrialShop(world)
    await world.goTo('2031-06-01')
    const [ada, bob] = [await shop.sell('Ada'), await shop.sell('Bob')]
    for (const id of [ada, bob])
      await world.api.post(`/subscriptions/${id}/cancel`, { mode: 'period_end' })
    await world.expects(['Ada: subscription.canceled', 'Bob: subscription.canceled'])
    await shop.move(ada, 'expire')
    await world.expects(['Ada: subscription.updated'])
    await world.goTo('2031-06-03')
    await shop.move(bob, 'expire')
    await world.expects(['Bob: subscription.updated'])
    for (const id of [ada, bob]) {
      assert.equal(await shop.trial(id), 'cancelled 2031-06-15')
      assert.equal((await world.api.get(`/subscriptions/${id}`)).at('data.status'), 'canceled')
    }
    assert.equal((await world.charges()).length, 0)
  },
)

scenario('a trial is extended, shortened, expired or cancelled', IN_2031, async (world) => {
  const shop = await openTrialShop(world)
  await world.goTo('2031-06-01')
  const [ada, bob, cal, dan] = [
    await shop.sell('Ada'),
    await shop.sell('Bob', { quantity: 3 }),
    await shop.sell('Cal'),
    await shop.sell('Dan'),
  ]
  const preview = await shop.move(ada, 'extend', { days: 7, preview: true })
  assert.equal(preview.at('data.after.trial_end'), '2031-06-22T00:00:00.000Z')
  assert.equal(preview.at('data.next_renewal.amount_minor'), 20_00)
  await world.expects([])
  await shop.move(ada, 'extend', { days: 7 }) // 58
  await shop.move(bob, 'shorten', { days: 5 })
  await world.expects(['Ada: subscription.updated', 'Bob: subscription.updated'])
  assert.equal(await shop.trial(ada), 'active 2031-06-22')
  assert.equal(await shop.trial(bob), 'active 2031-06-10')
  assert.equal((await shop.move(bob, 'shorten', { days: 30 })).at('error.param'), 'days')
  assert.equal((await shop.move(bob, 'extend', { days: 0 })).status, 400)

  await shop.move(cal, 'cancel') // 59
  await world.expects(['Cal: subscription.canceled'])
  assert.equal(await shop.trial(cal), 'cancelled 2031-06-15')
  const ended = await world.api.get(`/subscriptions/${cal}`)
  assert.equal(ended.at('data.status'), 'canceled')

  await world.goTo('2031-06-03 12:00')
  const quote = await shop.move(dan, 'expire', { preview: true })
  assert.equal(quote.at('data.charge.amount_minor'), 20_00)
  await shop.move(dan, 'expire')
  await world.expects(PAID_END.map((type) => `Dan: ${type}`))
  assert.equal(await shop.standing(dan), 'active 4000 2031-07-03 12:00')

  // The date of the subscription and that of its trial are one.
  await world.api.post(`/subscriptions/${ada}/edit`, { next_renewal_at: '2031-06-20', quantity: 2 })
  await world.expects(['Ada: subscription.updated'])
  assert.equal(await shop.trial(ada), 'active 2031-06-20')
  await world.goTo('2031-06-07', { events: ['Bob: subscription.trial_ending'] })
  await world.goTo('2031-06-10', { events: PAID_END.map((type) => `Bob: ${type}`) })
  await world.goTo('2031-06-17', { events: ['Ada: subscription.trial_ending'] })
  await world.goTo('2031-06-20', { events: PAID_END.map((type) => `Ada: ${type}`) })
  assert.equal(await shop.standing(ada), 'active 8000 2031-07-20')
  const billed = (await world.charges()).map((charge) => memberOf(charge, 'amount_minor'))
  assert.deepEqual(billed, [20_00, 60_00, 40_00])
  const listed = (await world.api.get('/trials?limit=2')).at('data')
  assert.ok(Array.isArray(listed))
  assert.deepEqual(
    listed.map((trial) => memberOf(trial, 'id')),
    [dan, cal],
  )
  const customer = String(memberOf(listed[1], 'customer_id'))
  const cancelled = await world.api.get(`/trials?customer_id=${customer}&status=cancelled`)
  assert.equal(cancelled.at('data.0.id'), cal)
})

scenario('a product that is subscribed to costs the same as one that is sold', async (world) => {
  const ada = await world.customer('Ada')
  await world.addCard(ada, card.good)
  const product = await world.api.post('/products', {
    product_id: 'box',
    name: 'Box',
    kind: 'subscription',
    pricing_model: 'recurring',
    amount_minor: 50_00,
    renewal_amount_minor: 40_00,
    trial_amount_minor: 20_00,
    trial_days: 14,
    interval: 'month',
    interval_count: 1,
  })
  const body = { customerId: ada.id, productId: product.text('data.id') }
  const tried = await world.api.post('/subscriptions', body)
  await world.expects(['subscription.created'])
  const sold = await world.api.post('/subscriptions', { ...body, quantity: 2, trialDays: 0 })
  await world.expects(PAID_START)
  assert.deepEqual([tried.at('data.amount_minor'), sold.at('data.amount_minor')], [40_00, 80_00])
  await world.goTo('2027-01-12', { events: ['subscription.trial_ending'] })
  await world.goTo('2027-01-15', { events: PAID_END })
  await world.goTo('2027-02-15', { events: [...PAID_RENEWAL, ...PAID_RENEWAL] })
  const charged = (await world.charges()).map((charge) => memberOf(charge, 'amount_minor'))
  assert.deepEqual(charged, [100_00, 20_00, 80_00, 40_00])
})

/** What a trial's end is charged where the amount is edited from 40.00 to 35.50 in the trial. */
for (const [what, amounts, atEnd] of [
  ['a price of its own, also where both were the same', { trial_amount_minor: 40_00 }, 40_00],
  ['the price of every bill', {}, 35_50],
] as const)
  scenario(`an amount is edited in a trial whose end has ${what}`, async (world) => {
    const ada = await world.customer('Ada')
    await world.addCard(ada, card.good)
    const product = await world.api.post('/products', {
      product_id: 'box',
      name: 'Box',
      kind: 'subscription',
      pricing_model: 'recurring',
      amount_minor: 40_00,
      trial_days: 14,
      interval: 'month',
      interval_count: 1,
      ...amounts,
    })
    const body = { customerId: ada.id, productId: product.text('data.id') }
    const begun = await world.api.post('/subscriptions', body)
    await world.api.post(`/subscriptions/${begun.text('data.id')}/edit`, { amount_minor: 35_50 })
    await world.expects(['subscription.created', 'subscription.updated'])
    await world.goTo('2027-01-12', { events: ['subscription.trial_ending'] })
    await world.goTo('2027-01-15', { events: PAID_END })
    await world.goTo('2027-02-15', { events: PAID_RENEWAL })
    const charged = (await world.charges()).map((charge) => memberOf(charge, 'amount_minor'))
    assert.deepEqual(charged, [atEnd, 35_50])
  })

scenario(
  'a trial whose end is declined has expired: it is salvaged, and counts to the limit',
  IN_2031,
  async (world) => {
    const shop = await openTrialShop(world, { overdue_limit: 2 })
    await world.goTo('2031-06-01')
    const ada = await shop.sell('Ada')
    const customer = await world.customer('Ada')
    await world.addCard(customer, card.declines('insufficient_funds'))
    await world.goTo('2031-06-12', { events: ['subscription.trial_ending'] })
    const declined = ['invoice.created', 'invoice.finalized', 'payment.failed']
    await world.goTo('2031-06-15', {
      events: [
        ...declined,
        'invoice.payment_failed',
        'subscription.trial_ended',
        'subscription.past_due',
        'salvage_transaction.created',
      ],
    })
    assert.equal(await shop.standing(ada), 'past_due 4000 2031-07-15')
    assert.equal(await shop.trial(ada), 'expired 2031-06-15')
    const salvage = await world.api.get(`/salvage-transactions?subscription_id=${ada}`)
    assert.deepEqual(
      ['source_type', 'status', 'amount_remaining_minor'].map((name) =>
        salvage.at(`data.0.${name}`),
      ),
      ['trial', 'ready', 20_00],
    )
    await world.goTo('2031-07-15', {
      events: [
        ...declined,
        'invoice.payment_failed',
        'subscription.paused',
        'salvage_transaction.created',
      ],
    })
    assert.equal(await shop.standing(ada), 'paused 4000 2031-08-14')
  },
)
