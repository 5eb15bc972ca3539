import assert from 'node:assert/strict'
import { ALSO_GOOD, BODY, method, named, PLAN_A, story, type Merchant } from './merchant.ts'

const FREQUENCIES = [
  ['Daily', '2027-09-09'],
  ['Weekly', '2027-09-15'],
  ['Biweekly', '2027-09-22'],
  ['Monthly', '2027-10-08'],
  ['Bimonthly', '2027-11-08'],
  ['Quarterly', '2027-12-08'],
  ['Semiannually', '2028-03-08'],
  ['Yearly', '2028-09-08'],
] as const

story(
  '12, 25, 26: every frequency, a start that lies ahead, and a trial of months',
  async (one) => {
    for (const [billingFrequencyType, next] of FREQUENCIES) {
      const made = await one.createSubscription({ billingFrequencyType })
      assert.equal(made.at('nextBillDate'), next, billingFrequencyType)
      await one.post(`/api/Subscriptions/${String(made.at('subscriptionId'))}/cancel`)
    }
    const later = await one.createSubscription({ startDate: '10/1/2027' }) // 25
    assert.equal(later.at('nextBillDate'), '2027-10-01')
    assert.deepEqual(await one.invoicesOf(later.at('subscriptionId')), [])
    const months = await one.createSubscription({ trialDuration: 1, trialDurationType: 'Months' }) // 26
    assert.deepEqual(
      ['initialBillDate', 'nextBillDate'].map((name) => months.at(name)),
      ['2027-10-08', '2027-10-08'],
    )

    await one.goTo('2027-09-30T23:59:00Z')
    assert.deepEqual(await one.invoicesOf(later.at('subscriptionId')), [])
    await one.goTo('2027-10-01')
    assert.equal((await subtotals(one, later)).join(), '10.99')
    await one.goTo('2027-10-08') // 26
    assert.equal((await subtotals(one, months)).join(), '10.99')
    assert.equal((await read(one, months)).at('nextBillDate'), '2027-11-08')
  },
)

story(
  '13: a month that is too short does not move the day for good',
  async (one) => {
    const made = await one.createSubscription({ startDate: '31-Jan-27' })
    const days = ['2027-02-28', '2027-03-31', '2027-04-30']
    for (const next of days) {
      assert.equal((await read(one, made)).at('nextBillDate'), next)
      await one.goTo(next)
    }
    const billed = await one.invoicesOf(made.at('subscriptionId'))
    assert.deepEqual(
      billed.map((invoice) => [invoice.at('billingDate'), invoice.at('invoiceStatus')]),
      ['2027-01-31', ...days].map((day) => [day, 'Paid']),
    )
  },
  '2027-01-31',
)

story('14, 15, 22, 23: plans begin, end, are added and taken away', async (one) => {
  const made = await one.must(201, 'POST', '/api/Subscriptions', BODY)
  const path = `/api/Subscriptions/${String(made.at('subscriptionId'))}`
  const other = await one.must(201, 'POST', '/api/Subscriptions', BODY)
  const otherPath = `/api/Subscriptions/${String(other.at('subscriptionId'))}`
  await one.goTo('2027-09-20')
  const added = await one.must(201, 'POST', `${otherPath}/billing-plans`, { name: 'C', value: 3 }) // 22
  assert.equal(added.at('startDate'), '2027-10-08')
  await one.must(404, 'POST', '/api/Subscriptions/999/billing-plans', { name: 'C', value: 3 })

  await one.goTo('2027-10-08') // 14
  const [, second] = await one.invoicesOf(made.at('subscriptionId'))
  assert.deepEqual(
    ['subtotal', 'total', 'invoiceLineItems.0.name', 'invoiceLineItems.1.name'].map((name) =>
      second?.at(name),
    ),
    [25.98, 28.54, 'A', 'B'],
  )
  assert.equal((await read(one, made)).at('billingPlans.1.cyclesRemaining'), 11)
  assert.equal((await subtotals(one, other)).at(-1), 28.98) // 22: 10.99 + 14.99 + 3.00

  const plan = (index: number) => String(made.at(`billingPlans.${index}.subscriptionBillingPlanId`))
  await one.must(400, 'DELETE', `${path}/billing-plans/${plan(0)}`) // 23
  await one.must(404, 'DELETE', `${path}/billing-plans/1`)

  await one.goTo('2028-09-08') // 15
  assert.equal((await subtotals(one, made)).at(-1), 25.98)
  assert.equal((await read(one, made)).at('billingPlans.1.cyclesRemaining'), 0)
  await one.goTo('2028-10-08')
  assert.equal((await subtotals(one, made)).at(-1), 10.99)
  await one.must(200, 'DELETE', `${path}/billing-plans/${plan(1)}`) // 23
  assert.equal((await read(one, made)).at('billingPlans.1'), undefined)
})

