import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { CompiledQuery } from 'kysely'
import { type BillingShop, startBillingShop } from '../../../testing/test-card-world.ts'

let shop: BillingShop
beforeEach(async () => {
  shop = await startBillingShop()
})
afterEach(() => shop.closeSound())

/** The next charge that is written finds itself in a deadlock, as whoever PostgreSQL picks does; its repetition does not. */
async function deadlockOnce(): Promise<void> {
  const run = (text: string) => shop.database.kysely.executeQuery(CompiledQuery.raw(text))
  await run('create sequence if not exists charges_of_test')
  await run('alter sequence charges_of_test restart')
  await run('grant usage on charges_of_test to perennial_api')
  await run(`create or replace function give_way_once() returns trigger language plpgsql as $$ begin
    if nextval('charges_of_test') = 1 then raise exception using errcode = '40P01'; end if; return new; end $$`)
  await run(`create or replace trigger give_way_once before insert on payment_attempts
    for each statement execute function give_way_once()`)
}

const advance = async (days: number): Promise<number> =>
  (await shop.request('POST', '/test-clock/advance', { body: { days } })).status

test('a batch of renewals or retries that is picked out of a deadlock is done again', async () => {
  const customer_id = await shop.createCustomer()
  await shop.attach(customer_id, 'tok_decline_after_1_insufficient_funds')
  const body = { customer_id, product_id: await shop.createPlan(4_000) }
  assert.equal((await shop.request('POST', '/subscriptions', { body })).status, 201)
  await deadlockOnce()
  assert.equal(await advance(31), 200)
  assert.equal(await shop.count('payment_attempts'), 2)
  await deadlockOnce()
  assert.equal(await advance(14), 200)
  assert.ok((await shop.count('payment_attempts')) > 2)
})
