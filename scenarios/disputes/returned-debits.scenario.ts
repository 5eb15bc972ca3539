import assert from 'node:assert/strict'
import { card, scenario } from '@perennial/testkit/scenario'

const RETURNED = ['payment.returned', 'invoice.payment_failed', 'subscription.past_due']

scenario(
  'a bank debit that is returned after it had settled is owed again, and recovered by another method',
  async (world) => {
    const ada = await world.subscribe({ on: '2027-01-04' }) // a Monday
    await ada.replaceCard('tok_ach_return_R10_after_5')
    await world.goTo('2027-02-04', { events: ['invoice.created', 'invoice.finalized'] })
    await world.goTo('2027-02-10', {
      events: ['payment.succeeded', 'invoice.paid', 'subscription.renewed'],
    })
    await world.goTo('2027-02-14 12:00', { events: RETURNED.map((type) => `Ada: ${type}`) })
    assert.equal(await ada.status(), 'past_due')
    assert.deepEqual(await ada.bills(), ['2900 paid', '2900 finalized'])
    // The holder called it off: the account is not debited again, whatever the schedule says.
    const [recovery] = (await world.api.get('/recovery/cases')).at('data') as {
      waits_for: string
    }[]
    assert.equal(recovery?.waits_for, 'card')
    await world.goTo('2027-02-18', { events: [] })

    await ada.replaceCard(card.good)
    await world.goTo('2027-02-19', {
      events: ['payment.succeeded', 'invoice.paid', 'subscription.updated'],
    })
    assert.deepEqual(await ada.bills(), ['2900 paid', '2900 paid'])
    const returned = await world.api.get('/transactions?type=adjustment')
    assert.deepEqual(
      [returned.at('data.0.gateway_response_code'), returned.at('data.0.amount')],
      ['R10', 2900],
    )
  },
)

scenario('returns come back for ever, and the tries for them come to an end', async (world) => {
  const ada = await world.subscribe({
    on: '2027-01-04',
    every: 'year',
    card: 'tok_ach_return_R01_after_5',
    events: [
      'subscription.created',
      'invoice.created',
      'invoice.finalized',
      'subscription.activated',
    ],
  })
  const settled = ['payment.succeeded', 'invoice.paid']
  const recovered = [...settled, 'subscription.updated', ...RETURNED]
  await world.goTo('2027-03-15', {
    events: [
      ...settled,
      ...RETURNED,
      ...recovered,
      ...recovered,
      ...recovered,
      'subscription.updated',
    ],
  })
  assert.equal(await ada.status(), 'unpaid')
  assert.deepEqual(await ada.bills(), ['2900 finalized'])
  // Each time it seemed to be won; nothing of it has stayed.
  const numbers = await world.api.get('/analytics/recovery/summary?from=2027-01-01T00:00:00Z')
  assert.partialDeepStrictEqual(numbers.at('data.groups.0'), {
    cases: 1,
    recovered_minor: 0,
    lost_minor: 29_00,
  })
})

scenario('a returned debit of a payment intent leaves it with nothing received', async (world) => {
  const ada = await world.customer('Ada')
  await world.addCard(ada, 'tok_ach_return_R01_after_5')
  await world.goTo('2027-02-01')
  const body = { amount: 15_69, currency: 'USD', customer: ada.id }
  const intent = await world.api.post('/payment-intents', body)
  const path = `/payment-intents/${intent.text('id')}`
  await world.api.post(`${path}/confirm`, {})
  await world.expects(['payment_intent.created'])
  await world.goTo('2027-02-05', { events: ['payment.succeeded', 'payment_intent.succeeded'] })
  assert.equal((await world.api.get(path)).at('amount_received'), 15_69)
  await world.goTo('2027-02-20', { events: ['payment.returned'] })
  assert.equal((await world.api.get(path)).at('amount_received'), 0)
})
