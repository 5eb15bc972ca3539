import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { addDays } from '@perennial/core/time'
import { type BillingShop, startBillingShop } from '../../../testing/test-card-world.ts'
import { loadScope } from '../load/load-scope.ts'
import { runDunningBatch } from './run-dunning.ts'

let shop: BillingShop
before(async () => {
  shop = await startBillingShop()
})
after(() => shop.close())

const post = async (path: string, body: object = {}) => {
  const answer = await shop.request('POST', path, { body })
  assert.ok(answer.status < 300, JSON.stringify(answer.body))
}

const runsByAge = () =>
  shop.database.kysely.selectFrom('dunning_runs').selectAll().orderBy('id').execute()

test('a run whose steps fault is put off for a day, and the others of its batch are taken', async () => {
  const product_id = await shop.createPlan(4_000)
  for (const _each of ['broken', 'sound']) {
    const customer_id = await shop.createCustomer()
    await shop.attach(customer_id, 'tok_decline_after_1_insufficient_funds')
    await post('/subscriptions', { customer_id, product_id })
  }
  await post('/test-clock/advance', { days: 31 })
  const [broken, sound] = await runsByAge()
  assert.ok(broken !== undefined && sound !== undefined)
  await shop.database.kysely
    .updateTable('dunning_runs')
    .set({ steps: '{}' })
    .where('id', '=', broken.id)
    .execute()
  // No try is under way that a step would wait for.
  const until = addDays(broken.started_at, 4)
  const nextTry = { next_attempt_at: addDays(until, 1) }
  await shop.database.kysely.updateTable('recovery_cases').set(nextTry).execute()

  const scope = await loadScope(shop.billing, shop.account.sandbox.accountId)
  const window = { until, decideAt: 'until' } as const
  assert.equal(await runDunningBatch(shop.billing, { ...scope, runId: null }, window), 2)
  const [late, taken] = await runsByAge()
  assert.deepEqual([late?.due_at, late?.steps_done], [addDays(until, 1), broken.steps_done])
  assert.ok(Number(taken?.steps_done) > sound.steps_done)
})
