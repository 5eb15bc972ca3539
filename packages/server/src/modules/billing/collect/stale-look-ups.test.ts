import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { isUuid } from '@perennial/core/ids'
import { unknownOutcome, type Refund } from '@perennial/core/payments'
import { type BillingShop, startBillingShop } from '../../../testing/test-card-world.ts'
import { findAttempt, findRefund, lookUpAttempts, lookUpRefunds } from '../../payments/index.ts'
import { findLostRefunds, settleRefunds } from '../refunds/settle-refunds.ts'
import { runDueWork } from '../run/run-due-work.ts'
import { loadScope } from '../load/load-scope.ts'

let shop: BillingShop
before(async () => {
  shop = await startBillingShop()
})
after(() => shop.closeSound())

const post = (path: string, body: object = {}) => shop.request('POST', path, { body })

/** Gateways whose list is behind: what was asked for a moment ago is not on it. */
function behind(): BillingShop['billing'] {
  const { gateways } = shop
  const portOf: typeof gateways.portOf = async (accountId, gatewayId) => {
    const found = await gateways.portOf(accountId, gatewayId)
    const absent = async () => ({ kind: 'absent' }) as const
    return { ...found, port: { ...found.port, lookUp: absent, lookUpRefund: absent } }
  }
  return { ...shop.billing, gateways: { ...gateways, portOf } }
}

async function paidInvoice(token: string): Promise<string> {
  const customer = await shop.createCustomer()
  await shop.attach(customer, token)
  const created = await post('/invoices', { customer_uuid: customer, total_minor: 5_000 })
  const invoice = created.text('data.id')
  await post(`/invoices/${invoice}/finalize`)
  await post(`/invoices/${invoice}/pay`)
  return invoice
}

const account = () => shop.account.sandbox.accountId

test('a refund that succeeded while it was looked up is not told as failed', async () => {
  const invoice = await paidInvoice('tok_visa')
  const sales = await shop.request('GET', `/transactions?invoice_id=${invoice}&type=sale`)
  const asked = await post('/refunds', { payment_id: sales.text('data.0.id'), amount_minor: 700 })
  const id = asked.text('data.id')
  assert.ok(isUuid(id))
  const refund = await shop.database.tx((tx) => findRefund(tx, account(), id))
  assert.ok(refund?.status === 'succeeded')
  const seen = { ...refund, status: 'processing', gatewayReference: null } as const
  const given = { accountId: account(), at: shop.clock.now() }
  const [answer] = await lookUpRefunds(behind(), given, [seen])
  assert.equal(answer?.outcome.kind, 'unknown')
})

test('a debit that was taken in while it was looked up is not told as refused', async () => {
  await paidInvoice('tok_ach')
  const { id } = await shop.database.kysely
    .selectFrom('payment_attempts')
    .select('id')
    .where('state', '=', 'pending')
    .executeTakeFirstOrThrow()
  const attempt = await shop.database.tx((tx) => findAttempt(tx, account(), id))
  assert.ok(attempt !== null)
  const seen = { ...attempt, state: 'unknown', gatewayReference: null } as const
  const given = { accountId: account(), at: shop.clock.now() }
  const told: string[] = []
  await lookUpAttempts(behind(), given, [seen], ({ outcome }) => told.push(outcome.kind))
  assert.deepEqual(told, ['unknown'])
})

/** A charge that was committed by a process that died before it was sent, with its invoice. */
async function unsent() {
  const customer = await shop.createCustomer()
  await shop.attach(customer, 'tok_visa')
  const created = await post('/invoices', { customer_uuid: customer, total_minor: 6_100 })
  const invoice = created.text('data.id')
  await post(`/invoices/${invoice}/finalize`)
  const deps: { onStep?: BillingShop['billing']['onStep'] } = shop.billing
  deps.onStep = (now) => {
    if (now === 'applied') throw new Error('died before it was sent')
  }
  await post(`/invoices/${invoice}/pay`)
  delete deps.onStep
  const { id } = await shop.database.kysely
    .selectFrom('payment_attempts')
    .select('id')
    .where('state', '=', 'sending')
    .executeTakeFirstOrThrow()
  const attempt = await shop.database.tx((tx) => findAttempt(tx, account(), id))
  assert.ok(attempt !== null)
  return { attempt, invoice }
}

/** The worker finds it when the lease is over. */
async function findLater(): Promise<void> {
  shop.clock.advanceMs(60_000)
  const scope = await loadScope(shop.billing, account())
  const window = { until: shop.clock.now(), decideAt: 'until' } as const
  await runDueWork(shop.billing, { ...scope, runId: null }, window)
}

test('a gateway is asked about a charge with the time at which it was sent again', async () => {
  const { attempt } = await unsent()
  const { gateways } = shop
  const asked: unknown[] = []
  const portOf: typeof gateways.portOf = async (accountId, gatewayId) => {
    const found = await gateways.portOf(accountId, gatewayId)
    const lookUp: typeof found.port.lookUp = async ({ lastSentAt }) => {
      asked.push(lastSentAt)
      return { kind: 'absent' }
    }
    const charge = async () => unknownOutcome('the line was cut')
    return { ...found, port: { ...found.port, lookUp, charge } }
  }
  const lost = { ...shop.billing, gateways: { ...gateways, portOf } }
  const given = { accountId: account(), at: shop.clock.now() }
  const resentAt = shop.clock.now()
  for (let time = 0; time < 2; time += 1) {
    await lookUpAttempts(lost, given, [attempt], () => {})
    shop.clock.advanceMs(3 * 60 * 60_000)
  }
  // Before it is sent again, after that, and hours later.
  assert.deepEqual(asked, [null, resentAt, resentAt])
  await findLater()
})

