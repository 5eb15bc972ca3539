import assert from 'node:assert/strict'
import { decodeId } from '@perennial/core/ids'
import {
  createApiClient,
  DECLINED_RENEWAL,
  PAID_RENEWAL,
  scenario,
  type ScenarioWorld,
  type Subscriber,
} from '@perennial/testkit/scenario'

const NAMES = ['Ada', 'Bob', 'Cyd', 'Dan', 'Eve', 'Fay', 'Gus', 'Hal', 'Ivy', 'Jon']

scenario('two workers at once renew everybody once', async (world) => {
  for (const who of NAMES) await world.subscribe({ who, on: '2027-01-10' })
  await world.subscribe({ who: 'Zoe', card: 'tok_decline_after_1_do_not_honor' })
  const second = await world.house.startService({ tuning: { batchSize: 3 } })

  await Promise.all([world.renewAt('2027-02-10'), world.renewAt('2027-02-10', second)])

  await world.expects({
    ...Object.fromEntries(NAMES.map((who) => [who, PAID_RENEWAL])),
    Zoe: DECLINED_RENEWAL,
  })
})

scenario('one mover of the clock at a time, and the other is told', async (world) => {
  for (const who of NAMES) await world.subscribe({ who, on: '2027-01-10' })
  const second = await world.house.startService()
  const other = createApiClient({ url: second.url, apiKey: world.api.apiKey })
  const to = { body: { to: '2027-02-10T00:00:00Z' } }

  const answers = await Promise.all(
    [world.api, other].map((api) => api.call('POST', '/test-clock/advance', to)),
  )
  const statuses = answers.map(({ status }) => status)
  assert.ok(
    statuses.every((status) => status === 200 || status === 409),
    String(statuses),
  )
  assert.ok(statuses.includes(200))
  await world.expects(Object.fromEntries(NAMES.map((who) => [who, PAID_RENEWAL])))
})

scenario('a renewal run leaves a record of what was due and what came of it', async (world) => {
  await world.subscribe({ who: 'Ada', on: '2027-01-10' })
  await world.subscribe({ who: 'Bob', card: 'tok_decline_after_1_do_not_honor' })
  await world.goTo('2027-02-10', { events: { Ada: PAID_RENEWAL, Bob: DECLINED_RENEWAL } })
  const runs = await world.api.get('/renewal-runs')
  assert.equal(runs.at('data.0.due'), 2)
  assert.equal(runs.at('data.0.renewed'), 2)
  assert.equal(runs.at('data.0.failed'), 1)
  assert.equal(runs.at('data.0.parked'), 0)
})

scenario(
  'a subscription that cannot be billed is set aside alone, shown, and tried again',
  async (world) => {
    const ada = await world.subscribe({ who: 'Ada', on: '2027-01-10' })
    const bob = await world.subscribe({ who: 'Bob' })
    // Nothing that the API takes makes a decision fault, so the row itself is broken: it forgets a cycle.
    await moveCycle(world, { of: bob, by: -1 })

    await world.goTo('2027-02-10', { events: PAID_RENEWAL.map((type) => `Ada: ${type}`) })
    const parked = await world.api.get('/renewal-runs/parked')
    assert.equal(parked.at('data.0.subscription_id'), bob.id)
    assert.equal(parked.at('data.1'), undefined)

    const inVain = await world.api.post('/renewal-runs/retry-parked')
    assert.deepEqual(inVain.at('data'), { unparked: 1, renewed: 0, parked: 1 })

    // The cause is mended; the command bills what was set aside, at the instant at which it was due.
    await moveCycle(world, { of: bob, by: 1 })
    const retried = await world.api.post('/renewal-runs/retry-parked', {
      subscription_ids: [bob.id],
    })
    assert.deepEqual(retried.at('data'), { unparked: 1, renewed: 1, parked: 0 })
    await world.expects(PAID_RENEWAL.map((type) => `2027-02-10 Bob: ${type}`))
    await world.goTo('2027-03-10', { events: { Ada: PAID_RENEWAL, Bob: PAID_RENEWAL } })
    assert.equal(await ada.status(), 'active')
    assert.equal(await bob.status(), 'active')
  },
)

async function moveCycle(
  { house, accountId }: ScenarioWorld,
  given: { readonly of: Subscriber; readonly by: number },
): Promise<void> {
  const decoded = decodeId('subscription', given.of.id)
  assert.ok(decoded.kind === 'ok')
  await house.database.kysely
    .updateTable('subscriptions')
    .set(({ eb }) => ({ cycle: eb('cycle', '+', given.by) }))
    .where('account_id', '=', accountId)
    .where('id', '=', decoded.id)
    .execute()
}
