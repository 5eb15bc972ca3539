import assert from 'node:assert/strict'
import type { Answer } from '@perennial/testkit'
import { CAMPAIGN, codeOf, dayOf, makeCoupon, ourId, story, type Shop } from './shop.ts'

async function sellTrial(shop: Shop): Promise<string> {
  const product = await shop.product({
    name: 'Tried',
    price_trial: 20,
    trial_days: 14,
    subscription_profile: shop.SP30,
  })
  return (await shop.sell('2031-06-01', { product })).subscription
}

/** A trial that ends on 2031-06-15, one that is due on 2031-06-12, and one that is due on 2031-07-01. */
async function sellThree(shop: Shop) {
  const plain = (await shop.sell('2031-05-13')).subscription
  const trial = await sellTrial(shop)
  const later = (await shop.sell('2031-06-01')).subscription
  return { plain, trial, later }
}

const filters = {
  next_renewal_date_start: '2031-06-10T00:00:00Z',
  next_renewal_date_end: '2031-06-20T00:00:00Z',
}

function rows(answer: Answer, ...names: readonly string[]): unknown[] {
  const list = answer.at('results')
  assert.ok(Array.isArray(list))
  return list.map((_, index) => names.map((name) => answer.at(`results.${index}.${name}`)).join(' ')) // prettier-ignore
}

async function trialEnd(shop: Shop, id: string): Promise<string> {
  return dayOf((await shop.get(`/trials/${id}`)).at('end_date'))
}

/** All that is kept of subscriptions and of what belongs to them. */
async function standings({ world }: Shop): Promise<readonly unknown[]> {
  const { kysely } = world.house.database
  const tables = ['subscriptions', 'subscription_items', 'invoices', 'events'] as const
  return Promise.all(
    tables.map((table) => kysely.selectFrom(table).selectAll().orderBy('id').execute()),
  )
}

const preview = (shop: Shop, body: object) => shop.post('/subscription_bulk_edits/preview', body)
const confirm = (shop: Shop, reviewed: Answer, more: object = {}) =>
  shop.post('/subscription_bulk_edits', { preview_id: reviewed.at('preview_id'), ...more })

story('61 to 64: trials are found and moved by their ends, until they are over', async (shop) => {
  const { plain, trial, later } = await sellThree(shop)
  const found = await preview(shop, { filters, segment_by: 'trial' }) // 61
  assert.deepEqual(rows(found, 'subscription_id'), [plain, trial])
  const paid = async (payment_type: readonly string[]) =>
    rows(await preview(shop, { filters: { ...filters, payment_type } }), 'subscription_id')
  assert.deepEqual(await paid(['credit_card', 'paypal']), [plain, trial])
  assert.deepEqual(await paid(['check_direct', 'offline_payment']), [])

  const extended = await preview(shop, { // 62
    filters,
    segment_by: 'trial',
    segments: [{ value: true, actions: [{ type: 'extend_next_renewal', days: 10 }] }],
  }) // prettier-ignore
  assert.deepEqual(rows(extended, 'subscription_id', 'result'), [`${plain} unchanged`, `${trial} planned`]) // prettier-ignore
  assert.equal(await shop.standing(trial), 'active 2031-06-15')
  await confirm(shop, extended)
  assert.equal(await shop.standing(trial), 'active 2031-06-25')
  assert.equal(await trialEnd(shop, trial), '2031-06-25')
  assert.equal(await shop.standing(plain), 'active 2031-06-12')

  const date = { type: 'set_next_renewal', next_renewal_date: '2031-08-01T00:00:00Z' } // 63
  const both = await preview(shop, {
    filters: { ...filters, next_renewal_date_end: '2031-06-30T00:00:00Z' },
    segment_by: 'trial',
    segments: [true, false].map((value) => ({ value, actions: [date] })),
  })
  await confirm(shop, both)
  assert.equal(await shop.standing(trial), 'active 2031-08-01')
  assert.equal(await trialEnd(shop, trial), '2031-08-01')
  assert.equal(await shop.standing(plain), 'active 2031-08-01')
  assert.equal(await shop.standing(later), 'active 2031-07-01')

  await shop.goTo('2031-08-02') // 64
  assert.equal(await shop.standing(trial), 'active 2031-08-31')
  const over = await preview(shop, {
    filters: { subscription: [trial] },
    actions: [{ type: 'extend_next_renewal', days: 5 }],
  })
  await confirm(shop, over)
  assert.equal(await shop.standing(trial), 'active 2031-09-05')
  assert.equal(await trialEnd(shop, trial), '2031-08-01')
})