test('of two who look a charge up at once, one sends it again and the other waits', async () => {
  const { attempt, invoice } = await unsent()
  const { gateways } = shop
  const told: string[] = []
  const given = { accountId: account(), at: shop.clock.now() }
  const other = () =>
    lookUpAttempts(shop.billing, given, [attempt], ({ outcome }) =>
      told.push(`other ${outcome.kind}`),
    )
  const portOf: typeof gateways.portOf = async (accountId, gatewayId) => {
    const found = await gateways.portOf(accountId, gatewayId)
    const charge: typeof found.port.charge = async (request) => {
      await other()
      return found.port.charge(request)
    }
    return { ...found, port: { ...found.port, charge } }
  }
  const first = { ...shop.billing, gateways: { ...gateways, portOf } }
  await lookUpAttempts(first, given, [attempt], ({ outcome }) => told.push(`first ${outcome.kind}`))
  assert.deepEqual(told, ['other unknown', 'first succeeded'])
  // Neither told anybody.
  await findLater()
  assert.equal((await shop.request('GET', `/invoices/${invoice}`)).at('data.status'), 'paid')
})

test('of two who look a refund up at once, one sends it again and the other waits', async () => {
  const invoice = await paidInvoice('tok_visa')
  const sales = await shop.request('GET', `/transactions?invoice_id=${invoice}&type=sale`)
  const paymentId = sales.text('data.0.id')
  const refund = await lostRefund(paymentId)
  const scope = { ...(await loadScope(shop.billing, account())), runId: null }
  const now = shop.clock.now()
  const { gateways } = shop
  const portOf: typeof gateways.portOf = async (accountId, gatewayId) => {
    const found = await gateways.portOf(accountId, gatewayId)
    const sendAgain: typeof found.port.refund = async (request) => {
      await findLostRefunds(shop.billing, scope, [refund], now)
      return found.port.refund(request)
    }
    return { ...found, port: { ...found.port, refund: sendAgain } }
  }
  const first = { ...shop.billing, gateways: { ...gateways, portOf } }
  const counts = await findLostRefunds(first, scope, [refund], now)
  assert.deepEqual(counts, { succeeded: 1, failed: 0, waiting: 0 })
  const again = await post('/refunds', { payment_id: paymentId, amount_minor: 5_000 })
  assert.equal(again.status, 400, 'what has gone back cannot go back once more')
})

test('an answer that a refund went through that is booked as failed is kept for a person', async () => {
  const invoice = await paidInvoice('tok_visa')
  const sales = await shop.request('GET', `/transactions?invoice_id=${invoice}&type=sale`)
  const refund = await lostRefund(sales.text('data.0.id'))
  const scope = { ...(await loadScope(shop.billing, account())), runId: null }
  const now = shop.clock.now()
  const failure = { code: 'account_closed', message: null }
  const failed = { kind: 'failed', gatewayReference: null, failure } as const
  const { gateways } = shop
  const portOf: typeof gateways.portOf = async (accountId, gatewayId) => {
    const found = await gateways.portOf(accountId, gatewayId)
    const late: typeof found.port.refund = async () => {
      await settleRefunds(shop.billing, scope, [{ refundId: refund.id, outcome: failed }], now)
      return { kind: 'succeeded', gatewayReference: 're_late' }
    }
    return { ...found, port: { ...found.port, refund: late } }
  }
  const first = { ...shop.billing, gateways: { ...gateways, portOf } }
  await findLostRefunds(first, scope, [refund], now)
  const parked = await shop.database.kysely
    .deleteFrom('gateway_notices')
    .where('state', '=', 'parked')
    .returning(['kind', 'reason'])
    .execute()
  assert.deepEqual(parked, [{ kind: 'refund', reason: 'the refund is booked as failed' }])
})

/** One that was committed as sent, by a process that died before it sent it. */
async function lostRefund(paymentId: string): Promise<Refund> {
  const deps: { onStep?: BillingShop['billing']['onStep'] } = shop.billing
  deps.onStep = (now) => {
    if (now === 'applied') throw new Error('died before it was sent')
  }
  await post('/refunds', { payment_id: paymentId, amount_minor: 700 })
  delete deps.onStep
  const { id } = await shop.database.kysely
    .selectFrom('refunds')
    .select('id')
    .where('status', '=', 'processing')
    .executeTakeFirstOrThrow()
  const refund = await shop.database.tx((tx) => findRefund(tx, account(), id))
  assert.ok(refund !== null)
  return refund
}

test('a capture is not sent again once its gateway has forgotten the key', async () => {
  const { gateways } = shop
  const sent: string[] = []
  const portOf: typeof gateways.portOf = async (accountId, gatewayId) => {
    const found = await gateways.portOf(accountId, gatewayId)
    const { port } = found
    const capture: typeof port.capture = (request) => {
      sent.push(request.idempotencyKey)
      return port.capture(request)
    }
    const abilities = { ...port.abilities, lookUp: false }
    return { ...found, port: { ...port, capture, abilities, repeatableMs: 0 } }
  }
  const attempt = await shop.database.kysely
    .selectFrom('payment_attempts')
    .select('id')
    .executeTakeFirstOrThrow()
    .then(({ id }) => shop.database.tx((tx) => findAttempt(tx, account(), id)))
  assert.ok(attempt !== null)
  const held = { operation: 'capture', state: 'pending', gatewayReference: 'held' } as const
  const deps = { ...shop.billing, gateways: { ...gateways, portOf } }
  const given = { accountId: account(), at: shop.clock.now() }
  const told: string[] = []
  const asked = [{ ...attempt, ...held }]
  await lookUpAttempts(deps, given, asked, ({ outcome }) => told.push(outcome.kind))
  assert.deepEqual([told, sent], [['pending'], []])
})
