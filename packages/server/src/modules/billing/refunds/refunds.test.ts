import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { assert as believe } from '@perennial/core/fault'
import { decodeId, isUuid, type IdKind, type Uuid } from '@perennial/core/ids'
import type { CommandContext } from '../../../platform/command/index.ts'
import { type BillingShop, startBillingShop } from '../../../testing/test-card-world.ts'
import { findRefund, listRefundsOfInvoice, lookUpRefunds } from '../../payments/index.ts'
import { loadScope } from '../load/load-scope.ts'
import type { BillingDeps } from '../scope.ts'
import { refundRenewal } from './refund-bill.ts'
import { settleRefunds } from './settle-refunds.ts'

let shop: BillingShop
before(async () => {
  shop = await startBillingShop()
})
after(() => shop.closeSound())

const post = (path: string, body: object = {}) => shop.request('POST', path, { body })
const get = (path: string) => shop.request('GET', path)

async function customerWith(token: string): Promise<string> {
  const customer = await shop.createCustomer()
  await shop.attach(customer, token)
  return customer
}

/** An invoice that is paid by card; the payment's id beside it. */
async function paidInvoice(
  totalMinor: number,
  token = 'tok_visa',
): Promise<{ readonly customer: string; readonly invoice: string; readonly payment: string }> {
  const customer = await customerWith(token)
  const created = await post('/invoices', { customer_uuid: customer, total_minor: totalMinor })
  const invoice = created.text('data.id')
  await post(`/invoices/${invoice}/finalize`)
  const paid = await post(`/invoices/${invoice}/pay`)
  assert.equal(paid.at('data.status'), 'paid', JSON.stringify(paid.body))
  return { customer, invoice, payment: await paymentOf(invoice) }
}

async function paymentOf(invoice: string): Promise<string> {
  return (await get(`/transactions?invoice_id=${invoice}&type=sale`)).text('data.0.id')
}

/** The ledger of refunds: debit<credit amount. */
async function posted(kind: string): Promise<readonly string[]> {
  const rows = await shop.database.kysely
    .selectFrom('ledger_transfers')
    .select(['debit_account', 'credit_account', 'amount_minor'])
    .where('source_kind', '=', kind)
    .orderBy('id')
    .execute()
  return rows.map((row) => `${row.debit_account}<${row.credit_account} ${row.amount_minor}`)
}

test('35-37: a payment is refunded in part, then the rest, and never more', async () => {
  const { invoice, payment } = await paidInvoice(12_900)
  await shop.newEvents()
  const first = await post('/refunds', {
    payment_id: payment,
    amount_minor: 5_000,
    reason: 'customer_request',
  })
  assert.equal(first.status, 201, JSON.stringify(first.body))
  assert.partialDeepStrictEqual(first.at('data'), {
    object: 'refund',
    payment_id: payment,
    parent_transaction_id: payment,
    amount_minor: 5_000,
    currency: 'USD',
    status: 'succeeded',
    reason: 'customer_request',
    failure_code: null,
  })
  assert.match(first.text('data.public_id'), /^ref_/)
  assert.match(first.text('data.id'), /^[0-9a-f]{8}-/)
  assert.deepEqual(await shop.newEvents(), [
    'refund.created',
    'refund.succeeded',
    'payment.refunded',
  ])
  const child = await get(`/transactions?invoice_id=${invoice}&type=refund`)
  assert.partialDeepStrictEqual(child.at('data.0'), {
    type: 'refund',
    status: 'succeeded',
    amount: 5_000,
    parent_transaction_id: payment,
  })
  assert.equal((await get(`/transactions/${payment}`)).at('data.amount_refunded'), 5_000)
  assert.deepEqual(await posted('refund'), ['refunds<gateway_clearing 5000'])

  const above = await post('/refunds', { payment_id: payment, amount_minor: 7_901 })
  assert.equal(above.status, 400)
  assert.equal(above.at('error.param'), 'amount_minor')
  const byId = await get(`/refunds/${first.text('data.public_id')}`)
  assert.deepEqual(byId.body, (await get(`/refunds/${first.text('data.id')}`)).body)

  const rest = await post('/refunds', { payment_id: payment })
  assert.partialDeepStrictEqual(rest.at('data'), { amount_minor: 7_900, status: 'succeeded' })
  const again = await post('/refunds', { payment_id: payment, amount_minor: 1 })
  assert.equal(again.status, 400)
  const list = await get(`/refunds?payment_id=${payment}&limit=1`)
  assert.deepEqual(list.at('meta'), { total: 2, limit: 1, offset: 0, has_more: true })
  const ofInvoice = await get(`/refunds?invoice_id=${invoice}&limit=1`)
  assert.deepEqual(ofInvoice.body, list.body)
  const other = await paidInvoice(100)
  assert.equal((await get(`/refunds?invoice_id=${other.invoice}`)).at('meta.total'), 0)
  assert.equal((await get('/refunds?status=failed')).at('meta.total'), 0)
  assert.equal((await get('/refunds?reason=customer_request')).at('meta.total'), 1)
})

