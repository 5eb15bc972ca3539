import assert from 'node:assert/strict'
import { encodeId } from '@perennial/core/ids'
import { card, COLLECTED, scenario } from '@perennial/testkit/scenario'
import { readStatus } from '../../packages/server/src/status/index.ts'

const ISSUED = ['invoice.created', 'invoice.finalized']
const AGAIN = ['payment.failed', 'invoice.payment_failed']
const FAILED = [...AGAIN, 'subscription.past_due']

type Group = { readonly key: string | null; readonly currency: string } & Record<string, unknown>

scenario('what failed payments came to, by reason and attempt, and how fast', async (world) => {
  await world.api.patch('/account', { settings: { recovery: { policy: 'ladder' } } })
  // 29.00 that comes back on the second retry, and 50.00 that never does.
  const ada = await world.subscribe({ on: '2027-01-31', who: 'Ada' })
  await ada.replaceCard(card.declinesUntil('2027-03-03', 'insufficient_funds'))
  const ben = await world.subscribe({ who: 'Ben', priceMinor: 50_00, card: card.declinesAfter(1, 'do_not_honor') })
  await world.goTo('2027-02-28', { events: [...ISSUED, ...ISSUED, ...FAILED, ...FAILED] })
  const numbers = async (query: string): Promise<readonly Group[]> => {
    const answer = await world.api.get(`/analytics/recovery/summary?${query}`)
    return answer.at('data.groups') as Group[] // as the API describes it
  }
  const [atRisk] = await numbers('')
  assert.deepEqual([atRisk?.['cases'], atRisk?.['at_risk_minor']], [2, 79_00])

  await world.goTo('2027-03-10', {
    events: [
      ...[...AGAIN, ...AGAIN].map((type) => `2027-03-01 ${type}`),
      ...[...COLLECTED, 'subscription.updated', ...AGAIN].map((type) => `2027-03-03 ${type}`),
      ...[...AGAIN, 'subscription.updated'].map((type) => `2027-03-07 ${type}`),
    ],
  })
  const [all, other] = await numbers('from=2027-02-01T00:00:00Z')
  assert.equal(other, undefined)
  assert.deepEqual(
    [all?.['recovered_minor'], all?.['lost_minor'], all?.['at_risk_minor'], all?.['recovered_share']],
    [29_00, 50_00, 0, 0.3671],
  )
  const reasons = await numbers('group_by=reason')
  assert.deepEqual(reasons.map(({ key, recovered }) => [key, recovered]), [['generic_decline', 0], ['insufficient_funds', 1]])
  const attempts = await numbers('group_by=attempt')
  // Ben's three retries came to nothing; of Ada's two the second won.
  assert.deepEqual(attempts.map((one) => [one.key, one['recovered'], one['attempts'], one['attempts_per_recovered']]), [[null, 0, 3, null], ['2', 1, 2, 2]])
  for (const by of ['gateway', 'issuer', 'policy']) {
    const groups = await numbers(`group_by=${by}&source=all`)
    assert.equal(groups.reduce((sum, group) => sum + Number(group['failed_minor']), 0), 79_00, by)
  }
  const cohorts = await world.api.get('/analytics/recovery/cohorts')
  assert.equal(cohorts.at('data.cohorts.0.month'), '2027-02')
  assert.deepEqual(cohorts.at('data.cohorts.0.recovered_minor'), [0, 0, 29_00, 29_00, 29_00, 29_00, 29_00])

  // What was given up is won all the same once its money comes, and counts by when it came and by who won it.
  const [bill] = (await world.api.get(`/invoices?subscription_id=${ben.id}&status=finalized`)).at('data') as { id: string }[]
  await world.api.post(`/invoices/${bill?.id}/pay`, { payment_method: 'cash', amount_minor: 20_00 })
  await world.expects(['payment.succeeded'])
  const winners = async (): Promise<unknown> =>
    (await numbers('group_by=won_by&from=2027-02-01T00:00:00Z')).map((one) => [one.key, one['recovered'], one['recovered_minor'], one['lost_minor']])
  assert.deepEqual(await winners(), [['manual', 0, 20_00, 30_00], ['retry', 1, 29_00, 0]])
  const link = new URL((await world.api.post('/card-update-links', { subscription_id: ben.id })).text('data.url'))
  const given = { number: '4242424242424242', exp_month: 8, exp_year: 2029, cvc: '123', name: 'Ben' }
  const page = await fetch(`${world.house.service.url}${link.pathname}/card`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ card: given, tries: 0 }),
  })
  assert.equal(page.status, 200)
  await world.expects([...COLLECTED, 'subscription.updated', 'payment_method.updated'])
  assert.deepEqual(await winners(), [['payer', 1, 50_00, 0], ['retry', 1, 29_00, 0]])
  const late = await world.api.get('/analytics/recovery/cohorts')
  assert.deepEqual(late.at('data.cohorts.0.recovered_minor'), [0, 0, 29_00, 29_00, 79_00, 79_00, 79_00])
  const standing = async (): Promise<unknown> => {
    const [account] = (await readStatus(world.house.database, world.house.clock)).filter(({ accountId }) => accountId === encodeId('account', world.accountId))
    const [dollars] = account?.money ?? []
    return [account?.failing, account?.recovered, dollars?.recoveredMonthMinor, dollars?.recoveredMinor]
  }
  assert.deepEqual(await standing(), [0, 2, 79_00n, 79_00n])

  // Another month; what was refunded of it had been won.
  const [payment] = (await world.api.get(`/payments?customer_id=${ben.customer.id}`)).at('data') as { id: string }[]
  await world.api.post('/refunds', { payment_id: payment?.id })
  await world.expects(['refund.created', 'refund.succeeded', 'payment.refunded'])
  await world.goTo('2027-04-02', { events: [...ISSUED, ...ISSUED, ...COLLECTED, ...COLLECTED] })
  assert.deepEqual(await standing(), [0, 2, 0n, 79_00n])

  // The same past, had it been retried otherwise. Two failures are a hint and no more, and it says so.
  const replayed = await world.api.post('/recovery/back-tests', { policies: ['ladder', 'planner', 'none'] })
  assert.deepEqual([replayed.at('data.cases'), replayed.at('data.failed_minor')], [2, 79_00])
  assert.deepEqual([replayed.at('data.actual.recovered_minor'), replayed.at('data.actual.attempts')], [29_00, 5])
  assert.ok(Number(replayed.at('data.results.0.near_share')) > 0.8)
  assert.ok(Number(replayed.at('data.results.1.recovered_minor')) > 0)
  assert.equal(replayed.at('data.results.2.recovered_minor'), 0)
  assert.match(String(replayed.at('data.notes.1')), /^There are only 2 recoveries/)
  const odd = await world.api.call('POST', '/recovery/back-tests', { body: { policies: ['ladder', 'fixed:7,3'] } })
  assert.deepEqual([odd.status, odd.at('error.param')], [400, 'policies[1]'])

  const wrong = await world.api.call('GET', '/analytics/recovery/summary?from=2027-03-02T00:00:00Z&to=2027-03-01T00:00:00Z')
  assert.deepEqual([wrong.status, wrong.at('error.param')], [400, 'from'])
  const to = '0001-01-01T00:00:00Z'
  const outside = [
    await world.api.call('GET', `/analytics/recovery/summary?to=${to}`),
    await world.api.call('POST', '/recovery/back-tests', { body: { policies: ['ladder'], to } }),
  ]
  for (const refused of outside) assert.deepEqual([refused.status, refused.at('error.param')], [400, 'to'])
}) // prettier-ignore
