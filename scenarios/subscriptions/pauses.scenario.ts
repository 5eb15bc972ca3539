import assert from 'node:assert/strict'
import { card, COLLECTED, PAID_RENEWAL, scenario } from '@perennial/testkit/scenario'

scenario(
  'a pause keeps its bills as drafts, and after the resume billing goes on',
  async (world) => {
    const ada = await world.subscribe({ on: '2027-01-10' })
    await world.goTo('2027-01-20')
    await ada.pause('keep_as_draft')
    await world.expects(['subscription.paused'])
    assert.equal(await ada.status(), 'paused')

    await world.goTo('2027-02-10', { events: ['invoice.created'] })
    await world.goTo('2027-03-10', { events: ['invoice.created'] })
    await ada.resume()
    await world.expects(['subscription.resumed'])
    assert.equal(await ada.status(), 'active')

    await world.goTo('2027-04-10', { events: PAID_RENEWAL })
    assert.deepEqual(await ada.bills(), ['2900 paid', '2900 draft', '2900 draft', '2900 paid'])
    assert.equal(await ada.owesMinor(), 0)

    // Whoever does not want to bill for the pause voids what it has kept.
    const kept = (await ada.invoices()).find(({ status }) => status === 'draft')
    await world.api.post(`/invoices/${kept?.id}/void`)
    await world.expects(['invoice.voided'])
    assert.deepEqual(await ada.bills(), ['2900 paid', '2900 void', '2900 draft', '2900 paid'])
    await world.goTo('2027-05-10', { events: PAID_RENEWAL })
  },
)

scenario('a bill that a pause has kept is charged when it is finalized', async (world) => {
  const ada = await world.subscribe({ on: '2027-01-10' })
  await ada.pause('keep_as_draft')
  await world.goTo('2027-02-10', { events: ['subscription.paused', 'invoice.created'] })
  await world.goTo('2027-03-10', { events: ['invoice.created'] })
  await ada.resume()
  await world.expects(['subscription.resumed'])
  const finalize = async () => {
    const kept = (await ada.invoices()).findLast(({ status }) => status === 'draft')
    await world.api.post(`/invoices/${kept?.id}/finalize`, { auto_advance: true })
  }
  await finalize()
  await world.expects(['invoice.finalized', ...COLLECTED])
  assert.deepEqual(await ada.bills(), ['2900 paid', '2900 draft', '2900 paid'])

  // A charge that is refused is won back like any other.
  await ada.replaceCard(card.declinesUntil('2027-03-11', 'insufficient_funds'))
  await world.api.patch('/account', { settings: { recovery: { policy: 'ladder' } } })
  await finalize()
  await world.expects(['invoice.finalized', 'payment.failed', 'invoice.payment_failed', 'subscription.past_due'])
  await world.goTo('2027-03-11', { events: [...COLLECTED, 'subscription.updated'] })
  assert.equal(await ada.status(), 'active')
  assert.equal(await ada.owesMinor(), 0)
}) // prettier-ignore

scenario('a kept bill that is set to finalized or approved is charged as well, once', async (world) => {
  const ada = await world.subscribe({ on: '2027-01-10' })
  await ada.pause('keep_as_draft')
  await world.goTo('2027-02-10', { events: ['subscription.paused', 'invoice.created'] })
  await world.goTo('2027-03-10', { events: ['invoice.created'] })
  await ada.resume()
  await world.expects(['subscription.resumed'])
  const setTo = async (status: string) => {
    const kept = (await ada.invoices()).findLast((invoice) => invoice.status === 'draft')
    const set = () => world.api.call('PATCH', `/invoices/${kept?.id}`, { body: { status }, headers: { 'idempotency-key': status } })
    const answers = [await set(), await set()]
    assert.deepEqual(answers.map((answer) => answer.status), [200, 200])
    return answers.map((answer) => answer.at('data.status'))
  }
  assert.deepEqual(await setTo('finalized'), ['paid', 'paid'])
  await world.expects(['invoice.finalized', ...COLLECTED])

  // A charge that is refused leaves it issued: the move was made, and the money is won back like any other.
  await ada.replaceCard(card.declinesUntil('2027-03-11', 'insufficient_funds'))
  await world.api.patch('/account', { settings: { recovery: { policy: 'ladder' } } })
  assert.deepEqual(await setTo('approved'), ['approved', 'approved'])
  await world.expects(['invoice.finalized', 'payment.failed', 'invoice.payment_failed', 'subscription.past_due'])
  assert.equal((await world.charges()).length, 3)
  await world.goTo('2027-03-11', { events: [...COLLECTED, 'subscription.updated'] })
  assert.equal(await ada.owesMinor(), 0)
}) // prettier-ignore

