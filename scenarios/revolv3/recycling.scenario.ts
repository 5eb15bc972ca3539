import assert from 'node:assert/strict'
import { GOOD, method, named, simple, SOFT, story, type Merchant } from './merchant.ts'

const DAY_AFTER = (day: number) => `2027-10-${String(day).padStart(2, '0')}`

/** Approved once, and refused softly from then on. */
const TURNS_SOFT = 'tok_decline_after_1_insufficient_funds'

function turning(change: object = {}): object {
  const paymentMethods = [
    named(TURNS_SOFT, { priority: 0 }),
    named('tok_decline_insufficient_funds', { priority: 1 }),
  ]
  return simple({ paymentMethods, ...change })
}

async function start(one: Merchant, body: object): Promise<number> {
  const made = await one.must(201, 'POST', '/api/Subscriptions', body)
  assert.equal(made.at('subscriptionStatusType'), 'Current')
  return Number(made.at('subscriptionId'))
}

const statusOf = async (one: Merchant, id: number) =>
  (await one.get(`/api/Subscriptions/${id}`)).at('subscriptionStatusType')

type Attempt = {
  readonly invoiceAttemptDate: string
  readonly invoiceAttemptStatus: string
  readonly paymentMethod: { readonly paymentMethodId: number }
}

async function attemptsOf(one: Merchant, id: number): Promise<readonly Attempt[]> {
  const list = (await one.invoicesOf(id)).at(-1)?.at('invoiceAttempts')
  assert.ok(Array.isArray(list))
  return list
}

story(
  '33, 34: an unpaid bill runs over both cards on fifteen days, and is then given up',
  async (one) => {
    const id = await start(one, turning())
    await one.goTo('2027-10-08')
    assert.equal(await statusOf(one, id), 'Recycle')
    assert.equal((await one.invoicesOf(id)).at(-1)?.at('invoiceStatus'), 'Recycle')
    assert.equal((await attemptsOf(one, id)).length, 2)
    await one.goTo(DAY_AFTER(22))
    assert.equal(await statusOf(one, id), 'Recycle')
    await one.goTo(DAY_AFTER(23))
    const ids = (await one.get(`/api/Subscriptions/${id}`)).at('paymentMethodIds')
    assert.ok(Array.isArray(ids))
    // The first run on the 8th, and fifteen more: each over both cards, in their order.
    const days = Array.from({ length: 16 }, (_, index) => DAY_AFTER(8 + index))
    assert.deepEqual(
      (await attemptsOf(one, id)).map((each) => [
        each.invoiceAttemptDate.slice(0, 10),
        each.paymentMethod.paymentMethodId,
        each.invoiceAttemptStatus,
      ]),
      days.flatMap((day) => ids.map((each: unknown) => [day, each, 'Declined'])),
    )
    const over = await one.get(`/api/Subscriptions/${id}`) // 34
    assert.equal(over.at('subscriptionStatusType'), 'Cancelled')
    assert.equal(over.at('cancelledAt'), '2027-10-23T00:00:00.000Z')
    assert.equal((await one.invoicesOf(id)).at(-1)?.at('invoiceStatus'), 'Noncollectable')
    await one.goTo('2027-11-30')
    assert.equal((await attemptsOf(one, id)).length, 32)
  },
)

story('35: a card that is good again ends it', async (one) => {
  const again = simple({
    paymentMethods: [
      named('tok_decline_insufficient_funds', { priority: 1 }),
      named('tok_visa', { priority: 0 }),
    ],
  })
  const id = await start(one, again)
  await replaceFirst(one, id, 'tok_decline_until_20271012_insufficient_funds') // 35
  await one.goTo('2027-10-11')
  assert.equal(await statusOf(one, id), 'Recycle')
  await one.goTo('2027-10-12')
  const back = await one.get(`/api/Subscriptions/${id}`)
  assert.deepEqual(
    ['subscriptionStatusType', 'nextBillDate'].map((name) => back.at(name)),
    ['Current', '2027-11-08'],
  )
  assert.equal((await one.invoicesOf(id)).at(-1)?.at('invoiceStatus'), 'Paid')
})

