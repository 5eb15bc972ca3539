import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Uuid } from '@perennial/core/ids'
import { addDays, type Instant } from '@perennial/core/time'
import type { Tx } from '../../../platform/db/index.ts'
import { type BillingShop, startBillingShop } from '../../../testing/test-card-world.ts'
import { createClaims } from './claim-in-turns.ts'

let shop: BillingShop
before(async () => {
  shop = await startBillingShop()
})
after(() => shop.close())

/** Two of them fall due at the same instant. In the order of their dates and ids. */
async function subscribeThree(accountId: Uuid, until: Instant): Promise<Uuid[]> {
  const product_id = await shop.createPlan(4_000)
  const body = { customer_id: await shop.createCustomer(), product_id }
  await shop.attach(body.customer_id, 'tok_visa')
  for (let made = 0; made < 3; made += 1) {
    assert.equal((await shop.request('POST', '/subscriptions', { body })).status, 201)
  }
  const subscriptions = shop.database.kysely
    .selectFrom('subscriptions')
    .select('id')
    .where('account_id', '=', accountId)
    .orderBy('id')
  const [one, two, last] = (await subscriptions.execute()).map(({ id }) => id)
  assert.ok(one !== undefined && two !== undefined && last !== undefined)
  for (const [id, days] of [
    [one, 0],
    [two, 0],
    [last, -4],
  ] as const) {
    // prettier-ignore
    await shop.database.kysely
      .updateTable('subscriptions')
      .set({ next_due_at: addDays(until, days) })
      .where('id', '=', id)
      .execute()
  }
  return [last, one, two]
}

test('lanes claim in order from where the last one stopped, and come back to what was let go', async () => {
  const { accountId } = shop.account.sandbox
  const until = addDays(shop.clock.now(), 30)
  const [first, second, third] = await subscribeThree(accountId, until)

  const { claimDue } = createClaims()
  const next = async (tx: Tx): Promise<Uuid[]> =>
    (await claimDue(tx, { accountId, until, limit: 1 })).map(({ id }) => id)
  await shop.database.tx(async (one) => {
    assert.deepEqual(await next(one), [first])
    await shop.database.tx(async (other) => {
      assert.deepEqual(await next(other), [second])
      assert.deepEqual(await next(other), [third], 'not the first, although it is held')
      assert.deepEqual(await next(other), [second], 'what it holds itself it may claim again')
    })
    assert.deepEqual(await Promise.all([next(one), next(one)]), [[third], [first]])
  })
  // Nobody has moved them on: whoever begins anew finds all of them.
  const found = await shop.database.tx((tx) =>
    createClaims().claimDue(tx, { accountId, until, limit: 10 }),
  )
  assert.deepEqual(
    found.map(({ id }) => id),
    [first, second, third],
  )
})

test('what waits for answers is passed over until some have come in, and what has missed them is not', async () => {
  const { accountId } = shop.account.sandbox
  const until = addDays(shop.clock.now(), 30)
  const { claimDue, ...claims } = createClaims()
  const next = async (): Promise<readonly Uuid[]> => {
    const claimed = await shop.database.tx((tx) => claimDue(tx, { accountId, until, limit: 10 }))
    return claimed.map(({ id }) => id)
  }
  const all = await next()
  assert.equal(all.length, 3)
  claims.passOver(all.slice(0, 2), claims.answersSoFar())
  assert.deepEqual([await next(), claims.isAnyWaiting()], [all.slice(2), true])
  const before = claims.answersSoFar()
  claims.hearAnswers()
  assert.deepEqual([await next(), claims.isAnyWaiting()], [all, false])
  claims.passOver(all, before)
  assert.deepEqual(await next(), all, 'answers came in after these were looked at')
})
