import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { addDays } from '@perennial/core/time'
import { type BillingShop, startBillingShop } from '../../../testing/test-card-world.ts'
import { saveSubscriptionChoice } from '../../recovery/index.ts'
import { planCasesBatch } from './plan-cases.ts'
import { runRetryBatch } from './run-retries.ts'
import { loadScope } from '../load/load-scope.ts'

let shop: BillingShop
before(async () => {
  shop = await startBillingShop()
})
after(() => shop.close())

const post = (path: string, body: object = {}) => shop.request('POST', path, { body })

async function openCases(count: number): Promise<void> {
  const product_id = await shop.createPlan(4_000)
  for (let index = 0; index < count; index += 1) {
    const customer = await shop.createCustomer()
    await shop.attach(customer, 'tok_decline_after_1_insufficient_funds')
    const body = { customer_id: customer, product_id }
    assert.equal((await post('/subscriptions', body)).status, 201)
  }
  assert.equal((await post('/test-clock/advance', { days: 31 })).status, 200)
}

test('a case whose decision faults is put off for a day, and the others of its batch are tried', async () => {
  await openCases(2)
  const scope = await loadScope(shop.billing, shop.account.sandbox.accountId)
  const until = addDays(scope.clockHeldAt ?? shop.clock.now(), 7)
  let drawn = 0
  const ids = {
    ...shop.billing.ids,
    next: () => {
      drawn += 1
      assert.notEqual(drawn, 1, 'the first decision faults')
      return shop.billing.ids.next()
    },
  }
  const window = { until, decideAt: 'until' } as const
  const batch = await runRetryBatch({ ...shop.billing, ids }, { ...scope, runId: null }, window)
  assert.equal(batch.attempts.length, 1)
  const cases = await shop.database.kysely
    .selectFrom('recovery_cases')
    .select('next_attempt_at')
    .where('state', '=', 'open')
    .execute()
  const due = cases.map((one) => one.next_attempt_at).toSorted((one, other) => (one ?? 0) - (other ?? 0)) // prettier-ignore
  assert.deepEqual(due, [null, addDays(until, 1)])
})

test('a case whose plan faults is planned a day later, and the others of its batch are planned', async () => {
  await openCases(2)
  const { kysely } = shop.database
  const waiting = await kysely
    .selectFrom('recovery_cases')
    .select(['id', 'subscription_id'])
    .where('next_attempt_at', 'is not', null)
    .execute()
  const [faulty, ...others] = waiting
  const scope = await loadScope(shop.billing, shop.account.sandbox.accountId)
  const { accountId, clockHeldAt } = scope
  const until = clockHeldAt ?? shop.clock.now()
  const choice = { policy: 'ladder' } as const
  for (const { subscription_id: subscriptionId } of others) {
    assert.ok(subscriptionId !== null)
    const of = { subscriptionId, choice, at: until }
    await shop.database.tx((tx) => saveSubscriptionChoice(tx, accountId, of))
  }
  // A fee that no number holds: the planner is told it, and the ladder asks for none.
  await kysely
    .updateTable('gateways')
    .set({ flat_fee_declined_minor: 2n ** 60n })
    .execute()
  const cases = kysely.updateTable('recovery_cases').where('next_attempt_at', 'is not', null)
  await cases.set({ plan_at: until }).execute()
  const window = { until, decideAt: 'until' } as const
  const planned = await planCasesBatch(shop.billing, { ...scope, runId: null }, window)
  assert.equal(planned, waiting.length)
  const left = await kysely
    .selectFrom('recovery_cases')
    .select(['id', 'plan_at'])
    .where('plan_at', 'is not', null)
    .execute()
  assert.deepEqual(left, [{ id: faulty?.id, plan_at: addDays(until, 1) }])
})
