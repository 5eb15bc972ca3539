import assert from 'node:assert/strict'
import {
  card,
  memberOf,
  PAID_RENEWAL,
  scenario,
  type ScenarioWorld,
  type Subscriber,
} from '@perennial/testkit/scenario'
import {
  listRenewals,
  openShop,
  operate,
  OVERDUE_RENEWAL,
  PRICE_MINOR,
  SUSPENDED_RENEWAL,
  refusalOf,
  renewals,
  standing,
} from './shop.ts'

const IN_2031 = { on: '2031-01-01' } as const
const SECOND_FAILURE = OVERDUE_RENEWAL.filter((type) => type !== 'subscription.past_due')

/** Status before and after, and the next renewal, of a preview: nothing is written, told or charged. */
async function quote(world: ScenarioWorld, who: Subscriber, operation: string): Promise<unknown[]> {
  const before = (await who.show()).body
  const preview = await operate(world, who, operation, { preview: true })
  assert.equal(preview.at('data.is_preview'), true)
  await world.expects([])
  assert.deepEqual((await who.show()).body, before)
  assert.equal(preview.at('data.charge'), null)
  return ['before.status', 'after.status', 'next_renewal'].map((name) => preview.at(`data.${name}`))
}

/** Collects the oldest overdue renewal. */
async function salvage(world: ScenarioWorld, who: Subscriber, methodId: string): Promise<unknown> {
  const overdue = (await listRenewals(world, who)).find(
    (row) => memberOf(row, 'status') === 'overdue',
  )
  const id = String(memberOf(overdue, 'id'))
  const tried = await world.api.post(`/renewals/${id}/retry`, { payment_method_id: methodId })
  return tried.at('data.status')
}

scenario(
  'at its overdue limit a subscription is suspended, and renews again when it is activated',
  IN_2031,
  async (world) => {
    const shop = await openShop(world, { overdue_limit: 2 })
    const ada = await shop.sell('2031-01-31', { card: card.declinesAfter(1, 'do_not_honor') })
    await world.goTo('2031-03-02', { events: OVERDUE_RENEWAL }) // 23
    assert.equal(await standing(ada), 'past_due 2031-04-01')
    await world.goTo('2031-04-01', { events: SUSPENDED_RENEWAL }) // 24
    assert.equal(await standing(ada), 'paused 2031-05-01')
    await world.goTo('2031-05-20') // 25
    assert.deepEqual(await renewals(world, ada), [
      'automatic 2031-03-02 overdue 4000',
      'automatic 2031-04-01 overdue 4000',
    ])

    await ada.replaceCard(card.good) // 26
    const activated = await operate(world, ada, 'activate')
    assert.deepEqual(activated.at('data.warnings.0.code'), 'next_renewal_in_past')
    assert.equal(await standing(ada), 'past_due 2031-05-01')
    await world.goTo('2031-05-20 00:05', { events: ['subscription.resumed', ...PAID_RENEWAL] })
    assert.equal((await renewals(world, ada)).at(-1), 'automatic 2031-05-20 paid 4000')
    assert.equal(await standing(ada), 'past_due 2031-06-19')

    await ada.replaceCard(card.declines('do_not_honor'))
    await world.goTo('2031-06-19', { events: SUSPENDED_RENEWAL })
    assert.equal(await standing(ada), 'paused 2031-07-19') // 3 are more than 2
  },
)

scenario('an overdue renewal that is collected moves no date', IN_2031, async (world) => {
  const shop = await openShop(world, { overdue_limit: 2 })
  const ada = await shop.sell('2031-01-31', { card: card.declinesAfter(1, 'do_not_honor') })
  await world.goTo('2031-03-02', { events: OVERDUE_RENEWAL })
  const good = await world.addCard(ada.customer, card.good)
  await ada.replaceCard(card.declines('do_not_honor'))
  assert.equal(await salvage(world, ada, good), 'paid') // 28
  await world.expects([
    'payment.succeeded',
    'invoice.paid',
    'subscription.renewed',
    'subscription.updated',
    'salvage_transaction.recovered',
  ])
  assert.equal(await standing(ada), 'active 2031-04-01')
  const [paid] = await listRenewals(world, ada)
  const again = await world.api.call('POST', `/renewals/${String(memberOf(paid, 'id'))}/retry`)
  assert.equal(again.status, 400, JSON.stringify(again.body)) // 31

  await world.goTo('2031-04-01', { events: OVERDUE_RENEWAL })
  await world.goTo('2031-05-01', { events: SUSPENDED_RENEWAL })
  const collected = [
    'payment.succeeded',
    'invoice.paid',
    'subscription.renewed',
    'salvage_transaction.recovered',
  ]
  assert.equal(await salvage(world, ada, good), 'paid') // 29
  assert.equal(await salvage(world, ada, good), 'paid')
  await world.expects([...collected, ...collected])
  assert.equal(await ada.status(), 'paused')
  await operate(world, ada, 'activate')
  await world.expects(['subscription.resumed'])
  assert.equal(await standing(ada), 'active 2031-05-31')
})

scenario('without a limit nothing is suspended, and nothing ends', IN_2031, async (world) => {
  const shop = await openShop(world) // 27
  const ada = await shop.sell('2031-01-15', { card: card.declinesAfter(1, 'do_not_honor') })
  await world.goTo('2031-06-20', {
    events: [OVERDUE_RENEWAL, ...Array.from({ length: 4 }, () => SECOND_FAILURE)].flat(),
  })
  assert.deepEqual(
    (await renewals(world, ada)).map((text) => text.split(' ')[2]),
    ['overdue', 'overdue', 'overdue', 'overdue', 'overdue'],
  )
  assert.equal(await ada.status(), 'past_due')
})

scenario(
  'a suspension lasts until it is ended, and only moves that make sense are made',
  IN_2031,
  async (world) => {
    const shop = await openShop(world)
    const ada = await shop.sell('2031-01-15 10:00')
    await world.goTo('2031-02-01')
    assert.equal(await refusalOf(world, ada, 'activate'), 'invalid_request') // 34
    const next = { at: '2031-02-14T10:00:00.000Z', amount_minor: PRICE_MINOR }
    assert.deepEqual(await quote(world, ada, 'suspend'), ['active', 'paused', next])
    await operate(world, ada, 'suspend') // 33
    assert.equal(await refusalOf(world, ada, 'suspend'), 'invalid_request') // 34
    assert.equal(await refusalOf(world, ada, 'renew'), 'invalid_request')
    await world.goTo('2031-02-10', { events: ['subscription.paused'] })
    assert.deepEqual(await quote(world, ada, 'activate'), ['paused', 'active', next])
    await operate(world, ada, 'activate')
    await world.goTo('2031-02-14 10:00', { events: ['subscription.resumed', ...PAID_RENEWAL] })

    await operate(world, ada, 'suspend')
    await world.goTo('2031-05-01', { events: ['subscription.paused'] })
    assert.deepEqual(await quote(world, ada, 'cancel-now'), ['paused', 'canceled', null])
    await operate(world, ada, 'cancel-now', { reason: 'moved away' }) // 35
    await world.expects(['subscription.canceled'])
    assert.equal(await refusalOf(world, ada, 'edit', { quantity: 2 }), 'invalid_request')
    for (const operation of ['activate', 'renew', 'suspend', 'cancel-now'])
      assert.equal(await refusalOf(world, ada, operation), 'invalid_request')
    await world.goTo('2031-08-01')
    assert.equal((await renewals(world, ada)).length, 1)
  },
)
