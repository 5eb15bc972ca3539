import assert from 'node:assert/strict'
import { GOOD, method, named, story, type Merchant } from './merchant.ts'

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
