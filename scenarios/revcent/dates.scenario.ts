import assert from 'node:assert/strict'
import { DAYS_30, NO, story, type Shop } from './shop.ts'

story('1, 3, 4, 6: a sale begins a subscription that renews every 30 days', async (shop) => {
  const { subscription, sale } = await shop.sell('2031-01-15 10:00') // 1
  assert.deepEqual([sale.at('status'), sale.at('amount')], ['paid', 50])
  const shown = await shop.get(`/subscriptions/${subscription}`)
  assert.deepEqual(
    ['status', 'amount', 'next_renewal_date', 'last_success_gateway'].map((name) => shown.at(name)),
    ['active', 40, '2031-02-14T10:00:00.000Z', shop.gateways[0]],
  )
  await shop.goTo('2031-02-14 10:00') // 3
  assert.deepEqual(await shop.renewals(subscription), ['automatic 2031-02-14 10:00 40 paid'])
  assert.equal(await shop.standing(subscription), 'active 2031-03-16 10:00')
  await shop.world.renewAt('2031-03-16 13:00') // 6: three hours late, it is of the date that was set
  assert.equal((await shop.renewals(subscription)).at(-1), 'automatic 2031-03-16 10:00 40 paid')
  assert.equal(await shop.standing(subscription), 'active 2031-04-15 10:00') // 4
  assert.equal((await shop.renewalIds(subscription)).length, 2)
})

story('2: a product without a profile begins no subscription', async (shop) => {
  const plain = await shop.product({ name: 'Plain' })
  const { sale } = await shop.sell('2031-01-15 10:00', { product: plain })
  assert.deepEqual([sale.at('status'), sale.at('subscription')], ['paid', []])
})

story('5: renewing by hand shifts all later dates', async (shop) => {
  const { subscription } = await shop.sell('2031-01-15 10:00')
  await shop.goTo('2031-02-03 15:30')
  const renewed = await shop.post(`/subscriptions/${subscription}/renew`)
  assert.deepEqual(await shop.renewalIds(subscription), [renewed.at('subscription_renewal_id')])
  assert.equal(await shop.standing(subscription), 'active 2031-03-05 15:30')
  await shop.goTo('2031-02-15')
  assert.deepEqual(await shop.renewals(subscription), ['manual 2031-02-03 15:30 40 paid'])
})

story('6, 7: two late schedulers at one moment make one renewal, of the date that was set', async (shop) => {
  const { subscription } = await shop.sell('2031-01-15 10:00')
  const other = await shop.world.house.startService()
  const at = '2031-02-14 13:00'
  await Promise.all([shop.world.renewAt(at), shop.world.renewAt(at, other)])
  await other.close()
  assert.deepEqual(await shop.renewals(subscription), ['automatic 2031-02-14 10:00 40 paid'])
  assert.equal(await shop.standing(subscription), 'active 2031-03-16 10:00')
}) // prettier-ignore

/** By number: when it is sold, and when it renews then. Years are six later than the list's, weekdays and leap days the same. */
const FREQUENCIES: readonly (readonly [string, object, sold: string, next: string, then?: string])[] = [
  ['8: 2 weeks', unit('weeks', 2), '2031-01-15', '2031-01-29'],
  ['9: a month', unit('months', 1), '2031-01-31', '2031-02-28', '2031-03-28'],
  ['11: the 15th', calendar('day', 'month', 15), '2031-01-15 10:00', '2031-02-15 10:00'],
  ['11: the 15th', calendar('day', 'month', 15), '2031-01-14', '2031-01-15'],
  ['12: the 31st', calendar('day', 'month', 31), '2031-01-30', '2031-01-31', '2031-02-28'],
  ['13: the 2nd week of the month', calendar('week', 'month', 2), '2031-01-15', '2031-02-08'],
  ['14: every Monday', calendar('day', 'week', 1), '2031-01-15', '2031-01-20'],
  ['15: each quarter', fiscal({ period: 'standard' }), '2031-01-15', '2031-04-01'],
  ['15: each second quarter', fiscal({ period: 'infrequent', nth: 2 }), '2031-01-15', '2031-07-01'],
  ['10: a year', unit('years', 1), '2032-02-29', '2033-02-28'],
] // prettier-ignore

