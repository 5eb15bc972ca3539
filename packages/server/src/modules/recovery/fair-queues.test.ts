import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Uuid } from '@perennial/core/ids'
import type { Tx } from '../../platform/db/index.ts'
import { startFullQueues, type FullQueues } from '../../testing/queries/full-queues.ts'
import { claimConnectorEvent, type Claim } from './connectors/queries/events.ts'
import { claimOwedPayment } from './connectors/queries/payments.ts'
import { claimDeliveries } from './outside/queries/deliveries.ts'

const OF_ONE = 16

let queues: FullQueues
before(async () => {
  queues = await startFullQueues()
})
after(() => queues.api.close())

test('a round of webhooks has a place for each client, however much is due of others', async () => {
  const places = { ...queues.lease(), limit: 20, limitPerClient: OF_ONE }
  const claimed = await queues.api.database.tx((tx) => claimDeliveries(tx, places))
  const counts = queues.shared(claimed.map((one) => one.account_id))
  assert.equal(claimed.length, 20)
  assert.equal(counts.at(-1), 1)
  assert.ok(
    counts.slice(0, -1).every((count) => count >= 4 && count <= 5),
    String(counts),
  )
})

test('a round of what platforms tell, or are told, has a place for each connector', async () => {
  type Item = { readonly account_id: Uuid; readonly connector_id: Uuid }
  const claims: readonly ((tx: Tx, claim: Claim) => Promise<Item | null>)[] = [
    claimConnectorEvent,
    claimOwedPayment,
  ]
  for (const claim of claims) {
    const taken = new Map<Uuid, number>()
    const given: Claim = { ...queues.lease(), taken, limitPerConnector: 3 }
    const claimed: Uuid[] = []
    for (;;) {
      const item = await queues.api.database.tx((tx) => claim(tx, given))
      if (item === null) break
      claimed.push(item.account_id)
      taken.set(item.connector_id, (taken.get(item.connector_id) ?? 0) + 1)
    }
    assert.deepEqual(new Set(claimed.slice(0, 5)), new Set(queues.accountIds))
    assert.deepEqual(queues.shared(claimed), [3, 3, 3, 3, 1])
  }
})

test('claims at the same moment take rows of their own', async () => {
  const given: Claim = { ...queues.lease(), taken: new Map(), limitPerConnector: OF_ONE }
  const claims = Array.from({ length: 8 }, () =>
    queues.api.database.tx((tx) => claimConnectorEvent(tx, given)),
  )
  const ids = (await Promise.all(claims)).map((item) => item?.event_id)
  assert.ok(!ids.includes(undefined))
  assert.equal(new Set(ids).size, 8)
})
