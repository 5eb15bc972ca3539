import assert from 'node:assert/strict'
import { test } from 'node:test'
import { insertNotices, parkNotice } from '../modules/payments/notices/index.ts'
import { startBillingShop } from '../testing/test-card-world.ts'
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

/** Each with the days after which it is paid, and not yet taken back. */
const TAKEN_BACK = [
  ['tok_ach_return_R10_after_5', 6],
  ['tok_dispute_fraudulent', 1],
] as const

for (const [token, days] of TAKEN_BACK)
  test(`what a bank takes back of ${token} is collected no more`, async () => {
    const shop = await startBillingShop()
    try {
      const post = (path: string, body: object) => shop.request('POST', path, { body })
      const customerId = await shop.createCustomer()
      await shop.attach(customerId, token)
      const productId = await shop.createPlan(4_900)
      await post('/subscriptions', { customerId, productId })
      const collectedAfter = async (more: number) => {
        assert.equal((await post('/test-clock/advance', { days: more })).status, 200)
        const status = await readStatus(shop.database, shop.clock)
        return status.find(({ environment }) => environment === 'sandbox')?.money[0]?.collectedMinor
      }
      assert.deepEqual([await collectedAfter(days), await collectedAfter(20)], [4_900n, 0n])
    } finally {
      await shop.close()
    }
  })
