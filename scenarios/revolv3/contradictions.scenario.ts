import assert from 'node:assert/strict'
import { ALSO_GOOD, GOOD, method, simple, story } from './merchant.ts'

story('what contradicts itself is refused, and neither half of it is dropped', async (one) => {
  const made = await one.createSubscription({})
  const vaulted = await one.post('/api/PaymentMethod', method(ALSO_GOOD))
  const customerId = made.at('customerId')
  const existingPaymentMethod = { paymentMethodId: vaulted.at('paymentMethodId') }
  const customer = { firstName: 'Zed', lastName: 'Zeta' }
  const paymentMethod = method(GOOD)
  const methodPath = `/api/PaymentMethod/${String(vaulted.at('paymentMethodId'))}`
  const ownPath = `/api/Customers/${String(customerId)}`
  const installment = {
    billingFrequencyType: 'Monthly',
    installmentItems: [{ name: 'Bike', value: 10 }],
    installmentValue: 5,
  }
  const another = { ...customer, subscriptions: [simple({ customerId })] }
  const cases: readonly (readonly [string, string, object, RegExp])[] = [
    ['POST', '/api/Subscriptions', simple({ existingPaymentMethod }), /paymentMethods, existingPaymentMethod exclude/],
    ['POST', '/api/Subscriptions', simple({ paymentMethod }), /paymentMethods, paymentMethod exclude/],
    ['POST', '/api/Subscriptions', simple({ customerId, customer }), /customerId, customer exclude/],
    ['POST', '/api/Customers', another, /subscriptions\[0\]\.customerId names another/],
    ['POST', '/api/Customers', { ...customer, subscriptions: [simple({ customer })] }, /subscriptions\[0\]\.customer is/],
    ['POST', `${ownPath}/subscriptions`, simple({ customerId: 999_999 }), /customerId names another/],
    ['POST', `${ownPath}/installments`, { ...installment, paymentMethod, ...existingPaymentMethod }, /paymentMethod, paymentMethodId exclude/],
    ['PUT', `/api/Subscriptions/${String(made.at('subscriptionId'))}/payment-method`, { paymentMethod, existingPaymentMethod }, /paymentMethod, existingPaymentMethod exclude/],
    ['PATCH', methodPath, { creditCard: { paymentAccountNumber: GOOD } }, /creditCard.paymentAccountNumber cannot be changed/],
    ['PATCH', methodPath, { creditCard: { networkToken: 'tok_visa', expirationDate: '1035' } }, /creditCard.networkToken cannot be changed/],
    ['PATCH', methodPath, { ach: { accountNumber: '000123456780' } }, /ach cannot be changed/],
  ] // prettier-ignore
  const before = await one.world.house.countRows()
  const shown = (await one.get(methodPath)).body
  for (const [verb, path, body, expected] of cases) {
    const refused = await one.must(400, verb, path, body)
    assert.match(JSON.stringify(refused.at('errors')), expected)
    assert.equal(refused.at('errors.1'), undefined, path)
  }
  assert.deepEqual(await one.world.house.countRows(), before)
  assert.deepEqual((await one.get(methodPath)).body, shown)

  // Said twice and the same, or with nothing, it is no contradiction.
  await one.must(201, 'POST', `${ownPath}/subscriptions`, simple({ customerId }))
  const none = {
    paymentMethods: [],
    existingPaymentMethod: { paymentMethodId: made.at('paymentMethodIds.0') },
  }
  await one.must(201, 'POST', '/api/Subscriptions', simple({ ...none, customerId }))
})
