import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type BillingShop, startBillingShop } from '../../../testing/test-card-world.ts'

let shop: BillingShop
before(async () => {
  shop = await startBillingShop()
})
after(() => shop.close())

const post = (path: string, body: object) => shop.request('POST', path, { body })

async function subscriptionOf(more: object = {}) {
  const customerId = await shop.createCustomer()
  await shop.attach(customerId, 'tok_visa')
  const productId = await shop.createPlan(4_900)
  return post('/subscriptions', { customerId, productId, ...more })
}

const STARTS: readonly (readonly [object, status: number, param: string | undefined])[] = [
  [{ startDate: '2199-12-31' }, 201, undefined],
  [{ startDate: '2199-12-31', trialDays: 730 }, 201, undefined],
  [{ startDate: '2200-01-01' }, 400, 'startDate'],
  [{ startDate: '9999-12-31' }, 400, 'startDate'],
  [{ billingStartsOn: '9999-12-15T00:00:00Z' }, 400, 'billingStartsOn'],
  [{ startDate: '9999-01-15', trialDays: 730 }, 400, 'startDate'],
  [{ trialEnd: '9999-12-31T00:00:00Z' }, 400, 'trialEnd'],
  [{ billingEndStrategy: 'on_date', billingEndsOn: '9999-12-31T00:00:00Z' }, 400, 'billingEndsOn'],
]

test('a subscription begins and ends within the dates that billing can count on from', async () => {
  for (const [terms, status, param] of STARTS) {
    const answer = await subscriptionOf(terms)
    const told = [answer.status, answer.at('error.param')]
    assert.deepEqual(told, [status, param], JSON.stringify(terms))
  }
})

test('its next date is moved within them, and what follows is told', async () => {
  const id = (await subscriptionOf()).text('data.id')
  const moved = (date: string) => shop.request('PATCH', `/subscriptions/${id}`, { body: { nextBillingDate: date } }) // prettier-ignore
  const refused = await moved('9999-12-30')
  assert.deepEqual([refused.status, refused.at('error.param')], [400, 'nextBillingDate'])
  assert.equal((await moved('2199-12-30')).status, 200)
  const preview = { preview: true, metadata: { a: 'b' } }
  assert.equal((await post(`/subscriptions/${id}/edit`, preview)).status, 200)
  const day = await shop.request('PATCH', `/subscriptions/${id}`, { body: { billingAnchorDay: 5 } })
  assert.equal(day.status, 200)
  const paused = await post(`/subscriptions/${id}/pause`, { resumes_at: '9999-12-31T23:59:59Z' })
  assert.deepEqual([paused.status, paused.at('error.param')], [400, 'resumes_at'])
})

test('a clock moves within them', async () => {
  const advance = (body: object) => post('/test-clock/advance', body)
  for (const body of [{ to: '2200-01-01T00:00:00Z' }, { to: '1969-12-31T23:59:59Z' }]) {
    const answer = await advance(body)
    assert.deepEqual([answer.status, answer.at('error.param')], [400, 'to'])
  }
})
