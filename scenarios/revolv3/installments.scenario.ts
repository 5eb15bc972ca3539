import assert from 'node:assert/strict'
import { GOOD, HARD, method, story, type Merchant } from './merchant.ts'

/** A thousand in parts of so much, monthly from today. */
async function startInstallment(one: Merchant, change: object = {}) {
  const customer = await one.must(201, 'POST', '/api/Customers', {
    firstName: 'Ada',
    lastName: 'Byron',
  })
  const path = `/api/Customers/${String(customer.at('customerId'))}/installments`
  const body = {
    billingFrequencyType: 'Monthly',
    installmentItems: [{ name: 'Bike', value: 1000 }],
    installmentType: 'Amount',
    installmentValue: 500,
    paymentMethod: method(GOOD),
    ...change,
  }
  const pay = (status: number, id: unknown, wish: object) =>
    one.must(status, 'POST', `/api/Installments/${String(id)}/payment`, wish)
  const start = (status = 201) => one.must(status, 'POST', path, body)
  return { start, pay }
}

/** What was billed, oldest first: day, price and status. */
async function billsOf(one: Merchant): Promise<readonly string[]> {
  const all = (await one.get('/api/Invoices/v1')).body
  assert.ok(Array.isArray(all))
  return all.map((each: { billingDate: string; subtotal: number; invoiceStatus: string }) =>
    [each.billingDate, each.subtotal, each.invoiceStatus].join(' '),
  )
}

const statusesTold = async (one: Merchant) => {
  const told = await one.world.api.get('/subscriptions?limit=10')
  return [told.at('data.0.status'), told.at('data.1')]
}

story('an extra payment of an installment is not asked for again', async (one) => {
  const { start, pay } = await startInstallment(one)
  const id = (await start()).at('installmentId')
  const over = await pay(400, id, { amount: 500.01 })
  assert.match(JSON.stringify(over.body), /not be more than what is left: 500/)
  const nothing = await pay(400, id, { amount: 0 })
  assert.match(JSON.stringify(nothing.body), /more than 0/)
  assert.equal((await pay(200, id, { amount: 500 })).at('invoiceStatus'), 'Paid')
  assert.deepEqual(await statusesTold(one), ['expired', undefined])
  await pay(404, id, { amount: 1 })
  await one.goTo('2028-03-01')
  assert.deepEqual(await billsOf(one), ['2027-09-08 500 Paid', '2027-09-08 500 Paid'])
})

story('it comes off the last parts, whole ones first; a declined one off none', async (one) => {
  const change = { installmentValue: 200, downPayment: 100 }
  const { start, pay } = await startInstallment(one, change)
  const id = (await start()).at('installmentId') // 100, and then 200 four times and 100
  const lines = [
    { name: 'Extra', value: 300 },
    { name: 'Less', value: 50, valueType: 'Discount' },
  ]
  assert.equal((await pay(200, id, { invoiceLineItems: lines })).at('invoiceStatus'), 'Paid')
  await one.goTo('2027-10-08')
  await pay(400, id, { amount: 450.01 })
  const { kysely } = one.world.house.database
  const act = (token: string) =>
    kysely
      .updateTable('payment_method_tokens')
      .set({ token })
      .where('account_id', '=', one.world.accountId)
      .execute()
  await act('tok_decline_insufficient_funds')
  assert.equal((await pay(200, id, { amount: 450 })).at('invoiceStatus'), 'Noncollectable')
  await act('tok_visa')
  await one.goTo('2028-06-01')
  assert.deepEqual(await billsOf(one), [
    '2027-09-08 100 Paid',
    '2027-09-08 250 Paid',
    '2027-10-08 200 Paid',
    '2027-10-08 450 Noncollectable',
    '2027-11-08 200 Paid',
    '2027-12-08 200 Paid',
    '2028-01-08 50 Paid',
  ])
  const shown = (await one.get('/api/Invoices/v1')).at('6.invoiceLineItems')
  assert.ok(Array.isArray(shown))
  assert.deepEqual(shown.map((line: { value: number }) => line.value), [50]) // prettier-ignore
  assert.deepEqual(await statusesTold(one), ['expired', undefined])
})

story('while an extra payment is under way no part is asked for', async (one) => {
  const { creditCard: _, ...person } = method(HARD) as { creditCard: unknown }
  const accountNumber = '000123456780'
  const ach = { routingNumber: '110000000', accountNumber, accountType: 'Checking' }
  const change = { billingFrequencyType: 'Daily', paymentMethod: { ...person, ach } }
  const { start, pay } = await startInstallment(one, { ...change, startDate: '2027-09-09' })
  const id = (await start()).at('installmentId')
  await pay(422, id, { amount: 100 })
  await one.goTo('2027-09-09T12:00:00Z')
  assert.equal((await pay(200, id, { amount: 400 })).at('invoiceStatus'), 'Pending')
  await pay(400, id, { amount: 100.01 })
  await one.goTo('2027-09-11')
  assert.deepEqual(await billsOf(one), ['2027-09-09 500 Pending', '2027-09-09 400 Pending'])
  await one.goTo('2027-10-01')
  const bills = await billsOf(one)
  assert.deepEqual(bills.slice(0, 2), ['2027-09-09 500 Paid', '2027-09-09 400 Paid'])
  assert.deepEqual(
    bills.slice(2).map((bill) => bill.slice(11)),
    ['100 Paid'],
  )
})

story('an installment of nothing is refused', async (one) => {
  for (const installmentItems of [
    [{ name: 'Nil', value: 0 }],
    [
      { name: 'Bike', value: 10 },
      { name: 'Less', value: 10, valueType: 'Discount' },
    ],
  ]) {
    const { start } = await startInstallment(one, { installmentItems })
    assert.match(
      JSON.stringify((await start(400)).body),
      /installmentItems must come to more than 0/,
    )
  }
})
