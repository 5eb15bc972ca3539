import assert from 'node:assert/strict'
import { memberOf, PAID_RENEWAL, scenario, type ScenarioWorld } from '@perennial/testkit/scenario'
import { createDiscount } from '../discounts/discount.ts'
import { openShop, PRICE_MINOR, standing } from '../profiles/shop.ts'
import {
  changesOf,
  confirm,
  confirmAndExpect,
  countsOf,
  listRows,
  preview,
  rowsOf,
} from './desk.ts'

// The stories of revcent.md 19 happen six years later, on the same days of the month.
const IN_2031 = { on: '2031-05-01' } as const
const IN_JUNE = { next_renewal_from: '2031-06-10', next_renewal_to: '2031-06-20' }

/** Ada renews on 12 June, Bob on 1 July, and the trial of Tia ends on 15 June. */
async function openWithTrial(world: ScenarioWorld) {
  const shop = await openShop(world)
  const ada = await shop.sell('2031-05-13')
  const bob = await shop.sell('2031-06-01', { who: 'Bob' })
  const tia = await world.subscribe({
    who: 'Tia',
    priceMinor: PRICE_MINOR,
    terms: { subscription_profile_id: shop.profileId, trialDays: 14 },
    events: ['subscription.created'],
  })
  return { shop, ada, bob, tia }
}

scenario('an edit that more match than may is refused, and nothing is kept of it', IN_2031, async (world) => {
  const { bob } = await openWithTrial(world)
  const actions = [{ type: 'extend_next_renewal', days: 1 }]
  const at = (matching_max: number, filters: object = {}) => ({ actions, matching_max, filters })
  const refused = await world.api.call('POST', '/subscription-edits', { body: at(2) })
  assert.deepEqual(
    [refused.status, refused.at('error.param'), refused.at('error.message')],
    [400, 'filters', 'More than 2 subscriptions match. Narrow the filters.'],
  )
  assert.equal((await world.api.get('/subscription-edits')).at('data.length'), 0)
  assert.equal(countsOf(await preview(world, at(3))), '3 planned')
  const alone = await preview(world, at(1, { subscription_ids: [bob.id] }))
  assert.deepEqual([countsOf(alone), alone.at('data.status')], ['1 planned', 'draft'])
}) // prettier-ignore

scenario('a trial is found by its end, and moves along with it', IN_2031, async (world) => {
  const { ada, bob, tia } = await openWithTrial(world)
  const who = { Ada: ada, Bob: bob, Tia: tia }
  const found = await preview(world, { filters: IN_JUNE, segment_by: 'trial' }) // 61
  assert.deepEqual(await rowsOf(world, found, who), ['Ada: unchanged', 'Tia: unchanged'])
  assert.deepEqual(
    [found.at('data.segments.0.value'), found.at('data.segments.1.value')],
    [false, true],
  )
  const extend = [{ value: true, actions: [{ type: 'extend_next_renewal', days: 10 }] }]
  const later = await preview(world, { filters: IN_JUNE, segment_by: 'trial', segments: extend }) // 62
  assert.equal(countsOf(later), '1 planned, 1 unchanged')
  assert.deepEqual(await changesOf(world, later), [
    'next_renewal_at 2031-06-15 -> 2031-06-25',
    'trial_end 2031-06-15 -> 2031-06-25',
  ])
  assert.equal(await standing(tia), 'trialing 2031-06-15') // nothing has changed yet
  await confirmAndExpect(world, later, ['subscription.updated'])
  assert.equal(await standing(tia), 'trialing 2031-06-25')
  assert.equal(await standing(ada), 'active 2031-06-12')

  const both = await preview(world, {
    // 63
    filters: { next_renewal_from: '2031-06-10', next_renewal_to: '2031-06-25' },
    segment_by: 'trial',
    segments: [true, false].map((value) => ({
      value,
      actions: [{ type: 'set_next_renewal', at: '2031-08-01' }],
    })),
  })
  await confirmAndExpect(world, both, ['subscription.updated', 'subscription.updated'])
  assert.deepEqual(
    [await standing(ada), await standing(tia)],
    ['active 2031-08-01', 'trialing 2031-08-01'],
  )
  assert.equal((await tia.show()).at('data.trial_end'), '2031-08-01T00:00:00.000Z')

  await world.goTo('2031-08-01', {
    events: {
      Bob: [...PAID_RENEWAL, ...PAID_RENEWAL],
      Ada: PAID_RENEWAL,
      Tia: [
        'subscription.trial_ending',
        ...PAID_RENEWAL.slice(0, -1),
        'subscription.trial_ended',
        'subscription.activated',
      ],
    },
  })
  assert.equal(await standing(tia), 'active 2031-08-31')
  const filters = { customer_ids: [tia.customer.id] }
  const actions = [{ type: 'extend_next_renewal', days: 5 }]
  await confirmAndExpect(world, await preview(world, { filters, actions }), [
    'subscription.updated',
  ]) // 64
  assert.equal(await standing(tia), 'active 2031-09-05')
  assert.equal((await tia.show()).at('data.trial_end'), '2031-08-01T00:00:00.000Z')
})

