import assert from 'node:assert/strict'
import { card, COLLECTED, DECLINED_RENEWAL, scenario } from '@perennial/testkit/scenario'
import { readAccess, readLatest, readMails, readPhase } from './read-mails.ts'

const DECLINED_AGAIN = ['payment.failed', 'invoice.payment_failed']
const RECOVERED = [...COLLECTED, 'subscription.updated']

scenario(
  'a renewal that is never paid goes through the built-in campaign to the letter',
  async (world) => {
    await world.api.patch('/account', {
      settings: {
        brand: { display_name: 'Acme Coffee', color: '#6366f1', support_email: 'help@acme.test' },
      },
    })
    const ada = await world.subscribe({
      on: '2027-01-31',
      card: card.declinesAfter(1, 'insufficient_funds'),
    })
    await world.goTo('2027-02-28', { events: DECLINED_RENEWAL }) // day 0
    assert.equal(await readPhase(ada), '1 Payment failed info false')
    const failed = await readLatest(world)
    assert.equal(failed.subject, 'Your payment to Acme Coffee failed')
    assert.match(failed.text, /^Hello Ada,$/m)
    assert.match(
      failed.text,
      /We could not collect \$29\.00 for Plan 1 from your Visa ending in \d{4}\./,
    )
    assert.match(failed.text, /We will try again by March 1, 2027\./)
    assert.match(failed.html, /<html lang="en">/)
    assert.match(failed.html, /href="http[^"]+\/pay\/card\/[^"]+"/)
    assert.doesNotMatch(failed.html + failed.text, /perennial/i)

    await world.goTo('2027-03-01', { events: DECLINED_AGAIN }) // day 1
    assert.equal(await readPhase(ada), '2 Grace period info false')
    await world.goTo('2027-03-03', { events: DECLINED_AGAIN }) // day 3
    assert.equal(await readPhase(ada), '3 Payment method needed warning false')
    assert.equal(await readAccess(ada), 'past_due full payment_failed 2027-03-07')
    const urgent = await readLatest(world)
    assert.equal(urgent.subject, 'Urgent: update your payment method for Acme Coffee')
    assert.match(urgent.text, /Without a payment your access ends on March 7, 2027\./)
    assert.match(urgent.text, /Questions\? Write to help@acme\.test\./)
    await world.goTo('2027-03-06')
    assert.equal(await ada.status(), 'past_due')
    await world.goTo('2027-03-07', { events: [...DECLINED_AGAIN, 'subscription.updated'] }) // day 7
    assert.equal(await ada.status(), 'unpaid')

    await world.goTo('2027-04-30')
    assert.deepEqual(await readMails(world), [
      '2027-02-28 payment_failed',
      '2027-03-01 retry_failed',
      '2027-03-03 urgent_update',
      '2027-03-07 service_suspended',
    ])
  },
)

scenario('recovery in the middle stops the campaign and says thanks', async (world) => {
  const ada = await world.subscribe({
    on: '2027-01-31',
    card: card.declinesAfter(1, 'insufficient_funds'),
  })
  await world.goTo('2027-03-02', { events: [...DECLINED_RENEWAL, ...DECLINED_AGAIN] })
  await ada.replaceCard(card.good)
  await world.goTo('2027-03-03', { events: RECOVERED })
  assert.equal((await ada.show()).at('data.dunning'), null)
  await world.goTo('2027-03-30')
  assert.deepEqual(await readMails(world), [
    '2027-02-28 payment_failed',
    '2027-03-01 retry_failed',
    '2027-03-02 payment_recovered', // the new card is tried at once
  ])
  assert.match((await readLatest(world)).text, /We have received \$29\.00 for Plan 1\./)
})

scenario('a first retry that succeeds is not talked about', async (world) => {
  const ada = await world.subscribe({ on: '2027-01-31' })
  await ada.replaceCard(card.declinesUntil('2027-03-01', 'insufficient_funds'))
  await world.goTo('2027-03-01', { events: [...DECLINED_RENEWAL, ...RECOVERED] })
  await world.goTo('2027-03-30')
  assert.deepEqual(await readMails(world), ['2027-02-28 payment_failed'])
})

scenario('a merchant may want no mails about failed payments', async (world) => {
  await world.api.patch('/account', { settings: { dunning: { email_enabled: false } } })
  const ada = await world.subscribe({
    on: '2027-01-31',
    card: card.declinesAfter(1, 'do_not_honor'),
  })
  await world.goTo('2027-03-03', {
    events: [...DECLINED_RENEWAL, ...DECLINED_AGAIN, ...DECLINED_AGAIN],
  })
  assert.equal(await readPhase(ada), '3 Payment method needed warning false')
  await world.api.patch(`/subscriptions/${ada.id}`, { metadata: { seen: 'yes' } })
  await world.expects(['subscription.updated'])
  // Events say the same.
  const told = await world.api.get('/events?type=subscription.updated&limit=1')
  const shown = (await ada.show()).at('data.dunning')
  assert.deepEqual(told.at('data.0.data.object.dunning'), shown)
  assert.deepEqual(await readMails(world), [])
  await ada.cancel('immediately')
  await world.expects(['subscription.canceled'])
})

scenario('mails name the card that was refused, not the default one', async (world) => {
  const ada = await world.subscribe({ on: '2027-01-31', card: card.good })
  const attached = {
    customer_id: ada.customer.id,
    type: 'card',
    token: 'tok_decline_do_not_honor',
    is_default: false,
  }
  const own = (await world.api.post('/payment-methods', attached)).text('data.id')
  const body = { payment_methods: [{ payment_method_id: own, priority: 0 }] }
  await world.api.call('PUT', `/subscriptions/${ada.id}/payment-methods`, { body })
  await world.goTo('2027-02-28', { events: DECLINED_RENEWAL })
  assert.equal((await world.api.get('/mails')).at('data.0.data.card_last4'), '0002')
  const preview = await world.api.post('/mail-templates/payment_failed/preview', {
    subscription_id: ada.id,
  })
  assert.match(preview.text('data.text'), /0002/)
})
