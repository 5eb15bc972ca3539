import assert from 'node:assert/strict'
import { BODY, GOOD, method, named, simple, story } from './merchant.ts'

story(
  '42 to 45: dates and intervals are changed, subscriptions cancelled now or at the end',
  async (one) => {
    const made = await one.createSubscription({})
    const path = `/api/Subscriptions/${String(made.at('subscriptionId'))}`
    const moved = await one.patch(path, { nextBillDate: '2027-10-20' }) // 42
    assert.equal(moved.at('nextBillDate'), '2027-10-20')
    await one.goTo('2027-10-19')
    assert.equal((await one.invoicesOf(made.at('subscriptionId'))).length, 1)
    await one.goTo('2027-10-20')
    assert.equal((await one.invoicesOf(made.at('subscriptionId'))).length, 2)
    assert.equal((await one.get(path)).at('nextBillDate'), '2027-11-20')

    const weekly = await one.patch(path, { intervalType: 'Weeks', intervalCount: 2 }) // 43
    assert.equal(weekly.at('nextBillDate'), '2027-11-20')
    assert.equal(weekly.at('billingFrequencyType'), 'Biweekly')
    await one.goTo('2027-11-20')
    assert.equal((await one.get(path)).at('nextBillDate'), '2027-12-04')
    const before = (await one.get(path)).body
    assert.deepEqual((await one.patch(path, {})).body, before)
    assert.deepEqual((await one.get(path)).body, before)
    await one.must(400, 'PATCH', path, { nextBillDate: '2027-11-19' })
    await one.must(400, 'PATCH', path, { subscriptionStatusType: 'Recycled' })
    await one.must(400, 'PATCH', path, { intervalType: 'Fortnights' })

    await one.patch(path, { nextBillDate: '2027-12-01' }) // sooner: the cycle ends early
    const news = await one.world.api.get('/events?type=subscription.updated&limit=1')
    assert.deepEqual(news.at('data.0.data.previous_attributes'), {
      current_period_end: '2027-12-04T00:00:00.000Z',
    })
    await one.goTo('2027-12-01')

    const ended = await one.post(`${path}/cancel`) // 44
    assert.deepEqual(Object.keys(Object(ended.body)), [
      'subscriptionId',
      'customerId',
      'subscriptionStatus',
      'cancelledAt',
    ])
    assert.deepEqual(Object.values(Object(ended.body)), [
      made.at('subscriptionId'),
      made.at('customerId'),
      'Cancelled',
      '2027-12-01T00:00:00.000Z',
    ])
    const kept = await one.get(path)
    assert.deepEqual(
      ['subscriptionStatusType', 'cancelledAt'].map((name) => kept.at(name)),
      ['Cancelled', '2027-12-01T00:00:00.000Z'],
    )
    await one.must(404, 'POST', `${path}/cancel`)
    await one.must(404, 'PATCH', path, { nextBillDate: '2028-01-01' })
    await one.goTo('2027-12-16')
    assert.equal((await one.invoicesOf(made.at('subscriptionId'))).length, 4)
  },
)

story('43: an interval counts from the bill that is due, and what is no value changes nothing', async (one) => {
  const made = await one.createSubscription({})
  const path = `/api/Subscriptions/${String(made.at('subscriptionId'))}`
  const interval = ['nextBillDate', 'billingFrequencyType', 'billingIntervalType', 'billingIntervalCount'] // prettier-ignore
  const shown = async () => {
    const seen = await one.get(path)
    return interval.map((name) => seen.at(name))
  }
  assert.deepEqual(await shown(), ['2027-10-08', 'Monthly', 'Months', 1])
  const changed = await one.patch(path, { intervalType: 'Weeks', intervalCount: 2 })
  const fortnightly = ['Biweekly', 'Weeks', 2]
  assert.deepEqual(interval.map((name) => changed.at(name)), ['2027-10-08', ...fortnightly]) // prettier-ignore

  const before = (await one.get(path)).body
  assert.deepEqual((await one.patch(path, {})).body, before)
  for (const bad of [
    { intervalType: 'Fortnights', intervalCount: 2 },
    { intervalType: 'Weeks', intervalCount: 0 },
    { billingFrequencyType: 'Sometimes' },
    { nextBillDate: '2027-09-07' },
    { nextBillDate: 'soon' },
    { subscriptionCancelType: 'Later' },
    { subscriptionStatusType: 'Recycle' },
    { merchantSubscriptionRefId: 'x'.repeat(101) },
    { subscriptionBillingPlans: [{ name: 'X', value: 1 }] },
    { nextBilDate: '2027-12-01' },
  ]) {
    const refused = await one.must(400, 'PATCH', path, bad)
    assert.equal(refused.at('errors.length'), 1, JSON.stringify(bad))
    assert.deepEqual((await one.get(path)).body, before)
  }

  for (const next of ['2027-10-22', '2027-11-05', '2027-11-19']) {
    await one.goTo(String((await shown())[0]))
    assert.deepEqual(await shown(), [next, ...fortnightly])
  }
  const bills = await one.invoicesOf(made.at('subscriptionId'))
  assert.deepEqual(
    bills.map((bill) => `${String(bill.at('billingDate'))} ${String(bill.at('invoiceStatus'))}`),
    ['2027-09-08', '2027-10-08', '2027-10-22', '2027-11-05'].map((date) => `${date} Paid`),
  )
}) // prettier-ignore