const STACKS = [
  ['16', [{ name: 'Set-up', value: 50, cycleCount: 1 }, { name: 'M', value: 29.99 }], [79.99, 29.99]],
  ['17', [{ name: 'M', value: 100 }, { name: '10 %', value: 10, valueType: 'DiscountPercentage', cycleCount: 3 }], [90, 90, 90, 100]],
  ['18', [{ name: 'M', value: 100 }, { name: 'D', value: 5, valueType: 'Discount' }, { name: 'P', value: 10, valueType: 3 }, { name: 'F', value: 5, valueType: 'finaldiscount' }], [80]],
  ['19', [{ name: 'M', value: 29.99 }, { name: 'O', value: 19.99, valueType: 'PriceOverride', cycleCount: 2 }], [19.99, 19.99, 29.99]],
] as const // prettier-ignore

story('16 to 21, 24: what plans come to, cycle by cycle, and their end', async (one) => {
  const made = await Promise.all(
    STACKS.map(([, subscriptionBillingPlans]) =>
      one.createSubscription({ subscriptionBillingPlans }),
    ),
  )
  const free = await one.createSubscription({
    subscriptionBillingPlans: [
      { name: 'M', value: 5 },
      { name: 'D', value: 9, valueType: 'Discount' },
    ],
  }) // prettier-ignore // 20
  const [nothing] = await one.invoicesOf(free.at('subscriptionId'))
  assert.deepEqual(
    ['total', 'invoiceStatus', 'invoiceAttempts.0'].map((name) => nothing?.at(name)),
    [0, 'Paid', undefined],
  )
  const two = await one.createSubscription({
    subscriptionBillingPlans: [{ ...PLAN_A, cycleCount: 2 }],
  }) // 21
  const trial = await one.createSubscription({ trialDuration: 14 }) // 24
  assert.deepEqual(
    ['initialBillDate', 'nextBillDate', 'networkTransactionId'].map((name) => trial.at(name)),
    ['2027-09-22', '2027-09-22', null],
  )
  assert.deepEqual(await one.invoicesOf(trial.at('subscriptionId')), [])

  await one.goTo('2027-09-22') // 24
  assert.deepEqual(await subtotals(one, trial), [10.99])
  const begun = await read(one, trial)
  assert.equal(begun.at('nextBillDate'), '2027-10-22')
  assert.equal(typeof begun.at('networkTransactionId'), 'string')

  await one.goTo('2027-10-07') // 21
  const running = await read(one, two)
  assert.deepEqual(
    ['subscriptionStatusType', 'nextBillDate', 'billingPlans.0.cyclesRemaining'].map((name) =>
      running.at(name),
    ),
    ['Current', '2027-10-08', 1],
  )
  await one.goTo('2027-10-08')
  const over = await read(one, two)
  assert.deepEqual(
    ['subscriptionStatusType', 'message', 'nextBillDate'].map((name) => over.at(name)),
    ['Cancelled', 'AllCyclesCompleted', null],
  )
  const bills = async () =>
    (await one.invoicesOf(two.at('subscriptionId'))).map((invoice) =>
      ['billingDate', 'subtotal', 'invoiceStatus'].map((name) => invoice.at(name)),
    )
  const both = [['2027-09-08', 10.99, 'Paid'], ['2027-10-08', 10.99, 'Paid']] // prettier-ignore
  assert.deepEqual(await bills(), both)
  assert.equal(over.at('cancelledAt'), '2027-10-08T00:00:00.000Z')

  await one.goTo('2027-11-08')
  assert.deepEqual(await bills(), both)
  await one.goTo('2027-12-08')
  assert.deepEqual(await bills(), both)
  for (const [index, [item, , expected]] of STACKS.entries()) {
    const seen = await subtotals(one, made[index])
    assert.deepEqual(seen.slice(0, expected.length), expected, item)
  }
})

story('a cycle without a plan makes no invoice, and the date moves on', async (one) => {
  const plans = [{ ...PLAN_A, startCycleDelay: 2 }]
  const made = await one.createSubscription({ subscriptionBillingPlans: plans })
  assert.equal(made.at('subscriptionStatusType'), 'Current')
  await one.goTo('2027-10-08')
  assert.equal((await read(one, made)).at('nextBillDate'), '2027-11-08')
  assert.deepEqual(await subtotals(one, made), [])
  await one.goTo('2027-11-08')
  assert.deepEqual(await subtotals(one, made), [10.99])
})

