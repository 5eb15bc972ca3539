import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { isUuid, type Uuid } from '@perennial/core/ids'
import type { GatewayOutcome } from '@perennial/core/payments'
import { type BillingShop, startBillingShop } from '../../../test-card-world.ts'
import { settleRefunds } from '../refunds/settle-refunds.ts'
import { loadScope } from '../run/worker.ts'
import { hearCharge } from './hear-charge.ts'
import { hearRefund } from './hear-refund.ts'

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
    .select(['id', 'gateway_id', 'state'])
    .orderBy('id', 'desc')
    .executeTakeFirstOrThrow()
  return { invoice, attempt }
}

type Attempt = { readonly id: Uuid; readonly gateway_id: Uuid; readonly state: string }

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
