import assert from 'node:assert/strict'
import { CAMPAIGN, card, DAYS_30, OK, ourId, story } from './shop.ts'

const CALENDAR = { frequency: 'calendar' }

story('17 to 20: a profile that is not whole is refused, and nothing is stored', async (shop) => {
  const { PP, gateways, world } = shop
  const [G1] = gateways
  const single = await shop.post('/payment_profiles', {
    name: 'Single',
    steps: [{ source: 'gateway', gateways: [{ user_gateway: G1 }] }],
  })
  const whole = { name: 'X', ...DAYS_30, occurrences_unlimited: true, payment_profile: PP }
  const { name: _name, ...unnamed } = whole
  const { payment_profile: _profile, ...unrouted } = whole
  const { frequency_unit: _unit, ...unsettled } = whole
  const wrong: readonly (readonly [object, RegExp])[] = [
    [unnamed, /^name is required/], // 17
    [unrouted, /^payment_profile is required/], // 17
    [{ ...whole, name: 'SP30' }, /^Another subscription profile has this name/], // 18
    [unsettled, /frequency_unit/], // 19
    [{ ...whole, ...CALENDAR }, /frequency_calendar/], // 19
    [{ ...whole, frequency_fiscal: { period: 'standard' } }, /^frequency_fiscal .* frequency unit/],
    [
      { ...unsettled, frequency: 'fiscal', frequency_fiscal: { period: 'standard', nth: 3 } },
      /nth .* standard/,
    ],
    [{ ...whole, colour: 'red' }, /^colour is not known here/], // 19
    [{ ...whole, occurrences_unlimited: false }, /occurrences/],
    [
      {
        ...whole,
        payment_profile: single.at('payment_profile_id'),
        prefer_last_success_gateway: true,
      },
      /cascade/,
    ], // 20
  ]
  const count = async () => (await world.house.countRows())['subscription_profiles']
  const before = await count()
  for (const [body, sentence] of wrong)
    assert.match(await shop.refuses(400, 'POST', '/subscription_profiles', body), sentence)
  assert.equal(await count(), before)
})

story('21: another frequency moves no date that is set', async (shop) => {
  const { SP30 } = shop
  const one = await shop.sell('2031-01-15')
  const other = await shop.sell('2031-01-16')
  await shop.goTo('2031-02-01')
  const edited = `/subscription_profiles/${SP30}`
  await shop.refuses(400, 'POST', edited, { frequency: 'unit' })
  await shop.post(edited, { frequency: 'unit', frequency_unit: { unit: 'days', value: 10 } })
  assert.equal(await shop.standing(one.subscription), 'active 2031-02-14')
  await shop.goTo('2031-02-16')
  assert.equal(await shop.standing(one.subscription), 'active 2031-02-24')
  assert.equal(await shop.standing(other.subscription), 'active 2031-02-25')
  assert.deepEqual((await shop.get(edited)).at('frequency_unit'), { unit: 'days', value: 10 })
})

story('22: a custom profile is of one subscription', async (shop) => {
  const { SP30, world } = shop
  const one = await shop.sell('2031-01-15')
  const other = await shop.sell('2031-01-15')
  // Only a screen makes custom profiles, and the screen speaks /v2.
  await world.api.post(`/subscriptions/${ourId('subscription', one.subscription)}/edit`, {
    custom_profile: { frequency: { kind: 'unit', unit: 'day', count: 45 } },
  })
  await shop.goTo('2031-02-14')
  assert.equal(await shop.standing(one.subscription), 'active 2031-03-31')
  assert.equal(await shop.standing(other.subscription), 'active 2031-03-16')
  const followed = (await shop.get(`/subscriptions/${one.subscription}`)).text(
    'subscription_profile',
  )
  const custom = await shop.get(`/subscription_profiles/${followed}`)
  assert.deepEqual(
    ['subscription_specific', 'subscription', 'frequency_unit.value'].map((name) =>
      custom.at(name),
    ),
    [true, one.subscription, 45],
  )
  const global = await shop.get(`/subscription_profiles/${SP30}`)
  assert.deepEqual(
    ['subscription_specific', 'frequency_unit.value'].map((name) => global.at(name)),
    [false, 30],
  )
})

story('a field that the rest of a call contradicts is refused by name, and an address is kept', async (shop) => {
  const { PP, P } = shop
  const more = { ip_address: '203.0.113.77', metadata: [{ name: 'source', value: 'mail' }] }
  const { sale, customer } = await shop.sell('2031-01-15', { more })
  assert.deepEqual((await shop.get(`/sales/${sale.text('sale_id')}`)).at('metadata'), [
    { name: 'source', value: 'mail' },
    { name: 'ip_address', value: '203.0.113.77' },
  ])
  const body = {
    campaign: CAMPAIGN,
    payment_type: 'credit_card',
    payment_profile: PP,
    credit_card: card(OK),
    customer_id: customer,
    product: [{ id: P }],
  }
  const refuses = (field: object) => shop.refuses(400, 'POST', '/sales', { ...body, ...field })
  assert.match(await refuses({ paypal_transaction_id: 'PPTX-1' }), /^paypal_transaction_id is for/)
  assert.match(await refuses({ customer: { phone: '+15550001' } }), /customer_id or customer/)
  const finer = { actions: [{ type: 'adjust_amount', percent: 0.004 }] }
  const preview = '/subscription_bulk_edits/preview'
  assert.match(await shop.refuses(400, 'POST', preview, finer), /percent must have two decimals/)
}) // prettier-ignore
