import assert from 'node:assert/strict'
import { deliverWebhooks } from '../../packages/server/src/modules/recovery/index.ts'
import { freshToken, openBiller, story, type Hook } from './biller.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

story('a webhook is tried at 0, 2 and 8 seconds, then over a day, with the same bytes', async (world, biller) => {
  const { clock } = world.house
  biller.answerWith(500)
  await biller.execute({ paymentMethodToken: freshToken(), amount: 5000, simulateOutcome: 'failed' })
  const tries: Hook[] = [...(await biller.hooks())]
  assert.equal(tries.length, 1)
  // Waits from one try to the next; real time goes on by a moment in between.
  for (const waitMs of [2 * SECOND, 6 * SECOND, 292 * SECOND, 10 * MINUTE, 45 * MINUTE, 2 * HOUR, 3 * HOUR]) {
    clock.moveOn(waitMs - SECOND)
    assert.deepEqual(await biller.hooks(), [], `too early, ${waitMs} ms after the last`)
    clock.moveOn(SECOND)
    tries.push(...(await biller.hooks()))
  }
  biller.answerWith(200)
  clock.moveOn(6 * HOUR)
  tries.push(...(await biller.hooks()))
  clock.moveOn(30 * HOUR)
  assert.deepEqual(await biller.hooks(), [])
  assert.equal(tries.length, 9)
  assert.equal(new Set(tries.map(({ raw, signature, id }) => `${raw} ${signature} ${id}`)).size, 1)
  assert.deepEqual(tries.map(({ tryNumber }) => tryNumber), [1, 2, 3, 4, 5, 6, 7, 8, 9])
}) // prettier-ignore

story('a webhook that nobody takes is given up after a day and kept', async (world, biller) => {
  biller.answerWith(204) // 200 alone counts
  await biller.execute({ paymentMethodToken: freshToken(), amount: 5000, simulateOutcome: 'blocked' })
  let tries = 0
  let given: Hook | undefined
  for (let round = 0; round < 20; round += 1) {
    const hooks = await biller.hooks()
    given ??= hooks[0]
    tries += hooks.length
    world.house.clock.moveOn(12 * HOUR)
  }
  assert.equal(tries, 10)
  const { state } = await world.house.database.kysely
    .selectFrom('recovery_deliveries')
    .select('state')
    .where('account_id', '=', world.accountId)
    .executeTakeFirstOrThrow()
  assert.equal(state, 'dead')
  await world.expects(['recovery_client.webhook_given_up'])
  // The merchant sees that something was not taken, and has it sent once more, with the same bytes.
  const path = `/recovery/clients/${biller.clientId}`
  assert.equal((await world.api.get(path)).at('data.undelivered_webhooks'), 1)
  biller.answerWith(200)
  await biller.set({ webhook_url: null })
  const nowhere = await world.api.call('POST', `${path}/replay-webhooks`, {})
  assert.deepEqual([nowhere.status, nowhere.at('error.param')], [400, 'webhook_url'])
  await biller.execute({ paymentMethodToken: freshToken(), amount: 6000, simulateOutcome: 'success' })
  assert.deepEqual(await biller.hooks(), [])
  await biller.set({ webhook_url: biller.hookUrl })
  assert.equal((await world.api.post(`${path}/replay-webhooks`)).at('data.replayed'), 2)
  const replayed = await biller.hooks()
  assert.deepEqual(replayed.map(({ event, tryNumber }) => [event, tryNumber]), [['recovery.blocked', 1], ['recovery.success', 1]])
  assert.equal(replayed[0]?.id, given?.id)
  assert.equal((await world.api.get(path)).at('data.undelivered_webhooks'), 0)
}) // prettier-ignore

story('a receiver that takes eleven seconds has not taken it', async (world, biller) => {
  const stateOf = async () => {
    const { state, tries } = await world.house.database.kysely
      .selectFrom('recovery_deliveries')
      .select(['state', 'tries'])
      .where('account_id', '=', world.accountId)
      .executeTakeFirstOrThrow()
    return `${state} ${tries}`
  }
  biller.answerAfter(11 * SECOND)
  await biller.execute({ paymentMethodToken: freshToken(), amount: 5000, simulateOutcome: 'failed' })
  assert.equal((await biller.hooks()).length, 1) // after ten real seconds
  assert.equal(await stateOf(), 'waiting 1')
  biller.answerAfter(0)
  world.house.clock.moveOn(2 * SECOND)
  assert.equal((await biller.hooks()).length, 1)
  assert.equal(await stateOf(), 'done 2')
}) // prettier-ignore

story(
  'a biller that does its own dunning hears of blocks, not of failures',
  async (world, biller) => {
    for (const simulateOutcome of ['failed', 'blocked', 'success'])
      await biller.execute({ paymentMethodToken: freshToken(), amount: 5000, simulateOutcome })
    // A card that will never do fails in earnest.
    const lost = await biller.execute({ paymentMethodToken: freshToken(), amount: 5000, originalDeclineCode: 'invalid_account' }) // prettier-ignore
    assert.deepEqual([lost.status, lost.at('success')], [200, false])
    const events = (await biller.hooks()).map(({ event }) => event)
    assert.deepEqual(events.toSorted(), ['recovery.blocked', 'recovery.success'])
  },
  { dunning_enabled: false },
)

story('webhooks go to no private address, now or later', async (world, biller) => {
  const url = 'http://10.0.0.1/hooks'
  const refused = await world.api.call('POST', '/recovery/clients', { body: { webhook_url: url } })
  assert.equal(refused.at('error.param'), 'webhook_url')
  await world.house.database.kysely
    .updateTable('recovery_clients')
    .set({ webhook_url: url })
    .where('account_id', '=', world.accountId)
    .execute()
  await biller.execute({ paymentMethodToken: freshToken(), amount: 5000, simulateOutcome: 'failed' })
  assert.deepEqual(await biller.hooks(), [])
  const delivery = await world.house.database.kysely
    .selectFrom('recovery_deliveries')
    .select(['state', 'last_error'])
    .where('account_id', '=', world.accountId)
    .executeTakeFirstOrThrow()
  assert.deepEqual([delivery.state, delivery.last_error?.includes('private')], ['waiting', true])
}) // prettier-ignore

story('a receiver with much to take does not keep the others waiting', async (world, biller) => {
  const other = await openBiller(world)
  for (let index = 0; index < 30; index += 1)
    await biller.execute({ paymentMethodToken: freshToken(), amount: 5000, simulateOutcome: 'success' }) // prettier-ignore
  await other.execute({ paymentMethodToken: freshToken(), amount: 5000, simulateOutcome: 'success' }) // prettier-ignore
  // One round: some of the one, and all of the other.
  await deliverWebhooks(world.house.service.billing)
  const { tried } = await world.house.database.kysely
    .selectFrom('recovery_deliveries')
    .select(({ fn }) => fn.countAll<bigint>().as('tried'))
    .where('account_id', '=', world.accountId)
    .where('tries', '>', 0)
    .executeTakeFirstOrThrow()
  assert.deepEqual([Number(tried), (await other.hooks()).length], [17, 1])
  assert.equal((await biller.hooks()).length, 30)
  await other.close()
})
