import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { addDays } from '@perennial/core/time'
import { sql } from 'kysely'
import { createLogger } from '../../../platform/log/index.ts'
import { type BillingShop, startBillingShop } from '../../../testing/test-card-world.ts'
import { loadScope } from '../load/load-scope.ts'
import { missDeadlines } from './miss-deadlines.ts'

let shop: BillingShop
before(async () => {
  shop = await startBillingShop()
})
after(() => shop.closeSound())

async function openDisputes(count: number): Promise<void> {
  const product_id = await shop.createPlan(4_000)
  for (let index = 0; index < count; index += 1) {
    const customer_id = await shop.createCustomer()
    await shop.attach(customer_id, 'tok_dispute_product_not_received')
    const body = { customer_id, product_id }
    assert.equal((await shop.request('POST', '/subscriptions', { body })).status, 201)
  }
  await shop.request('POST', '/test-clock/advance', { body: { days: 6 } })
}

/** Twenty days on; the log's lines are added to `told`. */
async function missAll(told: string[], batchSize = shop.billing.batchSize): Promise<number> {
  const destination = { write: (line: string) => void told.push(line) }
  const log = createLogger({ level: 'error', pretty: false, destination })
  const scope = await loadScope(shop.billing, shop.account.sandbox.accountId)
  const until = addDays(scope.clockHeldAt ?? shop.clock.now(), 20)
  const window = { until, decideAt: 'until' } as const
  return missDeadlines({ ...shop.billing, log, batchSize }, { ...scope, runId: null }, window)
}

test('a deadline that cannot be written is told to the log, and holds up no other', async () => {
  await openDisputes(3)
  const { kysely } = shop.database
  const { id } = await kysely.selectFrom('disputes').select('id').limit(1).executeTakeFirstOrThrow()
  await sql`
    alter table disputes add constraint disputes_one_stays
      check (status <> 'lost' or id <> ${sql.lit(id)})`.execute(kysely)
  const told: string[] = []
  assert.equal(await missAll(told), 2)
  const open = kysely.selectFrom('disputes').select('id').where('status', '=', 'needs_response')
  assert.deepEqual(await open.execute(), [{ id }])
  assert.match(told[0] ?? '', /disputes_one_stays/)

  // It falls due first again, as a batch of its own: those behind it are reached all the same, and it is told once.
  await openDisputes(2)
  told.length = 0
  assert.equal(await missAll(told, 1), 2)
  assert.deepEqual(await open.execute(), [{ id }])
  assert.equal(told.length, 1)
})
