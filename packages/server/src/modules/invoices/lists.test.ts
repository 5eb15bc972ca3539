import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { assert as believe } from '@perennial/core/fault'
import { type Uuid, isUuid } from '@perennial/core/ids'
import { sql } from 'kysely'
import { type TestApi, startTestApi } from '../../testing/test-api.ts'
import { listWithin } from '../../testing/test-reads.ts'
import { type InvoiceFilter, listInvoices } from './queries.ts'

// A list may read what it shows, what it skips and what it counts (10,001 at most): nothing that grows with its table.

const ROWS = 100_000
/** And a handful on the way. */
const COUNT_MAX = 10_010

let api: TestApi
let accountId: Uuid

before(async () => {
  api = await startTestApi([])
  accountId = api.account.sandbox.accountId
  const id = sql`(lpad(to_hex(n), 8, '0') || '000070008000000000000000')::uuid`
  await sql`
    insert into invoices (account_id, id, customer_id, subscription_id, billing_reason, status, currency, subtotal_minor,
                          total_minor, collection_method, created_at, updated_at)
    select ${accountId}, ${id}, ${id}, ${id}, 'manual', case n % 20000 when 1 then 'overdue' else 'paid' end, 'USD', 1, 1,
           'send_invoice', now(), now()
      from generate_series(1, ${ROWS}) as n`.execute(api.database.kysely)
  await sql`analyze invoices`.execute(api.database.kysely)
})
after(() => api.close())

function idOf(n: number): Uuid {
  const id = `${n.toString(16).padStart(8, '0')}-0000-7000-8000-000000000000`
  believe(isUuid(id), 'a number makes a uuid')
  return id
}

const OPEN = ['finalized', 'approved', 'sent', 'partially_paid', 'overdue']

type Row = readonly [
  name: string,
  filter: Partial<InvoiceFilter>,
  page: object,
  shown: number,
  total: number,
  most: number,
]

const lists: readonly Row[] = [
  ['invoices', {}, {}, 20, 10_000, COUNT_MAX],
  ['invoices far down', {}, { offset: 10_000 }, 20, 10_000, 10_100],
  ['paid invoices', { statuses: ['paid'] }, {}, 20, 10_000, COUNT_MAX],
  ['open invoices, which are rare', { statuses: OPEN }, {}, 5, 5, 20],
  ['open invoices after a cursor', { statuses: OPEN }, { startingAfter: idOf(40_001) }, 2, 5, 20],
  ['drafts, of which there are none', { statuses: ['draft'] }, {}, 0, 0, 10],
  ['invoices of a customer', { customerId: idOf(7) }, {}, 1, 1, 10],
  ['open invoices of a customer', { customerId: idOf(7), statuses: OPEN }, {}, 0, 0, 10],
  ['invoices of a subscription', { subscriptionId: idOf(7) }, {}, 1, 1, 10],
]

for (const [name, filter, more, shown, total, most] of lists) {
  test(`of ${ROWS} rows, ${name}: ${shown} shown, at most ${most} read`, async () => {
    const all: InvoiceFilter = { statuses: null, customerId: null, subscriptionId: null }
    const page = { limit: 20, offset: 0, startingAfter: null, endingBefore: null, ...more }
    const found = await listWithin(api.database, most, (tx) =>
      listInvoices(tx, accountId, { ...all, ...filter }, page),
    )
    assert.deepEqual([found.rows.length, found.total], [shown, total])
  })
}
