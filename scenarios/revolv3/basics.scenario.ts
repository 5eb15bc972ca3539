import assert from 'node:assert/strict'
import { request } from 'node:http'
import { createApiClient } from '@perennial/testkit/scenario'
import { createServiceApi } from '../../packages/server/src/api.ts'
import type { Answer } from '@perennial/testkit'
import { ALSO_GOOD, BODY, GOOD, HARD, method, PLAN_A, simple, SOFT, story } from './merchant.ts'

story(
  '1 to 4, 10: a subscription of two cards and two plans is charged, read and found',
  async (one) => {
    const url = `${one.world.house.service.url}/api/Subscriptions/1`
    for (const headers of [{}, { 'x-revolv3-token': '' }, { 'x-revolv3-token': `${one.token}x` }]) {
      const nobody = await fetch(url, { headers }) // 1
      const said = (await nobody.json()) as { message: unknown; errors: unknown }
      assert.deepEqual([nobody.status, typeof said.message, said.errors], [401, 'string', null])
    }
    const answerTo = (token: string, host = 'localhost') =>
      new Promise((resolve) => {
        const headers = { 'x-revolv3-token': token, host }
        request(url, { headers }, (answer) => resolve(answer.resume().statusCode)).end()
      })
    assert.equal(await answerTo(one.world.liveKey), 401)
    const own = createApiClient({ url: one.world.house.service.url, apiKey: one.world.liveKey })
    const scopes = ['subscriptions:*', 'customers:*', 'payments:*', 'invoices:*']
    const inLive = (await own.post('/api-keys', { name: 'Live', scopes })).text('data.secret')
    assert.deepEqual(
      [
        await answerTo(inLive, 'api-sandbox.example.com'),
        await answerTo(inLive),
        await answerTo(one.token, 'api-sandbox.example.com'),
      ],
      [401, 404, 404],
    ) // prettier-ignore // 1: what is there in the sandbox is not there for a live token, whatever the address

    const made = await one.must(201, 'POST', '/api/Subscriptions', BODY) // 2
    assert.equal(made.at('subscriptionStatusType'), 'Current')
    assert.equal(made.at('subscriptionCancelType'), 'Immediate')
    assert.equal(made.at('initialBillDate'), '2027-09-08')
    assert.equal(made.at('nextBillDate'), '2027-10-08')
    const ids = made.at('paymentMethodIds')
    assert.ok(Array.isArray(ids) && ids.length === 2)
    assert.deepEqual(
      [0, 1].map((index) => [
        made.at(`billingPlans.${index}.cyclesRemaining`),
        made.at(`billingPlans.${index}.startDate`),
      ]),
      [
        [-1, '2027-09-08'],
        [12, '2027-10-08'],
      ],
    )
    assert.ok(Number.isInteger(made.at('customerId')))
    const seenLive = await one.call('GET', `/api/Subscriptions/${String(made.at('subscriptionId'))}`, undefined, { 'x-revolv3-token': inLive }) // prettier-ignore
    assert.equal(seenLive.status, 404) // 1
    assert.equal(typeof made.at('networkTransactionId'), 'string')

    const id = made.at('subscriptionId')
    const [invoice] = await one.invoicesOf(id) // 3
    assert.ok(invoice !== undefined)
    assert.deepEqual(
      ['invoiceStatus', 'subtotal', 'tax', 'total'].map((name) => invoice.at(name)),
      ['Paid', 10.99, 2.56, 13.55],
    )
    assert.equal(invoice.at('invoiceAttempts.0.invoiceAttemptStatus'), 'Success')
    assert.equal(invoice.at('invoiceAttempts.1'), undefined)

    assert.deepEqual((await one.get(`/api/Subscriptions/${String(id)}`)).body, made.body) // 4
    await one.must(404, 'GET', '/api/Subscriptions/987654321')
    await one.must(404, 'GET', '/api/Subscriptions/x')

    const found = await one.post('/api/Subscriptions/pan-lookup', {
      paymentAccountNumber: ALSO_GOOD,
    }) // 10
    assert.equal(found.at('0.subscriptionId'), id)
    assert.equal(found.at('1'), undefined)

    const bearer = { authorization: `Bearer ${one.token}` }
    assert.equal(
      (await one.call('GET', `/api/Subscriptions/${String(id)}`, undefined, bearer)).status,
      200,
    )
  },
)

