import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { assert as believe } from '@perennial/core/fault'
import { type Uuid, isUuid } from '@perennial/core/ids'
import { type Instant, addMs } from '@perennial/core/time'
import { sql } from 'kysely'
import type { Tx } from '../../platform/db/index.ts'
import { type TestApi, startTestApi } from '../../testing/test-api.ts'
import { listWithin } from '../../testing/test-reads.ts'
import { type AttemptFilter, listAttemptViews } from './queries/attempt-views.ts'
import { listChargesUnderWay } from './queries/charges-under-way.ts'
import { type IntentFilter, listIntents } from './queries/intents.ts'
import { type MethodFilter, listMethods } from './queries/payment-methods.ts'
import type { PaymentFilter } from './queries/payment-views.ts'
import { type TransactionFilter, listTransactions } from './queries/transactions.ts'

// A list may read what it shows and what it merges to show it: nothing that grows with its table. Enough rows that a scan
// is found out; query-plans.test.ts asks the same of every list at 100,000, less strictly.

const ROWS = 20_000

let api: TestApi
let accountId: Uuid
let someId: Uuid
let startsAt: Instant

before(async () => {
  api = await startTestApi([])
  accountId = api.account.sandbox.accountId
  startsAt = api.clock.now()
  someId = idOf(ROWS / 2)
  await fill()
})
after(() => api.close())

function idOf(n: number): Uuid {
  const id = `${n.toString(16).padStart(8, '0')}-0000-7000-8000-000000000000`
  believe(isUuid(id), 'a number makes a uuid')
  return id
}

/** One row a minute, each of a customer and an invoice of its own; one of all of a rare kind. */
async function fill(): Promise<void> {
  const db = api.database.kysely
  const id = sql`(lpad(to_hex(n), 8, '0') || '000070008000000000000000')::uuid`
  const at = sql`${new Date(startsAt).toISOString()}::timestamptz + n * interval '1 minute'`
  const numbers = sql`generate_series(1, ${ROWS}) as n`
  await sql`
    insert into customers (account_id, id, email, created_at, updated_at)
    select ${accountId}, ${id}, n || '@example.com', ${at}, ${at} from ${numbers}`.execute(db)
  await sql`
    insert into payment_methods (account_id, id, customer_id, type, created_at, updated_at)
    select ${accountId}, ${id}, ${id}, case n when 1 then 'us_bank_account' else 'card' end, ${at}, ${at}
      from ${numbers}`.execute(db)
  await sql`
    insert into transactions (account_id, id, type, status, invoice_id, customer_id, amount_minor, currency, created_at,
                              updated_at)
    select ${accountId}, ${id}, case n when 1 then 'refund' else 'sale' end, case n when 1 then 'failed' else 'succeeded' end,
           ${id}, ${id}, 1, 'USD', ${at}, ${at}
      from ${numbers}`.execute(db)
  await sql`
    insert into payment_intents (account_id, id, customer_id, amount_minor, currency, status, client_secret, created_at,
                                 updated_at)
    select ${accountId}, ${id}, ${id}, 1, 'USD', case n when 1 then 'canceled' else 'succeeded' end, '', ${at}, ${at}
      from ${numbers}`.execute(db)
  await sql`
    insert into payment_attempts (account_id, id, state, invoice_id, payment_intent_id, customer_id, payment_method_id,
                                  gateway_id, attempt_number, amount_minor, currency, created_at)
    select ${accountId}, ${id}, case n when 1 then 'pending' else 'succeeded' end, ${id}, ${id}, ${id}, ${id}, ${id}, 1, 1, 'USD',
           ${at}
      from ${numbers}`.execute(db)
  await sql`
    insert into invoices (account_id, id, customer_id, subscription_id, billing_reason, status, currency, subtotal_minor,
                          total_minor, collection_method, created_at, updated_at)
    select ${accountId}, ${id}, ${id}, ${id}, 'manual', 'paid', 'USD', 1, 1, 'send_invoice', ${at}, ${at}
      from ${numbers}`.execute(db)
  await sql`analyze`.execute(db)
}

const page = (more: object = {}) => ({
  limit: 20,
  offset: 0,
  startingAfter: null,
  endingBefore: null,
  ...more,
})
const anyTime = { createdFrom: null, createdTo: null }
const hour = () => ({
  createdFrom: addMs(startsAt, 3_600_000),
  createdTo: addMs(startsAt, 7_199_000),
})
const noTime = () => ({ createdFrom: null, createdTo: addMs(startsAt, -3_600_000) })

type List = (tx: Tx) => Promise<{ readonly rows: readonly unknown[]; readonly hasMore: boolean }>

