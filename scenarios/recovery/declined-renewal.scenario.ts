import assert from 'node:assert/strict'
import {
  card,
  COLLECTED,
  DECLINED_RENEWAL,
  PAID_RENEWAL,
  scenario,
} from '@perennial/testkit/scenario'

/** A retry that is refused. */
const DECLINED_AGAIN = ['payment.failed', 'invoice.payment_failed']
/** A payment that brings a past due renewal back. */
const RECOVERED = [...COLLECTED, 'subscription.updated']

scenario(
  'a declined renewal is retried after 1 and 3 days, and the second retry settles it',
  async (world) => {
    const ada = await world.subscribe({
      on: '2027-01-31',
      card: card.declinesAfter(1, 'insufficient_funds'),
    })
    await world.goTo('2027-02-28', {
      events: [
        'invoice.created',
        'invoice.finalized',
        'payment.failed',
        'invoice.payment_failed',
        'subscription.past_due',
      ],
    })
    const shown = await ada.show()
    assert.equal(shown.at('data.status'), 'past_due')
    assert.equal(shown.at('data.dunning.is_in_dunning'), true)
    assert.equal(shown.at('data.dunning.next_retry_at'), '2027-03-01T00:00:00.000Z')
    assert.equal(await ada.owesMinor(), 29_00)

    await world.goTo('2027-03-01', { events: DECLINED_AGAIN }) // day 1
    await world.goTo('2027-03-02')
    await ada.replaceCard(card.good)
    await world.goTo('2027-03-03', { events: RECOVERED }) // day 3

    assert.equal(await ada.status(), 'active')
    assert.equal(await ada.owesMinor(), 0)
    assert.equal((await ada.show()).at('data.dunning'), null)
    await world.goTo('2027-03-31', { events: PAID_RENEWAL })
  },
)

scenario('money that comes back by itself is found by the second retry', async (world) => {
  const ada = await world.subscribe({ on: '2027-01-31' })
  await ada.replaceCard(card.declinesUntil('2027-03-03', 'insufficient_funds'))
  await world.goTo('2027-02-28', { events: DECLINED_RENEWAL })
  await world.goTo('2027-03-03', {
    events: [...DECLINED_AGAIN.map((type) => `2027-03-01 ${type}`), ...RECOVERED],
  })
  assert.equal(await ada.status(), 'active')
})

scenario(
  'the days of a card count on the wall of the account',
  { timezone: 'Europe/Berlin' },
  async (world) => {
    const ada = await world.subscribe({ on: '2027-01-31' })
    await ada.replaceCard(card.declinesUntil('2027-03-03', 'insufficient_funds'))
    await world.goTo('2027-02-28', { events: DECLINED_RENEWAL })
    await world.goTo('2027-03-03', {
      events: [...DECLINED_AGAIN.map((type) => `2027-03-01 ${type}`), ...RECOVERED],
    })
    assert.equal(await ada.status(), 'active')
  },
)

scenario(
  'retries that are used up leave it unpaid, and a payment by hand brings it back',
  async (world) => {
    const ada = await world.subscribe({
      on: '2027-01-31',
      card: card.declinesAfter(1, 'do_not_honor'),
    })
    await world.goTo('2027-02-28', { events: DECLINED_RENEWAL })
    await world.goTo('2027-03-01', { events: DECLINED_AGAIN }) // day 1
    await world.goTo('2027-03-03', { events: DECLINED_AGAIN }) // day 3
    await world.goTo('2027-03-07', { events: [...DECLINED_AGAIN, 'subscription.updated'] }) // day 7
    assert.equal(await ada.status(), 'unpaid')
    assert.equal(await ada.owesMinor(), 29_00)

    // Billing stands still: three months pass and nothing happens.
    await world.goTo('2027-06-15')
    const [, open] = await ada.invoices()
    assert.ok(open !== undefined)
    await ada.replaceCard(card.good)
    await ada.pay(open)
    await world.expects(RECOVERED)
    assert.equal(await ada.status(), 'active')
    assert.equal(await ada.period(), '2027-05-31 to 2027-06-30')
    await world.goTo('2027-06-30', { events: PAID_RENEWAL })
    assert.deepEqual(await ada.bills(), ['2900 paid', '2900 paid', '2900 paid'])
  },
)

