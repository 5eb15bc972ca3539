import assert from 'node:assert/strict'
import { parseInstant } from '@perennial/core/time'
import {
  card,
  memberOf,
  scenario,
  type ScenarioWorld,
  type Subscriber,
} from '@perennial/testkit/scenario'
import { loadScope } from '../../packages/server/src/modules/billing/index.ts'
import { trySales } from '../../packages/server/src/modules/billing/renewals/try-sales.ts'
import { begunBy, chargesHalf, openTill, PAID_SALE } from '../sales/till.ts'
import { openShop, operate, OVERDUE_RENEWAL, standing } from './shop.ts'

const IN_2031 = { on: '2031-01-01' } as const
const REFUSED = ['payment.failed', 'invoice.payment_failed']

async function salvageProfile(world: ScenarioWorld, body: object): Promise<string> {
  const made = await world.api.post('/salvage-profiles', { name: 'Cards', ...body })
  assert.equal(made.status, 201, JSON.stringify(made.body))
  await world.expects(['salvage_profile.created'])
  return made.text('data.id')
}

/** The only salvage transaction of a subscription. */
async function salvageOf(world: ScenarioWorld, who: Subscriber): Promise<unknown> {
  return (await world.api.get(`/salvage-transactions?subscription_id=${who.id}`)).at('data.0')
}

/** "4000 declined" of each charge but the first sale, oldest first. */
async function charged(world: ScenarioWorld, who: Subscriber): Promise<readonly string[]> {
  const salvage = await salvageOf(world, who)
  const shown = await world.api.get(`/salvage-transactions/${String(memberOf(salvage, 'id'))}`)
  const payments = shown.at('data.payments')
  assert.ok(Array.isArray(payments))
  return payments.map((one) =>
    [memberOf(one, 'amount_minor'), memberOf(one, 'status')].map(String).join(' '),
  )
}

scenario(
  'a salvage profile says on which days a renewal is tried again',
  IN_2031,
  async (world) => {
    const salvage_profile_id = await salvageProfile(world, {
      source_types: ['subscription_renewal'],
      attempts: [{ after_days: 4 }, { after_days: 9, gateway_choice: 'original' }],
    })
    const terms = { retry_failed_renewals: true, salvage_profile_id, overdue_limit: 2 }
    const shop = await openShop(world, terms)
    const ada = await shop.sell('2031-01-31', { card: card.declinesAfter(1, 'insufficient_funds') })
    await world.goTo('2031-03-02', { events: OVERDUE_RENEWAL })
    const planned = await salvageOf(world, ada)
    assert.equal(memberOf(planned, 'next_attempt_at'), '2031-03-06T00:00:00.000Z')
    const chosen = await world.api.get(`/subscriptions/${ada.id}/recovery`)
    assert.deepEqual(
      [chosen.at('data.chosen_by'), chosen.at('data.retry_days')],
      ['salvage_profile', [4, 9]],
    )
    // What every charge prefers by now is another gateway than the one that the bill began with.
    const listed = (await world.api.get('/gateways')).at('data')
    assert.ok(Array.isArray(listed))
    const isOriginal = (one: unknown) => memberOf(one, 'id') === memberOf(planned, 'gateway_id')
    const other = listed.find((one) => !isOriginal(one))
    const [method] = await methodsOf(world, ada)
    await world.api.post(`/payment-methods/${method}/tokens`, {
      gateway: String(memberOf(other, 'code')),
      token: card.declinesAfter(1, 'insufficient_funds'),
    })
    await world.api.patch(`/subscriptions/${ada.id}`, {
      forced_gateway_id: String(memberOf(other, 'id')),
    })
    await world.expects(['subscription.routing_changed'])
    await world.goTo('2031-03-06', { events: REFUSED })
    await world.goTo('2031-03-11', { events: REFUSED })
    const salvage = await world.api.get(`/salvage-transactions/${String(memberOf(planned, 'id'))}`)
    const used = salvage.at('data.payments')
    assert.ok(Array.isArray(used))
    assert.deepEqual(
      used.map((one) => memberOf(one, 'gateway_id')),
      [isOriginal, (one: unknown) => one === other, isOriginal].map((is) =>
        memberOf(listed.find(is), 'id'),
      ),
    )
    await world.goTo('2031-03-30')
    assert.equal(memberOf(await salvageOf(world, ada), 'attempts'), 3)
  },
)