scenario(
  'a limit takes the soonest renewals, and a review is confirmed once',
  IN_2031,
  async (world) => {
    const shop = await openShop(world)
    const sold = []
    for (const day of ['01', '02', '03', '04'])
      sold.push(await shop.sell(`2031-05-${day}`, { who: `Day${day}` }))
    const filters = { subscription_profile_ids: [shop.profileId] }
    const actions = [
      { type: 'adjust_amount', rate_bps: -1_000 },
      { type: 'extend_next_renewal', days: 1 },
    ]
    const all = await preview(world, { filters, actions, limit: 2 }) // 65
    assert.equal(countsOf(all), '2 planned, 2 unchanged')
    assert.deepEqual(all.at('data.totals'), [
      { currency: 'USD', subscriptions: 2, amount_before_minor: 80_00, amount_after_minor: 72_00 },
    ])
    const rows = await listRows(world, all)
    assert.deepEqual(
      rows.map((row) => String(memberOf(memberOf(row, 'before'), 'next_renewal_at')).slice(8, 10)),
      ['31', '01', '02', '03'],
    )
    assert.equal(memberOf(memberOf(rows[2], 'reason'), 'code'), 'beyond_limit')

    const path = `/subscription-edits/${all.text('data.id')}/confirm`
    const wrong = await world.api.call('POST', path, { body: { review_token: 'another' } })
    assert.equal(wrong.status, 409)
    await confirmAndExpect(world, all, ['subscription.updated', 'subscription.updated'])
    const [first, second] = await Promise.all(sold.slice(0, 2).map((one) => one.show()))
    assert.deepEqual(
      [first?.at('data.amount_minor'), second?.at('data.amount_minor')],
      [36_00, 36_00],
    )
    const review_token = all.text('data.review_token')
    const again = await world.api.call('POST', path, { body: { review_token } }) // 66
    assert.equal(again.status, 409)
    await world.expects([])
  },
)

scenario('what was changed after the review is skipped, and named', IN_2031, async (world) => {
  const shop = await openShop(world)
  const ada = await shop.sell('2031-05-02')
  const bob = await shop.sell('2031-05-03', { who: 'Bob' })
  const eve = await shop.sell('2031-05-04', { who: 'Eve' })
  const dan = await shop.sell('2031-05-05', { who: 'Dan' })
  const [gateway] = [(await world.api.get('/gateways')).text('data.0.id')]
  const review = await preview(world, { actions: [{ type: 'extend_next_renewal', days: 3 }] })
  assert.equal(countsOf(review), '4 planned')
  await world.api.post(`/subscriptions/${bob.id}/cancel-now`, {})
  await eve.change({ forced_gateway_id: gateway })
  await dan.change({ metadata: { seen: 'yes' } })
  await world.expects([
    'subscription.canceled',
    'subscription.routing_changed',
    'subscription.updated',
  ])

  const done = await confirmAndExpect(world, review, ['subscription.updated']) // 67
  assert.equal(countsOf(done), '1 changed, 3 skipped')
  assert.deepEqual(await rowsOf(world, done, { Ada: ada, Bob: bob, Eve: eve, Dan: dan }), [
    'Ada: changed',
    'Bob: skipped changed_since_load',
    'Eve: skipped changed_since_load',
    'Dan: skipped changed_since_load',
  ])
  const timeline = await world.api.get(`/subscriptions/${ada.id}/timeline?limit=1`)
  assert.deepEqual(timeline.at('data.0.changes.0'), {
    field: 'current_period_end',
    before: '2031-06-01T00:00:00.000Z',
    after: '2031-06-04T00:00:00.000Z',
  })
})