story('65 to 67: a run is what was reviewed, once, and no more than its limit', async (shop) => {
  const product = Array.from({ length: 40 }, () => ({ id: shop.P }))
  const { sale } = await shop.sell('2031-01-15', { more: { product } })
  const sold = sale.at('subscription')
  assert.ok(Array.isArray(sold) && sold.length === 40)
  const [soonest, second, ...others] = sold.map(String).toReversed()
  for (const [id, day] of [
    [soonest, '12'],
    [second, '13'],
  ])
    // prettier-ignore
    await shop.post(`/subscriptions/${id}`, { next_renewal_date: `2031-02-${day}T00:00:00Z` })
  const actions = [{ type: 'set_amount', amount: 45 }]
  const filters = { iso_currency: ['USD'] }
  const before = await standings(shop)
  const reviewed = await preview(shop, { filters, actions }) // 65
  assert.equal(reviewed.at('counts.planned'), 40)
  assert.deepEqual(await standings(shop), before) // 66
  const done = await confirm(shop, reviewed, { limit: 2 })
  assert.deepEqual(
    ['loaded', 'changed', 'unchanged'].map((name) => done.at(`counts.${name}`)),
    [40, 2, 38],
  )
  const shown = await shop.get(`/subscription_bulk_edits/${done.text('subscription_bulk_edit_id')}`)
  assert.deepEqual(rows(shown, 'subscription_id', 'result').slice(0, 3), [
    `${soonest} changed`,
    `${second} changed`,
    `${others.at(-1)} unchanged`,
  ])
  const again = { preview_id: reviewed.at('preview_id') } // 66
  const after = await standings(shop)
  await shop.refuses(409, 'POST', '/subscription_bulk_edits', again)
  assert.deepEqual(await standings(shop), after)

  const next = await preview(shop, { filters, actions }) // 67
  assert.equal(next.at('counts.planned'), 38)
  await shop.post(`/subscriptions/${others[0]}/cancel`)
  const rest = await confirm(shop, next)
  assert.deepEqual(
    ['changed', 'skipped'].map((name) => rest.at(`counts.${name}`)),
    [37, 1],
  )
  const path = `/subscription_bulk_edits/${rest.text('subscription_bulk_edit_id')}`
  const toldOf = (page: Answer) => rows(page, 'subscription_id', 'result', 'reason')
  const firstPage = await shop.get(path)
  const last = rows(firstPage, 'subscription_id').at(-1)
  const secondPage = await shop.get(`${path}?starting_after=${String(last)}`)
  const all = [...toldOf(firstPage), ...toldOf(secondPage)].map(String)
  const skipped = all.filter((row) => row.includes('skipped'))
  assert.deepEqual([all.length, skipped], [40, [`${others[0]} skipped changed_since_load`]])
  assert.match(
    await shop.refuses(400, 'POST', '/subscription_bulk_edits/preview', { filters: { colour: 1 } }),
    /colour/,
  )
})

story('what this face calls by one name is one segment', async (shop) => {
  const tried = await shop.product({ name: 'T', price_trial: 20, trial_days: 14, subscription_profile: shop.SP30 }) // prettier-ignore
  const plain = (await shop.sell('2031-01-15')).subscription
  const trial = (await shop.sell('2031-01-15', { product: tried })).subscription
  const away = (await shop.sell('2031-01-15')).subscription
  await shop.post(`/subscriptions/${away}/suspend`)
  const later = { type: 'extend_next_renewal', days: 5 }
  const segments = [{ value: 'active', actions: [later] }]
  const found = await preview(shop, { segment_by: 'status', segments })
  const told = found.at('segments')
  assert.ok(Array.isArray(told))
  const counted = told.map((one) => `${one.value} ${one.counts.loaded} ${one.counts.planned}`)
  assert.deepEqual(counted.toSorted(), ['active 2 2', 'suspended 1 0'])
  assert.deepEqual(
    told.flatMap((one) => one.warnings.map((warning: { code: string; count: number }) => `${warning.code} ${warning.count}`)), // prettier-ignore
    ['trial_moves_along 1'],
  )
  const done = await confirm(shop, found)
  assert.equal(done.at('segments.length'), 2)
  assert.equal(await shop.standing(plain), 'active 2031-02-19')
  assert.equal(await shop.standing(trial), 'active 2031-02-03')
})

