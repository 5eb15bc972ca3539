import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type BillingShop, startBillingShop } from '../../../testing/test-card-world.ts'
import {
  decline,
  intentChargedTo,
  invoiceChargedTo,
  misheard,
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

async function parkedNotice(): Promise<string> {
  const list = await show('/gateway-notices?state=parked')
  assert.equal((list.at('data') as readonly unknown[]).length, 1, JSON.stringify(list.body))
  return `/gateway-notices/${list.text('data.0.id')}`
}

describe('a person who looks at money that a gateway took', () => {
  test('accepts what a payment intent was charged before its amount was changed', async () => {
    const { path, first } = await misheard(shop, () => intentChargedTo(shop, 'tok_visa'))
    await post(path, { amount: 7_000 })
    assert.equal(await tell(shop, first, takenAs(first)), 'parked')
    assert.equal((await post(`${await parkedNotice()}/accept`, { note: 'theirs' })).status, 200)
    const shown = await show(path)
    assert.deepEqual(
      [shown.at('status'), shown.at('amount'), shown.at('amount_received')],
      ['succeeded', 6_300, 6_300],
    )
  })

  test('cannot accept what is owed no more', async () => {
    const { path, first } = await invoiceChargedTo(shop, 'tok_decline_do_not_honor')
    await post(`${path}/pay`, { payment_method: 'cash' })
    assert.equal(await tell(shop, first, takenAs(first)), 'parked')
    const refused = await post(`${await parkedNotice()}/accept`, { note: 'twice' })
    assert.equal(refused.status, 409)
    assert.match(refused.text('error.message'), /owed no more/)
    await post(`${await parkedNotice()}/dismiss`, { note: 'refunded there' })
  })

  test('accepts a bank debit of a bill that still owes it: booked as what it is', async () => {
    const { customer, path, first } = await invoiceChargedTo(shop, 'tok_ach')
    await decline(shop, first)
    assert.equal((await post('/test-clock/advance', { days: 7 })).status, 200)
    const notice = await parkedNotice()
    assert.equal((await post(`${path}/pay`)).status, 409)
    const accepted = await post(`${notice}/accept`, { note: 'retried in its dashboard' })
    assert.deepEqual(
      [accepted.at('data.state'), accepted.at('data.reason')],
      ['applied', 'accepted: retried in its dashboard'],
    )
    assert.equal((await show(path)).at('data.status'), 'paid')
    const { gatewayReference: reference } = first
    const sales = await show(`/transactions?customer_id=${customer}&type=sale`)
    assert.partialDeepStrictEqual(sales.at('data'), [
      { status: 'succeeded', amount: 5_000, gateway_transaction_id: reference },
    ])
    const again = await post(`${notice}/accept`, { note: 'again' })
    assert.equal(again.at('data.reason'), 'accepted: retried in its dashboard', 'once')
  })
})
