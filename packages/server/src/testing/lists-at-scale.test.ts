import type { Uuid } from '@perennial/core/ids'
import { addMs } from '@perennial/core/time'
import { sql } from 'kysely'
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { listPrices, listProducts } from '../modules/catalog/index.ts'
import { listCustomers } from '../modules/customers/index.ts'
import { listEvents } from '../modules/webhooks/index.ts'
import type { Tx } from '../platform/db/index.ts'
import { type TestApi, startTestApi } from './test-api.ts'
import { listWithin, watchReads } from './test-reads.ts'

// A list may read what it shows, what it skips (10,000 at most) and what it counts (10,001 at most): nothing that grows
// with its table.

const ROWS = 100_000
/** 10,001 counted, and the deleted ones among them. */
const COUNT_MAX = 10_500

let api: TestApi
let accountId: Uuid
let someCustomer: Uuid
let someProduct: Uuid
let someInvoice: Uuid

before(async () => {
  api = await startTestApi([])
  accountId = api.account.sandbox.accountId
  await fill()
  const one = async (table: 'customers' | 'products') =>
    (
      await api.database.kysely
        .selectFrom(table)
        .select('id')
        .where('account_id', '=', accountId)
        .orderBy('id')
        .offset(table === 'customers' ? ROWS / 2 : 0)
        .limit(1)
        .executeTakeFirstOrThrow()
    ).id
  someCustomer = await one('customers')
  someProduct = await one('products')
  someInvoice = (
    await api.database.kysely
      .selectFrom('events')
      .select('object_id')
      .where('account_id', '=', accountId)
      .where('customer_id', '=', someCustomer)
      .executeTakeFirstOrThrow()
  ).object_id
})
after(() => api.close())

/** Half of the customers are called John; one in a hundred thousand has a name of its own. */
async function fill(): Promise<void> {
  const db = api.database.kysely
  const id = sql`(lpad(to_hex(n), 12, '0') || '70008000000000000000')::uuid`
  await sql`
    insert into customers (account_id, id, email, name, created_at, updated_at, deleted_at)
    select ${accountId}, ${id}, 'user' || n || '@example.com', case n % 2 when 0 then 'John' else 'Jane' end || ' S' || n,
           now(), now(), case n % 50 when 0 then now() end
      from generate_series(1, ${ROWS}) as n`.execute(db)
  await sql`
    insert into products (account_id, id, reference, name, kind, pricing_model, currency, created_at, updated_at)
    select ${accountId}, ${id}, 'ref' || n, 'Product ' || n, 'subscription', 'recurring', 'USD', now(), now()
      from generate_series(1, ${ROWS / 10}) as n`.execute(db)
  await sql`
    insert into prices (account_id, id, product_id, currency, type, pricing_model, billing_scheme, lookup_key,
                        created_at, updated_at)
    select ${accountId}, ${id}, (lpad(to_hex(1 + n / 10), 12, '0') || '70008000000000000000')::uuid, 'USD', 'one_time',
           'fixed', 'per_unit', 'key' || n, now(), now()
      from generate_series(1, ${ROWS / 10 - 10}) as n`.execute(db)
  await sql`
    insert into events (account_id, id, type, object_kind, object_id, customer_id, invoice_id, data, occurred_at)
    select ${accountId}, ${id}, case n when 1 then 'rare.event' else 'invoice.paid' end, 'invoice', ${id}, ${id}, ${id},
           '{}', ${new Date(api.clock.now()).toISOString()}::timestamptz + n * interval '1 minute'
      from generate_series(1, ${ROWS}) as n`.execute(db)
  await sql`analyze`.execute(db)
}

const page = (more: object = {}) => ({
  limit: 20,
  offset: 0,
  startingAfter: null,
  endingBefore: null,
  ...more,
})
const customers = (filter: object, more?: object) => (tx: Tx) =>
  listCustomers(tx, {
    accountId,
    filter: { search: null, email: null, includeDeleted: false, ...filter },
    page: page(more),
  })