test('what cannot be refunded is refused before any gateway is asked', async () => {
  const before = await shop.count('refunds')
  const unknown = await post('/refunds', { payment_id: '01890a5d-ac96-774b-bcce-b302099a8057' })
  assert.equal(unknown.status, 400)
  assert.equal(unknown.at('error.param'), 'payment_id')
  const declined = await customerWith('tok_decline_do_not_honor')
  const created = await post('/invoices', { customer_uuid: declined, total_minor: 100 })
  await post(`/invoices/${created.text('data.id')}/finalize`)
  await post(`/invoices/${created.text('data.id')}/pay`)
  const failed = await paymentOf(created.text('data.id'))
  assert.equal((await post('/refunds', { payment_id: failed })).status, 400)
  const { payment } = await paidInvoice(500)
  for (const amount of [0, -1, 501, 1.5])
    assert.equal(
      (await post('/refunds', { payment_id: payment, amount_minor: amount })).status,
      400,
      String(amount),
    )
  assert.equal(await shop.count('refunds'), before)
})

test('money that came by hand goes back by hand: it is recorded, and booked against the bank', async () => {
  const customer = await shop.createCustomer()
  const created = await post('/invoices', { customer_uuid: customer, total_minor: 2_000 })
  const invoice = created.text('data.id')
  await post(`/invoices/${invoice}/finalize`)
  await post(`/invoices/${invoice}/pay`, { payment_method: 'cash' })
  const refunded = await post(`/invoices/${invoice}/refund`, { amount_minor: 700 })
  assert.equal(refunded.status, 200, JSON.stringify(refunded.body))
  const list = await get(`/refunds?payment_id=${await paymentOf(invoice)}`)
  assert.partialDeepStrictEqual(list.at('data.0'), {
    status: 'succeeded',
    gateway: 'manual',
    amount_minor: 700,
  })
  assert.ok((await posted('refund')).includes('refunds<bank 700'))
})

test('an invoice is refunded out of its newest payments first', async () => {
  const customer = await customerWith('tok_visa')
  const created = await post('/invoices', { customer_uuid: customer, total_minor: 3_000 })
  const invoice = created.text('data.id')
  await post(`/invoices/${invoice}/finalize`)
  await post(`/invoices/${invoice}/pay`, { amount_minor: 1_000 })
  await post(`/invoices/${invoice}/pay`, { amount_minor: 2_000 })
  await post(`/invoices/${invoice}/refund`, { amount_minor: 2_500 })
  const list = await get(`/transactions?invoice_id=${invoice}&type=sale`)
  assert.deepEqual(
    [list.at('data.0.amount_refunded'), list.at('data.1.amount_refunded')],
    [2_000, 500],
  )
  const above = await post(`/invoices/${invoice}/refund`, { amount_minor: 501 })
  assert.equal(above.status, 400)
  await post(`/invoices/${invoice}/refund`)
  assert.equal((await post(`/invoices/${invoice}/refund`)).status, 400)
})

