import assert from 'node:assert/strict'
import { ALSO_GOOD, GOOD, method, simple, SOFT, story, type Merchant } from './merchant.ts'

const KEYS_MAX = 200

/** An object of `/v2` has no room for another key. */
async function fill(one: Merchant, verb: 'PATCH' | 'POST', path: string): Promise<void> {
  const kept = Object.keys(Object((await one.world.api.get(path)).at('data.metadata')))
  const keys = Array.from({ length: KEYS_MAX - kept.length }, (_, place) => [`key${place}`, 'x'])
  const body = { metadata: Object.fromEntries(keys) }
  const filled = await one.world.api.call(verb, path, { body })
  assert.equal(filled.status, 200, JSON.stringify(filled.body))
}

story('a change of an invoice that is refused in part is not made in part', async (one) => {
  const made = await one.createSubscription({
    paymentMethods: [method(SOFT)],
    recycleImmediatePayment: true,
  })
  const [bill] = await one.invoicesOf(made.at('subscriptionId'))
  const path = `/api/Invoices/${String(bill?.at('invoiceId'))}`
  await fill(one, 'PATCH', `/invoices/${(await one.world.api.get('/invoices')).text('data.0.id')}`)
  const paid = { invoiceStatus: 'MerchantPaid', merchantInvoiceRefId: 'r-1' }
  const refused = await one.must(400, 'PATCH', path, paid)
  assert.match(JSON.stringify(refused.at('errors')), /merchantInvoiceRefId cannot be kept/)
  assert.equal((await one.get(path)).at('invoiceStatus'), 'Recycle')
})

story('a change of a method that has no room for it is refused, and keeps no address', async (one) => {
  const made = await one.createSubscription()
  const path = `/api/PaymentMethod/${String(made.at('paymentMethodIds.0'))}`
  await fill(one, 'POST', `/payment-methods/${(await one.world.api.get('/payment-methods')).text('data.0.public_id')}`)
  const before = await one.world.house.countRows()
  const shown = (await one.get(path)).body
  const billingAddress = { addressLine1: '1 Lane', city: 'Albany', state: 'NY', postalCode: '12207' }
  const change = { billingFirstName: 'Eve', billingAddress, creditCard: { expirationDate: '1035' } }
  await one.must(400, 'PATCH', path, change)
  assert.deepEqual(await one.world.house.countRows(), before)
  assert.deepEqual((await one.get(path)).body, shown)
}) // prettier-ignore

story('changes of a customer at once lose nothing of each other', async (one) => {
  const made = await one.must(201, 'POST', '/api/Customers', { firstName: 'Eve', lastName: 'Moss' })
  const path = `/api/Customers/${String(made.at('customerId'))}`
  for (let round = 0; round < 8; round += 1) {
    const change = {
      firstName: `First${round}`,
      lastName: `Last${round}`,
      merchantCustomerRefId: `ref-${round}`,
    }
    await Promise.all(
      Object.entries(change).map(([name, value]) => one.patch(path, { [name]: value })),
    )
    const shown = await one.get(path)
    const told = Object.fromEntries(Object.keys(change).map((name) => [name, shown.at(name)]))
    assert.deepEqual(told, change)
    const ours = await one.world.api.get('/customers')
    assert.equal(ours.at('data.0.name'), `First${round} Last${round}`)
  }
})

story('a payment by a vaulted method is by the customer who is named, and refused for another', async (one) => {
  const eve = await one.must(201, 'POST', '/api/Customers', { firstName: 'Eve', lastName: 'Moss' })
  const ada = await one.createSubscription()
  const before = (await one.world.charges()).length
  const own = String(ada.at('paymentMethodIds.0'))
  const sale = { invoice: { amount: { value: 5 } } }
  const calls = [
    ['sale', sale],
    ['authorization', { amount: { value: 5 } }],
  ] as const
  for (const [kind, body] of calls) {
    const path = `/api/Payments/${kind}/${own}`
    const other = await one.must(422, 'POST', path, { ...body, customerId: eve.at('customerId') })
    assert.match(other.text('message'), /belongs to another customer/)
    await one.must(404, 'POST', path, { ...body, customerId: 999_999 })
    const beside = await one.must(400, 'POST', path, { ...body, paymentMethod: method(ALSO_GOOD) })
    assert.match(JSON.stringify(beside.at('errors')), /paymentMethod cannot be given/)
  }
  assert.equal((await one.world.charges()).length, before)
  const paid = await one.post(`/api/Payments/sale/${own}`, { ...sale, customerId: ada.at('customerId') })
  assert.deepEqual([paid.at('customerId'), paid.at('invoiceStatus')], [ada.at('customerId'), 'Paid'])
}) // prettier-ignore

story('a method that was vaulted by itself stays with whom it has paid for', async (one) => {
  const eve = await one.must(201, 'POST', '/api/Customers', { firstName: 'Eve', lastName: 'Moss' })
  const vault = async () => String((await one.post('/api/PaymentMethod', method(GOOD))).at('paymentMethodId'))
  const sale = { invoice: { amount: { value: 5 } } }
  const toBob = (id: string) => {
    const { paymentMethods: _, ...rest } = simple() as { paymentMethods: unknown }
    const existingPaymentMethod = { paymentMethodId: Number(id) }
    return one.call('POST', '/api/Subscriptions', { ...rest, customer: { firstName: 'Bob', lastName: 'King' }, existingPaymentMethod })
  }
  const named = await vault()
  const paid = await one.post(`/api/Payments/sale/${named}`, { ...sale, customerId: eve.at('customerId') })
  assert.equal(paid.at('customerId'), eve.at('customerId'))
  assert.equal((await toBob(named)).status, 422)
  const nameless = await vault()
  const held = await one.post(`/api/Payments/authorization/${nameless}`, { amount: { value: 5 } })
  assert.equal((await toBob(nameless)).status, 422)
  const again = await one.post(`/api/Payments/sale/${nameless}`, sale)
  assert.equal(again.at('customerId'), held.at('customerId'))
  assert.equal((await toBob(await vault())).status, 201)
}) // prettier-ignore
