import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { PaymentAttempt } from '@perennial/core/payments'
import { type BillingShop, startBillingShop } from '../../../testing/test-card-world.ts'
import {
  applyWaiting,
  decline,
  intentChargedTo,
  invoiceChargedTo,
  newestAttempt,
  takenAs,
  tell,
  tellNotice,
} from './test-told-charges.ts'

let shop: BillingShop
before(async () => {
  shop = await startBillingShop()
})
after(() => shop.closeSound())

const post = (path: string, body: object = {}) => shop.request('POST', path, { body })
const show = (path: string) => shop.request('GET', path)

const referenceOf = ({ gatewayReference }: PaymentAttempt) =>
  gatewayReference ?? assert.fail('the gateway has named it')

async function takeBack(attempt: PaymentAttempt): Promise<string> {
  const about = { code: 'R10', message: null, gatewayReference: referenceOf(attempt) }
  const { state } = await tellNotice(shop, attempt.gatewayId, { kind: 'return', ...about })
  shop.clock.advanceMs(1_000)
  return state
}

const giveAgain = (attempt: PaymentAttempt) =>
  tell(shop, attempt, takenAs(attempt), { isGivenAgain: true })

/** By a gateway that does not tell the key of the charge. */
async function giveAgainUnnamed(attempt: PaymentAttempt) {
  const outcome = takenAs(attempt)
  const gatewayReference = referenceOf(attempt)
  const about = { kind: 'charge', idempotencyKey: null, gatewayReference, outcome } as const
  return tellNotice(shop, attempt.gatewayId, { ...about, isGivenAgain: true })
}

async function statusOf(path: string): Promise<unknown[]> {
  const shown = await show(path)
  return [shown.at('data.status'), shown.at('data.amount_due_minor')]
}

async function returnsOf(customer: string): Promise<unknown> {
  const list = await show(`/transactions?customer_id=${customer}&type=adjustment`)
  return (list.at('data') as readonly { readonly status: string }[]).map(({ status }) => status)
}

describe('a payment that a bank gives again', () => {
  test('pays its bill as it did before, however often the bank changes its mind', async () => {
    const { customer, path, first } = await invoiceChargedTo(shop, 'tok_visa')
    for (const returns of [['voided'], ['voided', 'voided']]) {
      assert.equal(await takeBack(first), 'applied')
      assert.deepEqual(await statusOf(path), ['finalized', 5_000])
      assert.equal(await giveAgain(first), 'applied')
      assert.equal((await giveAgainUnnamed(first)).reason, 'settled before', 'once')
      assert.deepEqual([await statusOf(path), await returnsOf(customer)], [['paid', 0], returns])
      shop.clock.advanceMs(1_000)
    }
    assert.notEqual((await post(`${path}/pay`)).status, 200, 'nothing charges it again')
    const [payment] = (await show(`/transactions?customer_id=${customer}&type=sale`)).at('data') as readonly { readonly id: string }[] // prettier-ignore
    const refund = await post('/refunds', { payment_id: payment?.id, amount_minor: 2_000 })
    assert.equal(refund.status, 201, JSON.stringify(refund.body))
  })

  test('is received by its payment intent again', async () => {
    const { path, first } = await intentChargedTo(shop, 'tok_visa')
    await takeBack(first)
    assert.equal((await show(path)).at('amount_received'), 0)
    assert.equal((await giveAgainUnnamed(first)).state, 'applied')
    assert.equal((await show(path)).at('amount_received'), 6_300)
  })

  test('was never owed anew where its return is heard only afterwards', async () => {
    const { customer, path, first } = await invoiceChargedTo(shop, 'tok_visa')
    assert.equal(await giveAgain(first), 'ignored')
    // Told late: it happened at the same instant, or before.
    shop.clock.advanceMs(-1_000)
    assert.equal(await takeBack(first), 'applied')
    assert.deepEqual([await statusOf(path), await returnsOf(customer)], [['paid', 0], ['voided']])
    shop.clock.advanceMs(-1_000)
    assert.equal(await takeBack(first), 'ignored', 'the same return, told twice')
    shop.clock.advanceMs(1_000)
    assert.equal(await takeBack(first), 'applied', 'one of afterwards counts')
    assert.deepEqual(await statusOf(path), ['finalized', 5_000])
    assert.equal(await giveAgain(first), 'applied')
  })

  test('waits for another charge of the bill, and pays it when that is refused', async () => {
    const { customer, path, first } = await invoiceChargedTo(shop, 'tok_visa')
    await takeBack(first)
    const bank = await shop.attach(customer, 'tok_ach')
    await post(`${path}/pay`, { payment_method_id: bank })
    const rival = await newestAttempt(shop)
    assert.equal(rival.state, 'pending')
    assert.equal((await giveAgainUnnamed(first)).state, 'waiting')
    await decline(shop, rival)
    const charged = await post(`${path}/pay`)
    assert.equal(charged.status, 409)
    assert.match(charged.text('error.message'), /under way/)
    assert.equal(await applyWaiting(shop), 1)
    assert.deepEqual(await statusOf(path), ['paid', 0])
  })

  test('is left to a person where its bill is paid otherwise, and charged by nothing meanwhile', async () => {
    const { path, first } = await invoiceChargedTo(shop, 'tok_visa')
    await takeBack(first)
    await post(`${path}/pay`, { payment_method: 'cash', amount_minor: 1_000 })
    const parked = await giveAgainUnnamed(first)
    assert.deepEqual(parked.state, 'parked')
    assert.match(String(parked.reason), /owed no more/)
    const charged = await post(`${path}/pay`)
    assert.equal(charged.status, 409)
    assert.match(charged.text('error.message'), /under way/)
    const notice = `/gateway-notices/${parked.id}`
    assert.equal((await post(`${notice}/accept`, { note: 'keep it' })).status, 409)
    assert.equal((await post(`${notice}/retry`)).at('data.state'), 'parked')
    await post(`${notice}/dismiss`, { note: 'refunded there' })
    assert.equal((await post(`${path}/pay`)).status, 200)
    assert.deepEqual(await statusOf(path), ['paid', 0])
  })

  test('of a charge that is booked as refused is what a person accepts', async () => {
    const { path, first } = await invoiceChargedTo(shop, 'tok_ach')
    await decline(shop, first)
    shop.clock.advanceMs(1_000)
    assert.equal(await giveAgain(first), 'parked')
    const list = await show('/gateway-notices?state=parked')
    const notice = `/gateway-notices/${list.text('data.0.id')}`
    assert.equal((await post(`${notice}/accept`, { note: 'theirs' })).status, 200)
    assert.deepEqual(await statusOf(path), ['paid', 0])
  })
})