story('a method that a canceled subscription does not take is kept with nobody', async (one) => {
  const made = await one.createSubscription({})
  const path = `/api/Subscriptions/${String(made.at('subscriptionId'))}`
  await one.post(`${path}/cancel`)
  const loose = await one.post('/api/PaymentMethod', method(GOOD))
  const methods = async () => (await one.world.api.get('/payment-methods?limit=100')).body
  const events = async () => (await one.world.api.get('/events?limit=100')).at('data.length')
  const before = [await methods(), await events()]
  const put = (body: object) => one.must(404, 'PUT', `${path}/payment-method`, body)
  await put({ paymentMethod: method(GOOD) })
  await put({ existingPaymentMethod: { paymentMethodId: loose.at('paymentMethodId') } })
  assert.deepEqual([await methods(), await events()], before)
})

story('45: an end of the cycle comes with its date, unless it is taken back', async (one) => {
  const [going, staying] = [
    await one.createSubscription({ subscriptionCancelType: 'EndOfCycle' }),
    await one.createSubscription({ subscriptionCancelType: 'EndOfCycle' }),
  ]
  const path = (made: typeof going) => `/api/Subscriptions/${String(made.at('subscriptionId'))}`
  await one.goTo('2027-10-01')
  for (const made of [going, staying]) {
    const pending = await one.post(`${path(made)}/cancel`)
    assert.equal(pending.at('subscriptionStatus'), 'PendingCancellation')
    assert.equal(pending.at('cancelledAt'), null)
  }
  assert.equal(
    (await one.patch(path(staying), { subscriptionStatusType: 'Current' })).at(
      'subscriptionStatusType',
    ),
    'Current',
  )
  await one.goTo('2027-10-08')
  assert.equal((await one.get(path(going))).at('subscriptionStatusType'), 'Cancelled')
  assert.equal((await one.invoicesOf(going.at('subscriptionId'))).length, 1)
  assert.equal((await one.invoicesOf(staying.at('subscriptionId'))).length, 2)
})