story('36, 40: what is given up may leave the subscription as it is; bills expire', async (one) => {
  await strategy(one, { on_exhausted: 'keep' })
  const id = await start(one, turning())
  const ending = async () => {
    const [kept, bills] = [await one.get(`/api/Subscriptions/${id}`), await one.invoicesOf(id)]
    const status = bills.at(-1)?.at('invoiceStatus')
    return [status, kept.at('subscriptionStatusType'), kept.at('nextBillDate'), bills.length]
  }
  await one.goTo('2027-10-22')
  assert.deepEqual((await ending()).slice(0, 2), ['Recycle', 'Recycle'])
  await one.goTo('2027-10-23') // 36: all fifteen have failed
  assert.deepEqual(await ending(), ['Noncollectable', 'Current', '2027-11-08', 2])
  assert.equal((await attemptsOf(one, id)).length, 32)

  await strategy(one, { invoice_expiration_window_days: 5 })
  await one.goTo('2027-11-13') // The next bill is made; on its fifth day it still runs.
  assert.deepEqual((await ending()).slice(0, 2), ['Recycle', 'Recycle'])
  await one.goTo('2027-11-14') // 40
  assert.deepEqual(await ending(), ['Noncollectable', 'Current', '2027-12-08', 3])
})

story('37, 38: a hard decline and a returned debit end it at once', async (one) => {
  const id = await start(one, turning())
  await one.goTo('2027-10-10')
  assert.equal(await statusOf(one, id), 'Recycle')
  await replaceFirst(one, id, 'tok_decline_stolen_card', { isTried: false }) // 37: as if the card had been stolen meanwhile
  const runs = async () =>
    Object.values(Object.groupBy(await attemptsOf(one, id), (each) => each.invoiceAttemptDate)).map(
      (run) => run?.length,
    )
  assert.deepEqual(await runs(), [2, 2, 2])
  await one.goTo('2027-10-11')
  assert.equal(await statusOf(one, id), 'Cancelled')
  assert.equal((await one.invoicesOf(id)).at(-1)?.at('invoiceStatus'), 'Noncollectable')
  assert.deepEqual(await runs(), [2, 2, 2, 1], 'the other card is not asked')
  await one.goTo('2027-10-20')
  assert.deepEqual(await runs(), [2, 2, 2, 1])

  const account = {
    routingNumber: '110000000',
    accountNumber: '000123456789',
    accountType: 'Checking',
  } // 38
  const { creditCard: _, ...person } = method(GOOD) as { creditCard: unknown }
  const debited = simple({ paymentMethods: [{ ...person, ach: account }] })
  const made = await one.must(201, 'POST', '/api/Subscriptions', debited)
  const debit = Number(made.at('subscriptionId'))
  assert.equal((await one.invoicesOf(debit))[0]?.at('invoiceStatus'), 'Pending')
  const dropped = (await one.must(201, 'POST', '/api/Subscriptions', debited)).at('subscriptionId')
  await one.post(`/api/Subscriptions/${String(dropped)}/cancel`)
  assert.equal((await one.invoicesOf(dropped))[0]?.at('invoiceStatus'), 'Pending')
  await one.goTo('2027-10-29')
  assert.equal((await one.invoicesOf(debit))[0]?.at('invoiceStatus'), 'Noncollectable')
  assert.equal((await attemptsOf(one, debit)).length, 1)
  // What was in flight at the cancel, and came to nothing, is owed no more.
  assert.equal((await one.invoicesOf(dropped))[0]?.at('invoiceStatus'), 'MerchantCancelled')
})