story(
  '5, 7: names and enumerations are matched without regard to case, and expiry has two forms',
  async (one) => {
    const pascal = JSON.parse(
      JSON.stringify(BODY).replaceAll(
        /"([a-z])(\w*)":/g,
        (_, first: string, rest: string) => `"${first.toUpperCase()}${rest}":`,
      ),
    ) as Record<string, unknown>
    const made = await one.must(201, 'POST', '/api/Subscriptions', {
      ...pascal,
      BillingFrequencyType: 'monthly',
    })
    const usual = withoutIds(await one.must(201, 'POST', '/api/Subscriptions', BODY))
    assert.deepEqual(withoutIds(made), usual)
    const { billingFrequencyType: _, ...rest } = BODY
    const newer = await one.must(201, 'POST', '/api/Subscriptions', {
      ...rest,
      billingFrequency: { intervalType: 3, intervalCount: 1 },
    })
    assert.deepEqual(withoutIds(newer), usual)
    assert.equal(newer.at('billingFrequencyType'), 'Monthly')
    assert.equal(newer.at('billingIntervalType'), 'Months')

    const card = { paymentAccountNumber: GOOD, expirationDate: '03/2030' } // 7
    const vaulted = await one.post('/api/PaymentMethod', method(GOOD, { creditCard: card }))
    assert.equal(vaulted.at('paymentMethodCreditCardDetails.paymentExpirationDate'), '0330')
  },
)

function withoutIds({ body }: Answer): unknown {
  const isId = (name: string) => /(Id|Ids)$/.test(name)
  return JSON.parse(
    JSON.stringify(body, (name, value: unknown) => (isId(name) ? undefined : value)),
  )
}

const FREQUENCIES = 'billingFrequencyType must be one of Daily, Weekly, Biweekly, Monthly, Bimonthly, Quarterly, Semiannually, Yearly.' // prettier-ignore

/** What is wrong with a body, and the words for it: each names the field. */
const WRONG: readonly (readonly [change: object, ...errors: readonly string[]])[] = [
  [{ subscriptionBillingPlans: [] }, 'subscriptionBillingPlans must have at least one plan.'],
  [{ paymentMethods: [] }, 'paymentMethods must have at least one method.'],
  [{ paymentMethods: [method(GOOD), method(ALSO_GOOD)] }, 'paymentMethods must have a priority of their own each.'],
  [{ subscriptionBillingPlans: [{ name: 'A', value: -1 }] }, 'subscriptionBillingPlans[0].value must not be negative.'],
  [{ subscriptionBillingPlans: [PLAN_A, { name: 'B', value: 101, valueType: 'DiscountPercentage' }] }, 'subscriptionBillingPlans[1].value must be at most 100.'],
  [{ subscriptionBillingPlans: [{ ...PLAN_A, cycleCount: 0 }] }, 'subscriptionBillingPlans[0].cycleCount must be -1, for cycles without end, or at least 1.'],
  [{ paymentMethods: [method(GOOD, { creditCard: { paymentAccountNumber: GOOD, expirationDate: '1325' } })] }, 'paymentMethods[0].creditCard.expirationDate must be MMYY or MM/YYYY.'],
  [{ paymentMethods: [method(GOOD, { billingAddress: { state: 'NYC' } })] }, 'paymentMethods[0].billingAddress.state must have at most 2 characters.'],
  [{ billingFrequencyType: 'Hourly' }, FREQUENCIES],
  [{ billingFrequency: { intervalType: 1, intervalCount: 1 } }, 'billingFrequencyType and an interval exclude each other.'],
  [{ subscriptionBillingPlans: [{ name: 'D', value: 1, valueType: 'Discount' }] }, 'subscriptionBillingPlans must have a Standard or PriceOverride plan.'],
  [{ subscriptionStatusType: 'Recycle' }, 'subscriptionStatusType must be one of Current.'],
  [{ startDate: '2027-09-07' }, 'startDate must be today or later.'],
  [{ billingFrequencyType: 'Hourly', subscriptionBillingPlans: [{ name: 'A', value: -1 }] }, 'subscriptionBillingPlans[0].value must not be negative.', FREQUENCIES],
] // prettier-ignore

