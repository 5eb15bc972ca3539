import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type BillingShop, startBillingShop } from '../../../testing/test-card-world.ts'

let shop: BillingShop
before(async () => {
  shop = await startBillingShop()
})
after(() => shop.close())

const post = (path: string, body: object = {}) => shop.request('POST', path, { body })
const patch = (path: string, body: object) => shop.request('PATCH', path, { body })

async function subscribe(more: object = {}): Promise<string> {
  const customerId = await shop.createCustomer()
  await shop.attach(customerId, 'tok_visa')
  const productId = await shop.createPlan(4_900)
  const created = await post('/subscriptions', { customerId, productId, ...more })
  assert.equal(created.status, 201, JSON.stringify(created.body))
  await shop.newEvents()
  return created.text('data.id')
}

async function latestPrevious(): Promise<unknown> {
  const [row] = await shop.database.kysely
    .selectFrom('events')
    .select('previous_attributes')
    .where('type', '=', 'subscription.updated')
    .orderBy('id', 'desc')
    .limit(1)
    .execute()
  return row?.previous_attributes
}

test('a cancellation that is asked for twice is told once', async () => {
  const id = await subscribe()
  assert.equal((await post(`/subscriptions/${id}/cancel`)).status, 200)
  assert.deepEqual(await shop.newEvents(), ['subscription.canceled'])
  const again = await post(`/subscriptions/${id}/cancel`)
  assert.deepEqual([again.status, again.at('data.cancel_at_period_end')], [200, true])
  assert.deepEqual(await shop.newEvents(), [])
})

test('an update tells every date that it changed as it was before', async () => {
  const id = await subscribe()
  const canceled = await post(`/subscriptions/${id}/cancel`)
  await post(`/subscriptions/${id}/reactivate`)
  assert.deepEqual(await latestPrevious(), {
    cancel_at_period_end: true,
    cancel_at: canceled.at('data.cancel_at'),
    canceled_at: canceled.at('data.canceled_at'),
  })
  const trial = await subscribe({ trialDays: 14 })
  const before = await shop.request('GET', `/subscriptions/${trial}`)
  await patch(`/subscriptions/${trial}`, { nextBillingDate: '2027-03-01T00:00:00Z' })
  assert.deepEqual(await latestPrevious(), {
    current_period_end: before.at('data.current_period_end'),
    trial_end: before.at('data.trial_end'),
  })
})

test('a change that the status does not allow tells the status and those that do', async () => {
  const active = await subscribe()
  const trialing = await subscribe({ trialDays: 14 })
  const refusals: readonly (readonly [path: string, message: string])[] = [
    [`${active}/resume`, 'This subscription is active. This is possible only while it is paused.'],
    [
      `${active}/activate`,
      'This subscription is active. This is possible only while it is paused.',
    ],
    [
      `${trialing}/pause`,
      'This subscription is trialing. This is possible only while it is active.',
    ],
    [
      `${trialing}/renew`,
      'This subscription is trialing. This is possible only while it is active or past_due.',
    ],
  ]
  for (const [path, message] of refusals) {
    const refused = await post(`/subscriptions/${path}`)
    assert.deepEqual([refused.status, refused.at('error.message')], [400, message], path)
  }
})