test('a delayed refund counts at once, and is sent when the payment is 72 hours old', async () => {
  const { payment } = await paidInvoice(4_000)
  const [charged] = (await shop.audit()).slice(-1)
  const asked = await post('/refunds', {
    payment_id: payment,
    amount_minor: 1_500,
    mode: 'delayed',
  })
  assert.partialDeepStrictEqual(asked.at('data'), { status: 'pending', processed_at: null })
  assert.equal((await get(`/transactions/${payment}`)).at('data.amount_refunded'), 1_500)
  const id = asked.text('data.id')
  await shop.newEvents()
  await post('/test-clock/advance', { seconds: 72 * 3600 - 1 })
  assert.equal((await get(`/refunds/${id}`)).at('data.status'), 'pending')
  assert.deepEqual(await shop.newEvents(), [])
  await post('/test-clock/advance', { seconds: 1 })
  assert.equal((await get(`/refunds/${id}`)).at('data.status'), 'succeeded')
  assert.deepEqual(await shop.newEvents(), [
    'refund.updated',
    'refund.succeeded',
    'payment.refunded',
  ])
  assert.ok(charged !== undefined)
})

test('a refund that cannot be begun holds up none after it, and is begun when it can', async () => {
  const made: { readonly payment: string; readonly id: string }[] = []
  for (const total of [4_100, 4_200]) {
    const { payment } = await paidInvoice(total)
    const asked = await post('/refunds', { payment_id: payment, mode: 'delayed' })
    made.push({ payment, id: asked.text('data.id') })
  }
  const [broken, sound] = made
  believe(broken !== undefined && sound !== undefined, 'two were asked for')
  const count = (amount: bigint) =>
    shop.database.kysely
      .updateTable('transactions')
      .set({ refunded_minor: amount })
      .where('id', '=', uuidOf('transaction', broken.payment))
      .execute()
  const statusOf = async (id: string) => (await get(`/refunds/${id}`)).at('data.status')
  await count(0n)
  await post('/test-clock/advance', { seconds: 72 * 3600 })
  assert.deepEqual([await statusOf(broken.id), await statusOf(sound.id)], ['pending', 'succeeded'])
  await count(4_100n)
  await post('/test-clock/advance', { days: 1 })
  assert.equal(await statusOf(broken.id), 'succeeded')
})

test('a gateway that cannot be asked about refunds is not asked', async () => {
  const { payment } = await paidInvoice(4_300, 'tok_visa')
  const asked = await post('/refunds', { payment_id: payment, mode: 'delayed' })
  const id = uuidOf('refund', asked.text('data.id'))
  const refund = await shop.database.tx((tx) => findRefund(tx, shop.account.sandbox.accountId, id))
  believe(refund !== null, 'it was asked for')
  const { gateways } = shop
  let isAsked = false
  const portOf: typeof gateways.portOf = async (accountId, gatewayId) => {
    const found = await gateways.portOf(accountId, gatewayId)
    const lookUpRefund: typeof found.port.lookUpRefund = async () => {
      isAsked = true
      return { kind: 'absent' }
    }
    const abilities = { ...found.port.abilities, lookUp: false }
    return { ...found, port: { ...found.port, abilities, lookUpRefund } }
  }
  const settings = { ...shop.billing, gateways: { ...gateways, portOf } }
  const given = { accountId: shop.account.sandbox.accountId, at: refund.createdAt }
  const [answer] = await lookUpRefunds(settings, given, [refund])
  assert.deepEqual([answer?.outcome.kind, isAsked], ['unknown', false])
})

test('a payment is called off before it settles: its invoice is owed again', async () => {
  const { invoice, payment } = await paidInvoice(2_500)
  await shop.newEvents()
  const voided = await post('/voids', { payment_id: payment, reason_code: 'duplicate' })
  assert.equal(voided.status, 201, JSON.stringify(voided.body))
  assert.partialDeepStrictEqual(voided.at('data'), {
    object: 'void',
    status: 'succeeded',
    amount_minor: 2_500,
    payment_id: payment,
    reason_code: 'duplicate',
  })
  assert.match(voided.text('data.public_id'), /^void_/)
  assert.deepEqual(await shop.newEvents(), ['void.created', 'void.succeeded', 'payment.voided'])
  const shown = await get(`/invoices/${invoice}`)
  assert.partialDeepStrictEqual(shown.at('data'), {
    status: 'finalized',
    amount_paid_minor: 0,
    amount_due_minor: 2_500,
    paid_at: null,
  })
  assert.equal((await get(`/transactions/${payment}`)).at('data.status'), 'voided')
  assert.deepEqual(await posted('void'), ['receivable<gateway_clearing 2500'])
  assert.equal((await post('/voids', { payment_id: payment })).status, 409)
  assert.equal((await post('/refunds', { payment_id: payment })).status, 409)
  const again = await post(`/invoices/${invoice}/pay`)
  assert.equal(again.at('data.status'), 'paid')
  assert.equal((await get(`/voids?payment_id=${payment}`)).at('meta.total'), 1)
  const byId = await get(`/voids/${voided.text('data.id')}`)
  assert.deepEqual(byId.body, voided.body)
})