/** What a trial's end or a renewal tells that is declined. */
const DECLINED = [
  'invoice.created',
  'invoice.finalized',
  'payment.failed',
  'invoice.payment_failed',
]

scenario('a salvage profile for trials tries the end of one, and leaves renewals to the account', IN_2031, async (world) => {
  await world.api.patch('/account', { settings: { recovery: { policy: 'ladder' } } })
  const salvage_profile_id = await salvageProfile(world, {
    source_types: ['trial'],
    attempts: [{ after_days: 4 }],
  })
  const till = await openTill(world, { retry_failed_renewals: true, salvage_profile_id })
  const ada = await world.customer('Ada')
  await world.addCard(ada, card.good)
  await world.goTo('2031-06-01')
  const sale = await till.sell({ customer_id: ada.id, lines: [{ product_id: till.trialId }] })
  const [id = ''] = begunBy(sale)
  await world.expects(['sale.created', 'invoice.created', 'invoice.finalized', 'invoice.paid', 'subscription.created', 'sale.paid'])
  /** "trial 2031-06-19": what could not be collected last, and when it is tried next. */
  const planned = async (): Promise<string> => {
    const newest = (await world.api.get(`/salvage-transactions?subscription_id=${id}`)).at('data.0')
    return [memberOf(newest, 'source_type'), memberOf(newest, 'next_attempt_at')].join(' ').slice(0, -14)
  }
  await world.addCard(ada, card.declinesUntil('2031-06-18', 'insufficient_funds'))
  await world.goTo('2031-06-15', {
    events: ['subscription.trial_ending', ...DECLINED, 'subscription.trial_ended', 'subscription.past_due', 'salvage_transaction.created'],
  })
  assert.equal(await planned(), 'trial 2031-06-19')
  await world.goTo('2031-06-19', {
    events: ['payment.succeeded', 'invoice.paid', 'subscription.updated', 'salvage_transaction.recovered'],
  })

  await world.addCard(ada, card.declines('insufficient_funds'))
  await world.goTo('2031-07-15', { events: [...DECLINED, 'subscription.past_due', 'salvage_transaction.created'] })
  // The first day of the ladder.
  assert.equal(await planned(), 'subscription_renewal 2031-07-16')
}) // prettier-ignore

scenario('a salvage profile for renewals leaves the end of a trial to the account', IN_2031, async (world) => {
  await world.api.patch('/account', { settings: { recovery: { policy: 'ladder' } } })
  const salvage_profile_id = await salvageProfile(world, {
    source_types: ['subscription_renewal'],
    attempts: [{ after_days: 4 }],
  })
  const till = await openTill(world, { retry_failed_renewals: true, salvage_profile_id })
  const ada = await world.customer('Ada')
  await world.addCard(ada, card.declinesUntil('2031-06-18', 'insufficient_funds'))
  await world.goTo('2031-06-01')
  await till.sell({ customer_id: ada.id, lines: [{ product_id: till.trialId }] })
  await world.expects(['sale.created', 'invoice.created', 'invoice.finalized', 'invoice.paid', 'subscription.created', 'sale.paid'])
  await world.goTo('2031-06-15', {
    events: ['subscription.trial_ending', ...DECLINED, 'subscription.trial_ended', 'subscription.past_due', 'salvage_transaction.created'],
  })
  const salvage = await world.api.get(`/salvage-transactions?customer_id=${ada.id}`)
  assert.deepEqual(
    [salvage.at('data.0.source_type'), salvage.at('data.0.next_attempt_at')],
    ['trial', '2031-06-16T00:00:00.000Z'],
  )
}) // prettier-ignore

/** What a sale tells that its flow has charged half of. */
const HALF_SOLD = [
  ...PAID_SALE.slice(0, 4),
  'subscription.created',
  'subscription.activated',
  'sale.partially_paid',
  'salvage_transaction.created',
]

