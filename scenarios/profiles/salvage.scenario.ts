import assert from 'node:assert/strict'
import {
  type Answer,
  card,
  COLLECTED,
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
  SUSPENDED_RENEWAL,
  standing,
} from './shop.ts'

const IN_2031 = { on: '2031-01-01' } as const
const RECOVERED = 'salvage_transaction.recovered'
const REFUSED = card.declinesAfter(1, 'do_not_honor')

/** Oldest first. */
async function salvages(world: ScenarioWorld, filter: string): Promise<readonly unknown[]> {
  const rows = (await world.api.get(`/salvage-transactions?${filter}&limit=100`)).at('data')
  assert.ok(Array.isArray(rows))
  return rows.toReversed()
}

/** "ready 4000 2" of each: status, what is owed still, charges so far. */
async function told(world: ScenarioWorld, who: Subscriber): Promise<string[]> {
  return (await salvages(world, `subscription_id=${who.id}`)).map((row) =>
    ['status', 'amount_remaining_minor', 'attempts']
      .map((name) => String(memberOf(row, name)))
      .join(' '),
  )
}

/** Tries the oldest one that is ready. */
async function attempt(world: ScenarioWorld, who: Subscriber, body: object = {}): Promise<Answer> {
  const [ready] = await salvages(world, `subscription_id=${who.id}&status=ready`)
  const id = String(memberOf(ready, 'id'))
  return world.api.call('POST', `/salvage-transactions/${id}/attempt`, { body })
}

scenario('what could not be collected is salvaged by hand, once', IN_2031, async (world) => {
  const shop = await openShop(world, { overdue_limit: 2 })
  const ada = await shop.sell('2031-01-31', { card: REFUSED })
  await world.goTo('2031-03-02', { events: OVERDUE_RENEWAL })
  assert.deepEqual(await told(world, ada), ['ready 4000 1']) // 23
  assert.equal(await standing(ada), 'past_due 2031-04-01')
  const overdue = (await listRenewals(world, ada)).at(-1)
  const renewalId = String(memberOf(overdue, 'id'))
  const [found] = await salvages(world, `renewal_id=${renewalId}&status=ready`)
  assert.deepEqual(
    ['source_type', 'renewal_id', 'invoice_id', 'next_attempt_at'].map((name) =>
      memberOf(found, name),
    ),
    ['subscription_renewal', renewalId, memberOf(overdue, 'invoice_id'), null],
  )

  const declined = await attempt(world, ada)
  assert.deepEqual(
    [declined.status, declined.at('error.decline_code')],
    [402, 'do_not_honor'],
    JSON.stringify(declined.body),
  )
  await world.expects(['payment.failed', 'invoice.payment_failed'])
  assert.deepEqual(await told(world, ada), ['ready 4000 2'])

  const good = await world.addCard(ada.customer, card.good)
  const recovered = await attempt(world, ada, { payment_method_id: good }) // 28, 30
  assert.deepEqual(
    [recovered.at('data.status'), recovered.at('data.amount_remaining_minor')],
    ['recovered', 0],
    JSON.stringify(recovered.body),
  )
  await world.expects([...COLLECTED, 'subscription.updated', RECOVERED])
  assert.equal(await standing(ada), 'active 2031-04-01')
  const path = `/salvage-transactions/${recovered.text('data.id')}`
  for (const move of ['attempt', 'cancel']) {
    const again = await world.api.call('POST', `${path}/${move}`) // 31
    assert.deepEqual([again.status, again.at('error.code')], [409, 'conflict'])
  }
  assert.equal((await world.api.get(path)).at('data.payments.length'), 3)
  const bare = await world.api.call('GET', '/salvage-transactions?status=ready')
  assert.deepEqual([bare.status, bare.at('error.param')], [400, 'status'])
})

scenario('a salvage attempt goes to the gateway that was chosen', IN_2031, async (world) => {
  const shop = await openShop(world)
  const ada = await shop.sell('2031-01-31', { card: REFUSED })
  await world.goTo('2031-03-02', { events: OVERDUE_RENEWAL })
  const gateways = (await world.api.get('/gateways')).at('data')
  assert.ok(Array.isArray(gateways))
  const [own] = await salvages(world, `subscription_id=${ada.id}`)
  const others = gateways.filter((one) => memberOf(one, 'id') !== memberOf(own, 'gateway_id'))
  const [second] = others.map((one) => String(memberOf(one, 'id')))
  const good = await world.addCard(ada.customer, card.good)
  const chosen = { payment_method_id: good, gateway_id: second }
  const without = await attempt(world, ada, chosen)
  assert.deepEqual([without.status, without.at('error.param')], [400, 'gateway_id'])

  const code = (await world.api.get(`/gateways/${second}`)).text('data.code')
  await world.api.post(`/payment-methods/${good}/tokens`, { gateway: code, token: card.good })
  const recovered = await attempt(world, ada, chosen)
  assert.equal(recovered.at('data.status'), 'recovered', JSON.stringify(recovered.body))
  await world.expects([...COLLECTED, 'subscription.updated', RECOVERED])
  const used = recovered.at('data.payments')
  assert.ok(Array.isArray(used))
  assert.equal(memberOf(used.at(-1), 'gateway_id'), second)
  const ofSource = (source: string) =>
    salvages(world, `subscription_id=${ada.id}&source_type=${source}`)
  assert.deepEqual(
    [(await ofSource('subscription_renewal')).length, (await ofSource('sale')).length],
    [1, 0],
  )
})