test('an invoice of which the rest is on its way stays when a payment of it is called off instead of refunded', async () => {
  const customer = await shop.createCustomer()
  await shop.attach(customer, 'tok_visa')
  const bank = await shop.attach(customer, 'tok_ach')
  const created = await post('/invoices', { customer_uuid: customer, total_minor: 5_000 })
  const invoice = created.text('data.id')
  await post(`/invoices/${invoice}/finalize`)
  await post(`/invoices/${invoice}/pay`, { amount_minor: 2_000 })
  const sales = await get(`/transactions?invoice_id=${invoice}&type=sale`)
  await post(`/invoices/${invoice}/pay`, { payment_method_id: bank })
  // A gateway that refunds nothing before it has settled.
  const deps: { gateways: BillingDeps['gateways'] } = shop.billing
  const { gateways } = deps
  const portOf: typeof gateways.portOf = async (...of) => {
    const found = await gateways.portOf(...of)
    const failure = { code: 'not_settled', message: null }
    const refund: typeof found.port.refund = async () => ({ kind: 'failed', gatewayReference: null, failure }) // prettier-ignore
    return { ...found, port: { ...found.port, refund } }
  }
  deps.gateways = { ...gateways, portOf }
  await post('/refunds', { payment_id: sales.text('data.0.id') })
  deps.gateways = gateways
  assert.partialDeepStrictEqual((await get(`/invoices/${invoice}`)).at('data'), {
    status: 'finalized',
    amount_paid_minor: 0,
  })
  await post('/test-clock/advance', { days: 10 })
  assert.equal((await get(`/invoices/${invoice}`)).at('data.amount_paid_minor'), 3_000)
})

test('what has been given back in part, or came by hand, is not called off', async () => {
  const { payment } = await paidInvoice(900)
  await post('/refunds', { payment_id: payment, amount_minor: 1 })
  const partly = await post('/voids', { payment_id: payment })
  assert.equal(partly.status, 400)
  assert.match(partly.text('error.message'), /Refund the rest/)
})

function uuidOf(kind: IdKind, id: string): Uuid {
  const decoded = decodeId(kind, id)
  believe(decoded.kind === 'ok', 'the API gives ids of their kind')
  return decoded.id
}

/** What a face hands to a command, at the account's time. */
async function contextOf(): Promise<CommandContext> {
  const { database, ids, clock } = shop
  const scope = await loadScope(shop.billing, shop.account.sandbox.accountId)
  return {
    ...scope,
    now: scope.clockHeldAt ?? clock.now(),
    ids,
    request: null,
    inTx: (work) => database.tx(work),
    remember: async () => {},
  }
}

test('money that a bank sends back after a refund had succeeded is ours again, once', async () => {
  const { invoice, payment } = await paidInvoice(3_000)
  const asked = await post('/refunds', { payment_id: payment, amount_minor: 1_000 })
  assert.equal(asked.at('data.status'), 'succeeded')
  await shop.newEvents()
  const refundId = asked.text('data.id')
  assert.ok(isUuid(refundId))
  const failure = { code: 'account_closed', message: 'The account is closed.' }
  const outcome = { kind: 'failed', gatewayReference: null, failure } as const
  const context = await contextOf()
  const scope = { ...(await loadScope(shop.billing, context.accountId)), runId: null }
  for (let times = 0; times < 2; times += 1)
    await settleRefunds(shop.billing, scope, [{ refundId, outcome }], context.now)
  assert.deepEqual(await shop.newEvents(), ['refund.failed'])
  assert.partialDeepStrictEqual((await get(`/refunds/${refundId}`)).at('data'), {
    status: 'failed',
    failure_code: 'account_closed',
  })
  assert.deepEqual(await posted('refund_failed'), ['gateway_clearing<refunds 1000'])
  assert.equal((await get(`/transactions/${payment}`)).at('data.amount_refunded'), 0)
  assert.equal((await get(`/invoices/${invoice}`)).at('data.amount_refunded_minor'), 0)
  const child = await get(`/transactions?invoice_id=${invoice}&type=refund`)
  assert.equal(child.at('data.0.status'), 'failed')
  // Asked for again, it goes to the customer another way. The world has given it back once before.
  assert.equal((await post('/refunds', { payment_id: payment })).status, 201)
})