scenario('a salvage profile for sales tries what a flow has left of one', IN_2031, async (world) => {
  const original = { gateway_choice: 'original' }
  const salvage_profile_id = await salvageProfile(world, {
    source_types: ['sale'],
    attempts: [{ after_days: 2, ...original }, { after_days: 5, amount_percent: 40, ...original }, { after_days: 9, ...original }],
  })
  const till = await openTill(world, { retry_failed_renewals: true, salvage_profile_id })
  const payment_profile_id = await chargesHalf(world)
  await world.goTo('2031-06-01')
  const sell = async (who: string) => {
    const customer = await world.customer(who)
    await world.addCard(customer, card.good)
    const sale = await till.sell({ customer_id: customer.id, payment_profile_id, lines: [{ product_id: till.productId }] })
    await world.expects(HALF_SOLD)
    const [id = ''] = begunBy(sale)
    return { customer, id, saleId: sale.text('data.id') }
  }
  const ada = await sell('Ada')
  const ben = await sell('Ben')
  const shown = async (of: { readonly id: string }): Promise<readonly unknown[]> => {
    const salvage = (await world.api.get(`/salvage-transactions?subscription_id=${of.id}`)).at('data.0')
    return ['source_type', 'status', 'amount_remaining_minor', 'next_attempt_at'].map((name) => memberOf(salvage, name))
  }
  assert.deepEqual(await shown(ada), ['sale', 'ready', 25_00, '2031-06-03T00:00:00.000Z'])
  // What has ended is asked for nothing more.
  await world.api.post(`/subscriptions/${ben.id}/cancel`, { mode: 'immediately' })
  await world.expects(['subscription.canceled'])

  await world.addCard(ada.customer, card.declinesUntil('2031-06-04', 'insufficient_funds'))
  await world.goTo('2031-06-03', { events: REFUSED })
  assert.deepEqual(await shown(ada), ['sale', 'ready', 25_00, '2031-06-06T00:00:00.000Z'])
  await world.goTo('2031-06-06', { events: ['payment.succeeded'] })
  assert.deepEqual(await shown(ada), ['sale', 'ready', 15_00, '2031-06-10T00:00:00.000Z'])
  // No subscription is behind because of it.
  assert.equal((await world.api.get(`/subscriptions/${ada.id}`)).at('data.status'), 'active')
  await world.goTo('2031-06-10', { events: ['payment.succeeded', 'invoice.paid', 'sale.paid', 'salvage_transaction.recovered'] })
  assert.deepEqual(await shown(ada), ['sale', 'recovered', 0, null])
  assert.equal((await world.api.get(`/sales/${ada.saleId}`)).at('data.status'), 'paid')
  await world.goTo('2031-06-25')
  assert.deepEqual(await shown(ben), ['sale', 'ready', 25_00, null])
}) // prettier-ignore

scenario('what is left of a sale is tried no more where a refusal leaves nothing to try', IN_2031, async (world) => {
  const salvage_profile_id = await salvageProfile(world, {
    attempts: [{ after_days: 2, gateway_choice: 'original' }, { after_days: 5, gateway_choice: 'original' }],
  })
  const till = await openTill(world, { retry_failed_renewals: true, salvage_profile_id })
  const payment_profile_id = await chargesHalf(world)
  await world.goTo('2031-06-01')
  const customer = await world.customer('Ada')
  await world.addCard(customer, card.good)
  await till.sell({ customer_id: customer.id, payment_profile_id, lines: [{ product_id: till.productId }] })
  await world.expects(HALF_SOLD)
  await world.addCard(customer, card.declines('service_not_allowed'))
  // Two workers find it at the same moment.
  const { billing } = world.house.service
  const scope = { ...(await loadScope(billing, world.accountId)), runId: null }
  const until = parseInstant('2031-06-03T00:00:00Z') ?? assert.fail()
  const { signal } = new AbortController()
  const work = () => trySales(billing, scope, { until, decideAt: 'until' }, { signal, atOf: () => until, onSettled: () => undefined })
  const done = await Promise.all([work(), work()])
  assert.equal(done.reduce((sum, { retried }) => sum + retried, 0), 1)
  await world.expects(REFUSED)
  await world.goTo('2031-06-20')
  const left = await world.api.get(`/salvage-transactions?customer_id=${customer.id}`)
  assert.deepEqual([left.at('data.0.status'), left.at('data.0.next_attempt_at'), left.at('data.0.attempts')], ['ready', null, 2])
}) // prettier-ignore

