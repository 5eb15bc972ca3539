import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { decodeId, isUuid, type Uuid } from '@perennial/core/ids'
import type { GatewayOutcome } from '@perennial/core/payments'
import { type BillingShop, startBillingShop } from '../../../test-card-world.ts'
import { cancelIntent } from '../intents/cancel-intent.ts'
import { settleRefunds } from '../refunds/settle-refunds.ts'
import { loadScope } from '../run/worker.ts'
import { contextOf } from '../scope.ts'
import { hearCharge } from './hear-charge.ts'
import { hearRefund } from './hear-refund.ts'
import { hearVoid } from './hear-void.ts'

let shop: BillingShop
before(async () => {
  shop = await startBillingShop()
})
after(async () => {
  const breaches = await shop.findBreaches()
  await shop.close()
  assert.deepEqual(breaches, [])
})

const post = (path: string, body: object = {}) => shop.request('POST', path, { body })

async function chargedInvoice(token: string): Promise<{ invoice: string; attempt: Attempt }> {
  const customer = await shop.createCustomer()
  await shop.attach(customer, token)
  const created = await post('/invoices', { customer_uuid: customer, total_minor: 5_000 })
  const invoice = created.text('data.id')
  await post(`/invoices/${invoice}/finalize`)
  await post(`/invoices/${invoice}/pay`)
  const attempt = await shop.database.kysely
    .selectFrom('payment_attempts')
    .select(['id', 'gateway_id', 'gateway_reference', 'state'])
    .orderBy('id', 'desc')
    .executeTakeFirstOrThrow()
  return { invoice, attempt }
}

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

test('word that a charge went through that is booked as declined is never passed over', async () => {
  const { attempt } = await chargedInvoice('tok_decline_do_not_honor')
  assert.equal(attempt.state, 'declined')
  const verdict = await hear(attempt, PAID)
  assert.deepEqual(
    [verdict.kind, 'isWorrying' in verdict && verdict.isWorrying],
    ['unmatched', true],
  )
})

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