test('a renewal is refunded by its id, at once or pending, and never above what was paid', async () => {
  const customer = await customerWith('tok_visa')
  const productId = await shop.createPlan(4_000)
  const body = { customerId: customer, productId }
  const subscription = await post('/subscriptions', body)
  const renewal = await shop.database.kysely
    .selectFrom('renewals')
    .select('id')
    .where('subscription_id', '=', uuidOf('subscription', subscription.text('data.id')))
    .executeTakeFirstOrThrow()
  const context = await contextOf()
  const refund = (amountMinor: bigint | null, mode: 'at_once' | 'delayed') =>
    refundRenewal(shop.billing, context, { renewalId: renewal.id, amountMinor, mode })
  const statusOf = async () =>
    (
      await shop.database.kysely
        .selectFrom('renewals')
        .select('status')
        .where('id', '=', renewal.id)
        .executeTakeFirstOrThrow()
    ).status
  const above = await refund(4_001n, 'delayed')
  assert.deepEqual(above.kind === 'refused' && above.code, 'refund_above_rest')
  const first = await refund(1_500n, 'delayed')
  believe(first.kind === 'accepted', 'the renewal is paid')
  assert.equal(first.value.length, 1)
  assert.equal((await get(`/refunds/${first.value[0]}`)).at('data.status'), 'pending')
  assert.equal(await statusOf(), 'partially_refunded')
  assert.equal((await refund(null, 'delayed')).kind, 'accepted')
  assert.equal(await statusOf(), 'refunded')
  const again = await refund(null, 'delayed')
  assert.deepEqual(again.kind === 'refused' && again.code, 'payment_already_refunded')
  const unknown = await refundRenewal(shop.billing, context, {
    renewalId: context.accountId,
    amountMinor: null,
    mode: 'at_once',
  })
  assert.deepEqual(unknown.kind === 'refused' && unknown.code, 'renewal_not_found')
  await post('/test-clock/advance', { days: 4 })
  assert.equal((await get(`/refunds/${first.value[0]}`)).at('data.status'), 'succeeded')
})

test('of two refunds of all of a payment at one moment one is made', async () => {
  const { payment } = await paidInvoice(1_100)
  const answers = await Promise.all([1, 2].map(() => post('/refunds', { payment_id: payment })))
  const statuses = answers.map(({ status }) => status)
  assert.deepEqual(
    statuses.toSorted((one, other) => one - other),
    [201, 400],
  )
  const list = await get(`/refunds?payment_id=${payment}`)
  assert.equal(list.at('meta.total'), 1)
})

test('a refund that is asked for again with its key is the same refund', async () => {
  const { payment } = await paidInvoice(1_100)
  const body = { payment_id: payment, amount_minor: 100 }
  const headers = { 'idempotency-key': 'refund-once' }
  const first = await shop.request('POST', '/refunds', { body, headers })
  const second = await shop.request('POST', '/refunds', { body, headers })
  assert.deepEqual(second.body, first.body)
  assert.equal(second.headers['idempotency-replayed'], 'true')
  assert.equal((await get(`/transactions/${payment}`)).at('data.amount_refunded'), 100)
})

test('of an invoice that was refunded more than a hundred times, every refund counts', async () => {
  const { invoice, payment } = await paidInvoice(500)
  const refund = { payment_id: payment, amount_minor: 1 }
  for (let count = 0; count < 101; count += 1)
    assert.equal((await post('/refunds', refund)).status, 201)
  const { accountId } = shop.account.sandbox
  const invoiceId = uuidOf('invoice', invoice)
  const refunds = await shop.database.tx((tx) => listRefundsOfInvoice(tx, accountId, invoiceId))
  assert.equal(new Set(refunds.map(({ id }) => id)).size, 101)
})
