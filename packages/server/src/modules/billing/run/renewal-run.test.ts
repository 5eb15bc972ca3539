import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { addDays, addMs, type Instant } from '@perennial/core/time'
import { type BillingShop, startBillingShop } from '../../../testing/test-card-world.ts'
import { loadScope } from '../load/load-scope.ts'
import type { BillingDeps } from '../scope.ts'
import { runRenewals } from './renewal-run.ts'

let shop: BillingShop
before(async () => {
  shop = await startBillingShop()
})
after(() => shop.close())

const post = async (path: string, body: object = {}) => {
  const answer = await shop.request('POST', path, { body })
  assert.ok(answer.status < 300, JSON.stringify(answer.body))
  return answer
}

async function subscribe(): Promise<void> {
  const customer_id = await shop.createCustomer()
  await shop.attach(customer_id, 'tok_visa')
  await post('/subscriptions', { customer_id, product_id: await shop.createPlan(4_000) })
}

async function run(until: Instant, deps: Partial<BillingDeps>): Promise<unknown> {
  const scope = await loadScope(shop.billing, shop.account.sandbox.accountId)
  const window = { until, decideAt: 'until' } as const
  return runRenewals({ ...shop.billing, ...deps }, scope, window, { lanes: 1, startedAt: until })
}

/** Newest first. */
const records = () =>
  shop.database.kysely
    .selectFrom('renewal_runs')
    .select(['started_at', 'finished_at', 'due', 'fault'])
    .orderBy('id', 'desc')
    .execute()

test('a run that faults is finished and says why; faults that come again and again are one record', async () => {
  for (let count = 0; count < 4; count += 1) await subscribe()
  const begun = addDays(shop.clock.now(), 32)
  let times = 0
  const faulty: Partial<BillingDeps> = {
    batchSize: 1,
    onStep: (step) => {
      if (step === 'applied') throw new Error(`renewals fault, ${++times}`)
    },
  }
  for (const afterMs of [0, 1_000, 2_000])
    await assert.rejects(run(addMs(begun, afterMs), faulty), /renewals fault/)
  const last = addMs(begun, 2_000)
  const [faulted, ...others] = await records()
  assert.deepEqual(others, [])
  assert.partialDeepStrictEqual(faulted, { started_at: begun, finished_at: last, due: 0 })
  assert.match(faulted?.fault ?? '', new RegExp(`renewals fault, ${times}$`))

  const mended = addMs(begun, 3_000)
  await run(mended, {})
  const renewed = { started_at: mended, finished_at: mended, due: 1, fault: null }
  assert.deepEqual(await records(), [renewed, faulted])
})