story('39, 53: a one-time payment is charged now, and never again', async (one) => {
  const id = await start(one, turning())
  const lines = [10.99, 11.99, 12.99].map((value) => ({ name: 'Extra', value }))
  const refused = await one.post(`/api/Subscriptions/${id}/payment`, { invoiceLineItems: lines }) // 39
  assert.equal(refused.at('invoiceStatus'), 'Noncollectable')
  assert.equal(await statusOf(one, id), 'Current')
  await one.goTo('2027-09-20')
  assert.equal((await attemptsOf(one, id)).length, 2)
  // Nor is anything more lost when somebody tries it all the same.
  const bills = await one.world.api.get('/invoices?limit=1')
  await one.world.api.call('POST', `/invoices/${bills.text('data.0.id')}/pay`, { body: {} })
  assert.equal((await attemptsOf(one, id)).length, 3)
  assert.equal((await one.invoicesOf(id)).at(-1)?.at('invoiceStatus'), 'Noncollectable')
  assert.equal(await statusOf(one, id), 'Current')

  const good = await start(one, simple()) // 53
  const paid = await one.post(`/api/Subscriptions/${good}/payment`, { invoiceLineItems: lines })
  assert.deepEqual(
    ['subtotal', 'invoiceStatus', 'invoiceAttemptStatus'].map((name) => paid.at(name)),
    [35.97, 'Paid', 'Success'],
  )
  assert.equal((await one.get(`/api/Subscriptions/${good}`)).at('nextBillDate'), '2027-10-20')
  const many = Array.from({ length: 51 }, () => lines[0])
  await one.must(400, 'POST', `/api/Subscriptions/${good}/payment`, { invoiceLineItems: many })
  await one.must(400, 'POST', `/api/Subscriptions/${good}/payment`, {})
  await one.must(404, 'POST', '/api/Subscriptions/99999/payment', { invoiceLineItems: lines })
})

story('41, 46, 52: another card, a cancellation and the merchant end recycling', async (one) => {
  const [first, second, third] = [
    await start(one, turning()),
    await start(one, turning()),
    await start(one, turning()),
  ]
  await one.goTo('2027-10-10')
  const runsMade = async () => {
    const cases = await one.world.api.get('/recovery/cases?limit=10')
    const list = cases.at('data')
    assert.ok(Array.isArray(list))
    return list.map((each: { retries_made: number }) => each.retries_made)
  }
  const before41 = await runsMade()
  const triesBefore = (await attemptsOf(one, first)).length
  const refused = await one.must(200, 'PUT', `/api/Subscriptions/${first}/payment-method`, {
    paymentMethod: named('tok_decline_insufficient_funds'),
  }) // 41: tried at once, and not counted
  assert.equal(refused.at('subscriptionStatusType'), 'Recycle')
  assert.ok((await attemptsOf(one, first)).length > triesBefore)
  assert.deepEqual(await runsMade(), before41)
  const put = await one.must(200, 'PUT', `/api/Subscriptions/${first}/payment-method`, {
    paymentMethod: method(GOOD, { taxAmount: 1 }),
  }) // 41
  assert.equal(put.at('subscriptionStatusType'), 'Current')
  const paid = (await one.invoicesOf(first)).at(-1)
  assert.deepEqual(
    ['invoiceStatus', 'tax', 'total'].map((name) => paid?.at(name)),
    ['Paid', 1, 11.99],
  )

  const cancelled = await one.post(`/api/Subscriptions/${second}/cancel`) // 46
  assert.equal(cancelled.at('subscriptionStatus'), 'Cancelled')
  assert.equal((await one.invoicesOf(second)).at(-1)?.at('invoiceStatus'), 'MerchantCancelled')

  const open = (await one.invoicesOf(third)).at(-1) // 52
  const path = `/api/Invoices/${String(open?.at('invoiceId'))}`
  await one.must(400, 'PATCH', `/api/Subscriptions/${third}`, { subscriptionStatusType: 'Current' })
  assert.equal(
    (await one.patch(path, { invoiceStatus: 'MerchantPaid' })).at('invoiceStatus'),
    'MerchantPaid',
  )
  assert.equal(await statusOf(one, third), 'Current')
  await one.must(400, 'POST', `${path}/refund`, {}) // No charge of ours paid it.
  const settled = (await one.invoicesOf(third))[0]
  await one.must(400, 'PATCH', `/api/Invoices/${String(settled?.at('invoiceId'))}`, {
    invoiceStatus: 'Void',
  })

  const before = await Promise.all([first, second, third].map((id) => attemptsOf(one, id)))
  await one.goTo('2027-10-20')
  const after = await Promise.all([first, second, third].map((id) => attemptsOf(one, id)))
  assert.deepEqual(
    after.map(({ length }) => length),
    before.map(({ length }) => length),
  )
})