story(
  '6, 8, 9: every problem of a body is named; customers and references are found or not',
  async (one) => {
    const before = await one.world.house.countRows()
    for (const [change, ...errors] of WRONG) {
      const refused = await one.must(400, 'POST', '/api/Subscriptions', simple(change))
      assert.deepEqual(refused.at('errors'), errors)
      assert.equal(JSON.stringify(refused.body).includes(GOOD), false)
    }
    assert.deepEqual(await one.world.house.countRows(), before, 'what is refused writes nothing')

    const made = await one.createSubscription({ merchantSubscriptionRefId: 'ref-1' }) // 8
    const customers = await one.world.house.countRows()
    const again = await one.createSubscription({ customerId: made.at('customerId') })
    assert.equal(again.at('customerId'), made.at('customerId'))
    assert.equal((await one.world.house.countRows())['customers'], customers['customers'])
    await one.must(404, 'POST', '/api/Subscriptions', simple({ customerId: 999_999 }))

    await one.must(204, 'GET', '/api/Subscriptions?merchantSubscriptionRefId=none') // 9
    await one.must(400, 'GET', '/api/Subscriptions')
    await one.must(400, 'GET', `/api/Subscriptions?merchantSubscriptionRefId=${'x'.repeat(101)}`)
    const found = await one.get('/api/Subscriptions?MerchantSubscriptionRefID=ref-1')
    assert.ok(Array.isArray(found.body) && found.body.length === 1)
  },
)

story('11: of 21 calls in one second one is refused', async (one) => {
  const { billing } = one.world.house.service
  const rateLimit = { perMinute: 100_000, burst: 100_000 }
  // All within one second, however long the calls take here.
  const { clock } = billing
  const stopped = { ...billing, clock: { now: () => clock.now(), monotonicMs: () => 1 } }
  const api = await createServiceApi({ publicUrl: 'http://localhost', rateLimit }, stopped)
  const url = await api.listen({ port: 0, host: '127.0.0.1' })
  try {
    const headers = { 'x-revolv3-token': one.token }
    const calls = Array.from({ length: 21 }, () => fetch(`${url}/api/Subscriptions/1`, { headers }))
    const statuses = (await Promise.all(calls)).map(({ status }) => status)
    assert.deepEqual(statuses.filter((status) => status === 429).length, 1)
  } finally {
    await api.close()
  }
})

story('27 to 29, 31, 32: the first payment falls back, is refused, or is recycled', async (one) => {
  const cards = (...numbers: string[]) =>
    numbers.map((number, priority) =>
      method(number, { priority, taxAmount: priority === 0 ? 2.56 : 1.34 }),
    )
  const fallen = await one.createSubscription({ paymentMethods: cards(SOFT, GOOD) }) // 27
  assert.equal(fallen.at('subscriptionStatusType'), 'Current')
  const [invoice] = await one.invoicesOf(fallen.at('subscriptionId'))
  assert.equal(invoice?.at('total'), 12.33)
  assert.equal(invoice?.at('tax'), 1.34)
  assert.deepEqual(
    [0, 1, 2].map((index) => invoice?.at(`invoiceAttempts.${index}.invoiceAttemptStatus`)),
    ['Declined', 'Success', undefined],
  )

  const reversed = cards(SOFT, GOOD).toReversed() // 29
  const other = await one.createSubscription({ paymentMethods: reversed })
  const [billed] = await one.invoicesOf(other.at('subscriptionId'))
  assert.deepEqual(
    [
      billed?.at('total'),
      ...[0, 1].map((index) => billed?.at(`invoiceAttempts.${index}.invoiceAttemptStatus`)),
    ],
    [12.33, 'Declined', 'Success'],
  )

  // 28, 31: 422, the invoice as it was left, and nothing to read; what is told of them is in the story of webhooks.
  for (const [reference, numbers] of [
    ['hard', [HARD, GOOD]],
    ['soft', [SOFT]],
  ] as const) {
    // prettier-ignore
    const wish = { paymentMethods: cards(...numbers), merchantSubscriptionRefId: reference }
    await one.must(422, 'POST', '/api/Subscriptions', simple(wish))
    await one.must(204, 'GET', `/api/Subscriptions?merchantSubscriptionRefId=${reference}`)
    const seen = (await one.get('/api/Invoices/v1')).body
    assert.ok(Array.isArray(seen))
    const { subscriptionId, invoiceStatus, invoiceAttempts } = seen.at(-1)
    assert.deepEqual([invoiceStatus, invoiceAttempts.length], ['Noncollectable', 1], reference)
    assert.equal(invoiceAttempts[0].invoiceAttemptStatus, 'Declined')
    await one.must(404, 'GET', `/api/Subscriptions/${String(subscriptionId)}`)
  }

  const recycled = await one.createSubscription({
    paymentMethods: cards(SOFT),
    recycleImmediatePayment: true,
  }) // 32
  assert.equal(recycled.at('subscriptionStatusType'), 'Recycle')
  const [open] = await one.invoicesOf(recycled.at('subscriptionId'))
  assert.equal(open?.at('invoiceStatus'), 'Recycle')
})
