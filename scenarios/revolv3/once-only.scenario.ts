import assert from 'node:assert/strict'
import { GOOD, HARD, method, simple, SOFT, story, type Merchant } from './merchant.ts'

const ADA = { firstName: 'Ada', lastName: 'Byron', email: 'ada@example.com' }

/** What every refusal must leave as it was. */
async function countKept({ world }: Merchant): Promise<Record<string, number | undefined>> {
  const rows = await world.house.countRows()
  const kept = ['customers', 'payment_methods', 'subscriptions', 'invoices', 'payment_attempts']
  return Object.fromEntries(kept.map((table) => [table, rows[table]]))
}

const REFUSED_LATER: readonly (readonly [number, object])[] = [
  [404, { paymentMethods: undefined, existingPaymentMethod: { paymentMethodId: 999_999 } }],
  [400, { startDate: '2027-09-07' }],
  [422, { paymentMethods: [method('4111111111111112')] }],
]

story(
  'a customer comes with all subscriptions or none, and nothing is charged before',
  async (one) => {
    const before = await countKept(one)
    for (const [status, change] of REFUSED_LATER) {
      const subscriptions = [simple(), simple(change)]
      await one.must(status, 'POST', '/api/Customers', { ...ADA, subscriptions })
      assert.deepEqual(await countKept(one), before, `after a refusal with ${status}`)
    }

    // A first payment that is declined refuses its own subscription; the others have been charged and run.
    const mixed = [simple(), simple({ paymentMethods: [method(HARD)] })]
    const made = await one.must(201, 'POST', '/api/Customers', { ...ADA, subscriptions: mixed })
    assert.equal(made.at('subscriptions.0.subscriptionStatusType'), 'Current')
    assert.equal(made.at('subscriptions.1'), undefined)
    const none = [simple({ paymentMethods: [method(HARD)] })]
    await one.must(422, 'POST', '/api/Customers', { ...ADA, subscriptions: none })
  },
)

const invoicesOf = async (one: Merchant): Promise<readonly unknown[]> => {
  const { body } = await one.get('/api/Invoices/v1')
  assert.ok(Array.isArray(body))
  return body
}

story('a call that moves money runs once a key, and tells again what it did', async (one) => {
  const keyed = (path: string, body: object, key: string) =>
    one.call('POST', path, body, { 'x-revolv3-token': one.token, 'idempotency-key': key })
  const customer = { ...ADA, subscriptions: [simple(), simple()] }
  const first = await keyed('/api/Customers', customer, 'c-1')
  assert.equal(first.status, 201, JSON.stringify(first.body))
  const again = await keyed('/api/Customers', customer, 'c-1')
  assert.equal(again.status, 201)
  assert.equal(again.headers['idempotency-replayed'], 'true')
  assert.deepEqual(again.body, first.body)
  assert.equal((await invoicesOf(one)).length, 2)
  assert.equal(
    (await keyed('/api/Customers', { ...customer, lastName: 'King' }, 'c-1')).status,
    409,
  )

  const sale = { invoice: { amount: { value: 19.9 } }, paymentMethod: method(GOOD) }
  const sold = await keyed('/api/Payments/sale', sale, 's-1')
  assert.equal(sold.at('invoiceStatus'), 'Paid')
  assert.deepEqual((await keyed('/api/Payments/sale', sale, 's-1')).body, sold.body)
  const id = String(sold.at('invoiceId'))
  const back = await keyed(`/api/Invoices/${id}/refund`, { amount: 5 }, 'r-1')
  assert.deepEqual(
    (await keyed(`/api/Invoices/${id}/refund`, { amount: 5 }, 'r-1')).body,
    back.body,
  )
  assert.equal((await one.get('/api/Invoices/v1')).at('2.invoiceStatus'), 'Paid')
  const rest = await one.post(`/api/Invoices/${id}/refund`, {})
  assert.equal(rest.at('invoice.total'), 14.9)

  const declined = { ...simple({ paymentMethods: [method(HARD)] }) }
  assert.equal((await keyed('/api/Subscriptions', declined, 'd-1')).status, 422)
  const attempts = (await countKept(one))['payment_attempts']
  assert.equal((await keyed('/api/Subscriptions', declined, 'd-1')).status, 422)
  assert.equal((await countKept(one))['payment_attempts'], attempts)
  const { rows } = await one.world.house.database.tx((tx) =>
    tx
      .selectFrom('idempotency_keys')
      .selectAll()
      .execute()
      .then((found) => ({ rows: found })),
  )
  assert.equal(JSON.stringify(rows).includes(GOOD), false, 'no number is kept with a key')
})