story(
  '46: a bill that credit has paid in part gives it back when its subscription is cancelled',
  async (one) => {
    const id = await start(one, turning())
    const { api } = one.world
    const invoice_id = (await api.get('/invoices')).text('data.0.id')
    const credit = { invoice_id, credit_method: 'customer_balance', amount_minor: 500 }
    const customer = (await api.post('/credit_notes', credit)).text('data.customer_id')
    const held = async () =>
      (await api.get(`/customers/${customer}/credit`)).at('data.0.balance_minor')
    await one.goTo('2027-10-10')
    assert.equal(await statusOf(one, id), 'Recycle')
    assert.equal(await held(), undefined)
    await one.post(`/api/Subscriptions/${id}/cancel`)
    assert.equal((await one.invoicesOf(id)).at(-1)?.at('invoiceStatus'), 'MerchantCancelled')
    assert.equal(await held(), 500)
  },
)

story('52: what was said of a bill is not unsaid, and of two who say it at once one does', async (one) => {
  for (let round = 0; round < 4; round += 1) {
    const wish = { paymentMethods: [method(SOFT)], recycleImmediatePayment: true }
    const made = await one.createSubscription(wish)
    const [bill] = await one.invoicesOf(made.at('subscriptionId'))
    const path = `/api/Invoices/${String(bill?.at('invoiceId'))}`
    const say = (invoiceStatus: string) => one.call('PATCH', path, { invoiceStatus })
    const answers = await Promise.all([say('Noncollectable'), say('MerchantPaid')])
    assert.deepEqual(answers.map(({ status }) => status).toSorted((a, b) => a - b), [200, 400])
    const said = (await one.get(path)).at('invoiceStatus')
    for (const status of ['MerchantPaid', 'Noncollectable', 'Void', 'MerchantCancelled'])
      assert.match(JSON.stringify((await say(status)).body), new RegExp(`while the invoice is ${String(said)}`)) // prettier-ignore
    assert.equal((await one.get(path)).at('invoiceStatus'), said)
  }
}) // prettier-ignore

story('cycles that fall due while a bill is recycled are not billed', async (one) => {
  const daily = turning({ billingFrequencyType: 'Daily' })
  const id = await start(one, daily)
  await one.goTo('2027-09-14')
  assert.equal((await one.invoicesOf(id)).length, 2)
  const path = `/api/Subscriptions/${id}`
  assert.equal((await one.get(path)).at('nextBillDate'), '2027-09-15')
  await one.must(200, 'PUT', `${path}/payment-method`, { paymentMethod: method(GOOD) })
  await one.goTo('2027-09-15')
  assert.equal((await one.invoicesOf(id)).length, 3)
})

async function strategy(one: Merchant, recurring_strategy: object): Promise<void> {
  const answer = await one.world.api.call('PUT', '/settings/revolv3', {
    body: { recurring_strategy },
  })
  assert.equal(answer.status, 200, JSON.stringify(answer.body))
}

/** Another behaviour for the first card: by the face, or as the card's own fate, which nobody is told of. */
async function replaceFirst(
  one: Merchant,
  id: number,
  token: string,
  { isTried = true }: { readonly isTried?: boolean } = {},
): Promise<void> {
  if (isTried) {
    await one.must(200, 'PUT', `/api/Subscriptions/${id}/payment-method`, {
      paymentMethod: named(token),
    })
    return
  }
  const { kysely } = one.world.house.database
  await kysely
    .updateTable('payment_method_tokens')
    .set({ token })
    .where('account_id', '=', one.world.accountId)
    .where('token', '=', TURNS_SOFT)
    .execute()
}

story('9.3: a bill that is recycled for want of a card can be set to paid', async (one) => {
  const paymentMethods = [named('tok_decline_after_1_stolen_card')]
  const id = Number((await one.createSubscription({ paymentMethods })).at('subscriptionId'))
  const lines = [{ name: 'Extra', value: 5 }]
  await one.call('POST', `/api/Subscriptions/${id}/payment`, { invoiceLineItems: lines })
  await one.goTo('2027-10-08')
  assert.deepEqual(await attemptsOf(one, id), [], 'there is no card left to try')
  const recycled = (await one.invoicesOf(id)).find((each) => each.at('invoiceStatus') === 'Recycle')
  const path = `/api/Invoices/${String(recycled?.at('invoiceId'))}`
  const paid = await one.patch(path, { invoiceStatus: 'MerchantPaid' })
  assert.equal(paid.at('invoiceStatus'), 'MerchantPaid')
  assert.equal(await statusOf(one, id), 'Current')
})
