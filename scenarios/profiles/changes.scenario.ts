import assert from 'node:assert/strict'
import {
  card,
  memberOf,
  PAID_RENEWAL,
  PAID_START,
  scenario,
  type ScenarioWorld,
} from '@perennial/testkit/scenario'
import { createProfile, DAYS_30, openShop, operate, refusalOf, renewals, standing } from './shop.ts'

const IN_2031 = { on: '2031-01-01' } as const

/** "param: message" of the answer to a call that is refused. */
async function refused(world: ScenarioWorld, path: string, body: object): Promise<unknown> {
  const answer = await world.api.call('POST', path, { body })
  assert.equal(answer.status, 400, JSON.stringify(answer.body))
  return answer.at('error.param')
}

scenario('a profile is refused where its form is not filled in rightly', IN_2031, async (world) => {
  const path = '/subscription-profiles'
  const form = { name: 'Monthly', frequency: DAYS_30, payment_profile_id: null }
  await createProfile(world, form)
  const { name: _, ...nameless } = form
  assert.equal(await refused(world, path, nameless), 'name') // 17
  const { payment_profile_id: __, ...unpaid } = { ...form, name: 'Unpaid' }
  assert.equal(await refused(world, path, unpaid), 'payment_profile_id') // 17
  assert.equal(await refused(world, path, { ...form, name: 'monthly' }), 'name') // 18
  const other = { ...form, name: 'Other' }
  const calendar = { ...other, frequency: { kind: 'calendar' } }
  assert.equal(await refused(world, path, calendar), 'frequency.unit') // 19
  const never = { kind: 'calendar', nth: 8, unit: 'day', parent_unit: 'week' }
  assert.equal(await refused(world, path, { ...other, frequency: never }), 'frequency')

  const gateways = (await world.api.get('/gateways')).at('data')
  assert.ok(Array.isArray(gateways))
  const [gateway_id] = gateways.map((gateway) => memberOf(gateway, 'id'))
  const entries = [{ kind: 'gateway', gateway_id }]
  const steps = [{ source: 'gateway', entries }]
  const payment = await world.api.post('/payment-profiles', {
    name: 'One gateway',
    definition: { kind: 'basic', steps },
  })
  await world.expects(['payment_profile.created'])
  const payment_profile_id = payment.text('data.id')
  const last = { ...other, payment_profile_id, prefer_last_success_gateway: true }
  assert.equal(await refused(world, path, last), 'prefer_last_success_gateway') // 20
  assert.equal((await world.api.get(path)).at('data.1'), undefined)
})

scenario(
  'a change of a profile reaches everything that follows it, and leaves the dates that are set',
  IN_2031,
  async (world) => {
    const shop = await openShop(world)
    const ada = await shop.sell('2031-01-15 10:00')
    const bob = await shop.sell('2031-01-15 12:00', { who: 'Bob' })
    const eve = await shop.sell('2031-01-15 14:00', { who: 'Eve' })
    await world.goTo('2031-02-01')
    const own = { frequency: { kind: 'unit', unit: 'day', count: 45 } }
    const edited = await operate(world, eve, 'edit', { custom_profile: own }) // 22
    const custom = edited.text('data.after.profile.id')
    await world.expects(['subscription_profile.created', 'subscription.updated'].toReversed())
    assert.equal(
      (await world.api.get(`/subscription-profiles/${custom}`)).at('data.subscription_id'),
      eve.id,
    )

    const every10 = { frequency: { kind: 'unit', unit: 'day', count: 10 }, occurrences: 40 } // 21
    const changed = await world.api.patch(`/subscription-profiles/${shop.profileId}`, every10)
    assert.equal(changed.at('data.version'), 2)
    await world.expects(['subscription_profile.updated'])
    assert.equal(await standing(ada), 'active 2031-02-14 10:00')
    await world.goTo('2031-02-15', {
      events: { Ada: PAID_RENEWAL, Bob: PAID_RENEWAL, Eve: PAID_RENEWAL },
    })
    assert.equal(await standing(ada), 'active 2031-02-24 10:00')
    assert.equal(await standing(bob), 'active 2031-02-24 12:00')
    assert.equal(await standing(eve), 'active 2031-03-31 14:00')
    assert.equal((await ada.show()).at('data.profile.occurrences'), 40)

    const disabled = await world.api.patch(`/subscription-profiles/${shop.profileId}`, {
      enabled: false,
    })
    assert.equal(disabled.at('data.enabled'), false)
    await world.expects(['subscription_profile.updated'])
    const used = await world.api.call('DELETE', `/subscription-profiles/${shop.profileId}`)
    assert.equal(used.at('error.code'), 'resource_in_use')
    await world.goTo('2031-02-24 10:00', { events: PAID_RENEWAL.map((type) => `Ada: ${type}`) })
  },
)

