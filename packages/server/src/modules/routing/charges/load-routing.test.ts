import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { decodeId, type IdKind, type Uuid } from '@perennial/core/ids'
import { sql } from 'kysely'
import { type BillingShop, startBillingShop } from '../../../testing/test-card-world.ts'
import { countWaiting } from '../../../testing/test-locks.ts'
import { loadRouting } from './load-routing.ts'

let shop: BillingShop
/** The first that charges, and another. */
let amber: string
let birch: string
let gatewayId: Uuid
before(async () => {
  shop = await startBillingShop()
  const listed = await shop.request('GET', '/gateways')
  const ids = [0, 1].map((index) => listed.text(`data.${index}.id`))
  const isFirst = listed.at('data.0.code') === 'amber'
  ;[amber = '', birch = ''] = isFirst ? ids : ids.toReversed()
  gatewayId = uuidOf('gateway', amber)
})
after(() => shop.close())

function uuidOf(kind: IdKind, id: string): Uuid {
  const decoded = decodeId(kind, id)
  assert.ok(decoded.kind === 'ok')
  return decoded.id
}

const post = (path: string, body: object) => shop.request('POST', path, { body })

/** What the first gateway has made and what it is making, as a route sees both. */
async function countsFor(customerId: Uuid, profileId: Uuid | null) {
  const { accountId } = shop.account.sandbox
  const subject = { key: customerId, subscriptionId: null, customerId, paymentMethodId: null }
  const at = shop.clock.now()
  const question = { accountId, at, defaultProfileId: profileId, draw: () => 0 }
  const loaded = await shop.database.tx((tx) => loadRouting(tx, question, [subject]))
  const book = loaded.get(customerId)?.routing.book
  assert.ok(book !== undefined)
  const made = book.usage.get(gatewayId)?.month.attempts ?? 0
  return { made, planned: book.planned.get(gatewayId)?.attempts ?? 0 }
}

test('a charge that settles while caps are read is counted', async () => {
  const customer = await shop.createCustomer()
  const method = await shop.attach(customer, 'tok_visa')
  const charge = { amount: 500, currency: 'USD', customer, payment_method: method }
  const intent = (await post('/payment-intents', charge)).text('id')
  await post(`/payment-intents/${intent}/confirm`, {})
  const rules = [{ metric: 'attempt_count', period: 'month', max: 1 }]
  const body = { global_cascade_rules: rules }
  assert.equal((await shop.request('PATCH', `/gateways/${amber}`, { body })).status, 200)
  const customerId = uuidOf('customer', customer)
  assert.deepEqual(await countsFor(customerId, null), { made: 1, planned: 0 })

  const { kysely } = shop.database
  await sql`create table usage_of_test as select * from gateway_usage`.execute(kysely)
  await sql`delete from gateway_usage`.execute(kysely)
  await sql`update payment_attempts set state = 'sending'`.execute(kysely)
  assert.deepEqual(await countsFor(customerId, null), { made: 0, planned: 1 })
  const counting = await shop.database.tx(async (tx) => {
    await sql`lock table payment_attempts in access exclusive mode`.execute(tx)
    const reading = countsFor(customerId, null)
    for (let waiting = 0; waiting === 0;) waiting = await countWaiting(shop.database)
    await sql`insert into gateway_usage select * from usage_of_test`.execute(tx)
    await sql`update payment_attempts set state = 'succeeded'`.execute(tx)
    return { reading }
  })
  assert.deepEqual(await counting.reading, { made: 1, planned: 0 })
})

test('usage is read where something goes by it, and nowhere else', async () => {
  await shop.request('PATCH', `/gateways/${amber}`, { body: { global_cascade_rules: [] } })
  const groupOf = async (choice: string) =>
    (await post('/gateway-groups', { name: choice, choice, gateway_ids: [amber, birch] })).at(
      'data.id',
    )
  const profileOf = async (name: string, entries: readonly object[]) => {
    const definition = { kind: 'cascade', entries }
    return uuidOf('payment_profile', (await post('/payment-profiles', { name, definition })).text('data.id')) // prettier-ignore
  }
  const [even, sorted] = [await groupOf('even_distribution'), await groupOf('sort_order')]
  const customer = await shop.createCustomer()
  await shop.attach(customer, 'tok_visa')
  const customerId = uuidOf('customer', customer)
  const entry = { kind: 'gateway', gateway_id: amber }
  const usage = [{ metric: 'attempt_count', period: 'month', max: 9 }]
  const rows: readonly (readonly [string, object, number])[] = [
    ['a gateway', entry, 0],
    ['a group by order', { kind: 'group', group_id: sorted }, 0],
    ['a group by volume', { kind: 'group', group_id: even }, 1],
    ['a cap', { ...entry, rules: { usage } }, 1],
  ]
  for (const [name, one, made] of rows) {
    const profile = await profileOf(name, [one])
    assert.equal((await countsFor(customerId, profile)).made, made, name)
  }
})