scenario('a preferred gateway is set for a segment, and taken back', IN_2031, async (world) => {
  const shop = await openShop(world)
  const ada = await shop.sell('2031-05-02')
  const bob = await shop.sell('2031-05-03', { who: 'Bob' })
  const second = (await world.api.get('/gateways')).text('data.1.id')
  const routing = async (id: string) =>
    (await world.api.get(`/subscriptions/${id}/routing`)).at('data.preferred_gateway_id')
  const review = await preview(world, {
    // 68
    segment_by: 'preferred_gateway',
    segments: [{ value: null, actions: [{ type: 'set_preferred_gateway', gateway_id: second }] }],
  })
  const told = ['subscription.routing_changed', 'subscription.routing_changed']
  const done = await confirmAndExpect(world, review, told)
  assert.deepEqual([await routing(ada.id), await routing(bob.id)], [second, second])

  const undo = await world.api.post(`/subscription-edits/${done.text('data.id')}/undo`)
  assert.equal(countsOf(undo), '2 planned')
  await confirmAndExpect(world, undo, told)
  assert.deepEqual([await routing(ada.id), await routing(bob.id)], [null, null])
  const undone = await world.api.get(`/subscription-edits/${done.text('data.id')}`)
  assert.equal(undone.at('data.undone_by_id'), undo.at('data.id'))
  const twice = await world.api.post(`/subscription-edits/${done.text('data.id')}/undo`)
  assert.equal(countsOf(twice), '2 skipped')
  const refused = await world.api.call(
    'POST',
    `/subscription-edits/${twice.text('data.id')}/confirm`,
    {
      body: { review_token: twice.text('data.review_token') },
    },
  )
  assert.equal(refused.status, 409)
})

scenario('a change is undone where it can be, row by row', IN_2031, async (world) => {
  const shop = await openShop(world)
  const ada = await shop.sell('2031-05-02')
  const bob = await shop.sell('2031-05-03', { who: 'Bob' })
  const plain = await world.subscribe({ on: '2031-05-31', who: 'Pia', priceMinor: 10_00 })
  const review = await preview(world, {
    filters: { statuses: ['active'] },
    segment_by: 'subscription_profile',
    segments: [
      {
        value: shop.profileId,
        actions: [
          { type: 'set_amount', amount_minor: 10_00 },
          { type: 'set_next_renewal', at: '2031-07-01' },
          { type: 'suspend' },
        ],
      },
      { value: null, actions: [{ type: 'extend_next_renewal', days: 3 }] },
    ],
  })
  const changed = ['subscription.updated', 'subscription.paused']
  const done = await confirmAndExpect(world, review, [
    ...changed,
    ...changed,
    'subscription.updated',
  ])
  assert.equal(await standing(ada), 'paused 2031-07-01')
  await bob.change({ metadata: { kept: 'yes' } })
  await world.expects(['subscription.updated'])

  const undo = await world.api.post(`/subscription-edits/${done.text('data.id')}/undo`)
  assert.equal(undo.at('data.undoes_id'), done.at('data.id'))
  assert.deepEqual(await rowsOf(world, undo, { Ada: ada, Bob: bob, Pia: plain }), [
    'Ada: planned',
    'Bob: skipped changed_since_edit',
    'Pia: planned',
  ])
  await confirmAndExpect(world, undo, [
    'subscription.updated',
    'subscription.resumed',
    'subscription.updated',
  ])
  assert.equal(await standing(ada), 'active 2031-06-01')
  assert.equal((await ada.show()).at('data.amount_minor'), PRICE_MINOR)
  assert.equal(await standing(bob), 'paused 2031-07-01')
  // Sold on the 31st: the month after a short one is counted from there again.
  await world.goTo('2031-06-30', { events: { Ada: PAID_RENEWAL, Pia: PAID_RENEWAL } })
  assert.equal(await plain.period(), '2031-06-30 to 2031-07-31')
})