story('subscriptions are found by shop, product group and customer group, and told apart by shop', async (shop) => {
  const boxes = await shop.product({ name: 'Box', product_group: 'boxes', shippable: true, subscription_profile: shop.SP30 }) // prettier-ignore
  await shop.world.api.post('/shipping-profiles', { name: 'Post', rates: [{ amount_minor: 300, provider: 'post' }] }) // prettier-ignore
  const cornered = await shop.sell('2031-01-15', { product: boxes, more: { shop: 'corner', shipping_by_profile: true } }) // prettier-ignore
  assert.equal(cornered.sale.at('amount'), 53)
  const plain = await shop.sell('2031-01-15')
  const group = { name: 'customer_group', value: 'vip' }
  await shop.post('/metadata', { item_type: 'customer', item_id: plain.customer, metadata: [group] }) // prettier-ignore

  const created = await shop.get(`/subscriptions/${plain.subscription}`)
  const from = Number(created.at('created_date_unix')) - 86_400
  const window = `date_start=${from}&date_end=${from + 7 * 86_400}&page=1&limit=25`
  const FILTERS = [
    ['shop', 'corner', cornered.subscription],
    ['product_group', 'boxes', cornered.subscription],
    ['customer_group', 'vip', plain.subscription],
  ] as const
  for (const [name, value, expected] of FILTERS) {
    const listed = await shop.get(`/subscriptions?${window}&${name}_filter=${value}`)
    assert.deepEqual(rows(listed, 'id'), [expected])
    const found = await preview(shop, { filters: { [name]: [value] } })
    assert.deepEqual(rows(found, 'subscription_id'), [expected])
    const others = await preview(shop, { filters: { [name]: ['none'] } })
    assert.equal(rows(others, 'subscription_id').includes(expected), false)
    assert.equal(others.at('counts.loaded'), 1)
  }
  const outside = { payment_type: 'offline_payment', payment_profile: undefined, credit_card: undefined, shop: 'corner' } // prettier-ignore
  const { subscription: offline } = await shop.sell('2031-01-16', { more: outside })
  const unpaid = await preview(shop, { filters: { payment_type: ['offline_payment'] } })
  assert.deepEqual(rows(unpaid, 'subscription_id'), [offline])
  await shop.post(`/subscriptions/${offline}/cancel`)

  const amount = [{ type: 'set_amount', amount: 45 }]
  const told = await preview(shop, { filters: { iso_currency: ['USD'] }, segment_by: 'shop', segments: [{ value: 'corner', actions: amount }] }) // prettier-ignore
  assert.deepEqual(new Set(rows(told, 'subscription_id', 'result')), new Set([`${cornered.subscription} planned`, `${plain.subscription} unchanged`])) // prettier-ignore
}) // prettier-ignore

story('68: gateways are set for many at once', async (shop) => {
  const [, G2] = shop.gateways
  const one = (await shop.sell('2031-01-15')).subscription
  const other = (await shop.sell('2031-01-15')).subscription
  const coupon = await makeCoupon(shop)
  const set = [
    { type: 'set_preferred_gateway', gateway: G2 },
    { type: 'add_coupon', coupon },
  ]
  const reviewed = await preview(shop, {
    filters: { campaign: [CAMPAIGN] },
    segment_by: 'preferred_gateway',
    segments: [{ value: null, actions: set }],
  })
  const done = await confirm(shop, reviewed)
  const shown = await shop.get(`/subscription_bulk_edits/${done.text('subscription_bulk_edit_id')}`)
  assert.deepEqual(rows(shown, 'result', 'after.preferred_gateway'), [`changed ${G2}`, `changed ${G2}`]) // prettier-ignore
  await shop.goTo('2031-02-14') // 51
  for (const subscription of [one, other]) {
    const [renewal] = await shop.renewalIds(subscription)
    assert.deepEqual(await shop.triedAt(String(renewal)), ['G2'])
    assert.deepEqual(await shop.renewals(subscription), ['automatic 2031-02-14 36 paid'])
  }
})