function unit(name: string, value: number): object {
  return { frequency: 'unit', frequency_unit: { unit: name, value } }
}
function calendar(name: string, parent: string, nth: number): object {
  return { frequency: 'calendar', frequency_calendar: { nth, unit: name, parent_unit: parent } }
}
function fiscal(settings: object): object {
  return { frequency: 'fiscal', frequency_fiscal: settings }
}

async function sellBy(shop: Shop, frequency: object, on: string): Promise<string> {
  const name = `${on} ${Object.values(frequency)
    .map((part) => JSON.stringify(part))
    .join(' ')}`
  const subscription_profile = await shop.profile({ name, ...frequency })
  const product = await shop.product({ name, subscription_profile })
  return (await shop.sell(on, { product })).subscription
}

story('8 to 15: dates follow each other as profiles say', async (shop) => {
  const inOrder = FREQUENCIES.toSorted((a, b) => (a[2] < b[2] ? -1 : 1))
  for (const [what, frequency, sold, next, then] of inOrder) {
    const subscription = await sellBy(shop, frequency, sold)
    assert.equal(await shop.standing(subscription), `active ${next}`, what)
    if (then !== undefined) {
      await shop.goTo(next)
      assert.equal(await shop.standing(subscription), `active ${then}`, what)
    }
    // Nothing that is told goes on renewing until the leap year.
    await shop.post(`/subscriptions/${subscription}/cancel`)
  }
})

story('9.1: a date is not given to a subscription that has no renewal left', async (shop) => {
  const one = { occurrences_unlimited: false, occurrences: 1 }
  const subscription_profile = await shop.profile({ name: 'One', ...DAYS_30, ...one })
  const product = await shop.product({ name: 'One', subscription_profile })
  const { subscription, customer } = await shop.sell('2031-01-15', { product })
  await shop.addCard(customer, NO, true)
  await shop.goTo('2031-02-14')
  assert.equal(await shop.standing(subscription), 'overdue never')
  const date = { next_renewal_date: '2031-03-20T00:00:00Z' }
  assert.match(await shop.refuses(409, 'POST', `/subscriptions/${subscription}`, date), /All renewals/)
  // By a profile with more of them it has one.
  await shop.post(`/subscriptions/${subscription}`, { ...date, subscription_profile: shop.SP30 })
  assert.equal(await shop.standing(subscription), 'overdue 2031-03-20')
}) // prettier-ignore

story('16: after its last renewal a subscription is completed', async (shop) => {
  const subscription_profile = await shop.profile({
    name: 'Two',
    ...DAYS_30,
    occurrences_unlimited: false,
    occurrences: 2,
  })
  const product = await shop.product({ name: 'Two', subscription_profile })
  const { subscription } = await shop.sell('2031-01-15 10:00', { product })
  await shop.goTo('2031-06-01')
  assert.equal(await shop.standing(subscription), 'completed never')
  const shown = await shop.get(`/subscriptions/${subscription}`)
  assert.deepEqual(
    ['end_reason', 'occurrences_total', 'occurrences_done'].map((name) => shown.at(name)),
    ['completed', 2, 2],
  )
  assert.deepEqual(await shop.renewals(subscription), [
    'automatic 2031-02-14 10:00 40 paid',
    'automatic 2031-03-16 10:00 40 paid',
  ])
})

story(
  'a window at the beginning of time is empty, and a filter that no row can have is refused',
  async (shop) => {
    const list = (more: string) => `/subscriptions?date_start=1&date_end=2&page=1&limit=25${more}`
    assert.equal((await shop.get(list(''))).at('count'), 0)
    await shop.refuses(400, 'GET', list('&campaign_filter=%00'))
  },
)
