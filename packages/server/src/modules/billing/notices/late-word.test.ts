import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { decodeId, isUuid, type Uuid } from '@perennial/core/ids'
import type { GatewayOutcome } from '@perennial/core/payments'
import { addMs, type Instant } from '@perennial/core/time'
import { type BillingShop, startBillingShop } from '../../../testing/test-card-world.ts'
import { cancelIntent } from '../intents/cancel-intent.ts'
import { settleOutcomes } from '../collect/settle-outcomes.ts'
import { findAttempt, listLivePayments } from '../../payments/index.ts'
import { settleRefunds } from '../refunds/settle-refunds.ts'
import { loadScope } from '../load/load-scope.ts'
import { contextOf } from '../scope.ts'
import { hearCharge } from './hear-charge.ts'
import { hearRefund } from './hear-refund.ts'
import { hearVoid } from './hear-void.ts'

let shop: BillingShop
before(async () => {
  shop = await startBillingShop()
})
after(() => shop.closeSound())

const post = (path: string, body: object = {}) => shop.request('POST', path, { body })

async function chargedInvoice(token: string): Promise<{ invoice: string; attempt: Attempt }> {
  const customer = await shop.createCustomer()
  await shop.attach(customer, token)
  const created = await post('/invoices', { customer_uuid: customer, total_minor: 5_000 })
  const invoice = created.text('data.id')
  await post(`/invoices/${invoice}/finalize`)
  await post(`/invoices/${invoice}/pay`)
  return { invoice, attempt: (await newestAttempt()) ?? assert.fail('it was charged') }
}

function newestAttempt(): Promise<Attempt | undefined> {
  return shop.database.kysely
    .selectFrom('payment_attempts')
    .select(['id', 'gateway_id', 'gateway_reference', 'state'])
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
}

function idOf(invoice: string): Uuid {
  const decoded = decodeId('invoice', invoice)
  if (decoded.kind === 'ok') return decoded.id
  return isUuid(invoice) ? invoice : assert.fail(`no id of an invoice: ${invoice}`)
}

const account = () => shop.account.sandbox.accountId

type Attempt = {
  readonly id: Uuid
  readonly gateway_id: Uuid
  readonly gateway_reference: string | null
  readonly state: string
}

async function scopeOf() {
  const scope = await loadScope(shop.billing, shop.account.sandbox.accountId)
  return { ...scope, runId: null }
}

async function hear(attempt: Attempt, outcome: GatewayOutcome) {
  const at = shop.clock.now()
  const told = { id: `late ${attempt.id}`, at, kind: 'charge', outcome } as const
  const notice = { ...told, idempotencyKey: attempt.id, gatewayReference: 'ch_late' }
  const heard = { gatewayId: attempt.gateway_id, notice }
  return hearCharge(shop.billing, await scopeOf(), heard, at)
}

const PAID = { kind: 'succeeded', gatewayReference: 'ch_late', networkTransactionId: null } as const

test('word that a charge went through that is booked as declined pays what it was for, once', async () => {
  const { invoice, attempt } = await misheard(() => chargedInvoice('tok_visa'))
  assert.equal(attempt.state, 'declined')
  assert.equal((await hear(attempt, chargedAs(attempt))).kind, 'applied')
  const shown = await shop.request('GET', `/invoices/${invoice}`)
  assert.deepEqual([shown.at('data.status'), shown.at('data.amount_due_minor')], ['paid', 0])
  const sales = await shop.request('GET', `/transactions?invoice_id=${invoice}&type=sale`)
  assert.partialDeepStrictEqual(sales.at('data'), [
    { status: 'succeeded', amount: 5_000, gateway_transaction_id: attempt.gateway_reference },
  ])
  const events = await shop.database.kysely
    .selectFrom('events')
    .select('type')
    .where('invoice_id', '=', idOf(invoice))
    .where('type', 'in', ['payment.succeeded', 'payment.failed', 'invoice.paid'])
    .orderBy('id')
    .execute()
  assert.deepEqual(
    events.map(({ type }) => type),
    ['payment.failed', 'payment.succeeded', 'invoice.paid'],
  )
  assert.equal((await hear(attempt, chargedAs(attempt))).kind, 'ignored')
  assert.notEqual((await post(`/invoices/${invoice}/pay`)).status, 200, 'nothing charges it again')
})

