import assert from 'node:assert/strict'
import { GOOD, method, named, simple, story, type Merchant } from './merchant.ts'

const softCards = (count: number) =>
  Array.from({ length: count }, (_, priority) =>
    named('tok_decline_insufficient_funds', { priority }),
  )

async function attemptsOf(one: Merchant, subscriptionId: unknown): Promise<readonly string[]> {
  const [invoice] = await one.invoicesOf(subscriptionId)
  const list = invoice?.at('invoiceAttempts')
  assert.ok(Array.isArray(list))
  return list.map((each: { invoiceAttemptStatus: string }) => each.invoiceAttemptStatus)
}

story('however many cards decline softly, the next one is asked', async (one) => {
  const paymentMethods = [...softCards(11), method(GOOD, { priority: 11 })]
  for (const recycleImmediatePayment of [false, true]) {
    const made = await one.createSubscription({ paymentMethods, recycleImmediatePayment })
    assert.equal(made.at('subscriptionStatusType'), 'Current')
    assert.deepEqual(await attemptsOf(one, made.at('subscriptionId')), [
      ...softCards(11).map(() => 'Declined'),
      'Success',
    ])
  }
})

story('and so at every processor', async (one) => {
  const recurring_strategy = { processors: ['amber', 'birch'] }
  const kept = await one.world.api.call('PUT', '/settings/revolv3', {
    body: { recurring_strategy },
  })
  assert.equal(kept.status, 200, JSON.stringify(kept.body))
  const paymentMethods = [...softCards(6), method(GOOD, { priority: 6 })]
  const made = await one.createSubscription({ paymentMethods })
  assert.deepEqual(await attemptsOf(one, made.at('subscriptionId')), [
    ...softCards(12).map(() => 'Declined'),
    'Success',
  ])
})

story(
  '29: which declines end it is for the strategy to say: the documented ones, or others',
  async (one) => {
    const say = (recurring_strategy: object) =>
      one.world.api.call('PUT', '/settings/revolv3', { body: { recurring_strategy } })
    const first = (token: string) => ({
      paymentMethods: [named(token, { priority: 0 }), method(GOOD, { priority: 1 })],
    })
    const suspected = first('tok_decline_fraudulent')
    const made = await one.createSubscription(suspected)
    assert.deepEqual(await attemptsOf(one, made.at('subscriptionId')), ['Declined', 'Success'])
    await one.must(422, 'POST', '/api/Subscriptions', simple(first('tok_decline_stolen_card')))

    const unknown = await say({ hard_declines: ['insuficient_funds'] })
    const { status } = unknown
    assert.deepEqual([status, unknown.at('error.param')], [400, 'recurring_strategy.hard_declines'])
    const hard_declines = ['insufficient_funds', 'fraudulent']
    const kept = await say({ hard_declines })
    assert.deepEqual(kept.at('data.recurring_strategy.hard_declines'), hard_declines)
    await one.must(422, 'POST', '/api/Subscriptions', simple(suspected))
    await one.must(
      422,
      'POST',
      '/api/Subscriptions',
      simple(first('tok_decline_insufficient_funds')),
    )
    // Now soft; the networks' rules keep the card itself from another charge.
    const stolen = await one.createSubscription(first('tok_decline_stolen_card'))
    assert.deepEqual(await attemptsOf(one, stolen.at('subscriptionId')), ['Declined', 'Success'])
  },
)
