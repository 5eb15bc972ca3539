import assert from 'node:assert/strict'
import { charged, dayOf, ourId, story, type Shop } from './shop.ts'

/** `trial_days` 14, `price_trial` 20.00, `price_subscription` 40.00. */
async function sellTrial(shop: Shop) {
  const product = await shop.product({
    name: 'Tried',
    price_trial: 20,
    trial_days: 14,
    subscription_profile: shop.SP30,
  })
  return shop.sell('2031-06-01', { product })
}

/** "active 2031-06-15": status and end. */
async function trial(shop: Shop, id: string): Promise<string> {
  const shown = await shop.get(`/trials/${id}`)
  return `${String(shown.at('status'))} ${dayOf(shown.at('end_date'))}`
}

story('56, 57: a trial charges nothing until it ends, and then its own price', async (shop) => {
  const { sale, subscription } = await sellTrial(shop) // 56
  assert.deepEqual([sale.at('amount'), sale.at('status')], [0, 'paid'])
  assert.equal((await shop.world.charges()).length, 0)
  const shown = await shop.get(`/subscriptions/${subscription}`)
  assert.deepEqual([shown.at('is_trial'), shown.at('trial')], [true, subscription])
  assert.equal(await trial(shop, subscription), 'active 2031-06-15')
  assert.equal(await shop.standing(subscription), 'active 2031-06-15')

  await shop.goTo('2031-06-15') // 57
  assert.equal(await trial(shop, subscription), 'expired 2031-06-15')
  assert.equal(await shop.standing(subscription), 'active 2031-07-15')
  assert.equal((await shop.get(`/subscriptions/${subscription}`)).at('is_trial'), false)
  assert.deepEqual(await shop.renewals(subscription), [])
  const [charge] = await shop.world.charges()
  assert.equal(Object(charge).amount_minor, 20_00)
  await shop.goTo('2031-07-15')
  assert.deepEqual(await shop.renewals(subscription), ['automatic 2031-07-15 40 paid'])
})

story('58, 60: a trial is extended and shortened, and its subscription with it', async (shop) => {
  const { subscription } = await sellTrial(shop)
  const other = await sellTrial(shop)
  await shop.post(`/trials/${subscription}/extend`, { days: 7 })
  assert.equal(await trial(shop, subscription), 'active 2031-06-22')
  assert.equal(await shop.standing(subscription), 'active 2031-06-22')
  await shop.post(`/trials/${other.subscription}/shorten`, { days: 5 })
  assert.equal(await trial(shop, other.subscription), 'active 2031-06-10')
  assert.equal(await shop.standing(other.subscription), 'active 2031-06-10')
  assert.equal(await shop.standing(subscription), 'active 2031-06-22')
  await shop.goTo('2031-06-22')
  assert.equal(await shop.standing(subscription), 'active 2031-07-22')
  assert.equal(await shop.standing(other.subscription), 'active 2031-07-10')
  await shop.refuses(409, 'POST', `/trials/${subscription}/extend`, { days: 7 }) // 60
  assert.equal(await trial(shop, subscription), 'expired 2031-06-22')
})

story('59: a trial that is cancelled takes its subscription along', async (shop) => {
  const { subscription } = await sellTrial(shop)
  await shop.post(`/trials/${subscription}/cancel`)
  assert.equal(await trial(shop, subscription), 'cancelled 2031-06-15')
  const shown = await shop.get(`/subscriptions/${subscription}`)
  assert.deepEqual([shown.at('status'), shown.at('end_reason')], ['cancelled', 'trial_cancelled'])
  await shop.goTo('2031-08-01')
  assert.equal((await shop.world.charges()).length, 0)
})

story('a trial that is ended by hand is charged at once', async (shop) => {
  const { subscription } = await sellTrial(shop)
  await shop.goTo('2031-06-05')
  await shop.post(`/trials/${subscription}/expire`)
  assert.equal(await trial(shop, subscription), 'expired 2031-06-05')
  assert.equal(await shop.standing(subscription), 'active 2031-07-05')
})

story('a trial that ran out while it was suspended is charged once when it is activated', async (shop) => {
  const { subscription } = await sellTrial(shop)
  await shop.goTo('2031-06-10')
  await shop.post(`/subscriptions/${subscription}/suspend`)
  await shop.goTo('2031-09-01')
  await shop.post(`/subscriptions/${subscription}/activate`)
  await shop.goTo('2031-09-01 00:10')
  assert.equal(await trial(shop, subscription), 'expired 2031-06-15')
  assert.equal(await shop.standing(subscription), 'active 2031-10-01')
  assert.deepEqual(await charged(shop), [20_00])
}) // prettier-ignore

story('a trial whose end is set far into the past is charged once', async (shop) => {
  const product = await shop.product({ name: 'Tried', price_trial: 20, trial_days: 90, subscription_profile: shop.SP30 }) // prettier-ignore
  const { subscription } = await shop.sell('2031-06-01', { product })
  await shop.goTo('2031-08-15')
  await shop.post(`/subscriptions/${subscription}`, { next_renewal_date: '2031-06-20T00:00:00Z' })
  await shop.goTo('2031-08-15 00:10')
  assert.equal(await shop.standing(subscription), 'active 2031-09-14')
  assert.deepEqual(await charged(shop), [20_00])
})

/** What a trial of 20.00 costs in its sale and at its end, with shipping of 5.00 by hand and then at a rate of 7.00. */
const TRIAL_SHIPPING = [
  { setting: undefined, byHand: [0, 25], atRate: [0, 27] },
  { setting: 'at_expiration', byHand: [0, 25], atRate: [0, 27] },
  { setting: 'at_sale', byHand: [5, 20], atRate: [7, 20] },
  { setting: 'both', byHand: [5, 25], atRate: [7, 27] },
] as const

for (const { setting, byHand, atRate } of TRIAL_SHIPPING)
  story(`14: shipping of a trial is charged ${setting ?? 'at expiration unless the product says'}`, async (shop) => {
    await shop.world.api.post('/shipping-profiles', { name: 'All', rates: [{ amount_minor: 7_00 }] })
    const product = await shop.product({
      name: 'Tried',
      price_trial: 20,
      trial_days: 14,
      shippable: true,
      subscription_profile: shop.SP30,
      ...(setting === undefined ? {} : { trial_shipping_setting: setting }),
    })
    const sell = (more: object) => shop.sell('2031-06-01', { product, more })
    const hand = await sell({ shipping: [{ amount: 5, provider: 'post' }] })
    const rate = await sell({ shipping_by_profile: true })
    const parcels = async () => {
      const listed = (await shop.world.api.get('/shipments')).at('data')
      assert.ok(Array.isArray(listed))
      return listed.length
    }
    const isShippedNow = setting === 'at_sale' || setting === 'both'
    assert.equal(await parcels(), isShippedNow ? 2 : 0)
    await shop.goTo('2031-07-15')
    assert.equal(await parcels(), { at_expiration: 4, at_sale: 4, both: 6 }[setting ?? 'at_expiration'])
    for (const [{ sale, subscription }, [atSale, atEnd]] of [[hand, byHand], [rate, atRate]] as const) {
      assert.equal(sale.at('amount_paid'), atSale)
      const bills = await shop.world.api.get(`/invoices?subscription_id=${ourId('subscription', subscription)}`)
      // The renewal is shipped at the rate.
      assert.deepEqual([bills.at('data.1.total_minor'), bills.at('data.0.total_minor')], [atEnd * 100, 47_00])
    }
  }) // prettier-ignore