scenario('a suspended subscription is salvaged, and stays suspended', IN_2031, async (world) => {
  const recovery = { policy: 'fixed', retry_days: [60] }
  const shop = await openShop(world, { overdue_limit: 2, retry_failed_renewals: true, recovery })
  const ada = await shop.sell('2031-01-31', { card: REFUSED })
  await world.goTo('2031-03-02', { events: OVERDUE_RENEWAL })
  const chosen = await world.api.get(`/subscriptions/${ada.id}/recovery`)
  assert.deepEqual([chosen.at('data.chosen_by'), chosen.at('data.retry_days')], ['profile', [60]])
  const [waiting] = await salvages(world, `customer_id=${ada.customer.id}`)
  assert.equal(memberOf(waiting, 'next_attempt_at'), '2031-05-01T00:00:00.000Z')
  await world.goTo('2031-04-01', { events: SUSPENDED_RENEWAL }) // 24
  await world.goTo('2031-05-10') // 25: no renewal, and no try of an open case
  assert.deepEqual(await told(world, ada), ['ready 4000 1', 'ready 4000 1'])

  const good = await world.addCard(ada.customer, card.good)
  for (const _ of [1, 2])
    assert.equal((await attempt(world, ada, { payment_method_id: good })).status, 200) // 29
  await world.expects([...COLLECTED, RECOVERED, ...COLLECTED, RECOVERED])
  assert.deepEqual(await told(world, ada), ['recovered 0 2', 'recovered 0 2'])
  assert.equal(await ada.status(), 'paused')
  await ada.replaceCard(card.good)
  await operate(world, ada, 'activate')
  assert.equal(await ada.status(), 'active')
  await world.goTo('2031-05-10 00:05', { events: ['subscription.resumed', ...PAID_RENEWAL] })
  assert.equal(await standing(ada), 'active 2031-06-09')
})

scenario('what ends leaves its salvage behind', IN_2031, async (world) => {
  const recovery = { policy: 'fixed', retry_days: [20] }
  const shop = await openShop(world, { retry_failed_renewals: true, recovery })
  const ada = await shop.sell('2031-01-31', { who: 'Ada', card: REFUSED })
  const bob = await shop.sell('2031-01-31', { who: 'Bob', card: REFUSED })
  await world.goTo('2031-03-02', { events: { Ada: OVERDUE_RENEWAL, Bob: OVERDUE_RENEWAL } })
  const product_id = (await bob.show()).text('data.product_id')
  await world.api.patch(`/products/${product_id}`, { subscription_profile_id: shop.profileId })
  await operate(world, bob, 'replace-product', {
    product_id,
    quantity: 1,
    unit_amount_minor: 40_00,
  })
  await world.api.post(`/subscriptions/${ada.id}/cancel`, { mode: 'immediately' })
  await world.expects([
    'product.updated',
    'subscription.created',
    'subscription.canceled',
    'subscription.canceled',
  ])
  await world.goTo('2031-03-23') // no try of the days that were set
  for (const who of [ada, bob]) {
    const [left] = await salvages(world, `subscription_id=${who.id}`)
    assert.deepEqual(
      [memberOf(left, 'status'), memberOf(left, 'recovery_state')],
      ['ready', 'exhausted'],
    )
    const good = await world.addCard(who.customer, card.good)
    const paid = await attempt(world, who, { payment_method_id: good })
    assert.equal(paid.at('data.status'), 'recovered', JSON.stringify(paid.body))
    await world.expects([...COLLECTED, RECOVERED])
    assert.equal(await who.status(), 'canceled')
  }
})

scenario(
  'nobody overrides the guard, and what is given up is not tried any more',
  IN_2031,
  async (world) => {
    const shop = await openShop(world, { retry_failed_renewals: true })
    const ada = await shop.sell('2031-01-31', { card: card.declinesAfter(1, 'stolen_card') })
    await world.goTo('2031-03-02', { events: OVERDUE_RENEWAL })
    const [open] = await salvages(world, `subscription_id=${ada.id}`)
    const path = `/salvage-transactions/${String(memberOf(open, 'id'))}`
    const forbidden = await world.api.call('POST', `${path}/attempt`)
    assert.deepEqual(
      [forbidden.status, forbidden.at('error.code')],
      [402, 'attempt_forbidden'],
      JSON.stringify(forbidden.body),
    )
    const canceled = await world.api.post(`${path}/cancel`)
    assert.deepEqual(
      [canceled.at('data.status'), canceled.at('data.recovery_state')],
      ['disabled', 'canceled'],
    )
    await world.expects(['salvage_transaction.disabled'])
    const event = await world.api.get('/events?limit=1')
    const facts = ['status', 'recovery_state', 'amount_remaining_minor', 'renewal_id']
    assert.deepEqual(
      ['type', ...facts.map((name) => `data.object.${name}`)].map((name) =>
        event.at(`data.0.${name}`),
      ),
      ['salvage_transaction.disabled', ...facts.map((name) => canceled.at(`data.${name}`))],
    )
    const refused = await world.api.call('POST', `${path}/attempt`)
    assert.deepEqual([refused.status, refused.at('error.code')], [409, 'conflict'])
    await world.goTo('2031-03-30')
    assert.deepEqual(await told(world, ada), ['disabled 4000 1'])
    assert.equal(await standing(ada), 'past_due 2031-04-01')
  },
)