test('a look-up that finds a booked decline paid whose bill is paid otherwise is kept for a person', async () => {
  const { invoice, attempt } = await chargedInvoice('tok_decline_do_not_honor')
  const paid = await post(`/invoices/${invoice}/pay`, { payment_method: 'cash' })
  assert.ok(paid.status < 300, JSON.stringify(paid.body))
  for (const _ of ['first', 'again']) await lookUpAs(attempt, { ...PAID, gatewayReference: 'ch_2' })
  const list = await shop.request('GET', '/gateway-notices?state=parked')
  assert.equal(list.status, 200, JSON.stringify(list.body))
  assert.partialDeepStrictEqual(list.at('data'), [{ kind: 'charge', state: 'parked' }])
  assert.equal((list.at('data') as readonly unknown[]).length, 1)
  const id = list.text('data.0.id')
  const again = await post(`/gateway-notices/${id}/retry`)
  assert.equal(again.at('data.state'), 'parked', 'trying again does not lose it')
  const done = await post(`/gateway-notices/${id}/dismiss`, { note: 'refunded there' })
  assert.partialDeepStrictEqual(done.at('data'), {
    state: 'ignored',
    reason: 'dismissed: refunded there',
  })
})

test('nothing is charged for a bill while a person has to look at money that was taken for it', async () => {
  const { invoice, attempt } = await chargedInvoice('tok_decline_do_not_honor')
  const part = { payment_method: 'cash', amount_minor: 1_000 }
  assert.equal((await post(`/invoices/${invoice}/pay`, part)).status, 200)
  await lookUpAs(attempt, { ...PAID, gatewayReference: 'ch_3' })
  const parked = await shop.request('GET', '/gateway-notices?state=parked')
  const live = await shop.database.tx((tx) => listLivePayments(tx, account(), [idOf(invoice)]))
  assert.deepEqual([...live.keys()], [idOf(invoice)], 'no retry finds it')
  const refused = await post(`/invoices/${invoice}/pay`)
  assert.equal(refused.status, 409)
  await post(`/gateway-notices/${parked.text('data.0.id')}/dismiss`, { note: 'refunded there' })
  assert.equal((await post(`/invoices/${invoice}/pay`)).status, 402, 'charged again, and declined')
})

test('word that a charge of an intent went through that is booked as declined counts as received', async () => {
  const customer = await shop.createCustomer()
  const method = await shop.attach(customer, 'tok_visa')
  const body = { amount: 6_300, currency: 'usd', customer, payment_method: method }
  const path = `/payment-intents/${(await post('/payment-intents', body)).text('id')}`
  await misheard(() => post(`${path}/confirm`))
  const attempt = (await newestAttempt()) ?? assert.fail('it was confirmed')
  assert.equal((await hear(attempt, chargedAs(attempt))).kind, 'applied')
  const shown = await shop.request('GET', path)
  assert.deepEqual([shown.at('status'), shown.at('amount_received')], ['succeeded', 6_300])
})

/** While gateways answer that they refused what they have taken. */
async function misheard<T>(work: () => Promise<T>): Promise<T> {
  const deps: { gateways: BillingShop['billing']['gateways'] } = shop.billing
  const { gateways } = deps
  const decline = { code: 'do_not_honor', isoCode: null, adviceCode: null, message: null } as const
  const portOf: typeof gateways.portOf = async (accountId, gatewayId) => {
    const found = await gateways.portOf(accountId, gatewayId)
    const charge: typeof found.port.charge = async (request) => {
      const { gatewayReference } = await found.port.charge(request)
      return { kind: 'declined', gatewayReference, decline }
    }
    return { ...found, port: { ...found.port, charge } }
  }
  deps.gateways = { ...gateways, portOf }
  try {
    return await work()
  } finally {
    deps.gateways = gateways
    shop.clock.advanceMs(1_000)
  }
}

function chargedAs({ gateway_reference }: Attempt): GatewayOutcome {
  const gatewayReference = gateway_reference ?? assert.fail('the gateway has named it')
  return { ...PAID, gatewayReference }
}