story('an authorisation is captured once, in part, let go, or lapses', async (one) => {
  const keyed = (path: string, body: object, key: string) =>
    one.call('POST', path, body, { 'x-revolv3-token': one.token, 'idempotency-key': key })
  const wish = { paymentMethod: method(GOOD), amount: { value: 100, currency: 'USD' } }
  const held = await keyed('/api/Payments/authorization', wish, 'a-1')
  assert.equal(held.status, 200, JSON.stringify(held.body))
  assert.deepEqual(
    ['invoiceAttemptStatus', 'amount.value', 'responseCode', 'invoiceId'].map((name) => held.at(name)), // prettier-ignore
    ['Success', 100, '00', undefined],
  )
  assert.equal(typeof held.at('networkTransactionId'), 'string')
  assert.deepEqual((await keyed('/api/Payments/authorization', wish, 'a-1')).body, held.body)
  assert.deepEqual(await invoicesOf(one), [], 'an authorisation makes no invoice')
  const path = (made: typeof held) => `/api/Payments/capture/${String(made.at('paymentMethodAuthorizationId'))}` // prettier-ignore

  const over = await one.must(400, 'POST', path(held), { amount: { value: 100.01 } })
  assert.match(JSON.stringify(over.body), /at most what is authorized/)
  const foreign = await one.must(400, 'POST', path(held), {
    amount: { value: 60, currency: 'EUR' },
  })
  assert.match(JSON.stringify(foreign.body), /amount.currency must be that of the authorization/)
  assert.deepEqual(await invoicesOf(one), [])
  const part = { invoice: { merchantInvoiceRefId: 'cap-1', amount: { value: 60 } } }
  const taken = await keyed(path(held), part, 'k-1')
  assert.deepEqual(
    ['invoiceStatus', 'amount.value', 'invoiceAttemptStatus'].map((name) => taken.at(name)),
    ['Paid', 60, 'Success'],
  )
  assert.deepEqual((await keyed(path(held), part, 'k-1')).body, taken.body)
  const invoice = await one.get(`/api/Invoices/${String(taken.at('invoiceId'))}`)
  assert.deepEqual(
    ['merchantInvoiceRefId', 'total', 'invoiceAttempts.0.amount', 'invoiceAttempts.1'].map((name) => invoice.at(name)), // prettier-ignore
    ['cap-1', 60, 60, undefined],
  )
  await one.must(422, 'POST', path(held), {})
  assert.equal((await invoicesOf(one)).length, 1)
  const back = await one.post(`/api/Invoices/${String(taken.at('invoiceId'))}/refund`, { amount: 10 }) // prettier-ignore
  assert.deepEqual(
    ['invoice.invoiceStatus', 'refunds.0.amount'].map((name) => back.at(name)),
    ['PartialRefund', -10],
  )

  const vaulted = `/api/Payments/authorization/${String(held.at('paymentMethodId'))}`
  const again = await one.post(vaulted, { amount: { value: 5 } })
  assert.equal(again.at('customerId'), held.at('customerId'))
  const named = { paymentMethodAuthorizationId: again.at('paymentMethodAuthorizationId') }
  const { paymentMethods: _, ...rest } = simple() as { paymentMethods: unknown }
  const bill = { ...rest, existingPaymentMethod: named }
  const begun = await one.must(201, 'POST', '/api/Subscriptions', bill)
  assert.deepEqual(
    [begun.at('customerId'), begun.at('paymentMethodIds.0')],
    [held.at('customerId'), held.at('paymentMethodId')],
  )
  const both = { ...named, paymentMethodId: held.at('paymentMethodId') }
  await one.must(400, 'POST', '/api/Subscriptions', { ...rest, existingPaymentMethod: both })
  const reversed = await one.post('/api/PaymentMethod/reverse-auth', named)
  assert.equal(reversed.at('message'), 'Reversed')
  await one.must(422, 'POST', '/api/PaymentMethod/reverse-auth', named)
  await one.must(422, 'POST', path(again), {})
  await one.must(422, 'POST', '/api/Subscriptions', bill)
  await one.must(404, 'POST', '/api/PaymentMethod/reverse-auth', { paymentMethodAuthorizationId: 9_999 }) // prettier-ignore
  await one.must(400, 'POST', '/api/PaymentMethod/reverse-auth', {})

  const refused = await one.post('/api/Payments/authorization', { ...wish, paymentMethod: method(HARD) }) // prettier-ignore
  assert.deepEqual(
    ['invoiceAttemptStatus', 'paymentMethodAuthorizationId'].map((name) => refused.at(name)),
    ['Declined', null],
  )
  const late = await one.post(vaulted, { amount: { value: 7 } })
  await one.goTo('2027-09-16')
  const lapsed = await one.must(422, 'POST', path(late), {})
  assert.match(JSON.stringify(lapsed.body), /expired/)
  assert.equal((await invoicesOf(one)).length, 3) // The capture, its refund, and the subscription's.
})