scenario(
  'a discount is given to many, reduces their renewals, and is taken back',
  IN_2031,
  async (world) => {
    const shop = await openShop(world)
    const ada = await shop.sell('2031-05-02')
    const bob = await shop.sell('2031-05-03', { who: 'Bob' })
    const tenth = await createDiscount(world, { code: 'TENTH', recurring_type: 'forever' })
    const other = await createDiscount(world, {
      code: 'OTHER',
      recurring_type: 'forever',
      applies_to: 'specific_products',
      product_ids: [(await bob.show()).text('data.product_id')],
    })
    const add = (discount_id: string) => ({ actions: [{ type: 'add_discount', discount_id }] })
    const some = await preview(world, { ...add(other), filters: { campaigns: [null] } })
    assert.deepEqual(await rowsOf(world, some, { Ada: ada, Bob: bob }), [
      'Ada: skipped discount_not_usable',
      'Bob: planned',
    ])
    assert.equal(
      countsOf(await preview(world, { ...add(other), filters: { campaigns: ['june'] } })),
      '',
    )
    const review = await preview(world, add(tenth))
    const both = ['subscription.updated', 'subscription.updated']
    const done = await confirmAndExpect(world, review, both)
    assert.equal((await ada.show()).at('data.discount_ids.0'), tenth)
    await world.goTo('2031-05-31 12:00')
    const undo = await world.api.post(`/subscription-edits/${done.text('data.id')}/undo`)
    await world.goTo('2031-06-01', { events: { Ada: PAID_RENEWAL } })
    assert.deepEqual((await ada.bills()).at(-1), '3600 paid')
    const undone = await confirm(world, undo)
    assert.equal(countsOf(undone), '1 changed, 1 skipped')
    await world.expects([
      'subscription_edit.confirmed',
      'subscription.updated',
      'subscription_edit.completed',
    ])
    await world.goTo('2031-06-02', { events: { Bob: PAID_RENEWAL } })
    assert.deepEqual((await bob.bills()).at(-1), '4000 paid')
    const archived = {
      actions: [
        { type: 'add_discount', discount_id: tenth },
        { type: 'remove_discount', discount_id: tenth },
      ],
    }
    const refused = await world.api.call('POST', '/subscription-edits', { body: archived })
    assert.equal(refused.at('error.param'), 'actions[1].type')
  },
)

scenario('a review is tried out on the first of its rows', IN_2031, async (world) => {
  const shop = await openShop(world)
  const ada = await shop.sell('2031-05-02')
  const bob = await shop.sell('2031-05-03', { who: 'Bob' })
  const review = await preview(world, { actions: [{ type: 'extend_next_renewal', days: 2 }] })
  const review_token = review.text('data.review_token')
  const path = `/subscription-edits/${review.text('data.id')}`
  const body = { review_token, limit: 1 }
  const done = await world.api.post(`${path}/confirm`, body)
  assert.deepEqual([done.at('data.status'), countsOf(done)], ['done', '1 changed, 1 unchanged'])
  await world.expects([
    'subscription_edit.confirmed',
    'subscription.updated',
    'subscription_edit.completed',
  ])
  assert.deepEqual(
    [await standing(ada), await standing(bob)],
    ['active 2031-06-03', 'active 2031-06-02'],
  )
})

scenario(
  'a review and its confirmation are asked for in either letter case',
  IN_2031,
  async (world) => {
    const { bob } = await openWithTrial(world)
    const asked = { actions: [{ type: 'extend_next_renewal', days: 1 }], matchingMax: 10 }
    const filters = { nextRenewalFrom: '2031-06-30', nextRenewalTo: '2031-07-02' }
    const review = await preview(world, { ...asked, filters })
    const edit = `/subscription-edits/${review.text('data.id')}`
    await world.api.post(`${edit}/confirm`, { reviewToken: review.text('data.review_token') })
    await world.expects([
      'subscription_edit.confirmed',
      'subscription.updated',
      'subscription_edit.completed',
    ])
    assert.equal(await standing(bob), 'active 2031-07-02')
    const misspelt = { body: { ...asked, filters: { nextRenewal: '2031-06-30' } } }
    const refused = await world.api.call('POST', '/subscription-edits', misspelt)
    assert.equal(refused.at('error.param'), 'filters.nextRenewal')
  },
)