/** The answer of a look-up that somebody began before the refusal was booked. */
async function lookUpAs({ id }: Attempt, outcome: GatewayOutcome) {
  const at = shop.clock.now()
  const attempt = await shop.database.tx((tx) => findAttempt(tx, account(), id))
  assert.ok(attempt !== null)
  return settleOutcomes(shop.billing, await scopeOf(), [{ attempt, outcome }], { atOf: () => at })
}

test('word that is known already changes nothing', async () => {
  const { attempt } = await chargedInvoice('tok_visa')
  assert.equal((await hear(attempt, PAID)).kind, 'ignored')
})

test('word that a refund went through that is booked as failed is never passed over', async () => {
  const { invoice, attempt } = await chargedInvoice('tok_visa')
  const sales = await shop.request('GET', `/transactions?invoice_id=${invoice}&type=sale`)
  const asked = await post('/refunds', { payment_id: sales.text('data.0.id'), amount_minor: 700 })
  const refundId = asked.text('data.id')
  assert.ok(isUuid(refundId))
  const at = shop.clock.now()
  const failure = { code: 'account_closed', message: null }
  const failed = { kind: 'failed', gatewayReference: null, failure } as const
  await settleRefunds(shop.billing, await scopeOf(), [{ refundId, outcome: failed }], at)
  const { currency } = (await scopeOf()).account
  const notice = {
    id: 'late refund',
    at,
    kind: 'refund',
    idempotencyKey: refundId,
    chargeReference: null,
    refundReference: 're_late',
    amountMinor: 700n,
    currency,
    outcome: { kind: 'succeeded', gatewayReference: 're_late' },
  } as const
  const heard = { gatewayId: attempt.gateway_id, notice }
  const verdict = await hearRefund(shop.billing, await scopeOf(), heard, at)
  assert.deepEqual(
    [verdict.kind, 'isWorrying' in verdict && verdict.isWorrying],
    ['unmatched', true],
  )
})

test('word that a payment was called off undoes what is booked as received, once', async () => {
  const customer = await shop.createCustomer()
  const method = await shop.attach(customer, 'tok_ach')
  const body = { amount: 7_000, currency: 'usd', customer, payment_method: method }
  const id = (await post('/payment-intents', body)).text('id')
  const path = `/payment-intents/${id}`
  assert.equal((await post(`${path}/confirm`)).at('status'), 'processing')
  const { gateways } = shop
  const portOf: typeof gateways.portOf = async (accountId, gatewayId) => {
    const found = await gateways.portOf(accountId, gatewayId)
    return { ...found, port: { ...found.port, void: async () => ({ kind: 'pending' }) } }
  }
  const deps = { ...shop.billing, gateways: { ...gateways, portOf } }
  const intent = decodeId('payment_intent', id)
  assert.ok(intent.kind === 'ok')
  const context = contextOf(deps, await scopeOf(), shop.clock.now())
  const asked = await cancelIntent(deps, context, { id: intent.id, reason: null })
  assert.equal(asked.kind, 'accepted')
  const attempt = await shop.database.kysely
    .selectFrom('payment_attempts')
    .select(['id', 'gateway_id', 'gateway_reference', 'state'])
    .orderBy('id', 'desc')
    .executeTakeFirstOrThrow()
  assert.equal(attempt.state, 'pending')
  const gatewayReference = attempt.gateway_reference ?? assert.fail('the gateway has named it')
  assert.equal((await hear(attempt, { ...PAID, gatewayReference })).kind, 'applied')
  assert.equal((await shop.request('GET', path)).at('amount_received'), 7_000)

  const at = shop.clock.now()
  const told = { kind: 'void', id: 'called off', at, outcome: { kind: 'voided' } } as const
  const named = { idempotencyKey: attempt.id, chargeReference: gatewayReference }
  const heard = { gatewayId: attempt.gateway_id, notice: { ...told, ...named } }
  const verdicts: string[] = []
  for (const _ of ['first', 'again'])
    verdicts.push((await hearVoid(shop.billing, await scopeOf(), heard, at)).kind)
  assert.deepEqual(verdicts, ['applied', 'ignored'])
  assert.equal((await shop.request('GET', path)).at('amount_received'), 0)
})

