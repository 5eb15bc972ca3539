import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { sql } from 'kysely'
import { type BillingShop, startBillingShop } from './test-card-world.ts'

let shop: BillingShop
before(async () => {
  shop = await startBillingShop()
})
after(() => shop.close())

type Planned = { readonly anew: number; readonly once: number }

/** How the reads of a table were planned on the connection that requests take in turn, one after the other. */
async function plansOf(table: string): Promise<Planned> {
  const { rows } = await sql<Planned>`
    select coalesce(sum(custom_plans), 0)::int as anew, coalesce(sum(generic_plans), 0)::int as once
      from pg_prepared_statements
     where statement ~ ${`from "?${table}"?\\s`}`.execute(shop.database.kysely)
  assert.ok(rows[0] !== undefined)
  return rows[0]
}

test('what is read by its id is planned once a connection, and a list for its filters', async () => {
  const customer = await shop.createCustomer()
  // As a service has it, and not as the tests do.
  await sql`set plan_cache_mode = auto`.execute(shop.database.kysely)
  const before = await plansOf('customers')
  await shop.request('GET', `/customers/${customer}`)
  await shop.request('GET', `/customers/${customer}`)
  const single = await plansOf('customers')
  assert.deepEqual([single.anew - before.anew, single.once - before.once], [0, 2])
  await shop.request('GET', '/customers?email=nobody@example.com')
  const list = await plansOf('customers')
  assert.ok(list.anew > single.anew)
})
