// Refunds that had succeeded, and whose money a bank sends back.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { decodeId, type IdKind, type Uuid } from '@perennial/core/ids'
import { type BillingShop, startBillingShop } from '../../../testing/test-card-world.ts'
import { loadScope } from '../load/load-scope.ts'
import { settleRefunds } from './settle-refunds.ts'

let shop: BillingShop
before(async () => {
  shop = await startBillingShop()
})
after(() => shop.closeSound())

const post = (path: string, body: object = {}) => shop.request('POST', path, { body })
const get = (path: string) => shop.request('GET', path)

/** 100.00 and 20.00 of tax, paid by card. */
async function paidWithTax(): Promise<{ readonly invoice: string; readonly customer: string }> {
  const customer = await shop.createCustomer()
  await shop.attach(customer, 'tok_visa')
  const rate = await post('/tax-rates', { display_name: 'VAT', percentage: 20 })
  const productId = await shop.createPlan(100_00)
  const terms = { customerId: customer, productId, tax_rate_ids: [rate.text('data.id')] }
  await post('/subscriptions', terms)
  const invoice = (await get(`/invoices?customerId=${customer}`)).text('data.0.id')
  await shop.newEvents()
  return { invoice, customer }
}

function uuidOf(kind: IdKind, id: string): Uuid {
  const decoded = decodeId(kind, id)
  return decoded.kind === 'ok' ? decoded.id : assert.fail(`no id of a ${kind}: ${id}`)
}

async function sendBack(id: string): Promise<void> {
  const refundId = uuidOf('refund', id)
  const scope = { ...(await loadScope(shop.billing, shop.account.sandbox.accountId)), runId: null }
  const failure = { code: 'account_closed', message: null }
  const outcome = { kind: 'failed', gatewayReference: null, failure } as const
  await settleRefunds(shop.billing, scope, [{ refundId, outcome }], shop.clock.now())
}

/** What the ledger says of a customer: debits less credits. */
async function ledgerOf(customer: string): Promise<Readonly<Record<string, bigint>>> {
  const rows = await shop.database.kysely
    .selectFrom('ledger_transfers')
    .select(['debit_account', 'credit_account', 'amount_minor'])
    .where('customer_id', '=', uuidOf('customer', customer))
    .execute()
  const nets: Record<string, bigint> = {}
  for (const { debit_account, credit_account, amount_minor } of rows) {
    nets[debit_account] = (nets[debit_account] ?? 0n) + amount_minor
    nets[credit_account] = (nets[credit_account] ?? 0n) - amount_minor
  }
  return Object.fromEntries(Object.entries(nets).filter(([, minor]) => minor !== 0n))
}

const SOLD = { gateway_clearing: 120_00n, revenue: -100_00n, tax_payable: -20_00n }

test('a credit note is void when a bank sends its refund back, and its tax is owed again', async () => {
  const { invoice, customer } = await paidWithTax()
  const tax = { tax_amount_minor: 20_00, auto_route: true }
  const credit = { invoice_id: invoice, amount_minor: 120_00, ...tax }
  const note = await post('/credit_notes', credit)
  assert.equal(note.at('data.status'), 'issued')
  assert.deepEqual(await ledgerOf(customer), { refunds: 100_00n, revenue: -100_00n })
  await shop.newEvents()
  await sendBack(note.text('gateway_operations.0.refund_id'))
  assert.deepEqual(await shop.newEvents(), ['refund.failed', 'credit_note.voided'])
  const shown = await get(`/credit_notes/${note.text('data.id')}`)
  assert.partialDeepStrictEqual(shown.at('data'), { status: 'void', amount_minor: 120_00 })
  assert.deepEqual(await ledgerOf(customer), SOLD)
  const outside = { ...credit, credit_method: 'external', auto_route: false }
  assert.equal((await post('/credit_notes', outside)).at('data.status'), 'issued')
})

test('the tax that went back with a refund is owed again when a bank sends it back', async () => {
  const { invoice, customer } = await paidWithTax()
  const refund = await post(`/invoices/${invoice}/refund`, { amount_minor: 60_00 })
  const half = { gateway_clearing: 60_00n, refunds: 50_00n, tax_payable: -10_00n }
  assert.deepEqual(await ledgerOf(customer), { revenue: -100_00n, ...half })
  await sendBack(refund.text('refunds.0.public_id'))
  assert.deepEqual(await ledgerOf(customer), SOLD)
  // A note that says nothing of tax leaves it to its refund.
  await post('/credit_notes', { invoice_id: invoice, amount_minor: 60_00 })
  assert.deepEqual(await ledgerOf(customer), { revenue: -100_00n, ...half })
})

test('what refunds and credit notes give back of a tax is together no more than the tax', async () => {
  const { invoice, customer } = await paidWithTax()
  const credit = { invoice_id: invoice, amount_minor: 40_00, credit_method: 'customer_balance' }
  await post('/credit_notes', { ...credit, tax_amount_minor: 15_00 })
  await post(`/invoices/${invoice}/refund`, { amount_minor: 40_00 })
  const above = await post('/credit_notes', { ...credit, tax_amount_minor: 2_51 })
  assert.equal(above.status, 400)
  assert.match(above.text('error.message'), /less tax/)
  await post(`/invoices/${invoice}/refund`)
  assert.deepEqual(await ledgerOf(customer), {
    gateway_clearing: 40_00n,
    customer_credit: -40_00n,
    revenue: -100_00n,
    refunds: 100_00n,
  })
})

test('a credit note of several refunds is for what the others gave once one has come back', async () => {
  const customer = await shop.createCustomer()
  await shop.attach(customer, 'tok_visa')
  const made = await post('/invoices', { customer_uuid: customer, total_minor: 30_00 })
  const invoice = made.text('data.id')
  await post(`/invoices/${invoice}/finalize`)
  await post(`/invoices/${invoice}/pay`, { payment_method: 'cash', amount_minor: 10_00 })
  await post(`/invoices/${invoice}/pay`)
  const note = await post('/credit_notes', {
    invoice_id: invoice,
    amount_minor: 24_00,
    auto_route: true,
  })
  await shop.newEvents()
  await sendBack(note.text('gateway_operations.0.refund_id'))
  assert.deepEqual(await shop.newEvents(), ['refund.failed', 'credit_note.updated'])
  const path = `/credit_notes/${note.text('data.id')}`
  assert.partialDeepStrictEqual((await get(path)).at('data'), {
    status: 'issued',
    amount_minor: 4_00,
  })
  assert.equal((await get(`${path}/lines`)).at('data.0.total_amount_minor'), 4_00)
})
