import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'
import type { Answer } from '@perennial/testkit'
import { countWaiting } from '../../packages/server/src/testing/test-locks.ts'
import { readCode } from '../../packages/server/src/compat/revcent/wire/codes.ts'
import { codeOf, makeCoupon, ourId, story, type Shop } from './shop.ts'

const MONTH = { frequency: 'unit', frequency_unit: { unit: 'months', value: 1 } }

/** S1 of the list: 40.00, due on 2031-02-14 10:00, with a coupon of 10 %; the day is 2031-02-01. */
async function sellS1(shop: Shop): Promise<{ S1: string; coupon: string }> {
  const coupon = await makeCoupon(shop)
  const { subscription: S1 } = await shop.sell('2031-01-15 10:00')
  await shop.goTo('2031-02-01')
  await shop.post(`/subscriptions/${S1}`, { coupon: [coupon] })
  return { S1, coupon }
}

/** Product, quantity and price are changed on a screen alone, and the screen speaks /v2. */
function replace(shop: Shop, S1: string, wish: { product: string; quantity: number; price: number; transfer: boolean }) {
  const { product, quantity, price, transfer } = wish
  return shop.world.api.call('POST', `/subscriptions/${ourId('subscription', S1)}/replace-product`, {
    body: {
      product_id: ourId('product', product),
      quantity,
      unit_amount_minor: price * 100,
      transfer_discounts: transfer,
    },
  })
} // prettier-ignore

function successorOf(answer: Answer): string {
  assert.equal(answer.status, 200, JSON.stringify(answer.body))
  return codeOf('subscription', answer.text('data.replacement.id'))
}

/** Every subscription of the shop, whole. */
async function all(shop: Shop): Promise<unknown> {
  const from = Date.parse('2031-01-01') / 1000
  const window = `date_start=${from}&date_end=${from + 60 * 86_400}&page=1&limit=25`
  const listed = (await shop.get(`/subscriptions?${window}`)).at('results')
  assert.ok(Array.isArray(listed) && listed.length === 1)
  return listed
}

async function terms(shop: Shop, id: string): Promise<readonly unknown[]> {
  const shown = await shop.get(`/subscriptions/${id}`)
  return ['status', 'amount', 'subscription_profile', 'coupon', 'next_renewal_date'].map((name) => shown.at(name)) // prettier-ignore
}

function warningsOf(answer: Answer): readonly string[] {
  const warnings = answer.at('data.warnings')
  assert.ok(Array.isArray(warnings))
  return warnings.map((warning: { code: string }) => warning.code)
}

const NEXT = '2031-02-14T10:00:00.000Z'

story('38, 43: another product takes over at the date that is set', async (shop) => {
  const { S1, coupon } = await sellS1(shop)
  const SPM = await shop.profile({ name: 'SPM', ...MONTH })
  const Q = await shop.product({ name: 'Q', price: 25, subscription_profile: SPM })
  const done = await replace(shop, S1, { product: Q, quantity: 2, price: 25, transfer: true }) // 38
  const S2 = successorOf(done)
  assert.equal(done.at('data.warnings.0.code'), 'profile_not_carried_over')
  assert.deepEqual(await terms(shop, S2), ['active', 50, SPM, [coupon], NEXT])
  const ended = await shop.get(`/subscriptions/${S1}`)
  assert.deepEqual(
    ['status', 'end_reason', 'replaced_by'].map((name) => ended.at(name)),
    ['cancelled', 'replaced', S2],
  )
  assert.equal((await shop.get(`/subscriptions/${S2}`)).at('replaces'), S1)

  await shop.goTo('2031-02-14 10:00') // 43
  assert.deepEqual(await shop.renewals(S1), [])
  assert.deepEqual(await shop.renewals(S2), ['automatic 2031-02-14 10:00 45 paid'])
  assert.equal(await shop.standing(S2), 'active 2031-03-14 10:00')
})

story('39, 40: coupons stay behind unless they are transferred, and a profile stays with its product', async (shop) => {
  const { S1 } = await sellS1(shop)
  const SPM = await shop.profile({ name: 'SPM', ...MONTH })
  const Q = await shop.product({ name: 'Q', price: 25, subscription_profile: SPM })
  const S2 = successorOf(await replace(shop, S1, { product: Q, quantity: 2, price: 25, transfer: false })) // 39
  assert.deepEqual(await terms(shop, S2), ['active', 50, SPM, [], NEXT])

  const same = (await shop.sell('2031-02-01')).subscription // 40
  const again = await replace(shop, same, { product: shop.P, quantity: 2, price: 40, transfer: true }) // prettier-ignore
  assert.equal(again.at('data.warnings.length'), 0)
  assert.deepEqual((await terms(shop, successorOf(again))).slice(0, 4), ['active', 80, shop.SP30, []]) // prettier-ignore
  const third = await replace(shop, successorOf(again), { product: Q, quantity: 1, price: 25, transfer: false }) // prettier-ignore
  for (const id of [same, successorOf(again), successorOf(third)])
    assert.equal((await shop.get(`/subscriptions/${id}`)).at('last_success_gateway'), shop.gateways[0]) // prettier-ignore
}) // prettier-ignore