story('47 to 49: customers with subscriptions, and methods that are vaulted first', async (one) => {
  const made = await one.must(201, 'POST', '/api/Customers', {
    // 47
    merchantCustomerRefId: 'c-1',
    firstName: 'Ada',
    lastName: 'Byron',
    email: 'ada@example.com',
    billingAddresses: [
      { addressLine1: '12 Square', city: 'London', state: 'NY', postalCode: '10001' },
    ],
    subscriptions: [simple()],
  })
  assert.equal(made.at('subscriptions.0.subscriptionStatusType'), 'Current')
  assert.ok(Number.isInteger(made.at('billingAddresses.0.addressId')))
  const path = `/api/Customers/${String(made.at('customerId'))}`
  assert.deepEqual(
    (await one.get('/api/Customers?lastName=byron')).at('0.customerId'),
    made.at('customerId'),
  )
  await one.must(204, 'GET', '/api/Customers?lastName=Nobody')
  await one.must(204, 'GET', '/api/Customers?LastName=Nobody')
  await one.must(400, 'GET', `/api/Customers?lastname=${'x'.repeat(151)}`)
  for (const [firstName, more] of [['Augusta', { lastName: null }], ['Ada Augusta', {}], ['Augusta', {}]] as const) {
    const renamed = await one.patch(path, { firstName, ...more })
    assert.deepEqual([renamed.at('firstName'), renamed.at('lastName')], [firstName, 'Byron'])
  } // prettier-ignore
  assert.equal((await one.get(path)).at('firstName'), 'Augusta')
  await one.must(404, 'GET', '/api/Customers/987654')
  // Nothing says that two customers cannot have one address.
  await one.must(201, 'POST', '/api/Customers', {
    firstName: 'Ann',
    lastName: 'Other',
    email: 'ada@example.com',
  })
  await one.must(201, 'POST', `${path}/subscriptions`, simple())

  const vaulted = await one.post('/api/PaymentMethod', method(GOOD)) // 48
  assert.deepEqual(
    ['binNumber', 'paymentLast4Digit', 'paymentExpirationDate'].map((name) =>
      vaulted.at(`paymentMethodCreditCardDetails.${name}`),
    ),
    ['411111', '1111', '1230'],
  )
  assert.equal(JSON.stringify(vaulted.body).includes(GOOD), false)
  const methodPath = `/api/PaymentMethod/${String(vaulted.at('paymentMethodId'))}`
  const edited = await one.patch(methodPath, { creditCard: { expirationDate: '1035' } })
  assert.equal(edited.at('paymentMethodCreditCardDetails.paymentExpirationDate'), '1035')
  assert.equal((await one.get(methodPath)).at('billingLastName'), 'Byron')

  const { paymentMethods: _, ...rest } = simple() as { paymentMethods: unknown } // 49
  const existingPaymentMethod = { paymentMethodId: vaulted.at('paymentMethodId'), taxAmount: 1.5 }
  const charged = await one.must(201, 'POST', '/api/Subscriptions', {
    ...rest,
    existingPaymentMethod,
  })
  assert.equal(charged.at('paymentMethodIds.0'), vaulted.at('paymentMethodId'))
  assert.equal((await one.invoicesOf(charged.at('subscriptionId')))[0]?.at('total'), 12.49)
  // The number of a method is none of an authorisation.
  await one.must(404, 'POST', '/api/Subscriptions', {
    ...rest,
    existingPaymentMethod: { paymentMethodAuthorizationId: vaulted.at('paymentMethodId') },
  })
  await one.must(404, 'POST', '/api/Subscriptions', {
    ...rest,
    existingPaymentMethod: { paymentMethodId: 999_999 },
  })

  // An address that is there is named by its number, whatever is said beside it.
  const addressId = made.at('billingAddresses.0.addressId')
  const named = method(GOOD, { billingAddress: { addressId, city: 'Paris' } })
  const there = await one.post('/api/PaymentMethod', named)
  assert.deepEqual(there.at('billingAddress'), made.at('billingAddresses.0'))
  const methods = await one.world.api.get('/payment-methods?limit=1')
  assert.equal(methods.at('data.0.billing_details.address.city'), 'London')
  const moved = await one.patch(methodPath, { billingAddress: { city: 'Rome' } })
  assert.notEqual(moved.at('billingAddressId'), addressId)
  const back = await one.patch(methodPath, { billingAddress: { addressId: there.at('billingAddressId') } }) // prettier-ignore
  assert.deepEqual([back.at('billingAddressId'), back.at('billingAddress.city')], [addressId, 'London']) // prettier-ignore
  const taxed = await one.createSubscription({ taxAddress: { addressId } })
  assert.deepEqual(taxed.at('taxAddress'), made.at('billingAddresses.0'))
  const before = (await one.world.charges()).length
  for (const body of [
    { taxAddress: { addressId: made.at('customerId') } },
    { paymentMethods: [method(GOOD, { billingAddress: { addressId: 999_999 } })] },
  ])
    // prettier-ignore
    await one.must(404, 'POST', '/api/Subscriptions', simple(body))
  assert.equal((await one.world.charges()).length, before)
})