scenario('a pause may void its bills', async (world) => {
  const ada = await world.subscribe({ on: '2027-01-10' })
  await ada.pause('void')
  await world.goTo('2027-02-10', {
    events: ['subscription.paused', '2027-02-10 invoice.created', 'invoice.voided'],
  })
  await ada.resume()
  await world.goTo('2027-03-10', { events: ['subscription.resumed', ...PAID_RENEWAL] })
  assert.deepEqual(await ada.bills(), ['2900 paid', '2900 void', '2900 paid'])
})

scenario('a pause may write its bills off', async (world) => {
  const ada = await world.subscribe({ on: '2027-01-10' })
  await ada.pause('mark_uncollectible')
  await world.goTo('2027-02-10', {
    events: [
      'subscription.paused',
      'invoice.created',
      'invoice.finalized',
      'invoice.marked_uncollectible',
    ],
  })
  await ada.resume()
  await world.goTo('2027-03-10', { events: ['subscription.resumed', ...PAID_RENEWAL] })
  assert.deepEqual(await ada.bills(), ['2900 paid', '2900 uncollectible', '2900 paid'])

  const [, writtenOff] = await ada.invoices()
  const refused = await world.api.call('POST', `/invoices/${writtenOff?.id}/void`)
  assert.equal(refused.status, 400)
  assert.match(String(refused.at('error.message')), /written off/)
})

scenario('a pause ends by itself on the date it was given', async (world) => {
  const ada = await world.subscribe({ on: '2027-01-10' })
  await ada.pause('void', '2027-03-01')
  await world.goTo('2027-03-01', {
    events: [
      '2027-01-10 subscription.paused',
      '2027-02-10 invoice.created',
      '2027-02-10 invoice.voided',
      '2027-03-01 subscription.resumed',
    ],
  })
  assert.equal(await ada.status(), 'active')
  await world.goTo('2027-03-10', { events: PAID_RENEWAL })
})

scenario('a pause at period end lets the paid period run out first', async (world) => {
  const ada = await world.subscribe({ on: '2027-01-10' })
  await ada.change({ pauseAtPeriodEnd: true })
  await world.expects(['subscription.updated'])
  assert.equal(await ada.status(), 'active')
  await world.goTo('2027-02-10', { events: ['subscription.paused', 'invoice.created'] })
  assert.equal(await ada.status(), 'paused')
})

scenario('only what is active can be paused, and only what is paused resumed', async (world) => {
  const ada = await world.subscribe({ on: '2027-01-10' })
  const path = `/subscriptions/${ada.id}`
  assert.equal((await world.api.call('POST', `${path}/resume`)).status, 400)
  await ada.pause('void')
  await world.expects(['subscription.paused'])
  assert.equal((await world.api.call('POST', `${path}/pause`)).status, 400)
  const past = { body: { resumes_at: '2027-01-09T00:00:00Z' } }
  await ada.resume()
  await world.expects(['subscription.resumed'])
  const refused = await world.api.call('POST', `${path}/pause`, past)
  assert.deepEqual([refused.status, refused.at('error.param')], [400, 'resumes_at'])
})

scenario(
  'a bank debit that comes back during a pause is collected after the resume',
  async (world) => {
    const ada = await world.subscribe({ on: '2027-01-04' }) // a Monday
    await ada.replaceCard(card.bankAccountReturned('R01'))
    await world.goTo('2027-02-04', { events: ['invoice.created', 'invoice.finalized'] }) // a Thursday
    await ada.pause('void')
    await world.expects(['subscription.paused'])
    await world.goTo('2027-02-12', { events: ['payment.failed', 'invoice.payment_failed'] })
    assert.equal(await ada.status(), 'paused')

    await ada.replaceCard(card.good)
    await ada.resume()
    await world.expects(['subscription.resumed'])
    assert.equal(await ada.status(), 'past_due')
    await world.goTo('2027-02-14', {
      events: [...COLLECTED, 'subscription.updated'],
    })
    assert.equal(await ada.status(), 'active')
    assert.deepEqual(await ada.bills(), ['2900 paid', '2900 paid'])
  },
)