story('41, 42: a custom profile is not carried over, and a product without any is refused', async (shop) => {
  const { S1, coupon } = await sellS1(shop)
  await shop.world.api.post(`/subscriptions/${ourId('subscription', S1)}/edit`, {
    custom_profile: { frequency: { kind: 'unit', unit: 'day', count: 45 } },
  })
  const plain = await shop.product({ name: 'Plain' }) // 42
  const before = await all(shop)
  const refused = await replace(shop, S1, { product: plain, quantity: 1, price: 40, transfer: true }) // prettier-ignore
  assert.equal(refused.status, 400)
  assert.deepEqual(await all(shop), before)
  const untouched = await terms(shop, S1)
  assert.deepEqual([...untouched.slice(0, 2), ...untouched.slice(3)], ['active', 40, [coupon], NEXT]) // prettier-ignore

  const again = await replace(shop, S1, { product: shop.P, quantity: 1, price: 40, transfer: true }) // 41
  assert.deepEqual(warningsOf(again), ['profile_not_carried_over', 'custom_profile_discarded'])
  assert.deepEqual(await terms(shop, successorOf(again)), ['active', 40, shop.SP30, [coupon], NEXT])
}) // prettier-ignore

story('41: a custom profile that another takes the place of is told of, on a screen and in a bulk edit', async (shop) => {
  const { S1 } = await sellS1(shop)
  const path = `/subscriptions/${ourId('subscription', S1)}/edit`
  const own = { custom_profile: { frequency: { kind: 'unit', unit: 'day', count: 45 } } }
  assert.deepEqual(warningsOf(await shop.world.api.post(path, own)), [])
  const shared = { subscription_profile_id: ourId('subscription_profile', shop.SP30) }
  const looked = await shop.world.api.post(path, { ...shared, preview: true })
  assert.deepEqual(warningsOf(looked), ['custom_profile_discarded'])
  const actions = [{ type: 'set_subscription_profile', subscription_profile: shop.SP30 }]
  const reviewed = await shop.post('/subscription_bulk_edits/preview', { actions })
  assert.deepEqual(
    ['segments.0.warnings.0.code', 'segments.0.warnings.0.count', 'results.0.warnings.0.code'].map((name) => reviewed.at(name)),
    ['custom_profile_discarded', 1, 'custom_profile_discarded'],
  )
}) // prettier-ignore

story('of two custom profiles at once one is made, and the other is asked for again', async (shop) => {
  const { S1 } = await sellS1(shop)
  const { database } = shop.world.house
  const { kysely } = database
  const path = `/subscriptions/${ourId('subscription', S1)}/edit`
  const edit = (count: number) => {
    const body = { custom_profile: { frequency: { kind: 'unit', unit: 'day', count } } }
    return shop.world.api.call('POST', path, { body })
  }
  // Both are planned while somebody else holds the subscription.
  const both = await database.tx(async (tx) => {
    await tx.selectFrom('subscriptions').select('id').forUpdate().execute()
    const asked = [edit(45), edit(50)]
    while ((await countWaiting(database)) < 2) await wait(20)
    return asked
  })
  const answers = await Promise.all(both)
  assert.deepEqual(answers.map(({ status }) => String(status)).toSorted(), ['200', '409'])
  const custom = await kysely
    .selectFrom('subscription_profiles')
    .select('id')
    .where('subscription_id', '=', readCode(S1))
    .where('archived_at', 'is', null)
    .execute()
  assert.equal(custom.length, 1)
}) // prettier-ignore

story('42: a product that cannot take over is refused by the field that named it', async (shop) => {
  const { S1 } = await sellS1(shop)
  const { api } = shop.world
  const before = (await shop.get(`/subscriptions/${S1}`)).body
  const field = async (product: string, more: object = {}) => {
    const body = { product_id: ourId('product', product), ...more }
    const path = `/subscriptions/${ourId('subscription', S1)}/replace-product`
    const refused = await api.call('POST', path, { body })
    assert.deepEqual([refused.status, refused.at('error.code')], [400, 'validation_error'])
    return refused.at('error.param')
  }
  const once = { currency: 'USD', unit_amount: 50_00, type: 'one_time' }
  const price = await api.post('/prices', { product_id: ourId('product', shop.P), ...once })
  assert.equal(await field(shop.P, { price_id: price.at('id') }), 'price_id')

  const off = await shop.profile({ name: 'Off', ...MONTH })
  const Q = await shop.product({ name: 'Q', subscription_profile: off })
  await shop.post(`/subscription_profiles/${off}`, { enabled: false })
  assert.equal(await field(Q), 'product_id')
  await shop.post(`/subscription_profiles/${off}`, { enabled: true })
  await shop.post(`/products/${Q}`, { enabled: false })
  assert.equal(await field(Q), 'product_id')
  const { body } = await shop.get(`/subscriptions/${S1}`)
  assert.deepEqual({ ...Object(body), api_call_id: 0, api_call_unix: 0 }, { ...Object(before), api_call_id: 0, api_call_unix: 0 }) // prettier-ignore
})