const products = (filter: object) => (tx: Tx) =>
  listProducts(tx, {
    accountId,
    filter: { search: null, kind: null, isActive: null, isArchived: false, ...filter },
    page: page(),
  })
const prices = (filter: object) => (tx: Tx) =>
  listPrices(tx, {
    accountId,
    filter: {
      productId: null,
      type: null,
      pricingModel: null,
      active: null,
      currency: null,
      lookupKey: null,
      ...filter,
    },
    page: page(),
  })
const events = (filter: object, more?: object) => (tx: Tx) =>
  listEvents(tx, {
    accountId,
    filter: {
      types: [],
      customerId: null,
      invoiceId: null,
      subscriptionId: null,
      orderId: null,
      createdFrom: null,
      createdTo: null,
      ...filter,
    },
    page: page(more),
  })

/** `most`: rows that one statement of the list may read. The rare ones gather their matches and then show them. */
const lists: readonly (readonly [name: string, list: () => (tx: Tx) => Promise<{ rows: readonly unknown[] }>, rows: number, most: number])[] = [
  ['customers', () => customers({}), 20, COUNT_MAX],
  ['customers from the middle', () => customers({}, { startingAfter: someCustomer }), 20, COUNT_MAX],
  ['customers before the middle', () => customers({}, { endingBefore: someCustomer }), 20, COUNT_MAX],
  ['customers far down', () => customers({}, { offset: 10_000 }), 20, 10_500],
  ['customers, deleted too', () => customers({ includeDeleted: true }), 20, COUNT_MAX],
  ['a customer by e-mail', () => customers({ email: 'USER77@example.com' }), 1, 10],
  ['customers by a rare word', () => customers({ search: 's4242' }), 11, 100],
  ['customers by two words', () => customers({ search: 'john s42' }), 20, 2_000],
  ['customers by a word that nobody has', () => customers({ search: 'zzz' }), 0, 10],
  ['products', () => products({}), 20, COUNT_MAX],
  ['products of a kind', () => products({ kind: 'subscription' }), 20, COUNT_MAX],
  ['products by a rare word', () => products({ search: 'ref4242' }), 1, 10],
  ['prices', () => prices({}), 20, 50],
  ['prices of a product', () => prices({ productId: someProduct }), 9, 50],
  ['prices by key', () => prices({ lookupKey: 'key4242' }), 1, 10],
  ['prices of a type that none has', () => prices({ type: 'recurring' }), 0, 10],
  ['events', () => events({}), 20, 50],
  ['events of a type', () => events({ types: ['invoice.paid'] }), 20, 50],
  ['events of a rare type', () => events({ types: ['rare.event'] }), 1, 10],
  ['events of two types', () => events({ types: ['rare.event', 'invoice.paid'] }), 20, 100],
  ['events of a customer', () => events({ customerId: someCustomer }), 1, 10],
  ['events of an invoice', () => events({ invoiceId: someInvoice }), 1, 10],
  ['events of an hour', () => events({ createdFrom: addMs(api.clock.now(), 3_600_000), createdTo: addMs(api.clock.now(), 7_200_000) }), 20, 100],
  ['events long before any', () => events({ createdTo: addMs(api.clock.now(), -3_600_000) }), 0, 10],
] // prettier-ignore

for (const [name, list, rows, most] of lists) {
  test(`of ${ROWS} rows, ${name}: ${rows} shown, at most ${most} read`, async () => {
    const found = await listWithin(api.database, most, list())
    assert.equal(found.rows.length, rows)
  })
}

test('customers by a word that half of them have: the page reads what it shows, the count gathers no rows', async () => {
  const reads = await api.database.tx(async (tx) => {
    const watched = watchReads(tx)
    const found = await customers({ search: 'john' })(watched.tx)
    assert.equal(found.rows.length, 20)
    assert.equal(found.total, 10_000)
    assert.equal(found.isTotalCapped, true)
    return watched.reads
  })
  const rowsRead = reads.map((read) => read.rowsRead)
  assert.ok((rowsRead.at(-1) ?? Infinity) < 100, `the page read ${rowsRead.at(-1)} rows`)
})
