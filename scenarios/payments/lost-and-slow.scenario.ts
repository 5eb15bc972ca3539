import assert from 'node:assert/strict'
import { card, DECLINED_RENEWAL, PAID_RENEWAL, scenario } from '@perennial/testkit/scenario'

scenario(
  'a time-out that had charged is looked up, booked, and never charged again',
  async (world) => {
    const ada = await world.subscribe({ on: '2027-01-31' })
    await ada.replaceCard(card.timesOutCharged)
    await world.goTo('2027-02-28', { events: PAID_RENEWAL })
    await world.goTo('2027-03-31', { events: PAID_RENEWAL })
    assert.deepEqual(await ada.bills(), ['2900 paid', '2900 paid', '2900 paid'])
  },
)

scenario(
  'a time-out that had not charged is a failed payment, and is tried anew',
  async (world) => {
    const ada = await world.subscribe({ on: '2027-01-31' })
    await ada.replaceCard(card.timesOutNotCharged)
    await world.goTo('2027-02-28', { events: DECLINED_RENEWAL })
    assert.equal(await ada.status(), 'past_due')

    await ada.replaceCard(card.good)
    await world.goTo('2027-03-01', {
      events: ['payment.succeeded', 'invoice.paid', 'subscription.renewed', 'subscription.updated'],
    })
    assert.deepEqual(await ada.bills(), ['2900 paid', '2900 paid'])
  },
)

scenario(
  'a bank debit is pending for three business days, and then pays the renewal',
  async (world) => {
    const ada = await world.subscribe({ on: '2027-01-04' }) // a Monday
    await ada.replaceCard(card.bankAccount)
    await world.goTo('2027-02-04', { events: ['invoice.created', 'invoice.finalized'] }) // a Thursday
    assert.equal(await ada.status(), 'active')
    await world.goTo('2027-02-08')
    await world.goTo('2027-02-09', {
      events: ['payment.succeeded', 'invoice.paid', 'subscription.renewed'],
    })
    assert.deepEqual(await ada.bills(), ['2900 paid', '2900 paid'])
  },
)

scenario('a bank debit activates a subscription before its money has arrived', async (world) => {
  const ada = await world.subscribe({
    on: '2027-01-04',
    card: card.bankAccount,
    events: [
      'subscription.created',
      'invoice.created',
      'invoice.finalized',
      'subscription.activated',
    ],
  })
  assert.equal(await ada.status(), 'active')
  await world.goTo('2027-01-07', { events: ['payment.succeeded', 'invoice.paid'] })
})

scenario('a bank debit that comes back makes the subscription past due', async (world) => {
  const ada = await world.subscribe({ on: '2027-01-04' })
  await ada.replaceCard(card.bankAccountReturned('R01'))
  await world.goTo('2027-02-04', { events: ['invoice.created', 'invoice.finalized'] })
  await world.goTo('2027-02-09', {
    events: ['payment.failed', 'invoice.payment_failed', 'subscription.past_due'],
  })
  assert.equal(await ada.status(), 'past_due')

  await ada.replaceCard(card.good)
  await world.goTo('2027-02-10', {
    events: ['payment.succeeded', 'invoice.paid', 'subscription.renewed', 'subscription.updated'],
  })
})

scenario(
  'a card that asks for the customer is refused when the customer is not there, and asks no more',
  async (world) => {
    const ada = await world.subscribe({ on: '2027-01-31' })
    await ada.replaceCard(card.needsAuthentication)
    await world.goTo('2027-02-28', { events: DECLINED_RENEWAL })
    assert.equal(await ada.status(), 'past_due')
    const [, challenged] = await world.charges()
    assert.partialDeepStrictEqual(challenged, { status: 'canceled', money_moved: false })
  },
)

scenario('each subscription charges its own card, and the default one without', async (world) => {
  const customer = await world.customer()
  const own = await world.addCard(customer, card.good)
  const ada = await world.subscribe({ terms: { paymentMethodId: own }, card: null })
  await world.addCard(customer, card.declines('stolen_card'))
  await world.goTo('2027-02-01', { events: PAID_RENEWAL })
  assert.equal(await ada.status(), 'active')
})