scenario('a salvage profile for renewals leaves what is left of a sale to people', IN_2031, async (world) => {
  const salvage_profile_id = await salvageProfile(world, {
    source_types: ['subscription_renewal', 'trial'],
    attempts: [{ after_days: 2 }],
  })
  const till = await openTill(world, { retry_failed_renewals: true, salvage_profile_id })
  const payment_profile_id = await chargesHalf(world)
  const customer = await world.customer('Ada')
  await world.addCard(customer, card.good)
  await till.sell({ customer_id: customer.id, payment_profile_id, lines: [{ product_id: till.productId }] })
  await world.expects(HALF_SOLD)
  const salvage = await world.api.get(`/salvage-transactions?customer_id=${customer.id}`)
  assert.deepEqual([salvage.at('data.0.source_type'), salvage.at('data.0.next_attempt_at')], ['sale', null])
  await world.goTo('2031-01-20')
}) // prettier-ignore

scenario('a salvage profile may ask for a part first', IN_2031, async (world) => {
  const salvage_profile_id = await salvageProfile(world, {
    attempts: [{ after_days: 2, amount_percent: 25 }, { after_days: 5 }],
  })
  const shop = await openShop(world, { retry_failed_renewals: true, salvage_profile_id })
  const ada = await shop.sell('2031-01-31')
  await ada.replaceCard(card.declinesUntil('2031-03-03', 'insufficient_funds'))
  await world.goTo('2031-03-02', { events: OVERDUE_RENEWAL })
  await world.goTo('2031-03-04', { events: ['payment.succeeded'] })
  assert.equal(memberOf(await salvageOf(world, ada), 'amount_remaining_minor'), 30_00)
  await world.goTo('2031-03-07', {
    events: [
      'payment.succeeded',
      'invoice.paid',
      'subscription.renewed',
      'subscription.updated',
      'salvage_transaction.recovered',
    ],
  })
  assert.deepEqual(await charged(world, ada), ['4000 failed', '1000 succeeded', '3000 succeeded'])
})

scenario('a salvage profile goes on once the overdue limit has suspended', IN_2031, async (world) => {
  const salvage_profile_id = await salvageProfile(world, {
    attempts: [{ after_days: 2 }, { after_days: 5 }, { after_days: 40 }],
  })
  const terms = { retry_failed_renewals: true, salvage_profile_id, overdue_limit: 1 }
  const shop = await openShop(world, terms)
  const ada = await shop.sell('2031-01-31')
  await ada.replaceCard(card.declinesUntil('2031-03-06', 'insufficient_funds'))
  const suspended = ['subscription.past_due', 'subscription.paused', 'salvage_transaction.created']
  await world.goTo('2031-03-02', { events: [...OVERDUE_RENEWAL.slice(0, -2), ...suspended] })
  await world.goTo('2031-03-04', { events: REFUSED })
  assert.equal(memberOf(await salvageOf(world, ada), 'next_attempt_at'), '2031-03-07T00:00:00.000Z')
  await world.goTo('2031-03-07', { events: ['payment.succeeded', 'invoice.paid', 'subscription.renewed', 'salvage_transaction.recovered'] })
  assert.deepEqual(await charged(world, ada), ['4000 failed', '4000 failed', '4000 succeeded'])
  // It stays suspended until somebody activates it.
  await world.goTo('2031-03-20')
  assert.equal(await standing(ada), 'paused 2031-04-01')
  await operate(world, ada, 'activate')
  await world.expects(['subscription.resumed'])
  assert.equal(await standing(ada), 'active 2031-04-01')
}) // prettier-ignore

scenario('salvage profiles that cannot be are refused', IN_2031, async (world) => {
  const refused = async (body: object) => {
    const answer = await world.api.call('POST', '/salvage-profiles', { body })
    return `${answer.status} ${String(answer.at('error.param'))}`
  }
  const days = [{ after_days: 5 }, { after_days: 5 }]
  assert.equal(await refused({ name: 'Twice', attempts: days }), '400 attempts[1].after_days')
  const id = await salvageProfile(world, { attempts: [{ after_days: 5 }] })
  assert.equal(await refused({ name: 'CARDS', attempts: [{ after_days: 1 }] }), '400 name')
  await world.api.call('DELETE', `/salvage-profiles/${id}`)
  await world.expects(['salvage_profile.deleted'])
  assert.equal((await world.api.get('/salvage-profiles')).at('data.length'), 0)
})

async function methodsOf(world: ScenarioWorld, who: Subscriber): Promise<readonly string[]> {
  const listed = (await world.api.get(`/customers/${who.customer.id}/payment-methods`)).at('data')
  assert.ok(Array.isArray(listed))
  return listed.map((one) => String(memberOf(one, 'id')))
}