story(
  '30: a processor that declines is followed by the next one before another card is tried',
  async (one) => {
    const { world } = one
    await world.api.call('PUT', '/settings/revolv3', {
      body: { recurring_strategy: { processors: ['amber', 'birch'] } },
    })
    // The first card is refused at amber and good at birch; two days later it is refused at both.
    const made = await one.createSubscription({
      billingFrequencyType: 'Daily',
      trialDuration: 1,
      paymentMethods: [
        named('tok_decline_insufficient_funds', { priority: 0 }),
        method(ALSO_GOOD, { priority: 1 }),
      ],
    })
    const { kysely } = world.house.database
    const atBirch = (token: string) =>
      kysely
        .updateTable('payment_method_tokens')
        .set({ token })
        .where('account_id', '=', world.accountId)
        .where('token', 'in', ['tok_decline_insufficient_funds', 'tok_visa'])
        .where('gateway_id', 'in', (db) =>
          db
            .selectFrom('gateways')
            .select('id')
            .where('code', '=', 'birch')
            .where('account_id', '=', world.accountId),
        )
        .execute()
    const [first, second] = [0, 1].map((index) => made.at(`paymentMethodIds.${index}`))
    const tries = async () => {
      const list = (await one.invoicesOf(made.at('subscriptionId'))).at(-1)?.at('invoiceAttempts')
      assert.ok(Array.isArray(list))
      return list.map((each: { paymentProcessor: string; invoiceAttemptStatus: string; paymentMethod: { paymentMethodId: number } }) => [
        each.paymentMethod.paymentMethodId,
        each.paymentProcessor,
        each.invoiceAttemptStatus,
      ]) // prettier-ignore
    }
    await atBirch('tok_visa')
    await one.goTo('2027-09-09')
    assert.deepEqual(await tries(), [
      [first, 'amber', 'Declined'],
      [first, 'birch', 'Success'],
    ])
    await atBirch('tok_decline_insufficient_funds')
    await one.goTo('2027-09-10')
    assert.deepEqual(await tries(), [
      [first, 'amber', 'Declined'],
      [first, 'birch', 'Declined'],
      [second, 'amber', 'Success'],
    ])
  },
)

story('what a subscription costs is what its next cycle asks for', async (one) => {
  const intro = { name: 'Intro', value: 1, cycleCount: 1 }
  const full = { name: 'Full', value: 50, startCycleDelay: 1 }
  const begun = await one.createSubscription({ subscriptionBillingPlans: [intro, full] })
  const grown = await one.createSubscription()
  const ends = await one.createSubscription({ subscriptionBillingPlans: [{ ...PLAN_A, cycleCount: 2 }] }) // prettier-ignore
  const late = await one.createSubscription({ subscriptionBillingPlans: [{ ...PLAN_A, startCycleDelay: 2 }] }) // prettier-ignore
  const costs = async () => {
    const { body } = await one.world.api.get('/subscriptions?limit=10')
    const { data } = body as { data: readonly { amount_minor: number }[] }
    return data.map(({ amount_minor }) => amount_minor).toReversed()
  }
  assert.deepEqual(await costs(), [50_00, 10_99, 10_99, 0])

  const path = `/api/Subscriptions/${String(grown.at('subscriptionId'))}`
  await one.must(201, 'POST', `${path}/billing-plans`, { name: 'More', value: 90 })
  assert.deepEqual(await costs(), [50_00, 100_99, 10_99, 0])

  await one.goTo('2027-10-08')
  assert.deepEqual(await costs(), [50_00, 100_99, 10_99, 10_99])
  const billed = await Promise.all([begun, grown, ends, late].map((made) => subtotals(one, made)))
  assert.deepEqual(
    billed.map((subtotal) => subtotal.at(-1)),
    [50, 100.99, 10.99, undefined],
  )
})

type Made = Awaited<ReturnType<Merchant['createSubscription']>>

function read(one: Merchant, made: Made) {
  return one.get(`/api/Subscriptions/${String(made.at('subscriptionId'))}`)
}

story('a trial that is given another end says its first bill of then, also once it is billed', async (one) => {
  const made = await one.createSubscription({ trialDuration: 14 })
  await one.patch(`/api/Subscriptions/${String(made.at('subscriptionId'))}`, { nextBillDate: '2027-09-30' })
  const dates = async () => {
    const shown = await one.get(`/api/Subscriptions/${String(made.at('subscriptionId'))}`)
    return [shown.at('initialBillDate'), shown.at('nextBillDate')]
  }
  assert.deepEqual(await dates(), ['2027-09-30', '2027-09-30'])
  await one.goTo('2027-10-01')
  assert.deepEqual(await dates(), ['2027-09-30', '2027-10-30'])
}) // prettier-ignore

async function subtotals(one: Merchant, made: Made | undefined): Promise<unknown[]> {
  const invoices = await one.invoicesOf(made?.at('subscriptionId'))
  return invoices.map((invoice) => invoice.at('subtotal'))
}
