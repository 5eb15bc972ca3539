import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { decodeId, type Uuid } from '@perennial/core/ids'
import { type BillingShop, startBillingShop } from '../../../testing/test-card-world.ts'
import {
  applyWaiting,
  attemptOf,
  decline,
  intentChargedTo,
  invoiceChargedTo,
  misheard,
  newestAttempt,
  takenAs,
  tell,
} from './test-told-charges.ts'

let shop: BillingShop
before(async () => {
  shop = await startBillingShop()
})
after(() => shop.closeSound())

const post = (path: string, body: object = {}) => shop.request('POST', path, { body })
const show = (path: string) => shop.request('GET', path)

/** Booked as refused, though its gateway has taken the money. */
const misheardInvoice = () => misheard(shop, () => invoiceChargedTo(shop, 'tok_visa'))
const misheardIntent = () => misheard(shop, () => intentChargedTo(shop, 'tok_visa'))

async function dismissParked(): Promise<void> {
  const list = await show('/gateway-notices?state=parked')
  const done = await post(`/gateway-notices/${list.text('data.0.id')}/dismiss`, { note: 'done' })
  assert.equal(done.at('data.state'), 'ignored')
}

describe('word that a charge went through that is booked as refused', () => {
  test('keeps its payment intent from being charged, until a person has looked', async () => {
    const { path, first } = await intentChargedTo(shop, 'tok_decline_do_not_honor')
    const edit = (body: object) => post(path, body)
    assert.equal((await edit({ amount: 7_000 })).status, 200)
    assert.equal(await tell(shop, first, takenAs(first)), 'parked')
    const refused = await post(`${path}/confirm`)
    assert.equal(refused.status, 409, JSON.stringify(refused.body))
    assert.equal((await edit({ amount: 8_000 })).status, 409, 'it may be booked as what it was')
    assert.equal((await edit({ currency: 'eur' })).status, 409)
    assert.equal((await edit({ description: 'Two tickets' })).status, 200)
    await dismissParked()
    assert.equal((await post(`${path}/confirm`)).status, 200, 'charged again, and declined')
  })

  test('waits for another charge of the bill, and pays it when that is refused', async () => {
    const { customer, path, first } = await misheardInvoice()
    const bank = await shop.attach(customer, 'tok_ach')
    await post(`${path}/pay`, { payment_method_id: bank })
    const rival = await newestAttempt(shop)
    assert.equal(rival.state, 'pending')
    assert.equal(await tell(shop, first, takenAs(first)), 'waiting')
    await decline(shop, rival)
    const card = await shop.attach(customer, 'tok_visa')
    const refused = await post(`${path}/pay`, { payment_method_id: card })
    assert.equal(refused.status, 409, 'nothing charges it meanwhile')
    assert.equal(await applyWaiting(shop), 1, 'at once, whenever it was to be tried again')
    assert.equal((await show(path)).at('data.status'), 'paid')
    assert.equal((await attemptOf(shop, first.id)).state, 'succeeded')
  })

  test('waits for as long as the other charge is under way', async () => {
    const { customer, path, first } = await misheardInvoice()
    const bank = await shop.attach(customer, 'tok_ach')
    await post(`${path}/pay`, { payment_method_id: bank })
    const rival = await newestAttempt(shop)
    assert.equal(await tell(shop, first, takenAs(first)), 'waiting')
    for (let day = 0; day < 9; day += 1) {
      shop.clock.advanceMs(24 * 3_600_000)
      await applyWaiting(shop)
    }
    await decline(shop, rival)
    assert.equal(await applyWaiting(shop), 1)
    assert.equal((await show(path)).at('data.status'), 'paid')
  })

  test('waits for another charge of the payment intent, and pays it when that is refused', async () => {
    const { customer, method, path, first } = await misheardIntent()
    const bank = await shop.attach(customer, 'tok_ach')
    const other = await post(`${path}/confirm`, { payment_method: bank })
    assert.equal(other.at('status'), 'processing')
    const rival = await newestAttempt(shop)
    assert.equal(await tell(shop, first, takenAs(first)), 'waiting')
    await decline(shop, rival)
    assert.equal((await post(`${path}/confirm`, { payment_method: method })).status, 409)
    assert.equal(await applyWaiting(shop), 1)
    const shown = await show(path)
    assert.deepEqual([shown.at('status'), shown.at('amount_received')], ['succeeded', 6_300])
  })

  test('ends the route of the charge that it waits for', async () => {
    await routeAlongBoth()
    const { customer, path, first } = await misheardInvoice()
    const method = await shop.attach(customer, 'tok_ach')
    await addToken(method, 'tok_ach')
    await post(`${path}/pay`, { payment_method_id: method })
    const rival = await newestAttempt(shop)
    assert.equal(rival.state, 'pending')
    assert.equal(await tell(shop, first, takenAs(first)), 'waiting')
    await decline(shop, rival)
    assert.equal((await newestAttempt(shop)).id, rival.id)
    assert.equal(await applyWaiting(shop), 1)
    assert.equal((await show(path)).at('data.status'), 'paid')
  })
})