const transactions = (filter: Partial<TransactionFilter>, more?: object): List => {
  const all = { type: null, status: null, customerId: null, invoiceId: null, ...anyTime }
  return (tx) => listTransactions(tx, accountId, { ...all, ...filter }, page(more))
}
const intents = (filter: Partial<IntentFilter>, more?: object): List => {
  const all = { customerId: null, status: null, ...anyTime }
  return (tx) => listIntents(tx, accountId, { ...all, ...filter }, page(more))
}
const methods = (filter: Partial<MethodFilter>): List => {
  const all = { customerId: null, type: null }
  return (tx) => listMethods(tx, { accountId, filter: { ...all, ...filter }, page: page() })
}
const attempts = (filter: Partial<AttemptFilter>, more?: object): List => {
  const all = { invoiceId: null, subscriptionId: null, paymentIntentId: null, transactionId: null }
  return (tx) =>
    listAttemptViews(tx, { accountId, filter: { ...all, ...filter }, page: page(more) })
}

const underWay = (filter: Partial<PaymentFilter>, more?: object): List => {
  const all = { customerId: null, invoiceId: null, status: null, channel: null, ...anyTime }
  return (tx) => listChargesUnderWay(tx, accountId, { ...all, ...filter }, page(more))
}

/** `most`: rows that one statement of the list may read. */
const lists: readonly (readonly [name: string, list: () => List, rows: number, most: number])[] = [
  ['transactions', () => transactions({}), 20, 50],
  ['transactions from the middle', () => transactions({}, { startingAfter: someId }), 20, 50],
  ['transactions before the middle', () => transactions({}, { endingBefore: someId }), 20, 50],
  ['transactions of a common type', () => transactions({ type: 'sale' }), 20, 200],
  ['transactions of a rare type', () => transactions({ type: 'refund' }), 1, 200],
  ['transactions of a type that none has', () => transactions({ type: 'dispute' }), 0, 50],
  ['transactions with a rare status', () => transactions({ status: 'failed' }), 1, 200],
  ['transactions of a type and a status', () => transactions({ type: 'sale', status: 'succeeded' }), 20, 50],
  ['transactions of a customer', () => transactions({ customerId: someId }), 1, 10],
  ['transactions of an invoice', () => transactions({ invoiceId: someId, status: 'failed' }), 0, 10],
  ['transactions of an hour', () => transactions(hour()), 20, 50],
  ['transactions of an hour and a rare status', () => transactions({ ...hour(), status: 'failed' }), 0, 100],
  ['transactions before any', () => transactions(noTime()), 0, 10],
  ['payment intents', () => intents({}), 20, 50],
  ['payment intents of a rare status', () => intents({ status: 'canceled' }), 1, 50],
  ['payment intents of a common status', () => intents({ status: 'succeeded' }, { endingBefore: someId }), 20, 50],
  ['payment intents of a customer', () => intents({ customerId: someId }), 1, 10],
  ['payment intents of an hour', () => intents(hour()), 20, 50],
  ['payment intents before any', () => intents(noTime()), 0, 10],
  ['payment methods', () => methods({}), 20, 50],
  ['payment methods of a customer', () => methods({ customerId: someId }), 1, 10],
  ['payment methods of a rare type', () => methods({ type: 'us_bank_account' }), 1, 50],
  ['payment methods of a type that none has', () => methods({ type: 'bank_account' }), 0, 10],
  ['charges under way', () => underWay({}), 1, 10],
  ['charges under way from the middle', () => underWay({}, { startingAfter: someId }), 1, 10],
  ['charges under way of a customer', () => underWay({ customerId: someId }), 0, 10],
  ['charges under way of an hour', () => underWay(hour()), 0, 10],
  ['charges under way by bank', () => underWay({ channel: 'bank_transfer' }), 1, 10],
  ['attempts', () => attempts({}), 20, 100],
  ['attempts of an invoice', () => attempts({ invoiceId: someId }), 1, 10],
  ['attempts of a subscription', () => attempts({ subscriptionId: someId }), 1, 10],
  ['attempts of a transaction', () => attempts({ transactionId: someId }), 0, 10],
  ['attempts of a payment intent', () => attempts({ paymentIntentId: someId }), 1, 10],
] // prettier-ignore

for (const [name, list, rows, most] of lists) {
  test(`of ${ROWS} rows, ${name}: ${rows} shown, at most ${most} read`, async () => {
    const found = await listWithin(api.database, most, list())
    assert.equal(found.rows.length, rows)
  })
}

test('a window is paged through by cursor in both directions, each row once', async () => {
  const read = (more: object) =>
    api.database.tx(async (tx) => {
      const found = await transactions(hour(), { limit: 25, ...more })(tx)
      return { ids: (found.rows as readonly { id: Uuid }[]).map(({ id }) => id), ...found }
    })
  const first = await read({})
  const second = await read({ startingAfter: first.ids.at(-1) })
  const third = await read({ startingAfter: second.ids.at(-1) })
  const ids = [...first.ids, ...second.ids, ...third.ids]
  assert.deepEqual([first.hasMore, second.hasMore, third.hasMore], [true, true, false])
  // Minutes 60 to 119 after the start, newest first.
  assert.deepEqual(
    ids,
    Array.from({ length: 60 }, (_, index) => idOf(119 - index)),
  )
  const back = await read({ endingBefore: third.ids[0] })
  assert.deepEqual(back.ids, second.ids)
})
