import assert from 'node:assert/strict'
import { card, DECLINED_RENEWAL, scenario } from '@perennial/testkit/scenario'
import { parseInstant } from '@perennial/core/time'
import { runDunningBatch } from '../../packages/server/src/modules/billing/dunning/run-dunning.ts'
import { loadScope } from '../../packages/server/src/modules/billing/index.ts'
import { readMails } from './read-mails.ts'

const DECLINED_AGAIN = ['payment.failed', 'invoice.payment_failed']
const NAMES = ['Ada', 'Bob', 'Cyd', 'Dan']

scenario('however many workers there are, each customer gets each mail once', async (world) => {
  for (const who of NAMES) {
    await world.subscribe({ who, on: '2027-01-31', card: card.declinesAfter(1, 'do_not_honor') })
  }
  const second = await world.house.startService({ tuning: { batchSize: 3 } })
  const all = (events: readonly string[]) =>
    Object.fromEntries(NAMES.map((who) => [who, events] as const))
  const days = [
    ['2027-02-28', DECLINED_RENEWAL],
    ['2027-03-01', DECLINED_AGAIN],
    ['2027-03-03', DECLINED_AGAIN],
  ] as const
  for (const [day, events] of days) {
    await Promise.all([world.renewAt(day), world.renewAt(day, second), world.renewAt(day)])
    // Whatever one of them held, another had to leave; a step waits an hour for a try that was out.
    await world.renewAt(`${day} 02:00`)
    await world.expects(all(events))
  }
  const expected = ['2027-02-28 payment_failed', '2027-03-01 retry_failed', '2027-03-03 urgent_update'] // prettier-ignore
  assert.deepEqual(
    await readMails(world),
    expected.flatMap((mail) => NAMES.map(() => mail)),
  )
  await world.goTo('2027-03-07', { events: all([...DECLINED_AGAIN, 'subscription.updated']) })
})

scenario('a step that is taken twice, or dies on the way, sends its mail once', async (world) => {
  const ada = await world.subscribe({
    on: '2027-01-31',
    card: card.declinesAfter(1, 'do_not_honor'),
  })
  const { billing } = world.house.service
  const until = parseInstant('2027-02-28T00:00:00Z')
  assert.ok(until !== null)
  let deaths = 0
  const dying = {
    ...billing,
    createCardLinks: async () => {
      deaths += 1
      throw new Error('the process dies here')
    },
  }
  const scope = { ...(await loadScope(billing, world.accountId)), runId: null }
  const window = { until, decideAt: 'due' } as const
  await world.goTo('2027-02-28', { events: DECLINED_RENEWAL })
  // As if its first step had not been taken: the same moment, once more.
  await billing.database.kysely
    .updateTable('dunning_runs')
    .set({ due_at: until, steps_done: 0, mails_sent: 0, steps: null })
    .where('account_id', '=', world.accountId)
    .execute()
  await assert.rejects(runDunningBatch(dying, scope, window), /the process dies here/)
  assert.equal(deaths, 1)
  assert.deepEqual(await readMails(world), ['2027-02-28 payment_failed'])
  assert.equal(await runDunningBatch(billing, scope, window), 1)
  assert.deepEqual(
    await readMails(world),
    ['2027-02-28 payment_failed'],
    'the mail was queued before',
  )
  await ada.cancel('immediately')
  await world.expects(['subscription.canceled'])
})