story('2.1: a profile that is put on a product later makes it one that is subscribed to, and taken off, one that is not', async (shop) => {
  const { S1 } = await sellS1(shop)
  const product = await shop.product({ name: 'Later' })
  assert.equal((await shop.sell('2031-02-01', { product })).sale.at('subscription.0'), undefined)
  await shop.post(`/products/${product}`, { subscription_profile: shop.SP30 })
  const sold = await shop.sell('2031-02-02', { product })
  assert.equal(await shop.standing(sold.subscription), 'active 2031-03-04')
  const body = { product_id: ourId('product', product), quantity: 1 }
  const path = (id: string) => `/subscriptions/${ourId('subscription', id)}/replace-product`
  const done = await shop.world.api.post(path(S1), body)
  assert.equal(done.at('data.replacement.product_id'), body.product_id)

  for (const [index, one] of [product, shop.P].entries()) {
    await shop.post(`/products/${one}`, { subscription_profile: null })
    const day = `2031-02-0${index + 3}`
    assert.equal((await shop.sell(day, { product: one })).sale.at('subscription.0'), undefined)
  }
  // What was sold with it goes on.
  await shop.goTo('2031-03-04')
  assert.deepEqual(await shop.renewals(sold.subscription), ['automatic 2031-03-04 40 paid'])
}) // prettier-ignore

story('69: the first rate of the profile is what a renewal ships at, whatever it is for', async (shop) => {
  const made = await shop.world.api.post('/shipping-profiles', {
    name: 'Parcel',
    rates: [
      { amount_minor: 7_00, product_groups: ['X'], provider: 'UPS', provider_method: 'Ground' },
      { amount_minor: 3_00 },
    ],
  })
  const shipping_profile = codeOf('shipping_profile', made.text('data.id'))
  const shown = await shop.get(`/shipping_profiles/${shipping_profile}`)
  assert.deepEqual(
    ['rates.0.amount', 'rates.0.product_group.0', 'rates.1.amount'].map((name) => shown.at(name)),
    [7, 'X', 3],
  )
  await shop.post(`/subscription_profiles/${shop.SP30}`, { shipping_profile })
  const profile = await shop.get(`/subscription_profiles/${shop.SP30}`)
  assert.equal(profile.at('shipping_profile'), shipping_profile)
  const product = await shop.product({ name: 'Tea', shippable: true, subscription_profile: shop.SP30 }) // prettier-ignore
  const { subscription } = await shop.sell('2031-01-15', { product })
  await shop.goTo('2031-02-14')
  assert.deepEqual(await shop.renewals(subscription), ['automatic 2031-02-14 47 paid'])
  const [renewal] = await shop.renewalIds(subscription)
  const billed = await shop.get(`/subscription_renewals/${String(renewal)}`)
  assert.deepEqual(
    ['amount_original_total', 'shipping', 'shipment.length', 'warning.length'].map((name) => billed.at(name)),
    [47, 7, 1, 0],
  )
}) // prettier-ignore

story('70: a coupon counts until its end date', async (shop) => {
  const coupon = await makeCoupon(shop, { valid_until: '2031-03-01T00:00:00Z' })
  const { subscription } = await shop.sell('2031-01-15')
  const path = `/subscriptions/${subscription}`
  const other = await makeCoupon(shop, { code: 'OTHER' })
  const both = [other, coupon]
  await shop.post(path, { coupon: both })
  const refused = { coupon: both.toReversed(), subscription_profile: subscription }
  await shop.refuses(404, 'POST', path, refused)
  assert.deepEqual((await shop.get(path)).at('coupon'), both)
  await shop.post(path, { coupon: both.toReversed() })
  assert.deepEqual((await shop.get(path)).at('coupon'), both.toReversed())
  await shop.post(path, { coupon: [coupon] })
  assert.deepEqual((await shop.get(path)).at('coupon'), [coupon])
  await shop.goTo('2031-03-16')
  assert.deepEqual(await shop.renewals(subscription), [
    'automatic 2031-02-14 36 paid',
    'automatic 2031-03-16 40 paid',
  ])
  const [renewal] = await shop.renewalIds(subscription)
  const billed = await shop.get(`/subscription_renewals/${String(renewal)}`)
  assert.deepEqual(
    ['amount_original_total', 'amount_discounted', 'amount_total'].map((name) => billed.at(name)),
    [40, 4, 36],
  )
  await shop.post(path, { coupon: [] })
  assert.deepEqual((await shop.get(path)).at('coupon'), [])
})
