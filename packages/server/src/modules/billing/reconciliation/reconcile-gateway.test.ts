import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Uuid } from '@perennial/core/ids'
import { UTC, parseInstant } from '@perennial/core/time'
import {
  createApiClient,
  startHouse,
  type ApiClient,
  type House,
} from '@perennial/testkit/scenario'
import { loadScope } from '../load/load-scope.ts'
import { reconcileGateway } from './reconcile-gateway.ts'

// Books that somebody has spoilt by hand: a comparison finds each spoilt row, once, and sees when it is mended.

let house: House
let api: ApiClient
let accountId: Uuid
let sales: readonly { readonly id: Uuid; readonly gateway_id: Uuid | null }[]

before(async () => {
  house = await startHouse()
  const { sandbox } = await house.createMerchant({ timezone: UTC })
  accountId = sandbox.accountId
  api = createApiClient({ url: house.service.url, apiKey: sandbox.apiKey })
  await api.post('/test-clock/advance', { to: '2027-01-31T09:00:00Z' })
  const customer = await api.post('/customers', { email: 'ada@example.com', name: 'Ada' })
  const customer_id = customer.text('data.id')
  const method = await api.post('/payment-methods', {
    customer_id,
    type: 'card',
    token: 'tok_visa',
  })
  const payment_method = method.text('data.id')
  const disputed = await api.post('/payment-methods', {
    customer_id,
    type: 'card',
    token: 'tok_dispute_fraudulent',
  })
  for (const amount of [1000, 2000, 3000, 4000, 5000, 6000, 7000]) {
    const intent = await api.post('/payment-intents', {
      amount,
      customer: customer_id,
      payment_method: amount === 7000 ? disputed.text('data.id') : payment_method,
    })
    await api.post(`/payment-intents/${intent.text('id')}/confirm`)
  }
  sales = await house.database.kysely
    .selectFrom('transactions')
    .select(['id', 'gateway_id'])
    .where('account_id', '=', accountId)
    .where('type', '=', 'sale')
    .orderBy('amount_minor')
    .execute()
  await api.post('/refunds', { payment_id: saleOf(5), amount_minor: 600 })
})
after(() => house.close())

/** The nth sale, counted from the smallest. */
function saleOf(nth: number): Uuid {
  const sale = sales[nth]
  assert.ok(sale !== undefined)
  return sale.id
}

async function change(nth: number, to: object): Promise<void> {
  await house.database.kysely
    .updateTable('transactions')
    .set(to)
    .where('account_id', '=', accountId)
    .where('id', '=', saleOf(nth))
    .execute()
}

async function compare(since = '2027-01-30'): Promise<string> {
  const { clockHeldAt, ...scope } = await loadScope(house.service.billing, accountId)
  const from = parseInstant(`${since}T00:00:00Z`)
  const until = parseInstant('2027-02-20T00:00:00Z')
  const gatewayId = sales[0]?.gateway_id ?? null
  assert.ok(clockHeldAt !== null && from !== null && until !== null && gatewayId !== null)
  const { counts, error } = await reconcileGateway(
    house.service.billing,
    { ...scope, runId: null },
    { gatewayId, span: { from, until }, at: clockHeldAt },
  )
  assert.equal(error, null)
  return `${counts.opened} found, ${counts.resolved} come right`
}

async function openOnes(): Promise<string[]> {
  const rows = await api.listAll('/reconciliation-differences?state=open', null)
  return rows
    .map((row) => {
      const { kind, ours_minor: ours, theirs_minor: theirs } = Object(row)
      return `${kind} ${ours} ${theirs}`
    })
    .toSorted()
}

test('each way to differ is found once, and closed when it is mended', async () => {
  const attempt = await house.database.kysely
    .selectFrom('transactions')
    .select(['attempt_id', 'gateway_reference'])
    .where('id', '=', saleOf(4))
    .executeTakeFirstOrThrow()
  await change(0, { amount_minor: 1001n })
  await change(1, { status: 'failed' })
  await change(2, { currency: 'EUR' })
  await change(4, { attempt_id: null, gateway_reference: 'ch_nobody_knows' })
  // The daily comparison of the test clock's move looks first.
  await api.post('/test-clock/advance', { to: '2027-02-21T00:00:00Z' })
  const expected = [
    'amount_differs 1001 1000',
    'currency_differs 3000 3000',
    'missing_here null 5000',
    'missing_there 5000 null',
    'state_differs 2000 2000',
  ]
  assert.deepEqual(await openOnes(), expected)
  assert.equal(await compare(), '0 found, 0 come right')
  assert.deepEqual(await openOnes(), expected)

  await change(0, { amount_minor: 1000n })
  await change(1, { status: 'succeeded' })
  await change(2, { currency: 'USD' })
  await change(4, attempt)
  assert.equal(await compare(), '0 found, 5 come right')
  assert.deepEqual(await openOnes(), [])
})

