import assert from 'node:assert/strict'
import {
  card,
  COLLECTED,
  DECLINED_RENEWAL,
  PAID_RENEWAL,
  scenario,
  type ScenarioWorld,
} from '@perennial/testkit/scenario'
import { openShop, OVERDUE_RENEWAL } from '../profiles/shop.ts'
import { readAccess, readMails, readPhase } from './read-mails.ts'

const DECLINED_AGAIN = ['payment.failed', 'invoice.payment_failed']
const PAUSES_AND_CANCELS = [
  { day: 0, action: 'email', template: 'payment_failed' },
  { day: 2, action: 'retry' },
  { day: 2, action: 'warn' },
  { day: 4, action: 'email', template: 'urgent_update' },
  { day: 4, action: 'restrict', access: 'partial' },
  { day: 10, action: 'pause' },
  { day: 10, action: 'email', template: 'subscription_paused' },
  { day: 20, action: 'cancel' },
  { day: 20, action: 'email', template: 'subscription_canceled' },
]

scenario('a campaign of its own retries once, restricts, pauses and cancels', async (world) => {
  const campaign = await world.api.post('/dunning-campaigns', {
    name: 'Pause and cancel',
    steps: PAUSES_AND_CANCELS,
  })
  const id = campaign.text('data.id')
  await world.api.post(`/dunning-campaigns/${id}/assign`, { to: 'account' })
  const previewed = await world.api.post('/dunning-campaigns/preview', {
    campaign_id: id,
    failed_at: '2027-02-28T00:00:00Z',
  })
  assert.equal(previewed.at('data.steps.8.at'), '2027-03-20T00:00:00.000Z')
  const body = { campaign_id: id, failed_at: '9999-12-31T00:00:00Z' }
  const tooLate = await world.api.call('POST', '/dunning-campaigns/preview', { body })
  assert.deepEqual([tooLate.status, tooLate.at('error.param')], [400, 'failed_at'])

  const ada = await world.subscribe({
    on: '2027-01-31',
    card: card.declinesAfter(1, 'do_not_honor'),
  })
  assert.equal(await readAccess(ada), 'active full null null')
  const chosen = await world.api.get(`/subscriptions/${ada.id}/recovery`)
  assert.deepEqual([chosen.at('data.chosen_by'), chosen.at('data.retry_days')], ['campaign', [2]])
  await world.goTo('2027-02-28', { events: DECLINED_RENEWAL })
  assert.equal((await ada.show()).at('data.dunning.next_retry_at'), '2027-03-02T00:00:00.000Z')
  assert.equal(await readAccess(ada), 'grace full payment_failed 2027-03-04')
  await world.goTo('2027-03-02', { events: DECLINED_AGAIN }) // day 2, the only retry
  assert.equal(await readPhase(ada), '2 Payment method needed warning false')
  assert.equal(await readAccess(ada), 'past_due full payment_failed 2027-03-04')
  await world.goTo('2027-03-04') // day 4
  assert.equal(await readPhase(ada), '3 Access restricted critical true')
  assert.equal(await readAccess(ada), 'restricted partial payment_failed 2027-03-10')
  await world.goTo('2027-03-10', { events: ['subscription.paused'] }) // day 10
  assert.equal(await ada.status(), 'paused')
  assert.equal(await readAccess(ada), 'suspended none paused null')
  await world.goTo('2027-03-20', { events: ['invoice.marked_uncollectible', 'subscription.canceled'] }) // prettier-ignore
  assert.equal(await ada.status(), 'canceled')
  assert.equal(await readAccess(ada), 'canceled none ended null')
  await world.goTo('2027-05-01')
  assert.deepEqual(await readMails(world), [
    '2027-02-28 payment_failed',
    '2027-03-04 urgent_update',
    '2027-03-10 subscription_paused',
    '2027-03-20 subscription_canceled',
  ])
})

scenario('what a campaign has paused goes on when it is paid', async (world) => {
  const campaign = await world.api.post('/dunning-campaigns', {
    name: 'Pause',
    steps: PAUSES_AND_CANCELS.slice(0, 7),
  })
  const ada = await world.subscribe({
    on: '2027-01-31',
    card: card.declinesAfter(1, 'do_not_honor'),
  })
  await world.api.post(`/dunning-campaigns/${campaign.text('data.id')}/assign`, {
    to: 'subscription',
    subscription_id: ada.id,
  })
  await world.goTo('2027-03-12', {
    events: [...DECLINED_RENEWAL, ...DECLINED_AGAIN, 'subscription.paused'],
  })
  const [, open] = await ada.invoices()
  assert.ok(open !== undefined)
  await ada.pay(open, { payment_method: 'bank_transfer', reference: 'statement 9' })
  await world.expects(['payment.succeeded', 'invoice.paid', 'subscription.renewed'])
  await world.goTo('2027-03-13', { events: ['2027-03-12 subscription.resumed'] })
  assert.equal(await ada.status(), 'active')
  assert.equal(await readAccess(ada), 'active full null null')
  assert.deepEqual((await readMails(world)).at(-1), '2027-03-12 payment_recovered')
})