scenario('a merchant may want used up retries to end the subscription', async (world) => {
  await world.api.patch('/account', { settings: { dunning: { auto_cancel_unpaid: true } } })
  const ada = await world.subscribe({
    on: '2027-01-31',
    card: card.declinesAfter(1, 'do_not_honor'),
  })
  await world.goTo('2027-03-03', {
    events: [...DECLINED_RENEWAL, ...DECLINED_AGAIN, ...DECLINED_AGAIN],
  })
  await world.goTo('2027-03-07', {
    events: [...DECLINED_AGAIN, 'invoice.marked_uncollectible', 'subscription.canceled'],
  })
  assert.equal(await ada.status(), 'canceled')
  assert.deepEqual(await ada.bills(), ['2900 paid', '2900 uncollectible'])
})

scenario('a renewal that was paid by hand is not retried', async (world) => {
  const ada = await world.subscribe({
    on: '2027-01-31',
    card: card.declinesAfter(1, 'do_not_honor'),
  })
  await world.goTo('2027-02-28', { events: DECLINED_RENEWAL })
  const [, open] = await ada.invoices()
  assert.ok(open !== undefined)
  await ada.pay(open, { payment_method: 'bank_transfer', reference: 'statement 7' })
  await world.expects(RECOVERED)
  await world.goTo('2027-03-30')
  assert.equal(await ada.status(), 'active')
})

scenario(
  'a first charge that is refused leaves it incomplete, and after 23 hours it is over',
  async (world) => {
    const ada = await world.subscribe({
      on: '2027-01-10',
      card: card.declines('expired_card'),
      events: [
        'subscription.created',
        'invoice.created',
        'invoice.finalized',
        'payment.failed',
        'invoice.payment_failed',
      ],
    })
    assert.equal(await ada.status(), 'incomplete')
    await world.goTo('2027-01-11', {
      events: ['2027-01-10 23:00 invoice.voided', 'subscription.updated'],
    })
    assert.equal(await ada.status(), 'incomplete_expired')
    assert.deepEqual(await ada.bills(), ['2900 void'])
  },
)

scenario('a first charge that was refused can be paid with another card', async (world) => {
  const ada = await world.subscribe({
    on: '2027-01-10',
    card: card.declines('insufficient_funds'),
    events: [
      'subscription.created',
      'invoice.created',
      'invoice.finalized',
      'payment.failed',
      'invoice.payment_failed',
    ],
  })
  await ada.replaceCard(card.good)
  const [first] = await ada.invoices()
  assert.ok(first !== undefined)
  await ada.pay(first)
  await world.expects(['payment.succeeded', 'invoice.paid', 'subscription.activated'])
  assert.equal(await ada.status(), 'active')
  await world.goTo('2027-02-10', { events: PAID_RENEWAL })
})

scenario('a card that runs out is refused as expired from the month after', async (world) => {
  const ada = await world.subscribe({ on: '2027-01-15', card: card.expiresAfter('2027-02') })
  await world.goTo('2027-02-15', { events: PAID_RENEWAL })
  await world.goTo('2027-03-15', { events: DECLINED_RENEWAL })
  assert.equal(await ada.status(), 'past_due')
  await ada.cancel('immediately')
  await world.expects(['subscription.canceled'])
})

scenario(
  'a bank debit paid by hand holds the next retry back until it has settled',
  async (world) => {
    const ada = await world.subscribe({
      on: '2027-01-08',
      card: card.declinesAfter(1, 'insufficient_funds'),
    })
    await world.goTo('2027-02-08', { events: DECLINED_RENEWAL }) // a Monday
    const paymentMethodId = await world.addCard(ada.customer, card.bankAccount)
    const [, renewal] = await ada.invoices()
    assert.ok(renewal !== undefined)
    await ada.pay(renewal, { paymentMethodId })

    await world.goTo('2027-02-10') // day 1 has passed without a second charge
    assert.equal(await ada.status(), 'past_due')
    await world.goTo('2027-02-12', { events: RECOVERED })
    assert.deepEqual(await ada.bills(), ['2900 paid', '2900 paid'])
  },
)