test('word that a payment was called off of which some was given back is never passed over', async () => {
  const { invoice, attempt } = await chargedInvoice('tok_visa')
  const sales = await shop.request('GET', `/transactions?invoice_id=${invoice}&type=sale`)
  await post('/refunds', { payment_id: sales.text('data.0.id'), amount_minor: 700 })
  const at = shop.clock.now()
  const told = { kind: 'void', id: 'called off late', at, outcome: { kind: 'voided' } } as const
  const chargeReference = attempt.gateway_reference ?? assert.fail('the gateway has named it')
  const notice = { ...told, idempotencyKey: attempt.id, chargeReference }
  const verdict = await hearVoid(
    shop.billing,
    await scopeOf(),
    { gatewayId: attempt.gateway_id, notice },
    at,
  )
  assert.deepEqual(
    [verdict.kind, 'isWorrying' in verdict && verdict.isWorrying],
    ['unmatched', true],
  )
})

test('a gateway that lets go of what came in and went back in part meanwhile is kept for a person', async () => {
  const customer = await shop.createCustomer()
  const method = await shop.attach(customer, 'tok_ach')
  const body = { amount: 7_100, currency: 'usd', customer, payment_method: method }
  const id = (await post('/payment-intents', body)).text('id')
  await post(`/payment-intents/${id}/confirm`)
  const attempt = (await newestAttempt()) ?? assert.fail('it was confirmed')
  const deps: { gateways: BillingShop['billing']['gateways'] } = shop.billing
  const { gateways } = deps
  const portOf: typeof gateways.portOf = async (accountId, gatewayId) => {
    const found = await gateways.portOf(accountId, gatewayId)
    const letGo: typeof found.port.void = async () => {
      assert.equal((await hear(attempt, chargedAs(attempt))).kind, 'applied')
      const sales = await shop.request('GET', `/transactions?customer_id=${customer}&type=sale`)
      const refund = { payment_id: sales.text('data.0.id'), amount_minor: 700 }
      const made = await post('/refunds', refund)
      assert.equal(made.status, 201, JSON.stringify(made.body))
      assert.equal(made.at('data.status'), 'succeeded')
      return { kind: 'voided' }
    }
    const refund: typeof found.port.refund = async () => ({
      kind: 'succeeded',
      gatewayReference: 're_part',
    })
    return { ...found, port: { ...found.port, void: letGo, refund } }
  }
  deps.gateways = { ...gateways, portOf }
  const intent = decodeId('payment_intent', id)
  assert.ok(intent.kind === 'ok')
  const context = contextOf(shop.billing, await scopeOf(), shop.clock.now())
  const asked = await cancelIntent(shop.billing, context, { id: intent.id, reason: null })
  deps.gateways = gateways
  assert.equal(asked.kind, 'refused')
  const list = await shop.request('GET', '/gateway-notices?state=parked')
  assert.partialDeepStrictEqual(list.at('data'), [
    {
      kind: 'void',
      reason: 'the gateway called off what is booked as received: payment_has_refunds',
    },
  ])
  await post(`/gateway-notices/${list.text('data.0.id')}/dismiss`, { note: 'told the bank' })
})

test('word that a void went through that is booked as failed is kept for a person', async () => {
  const { invoice, attempt } = await chargedInvoice('tok_visa')
  const sales = await shop.request('GET', `/transactions?invoice_id=${invoice}&type=sale`)
  const deps: { gateways: BillingShop['billing']['gateways'] } = shop.billing
  const { gateways } = deps
  const portOf: typeof gateways.portOf = async (accountId, gatewayId) => {
    const found = await gateways.portOf(accountId, gatewayId)
    const refused = { kind: 'refused', code: 'not_voidable', message: null } as const
    return { ...found, port: { ...found.port, void: async () => refused } }
  }
  deps.gateways = { ...gateways, portOf }
  const asked = await post('/voids', { payment_id: sales.text('data.0.id') })
  deps.gateways = gateways
  assert.equal(asked.at('data.status'), 'failed')
  const idempotencyKey = asked.text('data.id')
  assert.ok(isUuid(idempotencyKey))
  const told = async (at: Instant) => {
    const chargeReference = attempt.gateway_reference ?? assert.fail('the gateway has named it')
    const named = { id: 'voided after all', idempotencyKey, chargeReference }
    const notice = { ...named, at, kind: 'void', outcome: { kind: 'voided' } } as const
    const heard = { gatewayId: attempt.gateway_id, notice }
    return (await hearVoid(shop.billing, await scopeOf(), heard, shop.clock.now())).kind
  }
  const now = shop.clock.now()
  assert.deepEqual(
    [await told(addMs(now, -60_000)), await told(addMs(now, 1))],
    ['ignored', 'parked'],
  )
})

