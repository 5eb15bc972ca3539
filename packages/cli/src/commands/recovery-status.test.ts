import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { encodeId } from '@perennial/core/ids'
import {
  card,
  COLLECTED,
  memberOf,
  scenario,
  type ScenarioWorld,
} from '@perennial/testkit/scenario'
import { printRecoveryStatus } from './recovery-status.ts'

const CLI = join(import.meta.dirname, '../main.ts')
const ISSUED = ['invoice.created', 'invoice.finalized']
const AGAIN = ['payment.failed', 'invoice.payment_failed']
const FAILED = [...AGAIN, 'subscription.past_due']
const PERIOD = ['--from', '2027-02-01', '--to', '2027-04-01'] as const

/** Ada's 29.00 come back with another card; Ben's 50.00, asked for at another gateway by days of his own, never do. */
async function failTwice(world: ScenarioWorld): Promise<void> {
  await world.api.patch('/account', { settings: { recovery: { policy: 'ladder' } } })
  const ada = await world.subscribe({ on: '2027-01-31', who: 'Ada' })
  const token = card.declinesAfter(1, 'do_not_honor')
  const ben = await world.subscribe({ who: 'Ben', priceMinor: 50_00, card: token })
  const listed = (await world.api.get('/gateways')).at('data')
  assert.ok(Array.isArray(listed))
  const birch = listed.find((one) => memberOf(one, 'code') === 'birch')
  const methods = await world.api.get(`/customers/${ben.customer.id}/payment-methods`)
  await world.api.post(`/payment-methods/${methods.text('data.0.id')}/tokens`, { gateway: 'birch', token }) // prettier-ignore
  await world.api.patch(`/subscriptions/${ben.id}`, { forced_gateway_id: memberOf(birch, 'id') })
  await world.expects(['subscription.routing_changed'])
  await world.api.patch(`/subscriptions/${ben.id}/recovery`, { recovery: { policy: 'fixed', retry_days: [2] } }) // prettier-ignore
  await ada.replaceCard(card.declines('insufficient_funds'))
  await world.goTo('2027-02-28', { events: [...ISSUED, ...ISSUED, ...FAILED, ...FAILED] })
  await world.goTo('2027-03-02', { events: [...AGAIN, ...AGAIN, 'subscription.updated'] })
  await ada.replaceCard(card.mastercard)
  await world.goTo('2027-03-03', { events: [...COLLECTED, 'subscription.updated'] })
}

function run(world: ScenarioWorld, ...words: readonly string[]) {
  const env = { ...process.env, DATABASE_URL: world.house.databaseUrl }
  return spawnSync(process.execPath, [CLI, 'status', ...words], { env, encoding: 'utf8' })
}

type Group = Readonly<Record<string, unknown>>
/** "key label cases failed recovered at risk lost retries" of each group. */
const toRows = (groups: unknown): readonly string[] => {
  assert.ok(Array.isArray(groups))
  return groups.map((one: Group) =>
    [one['label'] ?? one['key'], one['cases'], one['failed_minor'], one['recovered_minor'], one['at_risk_minor'], one['lost_minor'], one['attempts']].join(' '),
  )
} // prettier-ignore

/** Each grouping with what its groups came to; 2,900 of Ada, 5,000 of Ben. */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  reason: ['generic decline 1 5000 0 0 5000 1', 'insufficient funds 1 2900 2900 0 0 2'],
  gateway: ['birch 1 5000 0 0 5000 1', 'amber 1 2900 2900 0 0 2'],
  issuer: ['400000 1 5000 0 0 5000 1', '555555 1 2900 2900 0 0 2'],
  attempt: [' 1 5000 0 0 5000 1', 'won by retry 2 1 2900 2900 0 0 2'],
  policy: ['fixed 1 5000 0 0 5000 1', 'ladder 1 2900 2900 0 0 2'],
  won_by: [' 1 5000 0 0 5000 1', 'won by the payer: another card, or paid in person 1 2900 2900 0 0 2'],
} // prettier-ignore

scenario('status --recovery tells what the API tells, by everything that it tells apart', async (world) => {
  await failTwice(world)
  const period = 'from=2027-02-01T00:00:00Z&to=2027-04-01T00:00:00Z'
  const ask = async (path: string) =>
    (await world.api.get(`/analytics/recovery/${path}${path.includes('?') ? '&' : '?'}${period}`)).at('data')
  for (const [by, rows] of Object.entries(GROUPS))
    assert.deepEqual(toRows(memberOf(await ask(`summary?group_by=${by}`), 'groups')), rows, by)

  const account = encodeId('account', world.accountId)
  const done = run(world, '--recovery', '--account', account, ...PERIOD, '--json')
  assert.equal(done.stderr, '')
  const { accounts }: { accounts: readonly unknown[] } = JSON.parse(done.stdout)
  assert.deepEqual(accounts.map((one) => memberOf(one, 'account_id')), [account])
  const nobodys = { source: 'outside', summary: await ask('summary?source=outside'), by: [], cohorts: null }
  const by = await Promise.all(Object.keys(GROUPS).map((group) => ask(`summary?group_by=${group}`)))
  const own = { source: 'own', summary: await ask('summary'), by, cohorts: await ask('cohorts') }
  assert.deepEqual(memberOf(accounts[0], 'sources'), [own, nobodys])

  const { stdout } = run(world, '--recovery', '--account', account, ...PERIOD)
  for (const line of [
    /^ {2}Own subscriptions +cases +failed +recovered +at risk +lost +share +retries$/m,
    /^ {2}USD +2 +79\.00 +29\.00 +0\.00 +50\.00 +37 % +3$/m,
    /^ {4}USD birch +1 +50\.00 +0\.00 +0\.00 +50\.00 +0 % +1$/m,
    /^ {4}USD won by no retry +1 +50\.00 /m,
    /^ {4}USD 2027-02 +79\.00 +0 % +0 % +37 % /m,
  ])
    assert.match(stdout, line)
  assert.doesNotMatch(stdout, /Handed over/)
  const before = run(world, '--recovery', '--account', account, '--from', '2026-01-01', '--to', '2026-02-01')
  assert.match(before.stdout, /\n {2}No recovery began from 2026-01-01T00:00:00\.000Z to 2026-02-01T00:00:00\.000Z\.\n$/)
}) // prettier-ignore

for (const [options, why] of [
  [{ from: '2027-03-01', to: '2027-02-01' }, /^--from: It has to lie before the end/],
  [{ from: '2025-03-01', to: '2027-02-01' }, /^--from: Ask for 400 days at most/],
  [{ account: 'mine' }, /is no account id/],
] as const)
  scenario(`status --recovery with ${JSON.stringify(options)} is refused: ${why.source}`, async (world) => {
    const env = { DATABASE_URL: world.house.databaseUrl }
    await assert.rejects(printRecoveryStatus(env, options), ({ message }: Error) => why.test(message))
  }) // prettier-ignore

scenario('a period without --recovery is refused', async (world) => {
  const refused = run(world, '--from', '2027-03-01')
  assert.deepEqual([refused.status, refused.stdout], [1, ''])
  assert.match(refused.stderr, /need --recovery/)
})