story('an amount is in the one currency that is named, and shown in the subscription’s own', async (shop) => {
  const { api } = shop.world
  const yen = await api.call('POST', '/products', { body: { product_id: 'yen', name: 'Yen', kind: 'subscription', pricing_model: 'recurring', currency: 'JPY', amount_minor: 4000, interval: 'month', interval_count: 1, subscription_profile_id: ourId('subscription_profile', shop.SP30) } }) // prettier-ignore
  const product = codeOf('product', yen.text('data.id'))
  const { subscription } = await shop.sell('2031-01-15', { product, more: { iso_currency: 'JPY' } })
  const other = (await shop.sell('2031-01-15')).subscription
  const amountOf = async (id: string) => (await shop.get(`/subscriptions/${id}`)).at('amount')

  const actions = [{ type: 'set_amount', amount: 45 }]
  for (const body of [
    { actions },
    { actions, filters: { iso_currency: ['USD', 'JPY'] } },
    { filters: { amount_min: 45 } },
    { segment_by: 'amount' },
  ])
    assert.match(await shop.refuses(400, 'POST', '/subscription_bulk_edits/preview', body), /iso_currency/) // prettier-ignore

  const byRate = await preview(shop, { actions: [{ type: 'adjust_amount', percent: 10 }] })
  assert.deepEqual(
    new Set(rows(byRate, 'iso_currency', 'before.amount', 'after.amount')),
    new Set(['JPY 4000 4400', 'USD 40 44']),
  )
  const dear = { iso_currency: ['JPY'], amount_min: 4000 }
  const inYen = [{ type: 'set_amount', amount: 4500 }]
  const reviewed = await preview(shop, { filters: dear, segment_by: 'amount', segments: [{ value: 4000, actions: inYen }] }) // prettier-ignore
  assert.deepEqual(rows(reviewed, 'before.amount', 'after.amount'), ['4000 4500'])
  assert.equal(reviewed.at('segments.0.value'), 4000)
  await confirm(shop, reviewed)
  assert.deepEqual([await amountOf(subscription), await amountOf(other)], [4500, 40])
  const segments = [
    { value: 'USD', actions },
    { value: 'JPY', actions: [{ type: 'adjust_amount', amount: -500 }] },
  ]
  await confirm(shop, await preview(shop, { segment_by: 'currency', segments }))
  assert.deepEqual([await amountOf(subscription), await amountOf(other)], [4000, 45])

  const mixed = await api.post('/subscription-edits', { actions: [{ type: 'set_amount', amount_minor: 5000 }] }) // prettier-ignore
  assert.deepEqual(
    ['code', 'count'].map((name) => mixed.at(`data.segments.0.warnings.0.${name}`)),
    ['several_currencies', 2],
  )
  const told = await api.get(`/subscription-edits/${mixed.text('data.id')}/rows`)
  assert.deepEqual(new Set([0, 1].map((index) => told.at(`data.${index}.currency`))), new Set(['JPY', 'USD'])) // prettier-ignore

  // Segments by amount have no name here where the currencies are several, and stay apart.
  const apart = await api.post('/subscription-edits', { segment_by: 'amount' })
  const shown = await shop.get(`/subscription_bulk_edits/${codeOf('subscription_edit', apart.text('data.id'))}`) // prettier-ignore
  const segmentsShown = shown.at('segments')
  assert.ok(Array.isArray(segmentsShown))
  assert.deepEqual(segmentsShown.map((one) => [one.value, one.counts.loaded]), [[null, 1], [null, 1]])

  await shop.post(`/products/${product}`, { price: 50 })
  assert.equal((await api.get(`/products/${yen.text('data.id')}`)).at('data.amount_minor'), 50)
}) // prettier-ignore