test('a comparison that is done again changes nothing in the books', async () => {
  const count = () =>
    house.database.kysely
      .selectFrom('ledger_transfers')
      .select(({ fn }) => fn.countAll<bigint>().as('count'))
      .where('account_id', '=', accountId)
      .executeTakeFirstOrThrow()
  const booked = await count()
  assert.equal(await compare(), '0 found, 0 come right')
  assert.deepEqual(await count(), booked)
})

test('a refund and a dispute of ours that the gateway does not list are missed there', async () => {
  const lines = await house.database.kysely
    .selectFrom('gateway_movements')
    .select(['id', 'kind'])
    .where('account_id', '=', accountId)
    .where('kind', 'in', ['refund', 'dispute'])
    .execute()
  assert.deepEqual(lines.map(({ kind }) => kind).toSorted(), ['dispute', 'refund'])
  const retell = async ({ id }: { readonly id: Uuid }, kind: 'refund' | 'dispute' | 'fee') => {
    await house.database.kysely
      .updateTable('gateway_movements')
      .set({ kind, matched_kind: null, matched_id: null })
      .where('account_id', '=', accountId)
      .where('id', '=', id)
      .execute()
  }
  for (const line of lines) await retell(line, 'fee')
  assert.equal(await compare(), '2 found, 0 come right')
  assert.deepEqual(await openOnes(), ['missing_there -600 null', 'missing_there -7000 null'])
  assert.equal(await compare(), '0 found, 0 come right')

  for (const line of lines) await retell(line, line.kind === 'refund' ? 'refund' : 'dispute')
  assert.equal(await compare(), '0 found, 2 come right')
  assert.deepEqual(await openOnes(), [])
})

test('a line that is listed days late is compared with what is ours, once', async () => {
  const before = await house.database.kysely
    .selectFrom('transactions')
    .select(['attempt_id', 'gateway_reference'])
    .where('id', '=', saleOf(3))
    .executeTakeFirstOrThrow()
  await change(3, { attempt_id: null, gateway_reference: 'ch_nobody_knows' })
  await house.database.kysely
    .updateTable('gateway_movements')
    .set({ matched_kind: null, matched_id: null })
    .where('account_id', '=', accountId)
    .where('matched_id', '=', saleOf(3))
    .execute()
  assert.equal(await compare('2027-02-05'), '2 found, 0 come right')
  assert.deepEqual(await openOnes(), ['missing_here null 4000', 'missing_there 4000 null'])
  assert.equal(await compare('2027-02-05'), '0 found, 0 come right')

  await change(3, before)
  assert.equal(await compare('2027-02-05'), '0 found, 2 come right')
})

test('what is ours is looked for among the lines of ninety days', async () => {
  const line = await house.database.kysely
    .selectFrom('gateway_movements')
    .select(['id', 'moved_at'])
    .where('account_id', '=', accountId)
    .where('matched_id', '=', saleOf(2))
    .executeTakeFirstOrThrow()
  const retell = (to: object) =>
    house.database.kysely
      .updateTable('gateway_movements')
      .set({ matched_kind: null, matched_id: null, ...to })
      .where('account_id', '=', accountId)
      .where('id', '=', line.id)
      .execute()
  await retell({ moved_at: parseInstant('2026-10-31T00:00:00Z') })
  assert.equal(await compare(), '1 found, 0 come right')
  assert.deepEqual(await openOnes(), ['missing_there 3000 null'])
  await retell({ moved_at: parseInstant('2026-11-02T00:00:00Z') })
  assert.equal(await compare(), '0 found, 1 come right')
  await retell({ moved_at: line.moved_at })
})

test('thousands of lines that are another biller’s hide nothing of ours, and are all noted', async () => {
  const known = await house.database.kysely
    .selectFrom('gateway_movements')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('matched_id', '=', saleOf(1))
    .executeTakeFirstOrThrow()
  const foreign = Array.from({ length: 2_100 }, (_, index) => ({
    ...known,
    id: house.service.billing.ids.next(),
    reference: `theirs ${index}`,
    charge_reference: `theirs ${index}`,
    idempotency_key: null,
    matched_kind: null,
    matched_id: null,
  }))
  await house.database.kysely.insertInto('gateway_movements').values(foreign).execute()
  await change(1, { amount_minor: 2001n })
  assert.equal(await compare(), '2101 found, 0 come right')
  const ours = (await openOnes()).filter((one) => !one.startsWith('missing_here'))
  assert.deepEqual(ours, ['amount_differs 2001 2000'])
  assert.equal(await compare(), '0 found, 0 come right')
})