story('50, 51: invoices are listed by date and refunded in parts', async (one) => {
  const made = await one.must(201, 'POST', '/api/Subscriptions', BODY)
  const listed = await one.get(
    '/api/Invoices/v1?billingStartDate=2027-09-08&billingEndDate=2027-09-08',
  ) // 50
  for (const open of [
    'billingStartDate=0001-01-01&billingEndDate=9999-12-31',
    'orderBy=3&lastUpdateStartDate=0001-01-01&lastUpdateEndDate=9999-12-31',
  ])
    assert.deepEqual((await one.get(`/api/Invoices/v1?${open}`)).body, listed.body)
  assert.equal(listed.at('0.subscriptionId'), made.at('subscriptionId'))
  assert.deepEqual((await one.get('/api/Invoices/v1?billingStartDate=2027-09-09')).body, [])
  await one.must(400, 'GET', '/api/Invoices/v1?pageSize=101')
  await one.must(400, 'GET', '/api/Invoices/v1?orderBy=3')
  const beyond = await one.must(400, 'GET', '/api/Invoices/v1?page=1001')
  assert.match(JSON.stringify(beyond.body), /page .*billingStartDate and billingEndDate/)
  const changed = '/api/Invoices/v1?OrderBy=3&LastUpdateStartDate=2027-09-08'
  assert.equal((await one.get(changed)).at('0.subscriptionId'), made.at('subscriptionId'))
  const [invoice] = await one.invoicesOf(made.at('subscriptionId'))
  const path = `/api/Invoices/${String(invoice?.at('invoiceId'))}`

  const part = await one.post(`${path}/refund`, { amount: 5 }) // 51
  assert.equal(part.at('invoice.invoiceStatus'), 'PartialRefund')
  assert.equal(part.at('invoice.parentInvoiceId'), invoice?.at('invoiceId'))
  // 5.00 of 10.99 takes 1.16 of the tax of 2.56 with it.
  assert.equal(part.at('refunds.0.amount'), -6.16)
  const over = await one.must(400, 'POST', `${path}/refund`, { amount: 6 })
  assert.match(JSON.stringify(over.body), /5\.99/)
  const rest = await one.post(`${path}/refund`, {})
  assert.equal(rest.at('invoice.subtotal'), 5.99)
  assert.equal(rest.at('refunds.0.amount'), -7.39)
  await one.must(400, 'POST', `${path}/refund`, {})
  assert.equal((await one.get(path)).at('invoiceStatus'), 'Paid')
  const child = await one.get(`/api/Invoices/${String(part.at('invoice.invoiceId'))}`)
  assert.equal(child.at('total'), 6.16)
})

story(
  '54: installments charge a down payment and then equal parts until nothing is left',
  async (one) => {
    const customer = await one.must(201, 'POST', '/api/Customers', {
      firstName: 'Ada',
      lastName: 'Byron',
    })
    const path = `/api/Customers/${String(customer.at('customerId'))}/installments`
    const wish = {
      merchantInstallmentRefId: 'i-1',
      billingFrequencyType: 'Monthly',
      installmentItems: [
        { name: 'Bike', value: 1000 },
        { name: 'Trailer', value: 1200 },
      ],
      downPayment: 200,
      installmentType: 'Amount',
      installmentValue: 500,
      paymentMethod: method(GOOD),
    }
    const endless = await one.must(400, 'POST', path, { ...wish, installmentValue: 0.01 })
    assert.match(JSON.stringify(endless.body), /more than 600 installments/)
    const made = await one.must(201, 'POST', path, wish)
    await one.goTo('2028-03-01')
    const all = (await one.get('/api/Invoices/v1')).body
    assert.ok(Array.isArray(all))
    const names = ['billingDate', 'subtotal', 'invoiceStatus', 'installmentId'] as const
    assert.deepEqual(
      all.map((each: Record<(typeof names)[number], unknown>) => names.map((name) => each[name])),
      [
        ['2027-09-08', 200, 'Paid', made.at('installmentId')],
        ...['2027-10-08', '2027-11-08', '2027-12-08', '2028-01-08'].map((date) => [date, 500, 'Paid', made.at('installmentId')]),
      ],
    ) // prettier-ignore
    await one.must(404, 'GET', `/api/Subscriptions/${String(made.at('installmentId'))}`)
    await one.must(404, 'POST', `/api/Installments/${String(made.at('installmentId'))}/payment`, {
      amount: 5,
    })
  },
)

