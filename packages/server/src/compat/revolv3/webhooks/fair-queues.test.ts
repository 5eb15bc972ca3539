import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Uuid } from '@perennial/core/ids'
import { startFullQueues, type FullQueues } from '../../../testing/queries/full-queues.ts'
import { claimDeliveries, insertDeliveries, recordDelivery } from './queries.ts'

const OF_ONE = 16

let queues: FullQueues
before(async () => {
  queues = await startFullQueues()
})
after(() => queues.api.close())

test('a round of Revolv3 webhooks has a place for each account', async () => {
  const places = { ...queues.lease(), limit: 20, limitPerAccount: OF_ONE }
  const claimed = await queues.api.database.tx((tx) => claimDeliveries(tx, places))
  const counts = queues.shared(claimed.map((one) => one.accountId))
  assert.equal(claimed.length, 20)
  assert.equal(counts.at(-1), 1)
})

test('what stands behind another delivery of its object is not due, and is called when that is over', async () => {
  const other = await queues.api.createOtherAccount()
  const { accountId } = other.sandbox
  const objectId = queues.api.ids.next()
  const ids = [queues.api.ids.next(), queues.api.ids.next(), queues.api.ids.next()]
  const insert = async (some: readonly Uuid[]): Promise<void> => {
    const deliveries = some.map((id) => ({
      id,
      eventId: id,
      eventType: 'InvoicePaid',
      objectId,
      body: '{}',
    }))
    const realNow = queues.api.clock.now()
    await queues.api.database.tx((tx) => insertDeliveries(tx, accountId, { deliveries, realNow }))
  }
  const due = async () => {
    const rows = await queues.api.database.kysely
      .selectFrom('revolv3_deliveries')
      .select('id')
      .where('account_id', '=', accountId)
      .where('state', '=', 'waiting')
      .where('next_try_at', '<=', queues.api.clock.now())
      .execute()
    return rows.map(({ id }) => ids.indexOf(id))
  }
  await insert(ids.slice(0, 2))
  await insert(ids.slice(2))
  const called = []
  for (const id of ids) {
    called.push(await due())
    const result = {
      state: 'done',
      status: 200,
      error: null,
      nextTryAt: null,
      realNow: queues.api.clock.now(),
    } as const
    await queues.api.database.tx((tx) => recordDelivery(tx, { accountId, id }, result))
  }
  assert.deepEqual([...called, await due()], [[0], [1], [2], []])
})
