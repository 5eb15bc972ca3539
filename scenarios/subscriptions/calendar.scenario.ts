import assert from 'node:assert/strict'
import {
  card,
  memberOf,
  PAID_RENEWAL,
  PAID_START,
  scenario,
  SENT_START,
  type ScenarioWorld,
} from '@perennial/testkit/scenario'

/** One renewal on each of these dates, and nothing else. */
async function renewsOn(world: ScenarioWorld, dates: readonly string[]): Promise<void> {
  for (const date of dates) {
    await world.goTo(date, { events: PAID_RENEWAL.map((type) => `${date} ${type}`) })
  }
}

scenario(
  'a subscription of 31 January is billed on the last day of shorter months',
  async (world) => {
    const ada = await world.subscribe({ on: '2027-01-31' })
    await renewsOn(world, ['2027-02-28', '2027-03-31', '2027-04-30', '2027-05-31', '2027-06-30'])
    assert.equal(await ada.period(), '2027-06-30 to 2027-07-31')
  },
)

scenario('31 January goes through a leap February', { on: '2027-12-31' }, async (world) => {
  const ada = await world.subscribe({ on: '2027-12-31' })
  await renewsOn(world, ['2028-01-31', '2028-02-29', '2028-03-31'])
  assert.equal(await ada.period(), '2028-03-31 to 2028-04-30')
})

scenario(
  'a yearly subscription of 29 February comes back to it every fourth year',
  async (world) => {
    await world.subscribe({ on: '2028-02-29', every: 'year', priceMinor: 290_00 })
    await renewsOn(world, ['2029-02-28', '2030-02-28', '2031-02-28', '2032-02-29', '2033-02-28'])
  },
)

scenario('weeks and quarters keep their day', async (world) => {
  await world.subscribe({ who: 'Ada', on: '2027-01-29', every: '2 week' })
  await renewsOn(world, ['2027-02-12', '2027-02-26', '2027-03-12'])
  await world.subscribe({ who: 'Bob', on: '2027-03-20', every: '3 month' })
  await renewsOn(world, ['2027-03-26', '2027-04-09', '2027-04-23'])
  const seen = await world.goTo('2027-06-20', {
    events: ['2027-05-07', '2027-05-21', '2027-06-04', '2027-06-18']
      .flatMap((date) => PAID_RENEWAL.map((type) => `${date} Ada: ${type}`))
      .concat(PAID_RENEWAL.map((type) => `2027-06-20 Bob: ${type}`)),
  })
  assert.equal(seen.at('data.work.parked'), 0)
})

const NEW_YORK = { timezone: 'America/New_York', on: '2027-03-01' }

scenario(
  '02:30 in New York is billed at 03:30 on the day that skips it',
  NEW_YORK,
  async (world) => {
    // The clocks go from 02:00 to 03:00 on 14 March 2027.
    await world.subscribe({ on: '2027-03-12 02:30', every: 'day' })
    await renewsOn(world, ['2027-03-13 02:30', '2027-03-14 03:30', '2027-03-15 02:30'])
  },
)

const BERLIN = { timezone: 'Europe/Berlin', on: '2027-10-01' }

scenario('02:30 in Berlin is billed once on the day that has it twice', BERLIN, async (world) => {
  // The clocks go from 03:00 back to 02:00 on 31 October 2027.
  await world.subscribe({ on: '2027-10-29 02:30', every: 'day' })
  await renewsOn(world, ['2027-10-30 02:30', '2027-10-31 02:30', '2027-11-01 02:30'])
})

scenario('a month at 02:30 keeps its hour through summer time', BERLIN, async (world) => {
  const ada = await world.subscribe({ on: '2027-11-28 02:30' })
  await renewsOn(world, ['2027-12-28 02:30', '2028-01-28 02:30', '2028-02-28 02:30'])
  await renewsOn(world, ['2028-03-28 02:30', '2028-04-28 02:30'])
  const shown = await ada.show()
  assert.equal(shown.at('data.current_period_start'), '2028-04-28T00:30:00.000Z')
})

scenario('trial days are days of the calendar', BERLIN, async (world) => {
  // The clocks go back on 31 October 2027: two weeks are an hour more than 14 times 24.
  const trial = { terms: { trialDays: 14 }, events: ['subscription.created'] }
  const ada = await world.subscribe({ on: '2027-10-20', ...trial })
  assert.equal((await ada.show()).at('data.trial_end'), '2027-11-02T23:00:00.000Z')
  await world.goTo('2027-11-03', {
    events: [
      '2027-10-31 01:00 subscription.trial_ending',
      ...PAID_START.slice(1, -1),
      'subscription.trial_ended',
      'subscription.activated',
    ],
  })
  await renewsOn(world, ['2027-12-03'])
})

scenario('due days are days of the calendar', BERLIN, async (world) => {
  // The clocks go forward on 26 March 2028.
  const ada = await world.subscribe({
    on: '2028-03-20',
    card: null,
    terms: { collectionMethod: 'send_invoice', daysUntilDue: 14 },
    events: SENT_START,
  })
  const [invoice] = await ada.invoices()
  const shown = await world.api.get(`/invoices/${invoice?.id}`)
  assert.equal(shown.at('data.due_date'), '2028-04-02T22:00:00.000Z')
})

scenario('a month that ends on the day without 02:30 ends at 03:30', BERLIN, async (world) => {
  // 26 March 2028 has no 02:30; the months before and after it do.
  const ada = await world.subscribe({ on: '2028-02-26 02:30' })
  await renewsOn(world, ['2028-03-26 03:30', '2028-04-26 02:30'])
  assert.equal(await ada.period(), '2028-04-26 02:30 to 2028-05-26 02:30')
})

