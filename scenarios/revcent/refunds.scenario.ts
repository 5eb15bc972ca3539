import assert from 'node:assert/strict'
import { NO, story, type Shop } from './shop.ts'

async function amounts(shop: Shop, renewal: string): Promise<readonly unknown[]> {
  const shown = await shop.get(`/subscription_renewals/${renewal}`)
  return ['status', 'amount_refunded', 'amount_total'].map((name) => shown.at(name))
}

story('44 to 47: a renewal is refunded in part and then whole, 72 hours after it was paid', async (shop) => {
  const { subscription, customer } = await shop.sell('2031-01-15 10:00')
  await shop.goTo('2031-02-14 10:00')
  await shop.goTo('2031-02-15 09:00')
  const [renewal] = await shop.renewalIds(subscription)
  assert.ok(renewal !== undefined)
  const path = `/subscription_renewals/${renewal}/refund`
  await shop.refuses(400, 'POST', path, { amount: 41 }) // 46
  await shop.refuses(400, 'POST', path, { amount: 0 })

  const part = await shop.post(path, { amount: 15 }) // 44
  assert.deepEqual(
    ['amount', 'subscription_id', 'subscription_renewal_id', 'pending_refund.length'].map((name) => part.at(name)),
    [15, subscription, renewal, 1],
  )
  assert.deepEqual(await amounts(shop, renewal), ['partially_refunded', 15, 25])
  const refunds = async () => (await shop.world.api.get('/refunds')).at('data.0.status')
  await shop.goTo('2031-02-17 09:59')
  assert.equal(await refunds(), 'pending')
  await shop.goTo('2031-02-17 10:00')
  assert.equal(await refunds(), 'succeeded')

  assert.equal((await shop.post(path)).at('amount'), 25) // 45
  assert.deepEqual(await amounts(shop, renewal), ['refunded', 40, 0])
  await shop.refuses(400, 'POST', path, {})
  assert.equal(await shop.standing(subscription), 'active 2031-03-16 10:00') // 47

  await shop.addCard(customer, NO, true) // 46
  await shop.goTo('2031-03-16 10:00')
  const [, unpaid] = await shop.renewalIds(subscription)
  const refused = await shop.call('POST', `/subscription_renewals/${unpaid}/refund`, {})
  assert.deepEqual([refused.at('code'), refused.status >= 400], [0, true])
}) // prettier-ignore