scenario(
  'an edit counts from the next renewal on, and is told in the timeline',
  IN_2031,
  async (world) => {
    const shop = await openShop(world)
    const ada = await shop.sell('2031-01-15 10:00')
    await world.goTo('2031-02-01')
    const edit = { amount_minor: 35_50, next_renewal_at: '2031-02-20T08:00:00Z' } // 36
    const preview = await operate(world, ada, 'edit', { ...edit, preview: true })
    assert.deepEqual(preview.at('data.next_renewal'), {
      at: '2031-02-20T08:00:00.000Z',
      amount_minor: 35_50,
    })
    assert.equal(preview.at('data.before.amount_minor'), 40_00)
    await world.expects([])
    assert.equal(await standing(ada), 'active 2031-02-14 10:00')

    const done = await operate(world, ada, 'edit', edit)
    assert.deepEqual(done.at('data.changed'), preview.at('data.changed'))
    await world.goTo('2031-02-20 08:00', { events: ['subscription.updated', ...PAID_RENEWAL] })
    assert.equal((await renewals(world, ada)).at(-1), 'automatic 2031-02-20 08:00 paid 3550')
    assert.equal(await standing(ada), 'active 2031-03-22 08:00')

    const ship_to = { first_name: 'Ada', city: 'London', country: 'GB' }
    await operate(world, ada, 'edit', { ship_to, quantity: 2 })
    await world.expects(['subscription.updated'])
    const shown = await ada.show()
    assert.deepEqual([shown.at('data.ship_to'), shown.at('data.quantity')], [ship_to, 2])

    const timeline = (await world.api.get(`/subscriptions/${ada.id}/timeline?limit=50`)).at('data')
    assert.ok(Array.isArray(timeline))
    assert.deepEqual(
      timeline.toReversed().map((entry) => memberOf(entry, 'type')),
      [...PAID_START, 'subscription.updated', ...PAID_RENEWAL, 'subscription.updated'],
    )
    const changes = memberOf(timeline.at(-1 - PAID_START.length), 'changes')
    assert.deepEqual(changes, [
      { field: 'amount_minor', before: 40_00, after: 35_50 },
      {
        field: 'current_period_end',
        before: '2031-02-14T10:00:00.000Z',
        after: '2031-02-20T08:00:00.000Z',
      },
    ])
  },
)

scenario('another product takes over at the date that is set', IN_2031, async (world) => {
  const shop = await openShop(world)
  const ada = await shop.sell('2031-01-15 10:00')
  const product_id = (await ada.show()).text('data.product_id')
  await world.api.patch(`/products/${product_id}`, { subscription_profile_id: shop.profileId })
  await world.expects(['product.updated'])
  const monthly = await createProfile(world, {
    name: 'Monthly',
    frequency: { kind: 'unit', unit: 'month', count: 1 },
  })
  const createProduct = async (reference: string, profile: object) => {
    const made = await world.api.post('/products', {
      product_id: reference,
      name: reference,
      kind: 'subscription',
      pricing_model: 'recurring',
      amount_minor: 25_00,
      currency: 'USD',
      ...profile,
    })
    return made.text('data.id')
  }
  const other = await createProduct('Q', { subscription_profile_id: monthly })
  const bare = await createProduct('bare', { interval: 'month', interval_count: 1 })
  await world.goTo('2031-02-01')

  assert.equal(
    await refusalOf(world, ada, 'replace-product', { product_id: bare }),
    'validation_error',
  ) // 42
  const wish = { product_id: other, quantity: 2, unit_amount_minor: 25_00 }
  const preview = await operate(world, ada, 'replace-product', { ...wish, preview: true })
  assert.equal(preview.at('data.warnings.0.code'), 'profile_not_carried_over')
  await world.expects([])
  const replaced = await operate(world, ada, 'replace-product', wish) // 38
  await world.expects(['subscription.created', 'subscription.canceled'])
  const successor = { ...ada, id: replaced.text('data.replacement.id') }
  const shown = await world.api.get(`/subscriptions/${successor.id}`)
  assert.deepEqual(
    ['status', 'amount_minor', 'profile.id', 'profile.next_renewal_at', 'replaces_id'].map((name) =>
      shown.at(`data.${name}`),
    ),
    ['active', 50_00, monthly, '2031-02-14T10:00:00.000Z', ada.id],
  )
  const before = await ada.show()
  assert.deepEqual(
    [before.at('data.status'), before.at('data.replaced_by_id')],
    ['canceled', successor.id],
  )
  await world.goTo('2031-02-14 10:00', { events: PAID_RENEWAL }) // 43
  assert.deepEqual(await renewals(world, ada), [])
  assert.deepEqual(await renewals(world, successor), ['automatic 2031-02-14 10:00 paid 5000'])
  const next = await world.api.get(`/subscriptions/${successor.id}`)
  assert.equal(next.at('data.profile.next_renewal_at'), '2031-03-14T10:00:00.000Z')

  const bob = await shop.sell('2031-02-15', { who: 'Bob', card: card.mastercard })
  const same = (await bob.show()).text('data.product_id')
  await world.api.patch(`/products/${same}`, { subscription_profile_id: shop.profileId })
  const twice = { product_id: same, quantity: 2, unit_amount_minor: 40_00 }
  const kept = await operate(world, bob, 'replace-product', { ...twice, preview: true }) // 40
  assert.deepEqual(
    [kept.at('data.replacement.profile.id'), kept.at('data.replacement.amount_minor')],
    [shop.profileId, 80_00],
  )
  assert.deepEqual(kept.at('data.warnings'), [])
  await operate(world, bob, 'edit', { custom_profile: { frequency: DAYS_30 } })
  const own = await operate(world, bob, 'replace-product', { ...twice, preview: true }) // 41
  assert.equal(own.at('data.replacement.profile.id'), shop.profileId)
  await world.expects(['product.updated', 'subscription.updated', 'subscription_profile.created'])
})
