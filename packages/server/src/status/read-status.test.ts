import assert from 'node:assert/strict'
import { test } from 'node:test'
import { insertNotices, parkNotice } from '../modules/payments/notices/index.ts'
import { startBillingShop } from '../test-card-world.ts'
import { readStatus } from './index.ts'

test('the status counts what gateways have told that a person has to look at', async () => {
  const shop = await startBillingShop()
  try {
    const { accountId } = shop.account.sandbox
    const { id: gatewayId } = await shop.database.kysely
      .selectFrom('gateways')
      .select('id')
      .where('account_id', '=', accountId)
      .executeTakeFirstOrThrow()
    const receivedAt = shop.clock.now()
    const nextId = () => shop.billing.ids.next()
    const kept = { accountId, gatewayId, nextId, receivedAt, leaseMs: 20_000 }
    const other = (id: string) => ({ id, at: receivedAt, kind: 'other', type: 'news' }) as const
    await shop.database.tx(async (tx) => {
      await insertNotices(tx, { ...kept, source: 'pull', notices: [other('waits')] })
      for (const id of ['one', 'two']) await parkNotice(tx, kept, { notice: other(id), reason: id })
    })
    const status = await readStatus(shop.database, shop.clock)
    const own = status.find((account) => account.environment === 'sandbox')
    assert.equal(own?.noticesParked, 2)
  } finally {
    await shop.close()
  }
})
