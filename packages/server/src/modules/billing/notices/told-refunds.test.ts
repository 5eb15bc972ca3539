import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Uuid } from '@perennial/core/ids'
import type { PaymentAttempt, RefundOutcome } from '@perennial/core/payments'
import { type BillingShop, startBillingShop } from '../../../testing/test-card-world.ts'
import {
  applyWaiting,
  decline,
  invoiceChargedTo,
  newestAttempt,
  scopeOfShop,
  takenAs,
  tell,
  tellNotice,
} from './test-told-charges.ts'

let shop: BillingShop
before(async () => {
  shop = await startBillingShop()
})
after(async () => {
  const breaches = await shop.findBreaches()
  await shop.close()
  // What is told here was not done at the gateway of the tests.
  const own = breaches.filter((breach) => !/^(moved|booked) only/.test(breach))
  assert.deepEqual(own, [])
})

const post = (path: string, body: object = {}) => shop.request('POST', path, { body })

/** A capture of so much of 60.00 that was held. */
async function capture(amountMinor: number): Promise<PaymentAttempt> {
  const customer = await shop.createCustomer()
  const method = await shop.attach(customer, 'tok_visa')
  const held = { amount: 6_000, currency: 'usd', capture_method: 'manual' }
  const body = { ...held, customer, payment_method: method }
  const path = `/payment-intents/${(await post('/payment-intents', body)).text('id')}`
  await post(`${path}/confirm`)
  const captured = await post(`${path}/capture`, { amount_to_capture: amountMinor })
  assert.equal(captured.at('amount_received'), amountMinor, JSON.stringify(captured.body))
  return newestAttempt(shop)
}

let refunds = 0
const refundReference = () => `re_told_${(refunds += 1)}`

async function tellRefund(
  attempt: PaymentAttempt,
  amountMinor: bigint,
  kind: 'succeeded' | 'pending' = 'succeeded',
) {
  const gatewayReference = refundReference()
  const outcome: RefundOutcome = { kind, gatewayReference }
  const { currency } = (await scopeOfShop(shop)).account
  const about = { kind: 'refund', idempotencyKey: null, amountMinor, currency, outcome } as const
  const named = { chargeReference: attempt.gatewayReference, refundReference: gatewayReference }
  return tellNotice(shop, attempt.gatewayId, { ...about, ...named })
}

async function tellVoid(attempt: PaymentAttempt) {
  const chargeReference = attempt.gatewayReference ?? assert.fail('the gateway has named it')
  const about = { kind: 'void', idempotencyKey: attempt.id, chargeReference } as const
  return tellNotice(shop, attempt.gatewayId, { ...about, outcome: { kind: 'voided' } })
}

const noticeOf = (id: Uuid) =>
  shop.database.kysely
    .selectFrom('gateway_notices')
    .select(['state', 'reason'])
    .where('id', '=', id)
    .executeTakeFirstOrThrow()

test('a refund that is under way in the dashboard bothers nobody: its end is told', async () => {
  const { first } = await invoiceChargedTo(shop, 'tok_visa')
  const { id, state } = await tellRefund(first, 700n, 'pending')
  assert.equal(state, 'waiting')
  for (let day = 0; day < 9; day += 1) {
    shop.clock.advanceMs(24 * 3_600_000)
    await applyWaiting(shop)
  }
  assert.equal((await noticeOf(id)).state, 'ignored')
})

describe('word that a captured hold was given back', () => {
  for (const { what, captured, told, state } of [
    { what: 'all of it was captured', captured: 6_000, told: 6_000n, state: 'applied' },
    { what: 'all of it, and some given back', captured: 6_000, told: 1_500n, state: 'applied' },
    { what: 'it is not what was left', captured: 4_000, told: 1_500n, state: 'applied' },
    { what: 'it may be what was left', captured: 4_000, told: 2_000n, state: 'waiting' },
  ] as const)
    test(`is ${state === 'applied' ? 'booked' : 'left to a person'}: ${what}`, async () => {
      assert.equal((await tellRefund(await capture(captured), told)).state, state)
    })

  test('is a void where all of it was captured and was called off', async () => {
    assert.equal((await tellVoid(await capture(6_000))).state, 'applied')
    assert.equal((await tellVoid(await capture(4_000))).state, 'waiting')
  })
})

describe('word that a payment which was called off is kept after all', () => {
  async function paid() {
    const { customer, path, first } = await invoiceChargedTo(shop, 'tok_visa')
    const sales = await shop.request('GET', `/transactions?customer_id=${customer}&type=sale`)
    const payment_id = sales.text('data.0.id')
    const callOff = async () => {
      const voided = await post('/voids', { payment_id })
      assert.equal(voided.at('data.status'), 'succeeded', JSON.stringify(voided.body))
    }
    return { customer, path, first, callOff }
  }

  async function calledOff() {
    const { customer, path, first, callOff } = await paid()
    await callOff()
    const bank = await shop.attach(customer, 'tok_ach')
    await post(`${path}/pay`, { payment_method_id: bank })
    const rival = await newestAttempt(shop)
    assert.equal(rival.state, 'pending')
    return { path, first, rival }
  }

  const tellKept = (attempt: PaymentAttempt) => {
    const chargeReference = attempt.gatewayReference ?? assert.fail('the gateway has named it')
    const about = { kind: 'void', idempotencyKey: null, chargeReference } as const
    const outcome = { kind: 'refused', code: 'settled', message: null } as const
    return tellNotice(shop, attempt.gatewayId, { ...about, outcome })
  }

  const statusOf = async (path: string) => (await shop.request('GET', path)).at('data.status')

  test('waits for another charge of the bill, and pays it when that is refused', async () => {
    const { path, first, rival } = await calledOff()
    assert.equal((await tellKept(first)).state, 'waiting')
    assert.equal(await statusOf(path), 'finalized')
    await decline(shop, rival)
    shop.clock.advanceMs(10_000)
    assert.equal(await applyWaiting(shop), 1)
    assert.equal(await statusOf(path), 'paid')
  })

  test('does not keep the payment from being called off again, as often as it is kept', async () => {
    const { path, first, callOff } = await paid()
    for (let time = 0; time < 2; time += 1) {
      await callOff()
      assert.equal(await statusOf(path), 'finalized')
      shop.clock.advanceMs(60_000)
      assert.equal((await tellKept(first)).state, 'applied')
      assert.equal(await statusOf(path), 'paid')
    }
  })

  test('is left to a person when the other charge has paid the bill', async () => {
    const { path, first, rival } = await calledOff()
    const { id } = await tellKept(first)
    assert.equal(await tell(shop, rival, takenAs(rival)), 'applied')
    assert.equal(await statusOf(path), 'paid')
    shop.clock.advanceMs(10_000)
    assert.equal(await applyWaiting(shop), 0)
    const { reason } = await noticeOf(id)
    assert.match(String(reason), /settled otherwise/)
  })
})