story('direct payments are charged at once, and called off before they settle', async (one) => {
  const sale = {
    invoice: { merchantInvoiceRefId: 's-1', amount: { value: 19.9, currency: 'USD' } },
    paymentMethod: method(GOOD),
  }
  const sold = await one.post('/api/Payments/sale', sale)
  assert.equal(sold.at('invoiceStatus'), 'Paid')
  assert.equal(sold.at('amount.value'), 19.9)
  const again = await one.post(`/api/Payments/sale/${String(sold.at('paymentMethodId'))}`, {
    invoice: sale.invoice,
  })
  assert.equal(again.at('customerId'), sold.at('customerId'))
  const refused = await one.post('/api/Payments/sale', {
    ...sale,
    paymentMethod: method('4000000000000002'),
  })
  assert.equal(refused.at('invoiceStatus'), 'Noncollectable')
  assert.equal(refused.at('invoiceAttemptStatus'), 'Declined')
  const byName = '/api/Invoices?pageSize=1&merchantInvoiceRefID='
  const second = { merchantInvoiceRefId: 's-2' }
  await one.patch(`/api/Invoices/${String(again.at('invoiceId'))}`, second)
  const onItsPage = await one.get(`${byName}s-2`)
  assert.deepEqual(
    [onItsPage.at('0.invoiceId'), onItsPage.at('1')],
    [again.at('invoiceId'), undefined],
  )
  assert.deepEqual((await one.get(`${byName}s-3`)).body, [])
  const { api } = one.world
  const customer = (await api.get('/customers?limit=1')).text('data.0.id')
  const bill = { customer_uuid: customer, total_minor: 2_500, due_date: '2027-10-30' }
  const drafted = (await api.post('/invoices', bill)).text('data.id')
  await api.post(`/invoices/${drafted}/finalize`)
  const untried = (await one.get('/api/Invoices/v1')).body
  assert.ok(Array.isArray(untried))
  assert.equal(untried.at(-1).invoiceStatus, 'OneTimePaymentPending')
  const itsPath = `/api/Invoices/${String(untried.at(-1).invoiceId)}`
  const refusal = await one.must(400, 'PATCH', itsPath, { invoiceStatus: 'Void' })
  assert.match(JSON.stringify(refusal.body), /while the invoice is OneTimePaymentPending/)
  await api.post(`/invoices/${drafted}/void`)

  // Money here has two decimals: what has others is told as it is, and cannot be asked for.
  const chargedSoFar = (await one.world.charges()).length
  for (const currency of ['JPY', 'KWD']) {
    const amount = { value: 20, currency }
    const { paymentMethod } = sale
    const inSale = await one.must(400, 'POST', '/api/Payments/sale', { invoice: { amount }, paymentMethod }) // prettier-ignore
    assert.match(inSale.text('errors.0'), /amount\.currency must be .* two decimals/)
    await one.must(400, 'POST', '/api/Payments/authorization', { amount, paymentMethod })
  }
  assert.equal((await one.world.charges()).length, chargedSoFar)
  const inYen = (await api.post('/invoices', { ...bill, currency: 'JPY' })).text('data.id')
  await api.post(`/invoices/${inYen}/finalize`)
  const listed = (await one.get('/api/Invoices/v1')).body
  assert.ok(Array.isArray(listed))
  assert.deepEqual([listed.at(-1).total, listed.at(-1).currency], [2_500, 'JPY'])
  const yenPath = `/api/Invoices/${String(listed.at(-1).invoiceId)}`
  const part = await one.must(400, 'POST', `${yenPath}/refund`, { amount: 20 })
  assert.match(part.text('errors.0'), /JPY/)
  await api.post(`/invoices/${inYen}/void`)
  const { kysely } = one.world.house.database
  const keepIn = (currency: string) =>
    kysely.updateTable('accounts').set({ currency }).where('id', '=', one.world.accountId).execute()
  await keepIn('JPY')
  const refusedHere = await one.must(422, 'POST', '/api/Payments/sale', sale)
  assert.match(refusedHere.text('message'), /JPY, the currency of this account/)
  await keepIn('USD')

  const voided = await one.post(`/api/Payments/void/${String(again.at('invoiceId'))}`)
  assert.equal(voided.at('invoiceStatus'), 'Void')
  const later = await one.get(`/api/Invoices/${String(again.at('invoiceId'))}`)
  assert.deepEqual(later.body, voided.body)
  assert.deepEqual(
    ['invoiceAttemptStatus', 'amount'].map((name) => later.at(`voidAttempts.0.${name}`)),
    ['Success', 19.9],
  )
  const path = `/api/Payments/void/${String(again.at('invoiceId'))}`
  assert.match(JSON.stringify((await one.must(400, 'POST', path)).body), /no payment to void/)

  // What is said of a payment is kept and told; what would make it another payment is refused.
  const level3 = { supplierId: '77', items: [{ sku: 'a', quantity: 2 }] }
  const detailed = {
    invoice: { ...sale.invoice, orderProcessingChannel: 'moto', level3 },
    networkProcessing: {
      processingType: 'InitialRecurring',
      originalNetworkTransactionId: 'ntx-9',
    },
    paymentMethod: sale.paymentMethod,
  }
  const told = await one.post('/api/Payments/sale', detailed)
  assert.equal(told.at('networkTransactionId'), 'ntx-9')
  assert.match(String(told.at('processorMerchantId')), /^gw_/)
  assert.deepEqual((await one.get(`/api/Invoices/${String(told.at('invoiceId'))}`)).at('level3'), level3) // prettier-ignore
  for (const more of [
    { threeDS: { cavv: 'x' } },
    { dynamicDescriptor: { subMerchantId: '1' } },
    { networkProcessing: { processingType: 'Often' } },
  ])
    // prettier-ignore
    await one.must(400, 'POST', '/api/Payments/sale', { ...detailed, ...more })

  const renewing = await one.createSubscription({ paymentMethods: [named('tok_updated_202710')] })
  const renewed = `/api/PaymentMethod/${String(renewing.at('paymentMethodIds.0'))}`
  const details = 'paymentMethodCreditCardDetails'
  assert.equal((await one.get(renewed)).at(`${details}.accountUpdateCode`), null)
  const extra = { name: 'Extra', value: 3, description: 'Two of them', level3 }
  const charged = await one.post(`/api/Subscriptions/${String(renewing.at('subscriptionId'))}/payment`, { invoiceLineItems: [extra, { name: 'More', value: 1 }] }) // prettier-ignore
  const lines = await one.get(`/api/Invoices/${String(charged.at('invoiceId'))}`)
  assert.deepEqual(
    ['0.name', '0.description', '0.level3', '1.description', '1.level3'].map((name) => lines.at(`invoiceLineItems.${name}`)), // prettier-ignore
    ['Extra', 'Two of them', level3, 'More', null],
  )

  const subscribed = (await one.createSubscription()).at('subscriptionId')
  const [begun] = await one.invoicesOf(subscribed)
  await one.post(`/api/Payments/void/${String(begun?.at('invoiceId'))}`)
  assert.equal((await one.invoicesOf(subscribed))[0]?.at('invoiceStatus'), 'Void')
  await one.goTo('2027-10-08')
  assert.equal((await one.invoicesOf(subscribed))[1]?.at('invoiceStatus'), 'Paid')

  const update = await one.get(renewed)
  assert.deepEqual(
    ['Code', 'Message'].map((name) => update.at(`${details}.accountUpdate${name}`)),
    ['NewAccountNumber', 'The account number was updated.'],
  )
  assert.match(String(update.at(`${details}.accountUpdateDateTime`)), /^2027-10-0/)

  const number = String(sold.at('invoiceId'))
  await one.must(400, 'POST', `/api/Payments/void/${number}`) // It has settled meanwhile.
  const kept = await one.get(`/api/Invoices/${number}`)
  assert.deepEqual(
    ['invoiceStatus', 'voidAttempts.0.invoiceAttemptStatus'].map((name) => kept.at(name)),
    ['Paid', 'Declined'],
  )
})