scenario(
  'an account that moves to Berlin bills new subscriptions by its clocks, and old ones as before',
  { on: '2027-03-20' },
  async (world) => {
    const ada = await world.subscribe({ who: 'Ada' })
    const moved = await world.api.patch('/account', { timezone: 'Europe/Berlin', currency: 'EUR' })
    assert.equal(moved.at('data.timezone'), 'Europe/Berlin')
    const bob = await world.subscribe({
      who: 'Bob',
      terms: { startDate: '2027-03-21' },
      events: ['subscription.created'],
    })
    // Midnight in Berlin is 23:00 in UTC, and 22:00 once summer time has begun on 28 March.
    await world.goTo('2027-03-20 23:00', { events: PAID_START.slice(1) })
    await renewsOn(world, ['2027-04-20', '2027-04-20 22:00', '2027-05-20', '2027-05-20 22:00'])
    assert.equal(await ada.period(), '2027-05-20 to 2027-06-20')
    assert.equal(await bob.period(), '2027-05-20 22:00 to 2027-06-20 22:00')

    const customer_uuid = ada.customer.id
    const draft = await world.api.post('/invoices', { customer_uuid, total_minor: 500 })
    assert.equal(draft.at('data.currency'), 'EUR')
    await world.expects(['invoice.created'])
  },
)

scenario(
  'a billing day bills the whole first part at once, when the first charge is immediate',
  async (world) => {
    const ada = await world.subscribe({ on: '2027-01-15', terms: { billingAnchorDay: 1 } })
    assert.equal(await ada.period(), '2027-01-15 to 2027-02-01')
    await renewsOn(world, ['2027-02-01', '2027-03-01'])
    assert.deepEqual(await ada.bills(), ['2900 paid', '2900 paid', '2900 paid'])
  },
)

scenario('a billing day with next_anchor gives the time before it for free', async (world) => {
  const ada = await world.subscribe({
    on: '2027-01-15',
    price: { start_rule: 'next_anchor' },
    terms: { billingAnchorDay: 1 },
    events: ['subscription.created', 'subscription.activated'],
  })
  assert.equal(await ada.status(), 'active')
  assert.equal(await ada.period(), '2027-01-15 to 2027-02-01')
  await renewsOn(world, ['2027-02-01', '2027-03-01'])
  assert.deepEqual(await ada.bills(), ['2900 paid', '2900 paid'])
})

scenario('a billing day with prorate bills the share of the time before it', async (world) => {
  const ada = await world.subscribe({
    on: '2027-01-15',
    priceMinor: 31_00,
    price: { start_rule: 'prorate' },
    terms: { billingAnchorDay: 1 },
  })
  // 17 of January's 31 days.
  assert.deepEqual(await ada.bills(), ['1700 paid'])
  await renewsOn(world, ['2027-02-01'])
  assert.deepEqual(await ada.bills(), ['1700 paid', '3100 paid'])
})

scenario(
  'an introductory amount is billed once, for the time before the billing day',
  async (world) => {
    await world.goTo('2027-01-15')
    const product = await world.api.post('/products', {
      product_id: 'club',
      name: 'Club',
      kind: 'subscription',
      pricing_model: 'recurring',
      amount_minor: 10_00,
      renewal_amount_minor: 20_00,
      interval: 'month',
      interval_count: 1,
      billing_anchor_rule: 'day_of_month',
      billing_anchor_day: 1,
    })
    const customer = await world.customer('Ada')
    await world.addCard(customer, card.good)
    const club = { customerId: customer.id, productId: product.at('data.id') }
    const ada = await world.api.post('/subscriptions', club)
    await world.expects(PAID_START)
    await renewsOn(world, ['2027-02-01', '2027-03-01'])
    const renewals = await world.api.get(`/renewals?subscription_id=${String(ada.at('data.id'))}`)
    const rows = renewals.at('data')
    assert.ok(Array.isArray(rows))
    assert.deepEqual(
      rows.map((row) => [memberOf(row, 'cycle'), memberOf(row, 'amount_minor')]),
      [
        [2, 20_00],
        [1, 20_00],
        [0, 10_00],
      ],
    )
  },
)

scenario('only months and years are billed on a day of the month', async (world) => {
  const ada = await world.subscribe({ on: '2027-01-16', every: 'week' })
  const refused = async (method: 'POST' | 'PATCH', path: string, body: object) => {
    const { status, at } = await world.api.call(method, path, { body })
    return `${status} ${String(at('error.param'))}`
  }
  const path = `/subscriptions/${ada.id}`
  assert.equal(await refused('PATCH', path, { billingAnchorDay: 15 }), '400 billingAnchorDay')

  const weekly = { customerId: ada.customer.id, priceId: await world.price({ every: 'week' }) }
  const asked = { ...weekly, billingAnchorDay: 15 }
  assert.equal(await refused('POST', '/subscriptions', asked), '400 billingAnchorDay')
  const monthly = await world.price({ product: { billing_anchor_rule: 'last_day' } })
  const product_id = (await world.api.get(`/prices/${monthly}`)).at('product_id')
  const body = { product_id, type: 'recurring', interval: 'week', unit_amount: 9_00 }
  const priceId = (await world.api.post('/prices', body)).at('id')
  assert.equal(await refused('POST', '/subscriptions', { ...weekly, priceId }), '400 priceId')
  await world.goTo('2027-01-23', { events: PAID_RENEWAL })
  assert.equal(await ada.period(), '2027-01-23 to 2027-01-30')
})

scenario('the last day of the month is a billing day of its own', async (world) => {
  const ada = await world.subscribe({
    on: '2027-02-28',
    product: { billing_anchor_rule: 'last_day' },
  })
  assert.equal(await ada.period(), '2027-02-28 to 2027-03-31')
  await renewsOn(world, ['2027-03-31', '2027-04-30'])
})