scenario(
  'what a campaign has taken stays taken of a subscription that goes on, until its bill is paid',
  { on: '2031-01-01' },
  async (world) => {
    const made = await world.api.post('/dunning-campaigns', {
      name: 'Short',
      steps: [
        { day: 1, action: 'retry' },
        { day: 1, action: 'restrict', access: 'none' },
      ],
    })
    await world.api.post(`/dunning-campaigns/${made.text('data.id')}/assign`, { to: 'account' })
    const shop = await openShop(world, { retry_failed_renewals: true })
    const ada = await shop.sell('2031-01-31', { card: card.declinesAfter(1, 'do_not_honor') })
    await world.goTo('2031-03-02', { events: OVERDUE_RENEWAL })
    assert.equal(await readAccess(ada), 'grace full payment_failed 2031-03-03')
    await world.goTo('2031-03-04', { events: DECLINED_AGAIN })
    const shown = await ada.show()
    assert.deepEqual([shown.at('data.status'), shown.at('data.dunning')], ['past_due', null])
    assert.equal(await readAccess(ada), 'suspended none payment_failed null')
    const [, open] = await ada.invoices()
    assert.ok(open !== undefined)
    await ada.pay(open, { payment_method: 'bank_transfer', reference: 'statement 9' })
    await world.expects([...COLLECTED, 'subscription.updated', 'salvage_transaction.recovered'])
    assert.equal(await readAccess(ada), 'active full null null')
  },
)

scenario('the narrowest campaign holds, and the end of a campaign is its own', async (world) => {
  const make = async (name: string, steps: readonly object[]): Promise<string> =>
    (await world.api.post('/dunning-campaigns', { name, steps })).text('data.id')
  const everybody = await make('Everybody', [{ day: 3, action: 'cancel' }])
  const few = await make('Few', [
    { day: 1, action: 'retry' },
    { day: 5, action: 'unpaid' },
    { day: 30, action: 'cancel' },
  ])
  await world.api.post(`/dunning-campaigns/${everybody}/assign`, { to: 'account' })
  const ada = await world.subscribe({
    on: '2027-01-31',
    card: card.declinesAfter(1, 'do_not_honor'),
  })
  const shown = await ada.show()
  const assigned = { to: 'product', product_id: shown.text('data.product_id') }
  await world.api.post(`/dunning-campaigns/${few}/assign`, assigned)
  await world.goTo('2027-03-04', { events: [...DECLINED_RENEWAL, ...DECLINED_AGAIN] })
  assert.equal(await ada.status(), 'past_due')
  await world.goTo('2027-03-05', { events: ['subscription.updated'] })
  assert.equal(await ada.status(), 'unpaid')
  await world.goTo('2027-03-30', { events: ['invoice.marked_uncollectible', 'subscription.canceled'] }) // prettier-ignore
  assert.equal(await ada.status(), 'canceled')
})

const UNPAID_AND_CANCELS = [
  { day: 1, action: 'retry' },
  { day: 1, action: 'email', template: 'payment_failed' },
  { day: 3, action: 'restrict', access: 'none' },
  { day: 5, action: 'unpaid' },
  { day: 5, action: 'email', template: 'service_suspended' },
  { day: 60, action: 'cancel' },
]

/** Ada's renewal of February is declined by the campaign above to its last retry; the bill is left to her. */
async function declineToTheLast(world: ScenarioWorld) {
  const made = { name: 'Long', steps: UNPAID_AND_CANCELS }
  const id = (await world.api.post('/dunning-campaigns', made)).text('data.id')
  await world.api.post(`/dunning-campaigns/${id}/assign`, { to: 'account' })
  const ada = await world.subscribe({
    on: '2027-01-31',
    card: card.declinesAfter(1, 'do_not_honor'),
  })
  await world.goTo('2027-03-06', {
    events: [...DECLINED_RENEWAL, ...DECLINED_AGAIN, 'subscription.updated'],
  })
  assert.equal(await ada.status(), 'unpaid')
  assert.equal(await readAccess(ada), 'suspended none unpaid null')
  const [, open] = await ada.invoices()
  assert.ok(open !== undefined)
  return { ada, open }
}