story(
  'a process that dies before it charges leaves a sale that is charged or written off',
  async (one) => {
    const { house } = one.world
    const { promise: death, reject: wake } = Promise.withResolvers<void>()
    const { promise: both, resolve: haveBothBegun } = Promise.withResolvers<void>()
    let begun = 0
    const dying = await house.startService({
      onStep: (step) => {
        if (step !== 'applied') return undefined
        begun += 1
        if (begun === 2) haveBothBegun()
        return death
      },
    })
    const sellThere = (url: string, number: string) =>
      fetch(`${url}/api/Payments/sale`, {
        method: 'POST',
        headers: {
          'x-revolv3-token': one.token,
          'content-type': 'application/json',
          'idempotency-key': number,
        },
        body: JSON.stringify({
          invoice: { amount: { value: 19.9 } },
          paymentMethod: method(number),
        }),
      })
    const unanswered = [GOOD, SOFT].map((number) => sellThere(dying.url, number))
    await both
    const statuses = async () => {
      const all = (await one.get('/api/Invoices/v1')).body
      assert.ok(Array.isArray(all))
      return all.map((each: { invoiceStatus: string }) => each.invoiceStatus)
    }
    // The attempts are leased, and the keys held, for a while of real time.
    house.clock.moveOn(10 * 60_000)
    await one.goTo('2027-09-09')
    assert.deepEqual((await statuses()).toSorted(), ['Noncollectable', 'Paid'])
    for (const number of [GOOD, SOFT]) {
      const repeated = await sellThere(house.service.url, number)
      assert.equal(repeated.status, 200)
      assert.equal(repeated.headers.get('idempotency-replayed'), 'true')
    }
    assert.deepEqual((await statuses()).toSorted(), ['Noncollectable', 'Paid'])
    wake(new Error('what was dead answers late'))
    for (const { status } of await Promise.all(unanswered)) assert.equal(status, 500)
  },
)