story('an amount that is set through /v2 is what the plan asks for', async (one) => {
  const made = await one.createSubscription(simple())
  const path = `/api/Subscriptions/${String(made.at('subscriptionId'))}`
  const found = await one.world.api.get('/subscriptions?limit=1')
  const ours = `/subscriptions/${found.text('data.0.id')}`
  const shown = async () => {
    const plan = (await one.get(path)).at('billingPlans.0.value')
    return [plan, (await one.world.api.get(ours)).at('data.items.0.own_amount_minor')]
  }
  assert.deepEqual(await shown(), [10.99, null])
  await one.world.api.call('PATCH', ours, { body: { amountMinor: 9_50 } })
  assert.deepEqual(await shown(), [9.5, 9_50])
  await one.goTo('2027-10-08')
  const last = (await one.invoicesOf(made.at('subscriptionId'))).at(-1)
  assert.deepEqual([last?.at('total'), last?.at('invoiceLineItems.0.value')], [9.5, 9.5])
})

story("42, 43: what is sent as it was keeps the month's end", async (one) => {
  const sent = [{}, { billingFrequencyType: 'Monthly' }, { nextBillDate: '2027-11-30' }]
  const ids: unknown[] = []
  for (const _ of sent) {
    const made = await one.createSubscription({ startDate: '2027-10-31' })
    ids.push(made.at('subscriptionId'))
  }
  await one.goTo('2027-11-10')
  for (const [index, change] of sent.entries()) {
    const patched = await one.patch(`/api/Subscriptions/${String(ids[index])}`, change)
    assert.equal(patched.at('nextBillDate'), '2027-11-30')
  }
  await one.goTo('2027-12-01')
  for (const id of ids)
    assert.equal((await one.get(`/api/Subscriptions/${String(id)}`)).at('nextBillDate'), '2027-12-31') // prettier-ignore
})
