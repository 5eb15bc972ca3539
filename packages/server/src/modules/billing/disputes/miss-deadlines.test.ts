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

test('a deadline that cannot be written is told to the log, and holds up no other', async () => {
  await openDisputes(3)
  const { kysely } = shop.database
  const { id } = await kysely.selectFrom('disputes').select('id').limit(1).executeTakeFirstOrThrow()
  await sql`
    alter table disputes add constraint disputes_one_stays
      check (status <> 'lost' or id <> ${sql.lit(id)})`.execute(kysely)
  const told: string[] = []
  const destination = { write: (line: string) => void told.push(line) }
  const log = createLogger({ level: 'error', pretty: false, destination })
  const scope = await loadScope(shop.billing, shop.account.sandbox.accountId)
  const until = addDays(scope.clockHeldAt ?? shop.clock.now(), 20)
  const window = { until, decideAt: 'until' } as const
  const own = { ...scope, runId: null }
  assert.equal(await missDeadlines({ ...shop.billing, log }, own, window), 2)
  const open = kysely.selectFrom('disputes').select('id').where('status', '=', 'needs_response')
  assert.deepEqual(await open.execute(), [{ id }])
  assert.match(told[0] ?? '', /disputes_one_stays/)
})
