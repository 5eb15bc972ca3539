import assert from 'node:assert/strict'
import { PAID_RENEWAL, PAID_START, scenario } from '@perennial/testkit/scenario'
import { createProfile, openShop, operate, renewals, standing } from './shop.ts'

const IN_2031 = { on: '2031-01-01' } as const

scenario(
  'a profile of 30 days renews every 30 days, and by hand whenever it is asked to',
  IN_2031,
  async (world) => {
    const shop = await openShop(world)
    const ada = await shop.sell('2031-01-15 10:00') // 1
    assert.equal(await standing(ada), 'active 2031-02-14 10:00')
    await world.goTo('2031-02-14 10:00', { events: PAID_RENEWAL }) // 3
    await world.goTo('2031-03-16 10:00', { events: PAID_RENEWAL }) // 4
    assert.equal(await standing(ada), 'active 2031-04-15 10:00')
    assert.deepEqual(await renewals(world, ada), [
      'automatic 2031-02-14 10:00 paid 4000',
      'automatic 2031-03-16 10:00 paid 4000',
    ])

    await world.goTo('2031-04-01 15:30') // 5, with other dates
    const preview = await operate(world, ada, 'renew', { preview: true })
    assert.deepEqual(
      [preview.at('data.charge.charged_minor'), preview.at('data.next_renewal.at')],
      [40_00, '2031-05-01T15:30:00.000Z'],
    )
    await world.expects([])
    const renewed = await operate(world, ada, 'renew')
    assert.equal(renewed.at('data.after.profile.next_renewal_at'), '2031-05-01T15:30:00.000Z')
    await world.expects(PAID_RENEWAL)
    await world.goTo('2031-04-30')
    assert.equal((await renewals(world, ada)).at(-1), 'manual 2031-04-01 15:30 paid 4000')

    await world.renewAt('2031-05-01 18:30') // 6: the workers come three hours late
    await world.expects(PAID_RENEWAL)
    assert.equal(await standing(ada), 'active 2031-05-31 15:30')
  },
)

scenario('two workers at the same moment renew once', IN_2031, async (world) => {
  const shop = await openShop(world) // 7
  const ada = await shop.sell('2031-01-15 10:00')
  await Promise.all([world.renewAt('2031-02-14 10:00'), world.renewAt('2031-02-14 10:00')])
  await world.expects(PAID_RENEWAL)
  assert.equal((await renewals(world, ada)).length, 1)
})

scenario('months forget the day, calendars and quarters keep theirs', IN_2031, async (world) => {
  const sold = async (who: string, on: string, frequency: object) => {
    const profile = await createProfile(world, { name: who, frequency })
    const terms = { subscription_profile_id: profile }
    return world.subscribe({ on, who, terms, events: PAID_START })
  }
  const day = (nth: number) => ({ kind: 'calendar', nth, unit: 'day', parent_unit: 'month' })
  const month = { kind: 'unit', unit: 'month', count: 1 }
  const mid = await sold('Mid', '2031-01-14 10:00', day(15)) // 11
  const half = await sold('Half', '2031-01-14 11:00', {
    kind: 'fiscal',
    period: 'infrequent',
    nth: 2,
  }) // 15
  assert.equal(await standing(mid), 'active 2031-01-15 10:00')
  assert.equal(await standing(half), 'active 2031-07-01 11:00')
  await world.goTo('2031-01-31', { events: PAID_RENEWAL.map((type) => `Mid: ${type}`) })
  assert.equal(await standing(mid), 'active 2031-02-15 10:00')
  const last = await sold('Last', '2031-01-31 09:00', month) // 9
  assert.equal(await standing(last), 'active 2031-02-28 09:00')
  await world.goTo('2031-02-28 09:00', { events: { Mid: PAID_RENEWAL, Last: PAID_RENEWAL } })
  assert.equal(await standing(last), 'active 2031-03-28 09:00') // 9
  assert.equal(await standing(mid), 'active 2031-03-15 10:00')
})

scenario('after the last of its renewals a subscription is completed', IN_2031, async (world) => {
  const shop = await openShop(world, { occurrences: 2 }) // 16
  const ada = await shop.sell('2031-01-15 10:00')
  await world.goTo('2031-02-14 10:00', { events: PAID_RENEWAL })
  await world.goTo('2031-03-16 10:00', { events: [...PAID_RENEWAL, 'subscription.updated'] })
  assert.equal(await standing(ada), 'expired never')
  await world.goTo('2031-06-01')
  assert.equal((await renewals(world, ada)).length, 2)
})