test('a charge of a bill that is called off at its gateway while it is on its way never comes', async () => {
  for (const named of ['by its key', 'by its reference']) {
    const { invoice, attempt } = await chargedInvoice('tok_ach')
    assert.equal(attempt.state, 'pending')
    const gatewayReference = attempt.gateway_reference ?? assert.fail('the gateway has named it')
    const at = shop.clock.now()
    const { port } = await shop.gateways.portOf(account(), attempt.gateway_id)
    const key = { accountId: account(), idempotencyKey: attempt.id, at }
    assert.equal((await port.void({ ...key, gatewayReference })).kind, 'voided')
    const idempotencyKey = named === 'by its key' ? attempt.id : null
    const told = { kind: 'void', id: named, at, outcome: { kind: 'voided' } } as const
    const notice = { ...told, idempotencyKey, chargeReference: gatewayReference }
    const heard = { gatewayId: attempt.gateway_id, notice }
    const verdict = await hearVoid(shop.billing, await scopeOf(), heard, at)
    assert.equal(verdict.kind, 'applied', named)
    const ended = await newestAttempt()
    assert.deepEqual([ended?.id, ended?.state], [attempt.id, 'declined'], named)
    const shown = await shop.request('GET', `/invoices/${invoice}`)
    assert.equal(shown.at('data.amount_due_minor'), 5_000)
  }
})

test('a look-up that finds a booked decline paid pays what it was for, and no retry follows', async () => {
  const customer = await shop.createCustomer()
  await shop.attach(customer, 'tok_visa')
  const product = await post('/products', {
    product_id: 'late',
    name: 'Late',
    kind: 'subscription',
    pricing_model: 'recurring',
    amount_minor: 4_100,
    currency: 'USD',
    interval: 'month',
    interval_count: 1,
  })
  const body = { customer_id: customer, product_id: product.text('data.id') }
  const subscription = (await post('/subscriptions', body)).text('data.id')
  const month = await misheard(() => post('/test-clock/advance', { days: 31 }))
  assert.equal(month.status, 200)
  const refused = (await newestAttempt()) ?? assert.fail('the renewal was tried')
  assert.equal(refused.state, 'declined')
  const path = `/subscriptions/${subscription}`
  assert.equal((await shop.request('GET', path)).at('data.status'), 'past_due')
  const tried = await shop.count('payment_attempts')
  assert.equal((await lookUpAs(refused, chargedAs(refused))).paid, 1)
  assert.equal((await shop.request('GET', path)).at('data.status'), 'active')
  assert.equal((await post('/test-clock/advance', { days: 15 })).status, 200)
  assert.equal(await shop.count('payment_attempts'), tried)
})

// Last, because the clock goes on.
test('money of a debit that its bill cannot take is kept for a person, and the clock goes on', async () => {
  const { invoice, attempt } = await chargedInvoice('tok_ach')
  assert.equal(attempt.state, 'pending')
  // More than is owed, as if some of the bill had been paid meanwhile.
  await shop.database.kysely
    .updateTable('payment_attempts')
    .set({ amount_minor: 5_001n })
    .where('id', '=', attempt.id)
    .execute()
  assert.equal((await post('/test-clock/advance', { days: 5 })).status, 200)
  const shown = await shop.request('GET', `/invoices/${invoice}`)
  assert.equal(shown.at('data.amount_due_minor'), 5_000)
  const list = await shop.request('GET', '/gateway-notices?state=parked')
  assert.partialDeepStrictEqual(list.at('data'), [{ kind: 'charge', state: 'parked' }])
  const id = list.text('data.0.id')
  assert.match(list.text('data.0.reason'), /accept it, or refund it there/)
  assert.equal((await post(`/gateway-notices/${id}/retry`)).at('data.state'), 'parked')
  await post(`/gateway-notices/${id}/dismiss`, { note: 'refunded there' })
})