describe('word that a charge is under way again that is booked as refused', () => {
  test('keeps its bill from being charged until its end is told', async () => {
    const { customer, path, first } = await invoiceChargedTo(shop, 'tok_ach')
    await decline(shop, first)
    shop.clock.advanceMs(1_000)
    const reference = first.gatewayReference ?? assert.fail('the gateway has named it')
    const again = { kind: 'pending', gatewayReference: reference } as const
    assert.equal(await tell(shop, first, again), 'waiting')
    const card = await shop.attach(customer, 'tok_visa')
    const pay = () => post(`${path}/pay`, { payment_method_id: card })
    assert.equal((await pay()).status, 409)
    for (let day = 0; day < 2; day += 1) {
      shop.clock.advanceMs(24 * 3_600_000)
      await applyWaiting(shop)
    }
    assert.equal((await pay()).status, 409, 'the gateway still says so')
    const { decline: why } = await attemptOf(shop, first.id)
    const refused = { kind: 'declined', gatewayReference: reference } as const
    assert.equal(
      await tell(shop, first, { ...refused, decline: why ?? assert.fail('refused') }),
      'ignored',
    )
    assert.equal((await pay()).status, 200)
  })

  test('is old news when it was told before the refusal', async () => {
    const { path, first } = await invoiceChargedTo(shop, 'tok_ach')
    shop.clock.advanceMs(60_000)
    await decline(shop, first)
    shop.clock.advanceMs(-30_000)
    const gatewayReference = first.gatewayReference ?? assert.fail('the gateway has named it')
    assert.equal(await tell(shop, first, { kind: 'pending', gatewayReference }), 'ignored')
    assert.notEqual((await post(`${path}/pay`)).status, 409)
  })

  test('is followed to its end, which a person then has to look at', async () => {
    const { path, first } = await invoiceChargedTo(shop, 'tok_ach')
    await decline(shop, first)
    shop.clock.advanceMs(1_000)
    const gatewayReference = first.gatewayReference ?? assert.fail('the gateway has named it')
    assert.equal(await tell(shop, first, { kind: 'pending', gatewayReference }), 'waiting')
    assert.equal((await post('/test-clock/advance', { days: 7 })).status, 200)
    assert.equal((await post(`${path}/pay`)).status, 409)
    const parked = (await show('/gateway-notices?state=parked')).at('data') as readonly Parked[]
    const own = parked.filter(({ payload }) => payload.idempotencyKey === first.id)
    assert.equal(own.length, 1)
    await post(`/gateway-notices/${own[0]?.id}/accept`, { note: 'collected at last' })
    assert.equal((await show(path)).at('data.status'), 'paid')
    const rest = await show('/gateway-notices?state=parked')
    for (const { id } of rest.at('data') as readonly Parked[])
      await post(`/gateway-notices/${id}/dismiss`, { note: 'given back there' })
  })
})

type Parked = { readonly id: string; readonly payload: { readonly idempotencyKey: string } }

async function routeAlongBoth(): Promise<void> {
  const listed = await show('/gateways')
  const entries = [0, 1].map((index) => ({
    kind: 'gateway',
    gateway_id: listed.text(`data.${index}.id`),
  }))
  const definition = { kind: 'cascade', entries }
  const made = await post('/payment-profiles', { name: 'both', definition })
  const settings = { default_payment_profile_id: made.text('data.id') }
  const changed = await shop.request('PATCH', '/account', { body: { settings } })
  assert.equal(changed.status, 200, JSON.stringify(changed.body))
}

/** A token at the gateway that the method has none of. */
async function addToken(methodId: string, token: string): Promise<void> {
  const id = uuidOf(methodId)
  await shop.database.tx(async (tx) => {
    const own = await tx
      .selectFrom('payment_method_tokens')
      .select(['account_id', 'gateway_id'])
      .where('payment_method_id', '=', id)
      .executeTakeFirstOrThrow()
    const other = await tx
      .selectFrom('gateways')
      .select('id')
      .where('account_id', '=', own.account_id)
      .where('id', '<>', own.gateway_id)
      .where('kind', '=', 'simulated')
      .executeTakeFirstOrThrow()
    const row = { account_id: own.account_id, payment_method_id: id, gateway_id: other.id, token }
    await tx.insertInto('payment_method_tokens').values(row).execute()
  })
}

function uuidOf(methodId: string): Uuid {
  const decoded = decodeId('payment_method', methodId)
  return decoded.kind === 'ok' ? decoded.id : assert.fail(methodId)
}
