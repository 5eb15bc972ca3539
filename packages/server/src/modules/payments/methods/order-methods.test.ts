import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { decodeId, type Uuid } from '@perennial/core/ids'
import { type BillingShop, startBillingShop } from '../../../testing/test-card-world.ts'

let shop: BillingShop
before(async () => {
  shop = await startBillingShop()
})
after(() => shop.close())

function uuidOf(id: string): Uuid {
  const decoded = decodeId('payment_method', id)
  assert.ok(decoded.kind === 'ok')
  return decoded.id
}

async function subscribe(customer: string): Promise<Uuid> {
  const product_id = await shop.createPlan(4_000)
  const body = { customer_id: customer, product_id }
  const made = await shop.request('POST', '/subscriptions', { body })
  assert.equal(made.status, 201, JSON.stringify(made.body))
  const { id } = await shop.database.kysely
    .selectFrom('subscriptions')
    .select('id')
    .orderBy('id', 'desc')
    .executeTakeFirstOrThrow()
  return id
}

test('another order of methods leaves each its tax, and a new one takes that of the first', async () => {
  const customer = await shop.createCustomer()
  const [first, second, fresh] = [
    await shop.attach(customer, 'tok_visa'),
    await shop.attach(customer, 'tok_visa'),
    await shop.attach(customer, 'tok_visa'),
  ]
  const subscriptionId = await subscribe(customer)
  const { accountId } = shop.account.sandbox
  const row = (id: string, priority: number, tax: bigint) => ({
    account_id: accountId,
    subscription_id: subscriptionId,
    payment_method_id: uuidOf(id),
    priority,
    tax_minor: tax,
  })
  await shop.database.kysely
    .insertInto('subscription_payment_methods')
    .values([row(first, 0, 256n), row(second, 1, 134n)])
    .execute()

  const order = [fresh, second, first]
  const answer = await shop.request('PUT', `/subscriptions/${subscriptionId}/payment-methods`, {
    body: { payment_methods: order.map((id, priority) => ({ payment_method_id: id, priority })) },
  })
  assert.equal(answer.status, 200, JSON.stringify(answer.body))
  const kept = await shop.database.kysely
    .selectFrom('subscription_payment_methods')
    .select(['payment_method_id', 'tax_minor'])
    .where('subscription_id', '=', subscriptionId)
    .orderBy('priority')
    .execute()
  assert.deepEqual(
    kept.map((one) => [one.payment_method_id, one.tax_minor]),
    [
      [uuidOf(fresh), 256n],
      [uuidOf(second), 134n],
      [uuidOf(first), 256n],
    ],
  )
})
