import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { decodeId, type Uuid } from '@perennial/core/ids'
import { type BillingShop, startBillingShop } from '../../../testing/test-card-world.ts'
import { countWaiting } from '../../../testing/test-locks.ts'
import { contextOf, loadScope } from '../../billing/index.ts'
import { lockSubscriptions } from '../../subscriptions/index.ts'
import { findEdit, findRunningEdits, lockEdit } from '../queries/edits.ts'
import { readEditJson } from '../request/read-json.ts'
import { previewEdit } from '../review/preview-edit.ts'
import { confirmEdit } from './confirm-edit.ts'
import { finishEdits, startEditsWorker } from './work-on-edits.ts'

let shop: BillingShop
let accountId: Uuid
beforeEach(async () => {
  shop = await startBillingShop()
  accountId = shop.account.sandbox.accountId
})
afterEach(() => shop.close())

async function subscribe(): Promise<string> {
  const customer_id = await shop.createCustomer()
  await shop.attach(customer_id, 'tok_visa')
  const body = { customer_id, product_id: await shop.createPlan(4_000) }
  return (await shop.request('POST', '/subscriptions', { body })).text('data.id')
}

/** A confirmed edit of one subscription, as a process leaves it that dies before the first batch. */
async function confirm(subscriptionId: string): Promise<Uuid> {
  const { clockHeldAt, ...scope } = await loadScope(shop.billing, accountId)
  const now = clockHeldAt ?? shop.clock.now()
  const context = contextOf(shop.billing, { ...scope, request: null, runId: null }, now)
  const actions = [{ type: 'extend_next_renewal', days: 3 }]
  const json = { actions, filters: { subscription_ids: [subscriptionId] } }
  const review = await previewEdit(context, readEditJson(context, json))
  assert.ok(review.kind === 'accepted')
  const { id, reviewDigest: reviewToken } = review.value
  assert.ok(reviewToken !== null)
  const decision = await confirmEdit(context, { id, reviewToken, limit: null })
  assert.equal(decision.kind, 'accepted')
  return id
}

async function statusOf(id: Uuid): Promise<string | undefined> {
  return (await shop.database.tx((tx) => findEdit(tx, { accountId, id })))?.status
}

async function untilSomebodyWaits(): Promise<void> {
  for (let waiting = 0; waiting === 0;) waiting = await countWaiting(shop.database)
}

test('an edit that takes long holds up no other', async () => {
  const [slow, quick] = [await subscribe(), await subscribe()]
  const slowEdit = await confirm(slow)
  const worker = await shop.database.tx(async (tx) => {
    const decoded = decodeId('subscription', slow)
    assert.ok(decoded.kind === 'ok')
    await lockSubscriptions(tx, accountId, [decoded.id])
    const started = startEditsWorker(shop.billing, { intervalMs: 50 })
    await untilSomebodyWaits()
    const quickEdit = await confirm(quick)
    while ((await statusOf(quickEdit)) !== 'done');
    assert.equal(await statusOf(slowEdit), 'running')
    return started
  })
  while ((await statusOf(slowEdit)) !== 'done');
  await worker.stop()
})

test('whoever confirms many edits has a few of them done at a time', async () => {
  const subscription = await subscribe()
  const confirmed: Uuid[] = []
  for (let count = 0; count < 6; count += 1) confirmed.push(await confirm(subscription))
  const found = await shop.database.tx((tx) => findRunningEdits(tx, 100))
  assert.deepEqual(
    found.map(({ id }) => id),
    confirmed.slice(0, 4),
  )
})

test('what is confirmed is done before the clock moves, also where another process is at it', async () => {
  const id = await confirm(await subscribe())
  const { finished } = await shop.database.tx(async (tx) => {
    await lockEdit(tx, { accountId, id })
    const finishing = finishEdits(shop.billing, { accountId })
    await Promise.race([untilSomebodyWaits(), finishing])
    return { finished: finishing }
  })
  await finished
  assert.equal(await statusOf(id), 'done')
})

test('all that is confirmed is done before the clock moves, however many there are', async () => {
  const subscription = await subscribe()
  const ids: Uuid[] = []
  for (let count = 0; count < 5; count += 1) ids.push(await confirm(subscription))
  await finishEdits(shop.billing, { accountId, foundMax: 2 })
  for (const id of ids) assert.equal(await statusOf(id), 'done')
})

test('a service that stops leaves what is confirmed to the next one', async () => {
  const id = await confirm(await subscribe())
  await finishEdits(shop.billing, { accountId, signal: AbortSignal.abort() })
  assert.equal(await statusOf(id), 'running')
})