scenario(
  'a bill that is paid after the last retry ends its campaign with thanks',
  async (world) => {
    const { ada, open } = await declineToTheLast(world)
    await ada.pay(open, { payment_method: 'bank_transfer', reference: 'statement 9' })
    await world.expects([...COLLECTED, 'subscription.updated'])
    await world.goTo('2027-03-31', { events: DECLINED_RENEWAL })
    assert.equal(await readPhase(ada), '1 Payment failed info false')
    await ada.replaceCard(card.good)
    await world.goTo('2027-05-01', {
      events: [...COLLECTED, 'subscription.updated', ...PAID_RENEWAL],
    })
    assert.equal(await ada.status(), 'active')
    assert.deepEqual(await readMails(world), [
      '2027-03-01 payment_failed',
      '2027-03-05 service_suspended',
      '2027-03-06 payment_recovered',
    ])
  },
)

scenario(
  'a bill that is voided after the last retry ends its campaign without a word',
  async (world) => {
    const { ada, open } = await declineToTheLast(world)
    await world.api.post(`/invoices/${open.id}/void`, {})
    await world.expects(['invoice.voided', 'subscription.updated'])
    await ada.replaceCard(card.good)
    await world.goTo('2027-05-01', { events: [...PAID_RENEWAL, ...PAID_RENEWAL] })
    assert.equal(await ada.status(), 'active')
    assert.deepEqual(await readMails(world), [
      '2027-03-01 payment_failed',
      '2027-03-05 service_suspended',
    ])
  },
)

scenario('a campaign that makes no sense is refused with its place', async (world) => {
  const refuse = async (steps: readonly object[]) => {
    const refused = await world.api.call('POST', '/dunning-campaigns', {
      body: { name: 'No', steps },
    })
    assert.equal(refused.status, 400)
    return refused.at('error.param')
  }
  assert.equal(
    await refuse([
      { day: 5, action: 'retry' },
      { day: 1, action: 'retry' },
    ]),
    'steps[1].day',
  )
  assert.equal(await refuse([{ day: 1, action: 'email' }]), 'steps[0].template')
  assert.equal(await refuse([{ day: 1, action: 'retry', access: 'none' }]), 'steps[0].access')
  const made = await world.api.post('/dunning-campaigns', {
    name: 'Twice',
    steps: [{ day: 1, action: 'retry' }],
  })
  const path = `/dunning-campaigns/${made.text('data.id')}`
  const again = { name: 'Twice', steps: [{ day: 2, action: 'retry' }] }
  assert.equal((await world.api.call('POST', '/dunning-campaigns', { body: again })).status, 400)
  await world.api.post(`${path}/assign`, { to: 'account' })
  assert.ok(
    typeof (await world.api.post(`${path}/archive`, {})).at('data.archived_at') === 'string',
  )
  const late = await world.api.call('POST', `${path}/assign`, { body: { to: 'account' } })
  assert.equal(late.status, 409)
  const listed = await world.api.get(`/dunning-assignments?campaign_id=${made.text('data.id')}`)
  assert.deepEqual(listed.at('data'), [])
})

scenario(
  'a campaign without retries holds to its end, whoever chooses the retries',
  async (world) => {
    const campaign = await world.api.post('/dunning-campaigns', {
      name: 'Mails',
      steps: [
        { day: 0, action: 'email', template: 'payment_failed' },
        { day: 14, action: 'restrict', access: 'partial' },
        { day: 29, action: 'cancel' },
      ],
    })
    const id = campaign.text('data.id')
    await world.api.post(`/dunning-campaigns/${id}/assign`, { to: 'account' })
    await world.api.patch('/account', { settings: { recovery: { policy: 'ladder' } } })
    const wish = { on: '2027-01-31', card: card.declinesAfter(1, 'do_not_honor') }
    const ada = await world.subscribe({ ...wish, who: 'Ada' })
    const ben = await world.subscribe({ ...wish, who: 'Ben' })
    const recovery = { policy: 'planner', horizon_days: 10, max_attempts: 3 }
    await world.api.patch(`/subscriptions/${ben.id}/recovery`, { recovery })
    const both = (events: readonly string[]) => [...events, ...events]
    await world.goTo('2027-02-28', {
      events: [...both(DECLINED_RENEWAL.slice(0, 2)), ...both(DECLINED_RENEWAL.slice(2))],
    })
    const retries = Array.from({ length: 6 }, () => DECLINED_AGAIN).flat()
    await world.goTo('2027-03-13', { events: retries })
    for (const one of [ada, ben])
      assert.deepEqual(
        [await one.status(), await readPhase(one)],
        ['past_due', '1 Payment failed info false'],
      )
    await world.goTo('2027-03-28')
    for (const one of [ada, ben])
      assert.deepEqual(
        [await one.status(), await readPhase(one)],
        ['past_due', '2 Access restricted critical true'],
      )
    const canceled = ['invoice.marked_uncollectible', 'subscription.canceled']
    await world.goTo('2027-03-29', { events: both(canceled) })
    for (const one of [ada, ben]) assert.equal(await one.status(), 'canceled')
  },
)
