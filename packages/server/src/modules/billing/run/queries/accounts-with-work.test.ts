import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { addDays, MS_PER_DAY } from '@perennial/core/time'
import { sql } from 'kysely'
import { watchReads } from '../../../../testing/test-reads.ts'
import { type BillingShop, startBillingShop } from '../../../../testing/test-card-world.ts'
import { findAccountsWithWork } from './accounts-with-work.ts'

let shop: BillingShop
before(async () => {
  shop = await startBillingShop()
})
after(() => shop.close())

/** Nothing that is due for every account, such as the daily comparison of the books. */
async function leaveNothingElse(): Promise<void> {
  const { accountId } = shop.account.sandbox
  const gateways = await shop.database.kysely
    .selectFrom('gateways')
    .select('id')
    .where('account_id', '=', accountId)
    .execute()
  const far = addDays(shop.clock.now(), 1_000)
  const times = { reconcile_at: far, notices_due_at: null }
  await shop.database.kysely
    .insertInto('gateway_cursors')
    .values(gateways.map(({ id }) => ({ account_id: accountId, gateway_id: id, ...times })))
    .onConflict((conflict) => conflict.columns(['account_id', 'gateway_id']).doUpdateSet(times))
    .execute()
}

async function hasWork(): Promise<boolean> {
  const found = await shop.database.tx((tx) => findAccountsWithWork(tx, shop.clock.now(), 10))
  return found.some(({ id }) => id === shop.account.sandbox.accountId)
}

test('a worker finds accounts for challenges and holds whose time is over', async () => {
  const rows = [
    ['tok_authenticate', 'automatic', 'requires_action'],
    ['tok_visa', 'manual', 'processing'],
  ] as const
  for (const [token, capture, status] of rows) {
    const customer = await shop.createCustomer()
    await shop.attach(customer, token)
    const body = { amount: 5_000, customer, capture_method: capture }
    const intent = (await shop.request('POST', '/payment-intents', { body })).text('id')
    const confirmed = await shop.request('POST', `/payment-intents/${intent}/confirm`, { body: {} })
    assert.equal(confirmed.text('status'), status)
    await leaveNothingElse()
    assert.equal(await hasWork(), false, `${token}: nothing is due yet`)
    shop.clock.advanceMs(30 * MS_PER_DAY)
    assert.equal(await hasWork(), true, `${token}: its time is over`)
    await shop.request('POST', `/payment-intents/${intent}/cancel`, { body: {} })
    await shop.database.kysely.updateTable('payment_attempts').set({ check_at: null }).execute()
    assert.equal(await hasWork(), false, `${token}: that was all`)
  }
})

test('a worker finds accounts for setups whose challenge nobody answers', async () => {
  const customer_id = await shop.createCustomer()
  const body = { customer_id }
  const setup = (await shop.request('POST', '/setup-intents', { body })).text('data.id')
  const token = { token: 'tok_authenticate' }
  await shop.request('POST', `/setup-intents/${setup}/confirm`, { body: token })
  await leaveNothingElse()
  assert.equal(await hasWork(), false)
  shop.clock.advanceMs(2 * MS_PER_DAY)
  assert.equal(await hasWork(), true)
  await shop.request('POST', `/setup-intents/${setup}/cancel`, { body: {} })
  assert.equal(await hasWork(), false)
})

test('ten thousand accounts that have nothing to do are not looked at for each kind of work', async () => {
  await leaveNothingElse()
  await sql`
    insert into accounts (id, merchant_id, environment, name, timezone, currency, created_at)
    select gen_random_uuid(), merchant_id, environment, 'One of many', timezone, currency, created_at
      from (select * from accounts limit 1) a, generate_series(1, 10000)`.execute(
    shop.database.kysely,
  )
  await sql`analyze accounts`.execute(shop.database.kysely)
  const { found, reads } = await shop.database.tx(async (tx) => {
    const watched = watchReads(tx)
    return {
      found: await findAccountsWithWork(watched.tx, shop.clock.now(), 10),
      reads: watched.reads,
    }
  })
  assert.deepEqual(found, [])
  const [read] = reads
  assert.ok(read !== undefined && read.pagesRead < 1_000, `${read?.pagesRead} pages were read`)
})