story(
  'a void whose process died is called off by the worker, and its invoice with it',
  async (one) => {
    const { house } = one.world
    const made = await one.createSubscription()
    const [begun] = await one.invoicesOf(made.at('subscriptionId'))
    const { promise: death, reject: wake } = Promise.withResolvers<void>()
    const { promise: isBegun, resolve: begin } = Promise.withResolvers<void>()
    const dying = await house.startService({
      onStep: (step) => (step === 'applied' ? (begin(), death) : undefined),
    })
    const path = `/api/Payments/void/${String(begun?.at('invoiceId'))}`
    const headers = { 'x-revolv3-token': one.token }
    const unanswered = fetch(`${dying.url}${path}`, { method: 'POST', headers })
    await isBegun
    const invoice = async () => (await one.invoicesOf(made.at('subscriptionId')))[0]
    assert.deepEqual(
      [(await invoice())?.at('invoiceStatus'), (await invoice())?.at('voidAttempts.0.invoiceAttemptStatus')], // prettier-ignore
      ['Paid', 'Pending'],
    )
    house.clock.moveOn(10 * 60_000)
    await one.goTo('2027-09-08T12:00:00Z')
    assert.deepEqual(
      [(await invoice())?.at('invoiceStatus'), (await invoice())?.at('voidAttempts.0.invoiceAttemptStatus')], // prettier-ignore
      ['Void', 'Success'],
    )
    wake(new Error('what was dead answers late'))
    assert.equal((await unanswered).status, 500)
  },
)

story('a method stays with whom it pays for, and ends when its processor says', async (one) => {
  const made = await one.createSubscription({})
  const paying = { paymentMethodId: made.at('paymentMethodIds.0') }
  const { paymentMethods: _, ...rest } = simple() as { paymentMethods: unknown }
  const other = { ...rest, customer: { firstName: 'Bob', lastName: 'King' } }
  const before = await countKept(one)
  const refused = await one.must(422, 'POST', '/api/Subscriptions', { ...other, existingPaymentMethod: paying }) // prettier-ignore
  assert.match(JSON.stringify(refused.body), /another customer/)
  assert.deepEqual(await countKept(one), before)
  await one.goTo('2027-10-08')
  assert.equal((await one.invoicesOf(made.at('subscriptionId')))[1]?.at('invoiceStatus'), 'Paid')

  // One that was vaulted by itself waits for its first customer, and then is theirs.
  const vaulted = await one.post('/api/PaymentMethod', method(GOOD))
  const loose = { paymentMethodId: vaulted.at('paymentMethodId') }
  const bob = await one.must(201, 'POST', '/api/Subscriptions', { ...other, existingPaymentMethod: loose }) // prettier-ignore
  assert.equal(bob.at('paymentMethodIds.0'), loose.paymentMethodId)
  const eve = { ...other, customer: { firstName: 'Eve', lastName: 'Moss' } }
  await one.must(422, 'POST', '/api/Subscriptions', { ...eve, existingPaymentMethod: loose })

  const path = `/api/PaymentMethod/${String(loose.paymentMethodId)}`
  const edited = await one.patch(path, { creditCard: { expirationDate: '1035' } })
  assert.equal(edited.at('paymentMethodCreditCardDetails.paymentExpirationDate'), '1035')
  const methods = await one.world.api.get('/payment-methods?limit=10')
  assert.equal(JSON.stringify(methods.body).includes('2035'), false, 'no processor was told')
})

story('a sale to a bank account that is returned is not left open', async (one) => {
  const { creditCard: _, ...person } = method(GOOD) as { creditCard: unknown }
  const account = { routingNumber: '110000000', accountNumber: '000123456789', accountType: 'Checking' } // prettier-ignore
  const sold = await one.post('/api/Payments/sale', {
    invoice: { amount: { value: 19.9 } },
    paymentMethod: { ...person, ach: account },
  })
  assert.equal(sold.at('invoiceAttemptStatus'), 'Pending')
  await one.goTo('2027-09-25')
  const invoice = await one.get(`/api/Invoices/${String(sold.at('invoiceId'))}`)
  assert.equal(invoice.at('invoiceStatus'), 'Noncollectable')
})
