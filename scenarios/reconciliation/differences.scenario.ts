import assert from 'node:assert/strict'
import { memberOf, scenario, type ScenarioWorld } from '@perennial/testkit/scenario'
import { ledgerOf } from './ledger-of.ts'

scenario(
  'a refund that only the gateway’s list tells of is booked, whole, and once',
  async (world) => {
    await world.subscribe({ on: '2027-01-04', every: 'year', priceMinor: 49_00 })
    await world.goTo('2027-01-06')
    const sale = await world.api.get('/transactions?type=sale')
    const charge = sale.text('data.0.gateway_transaction_id')
    // Somebody refunds in the gateway's own dashboard.
    await callWorld(world, {
      method: 'POST',
      path: `/charges/${charge}/refund`,
      body: { amount_minor: 20_00 },
    })
    await world.goTo('2027-01-12', {
      events: ['refund.created', 'refund.succeeded', 'payment.refunded'],
    })
    const payment = await world.api.get(`/payments/${sale.text('data.0.id')}`)
    assert.equal(payment.at('amount_refunded'), 20_00)
    const rest = await world.api.call('POST', '/refunds', {
      body: { payment_id: sale.text('data.0.id'), amount_minor: 29_01 },
    })
    assert.equal(rest.status, 400, JSON.stringify(rest.body))
    await world.goTo('2027-01-25')
    const differences = await world.api.get('/reconciliation-differences')
    assert.deepEqual(differences.at('data'), [])
    const ledger = await ledgerOf(world)
    assert.deepEqual([ledger.get('gateway_clearing'), ledger.get('refunds')], [undefined, 20_00n])
  },
)

scenario(
  'a gateway that cannot be read is compared later, from where it was left',
  async (world) => {
    await world.subscribe({ on: '2027-01-04', every: 'year', priceMinor: 49_00 })
    const { accountId: account } = world
    await callWorld(world, { method: 'PUT', path: '/fault', body: { account, fault: 'down' } })
    await world.goTo('2027-01-08')
    assert.deepEqual(await statesOf(world), ['failed'])
    await callWorld(world, { method: 'PUT', path: '/fault', body: { account, fault: 'none' } })
    await world.goTo('2027-01-08 12:00')
    assert.deepEqual(await statesOf(world), ['failed', 'finished'])
    const differences = await world.api.get('/reconciliation-differences')
    assert.deepEqual(differences.at('data'), [])
  },
)

/** How the comparisons with the gateway that took the money ended, oldest first, since it took it. */
async function statesOf(world: ScenarioWorld): Promise<string[]> {
  const sale = await world.api.get('/transactions?type=sale')
  const gateway = sale.text('data.0.gateway')
  const runs = await world.api.listAll('/reconciliation-runs', null)
  return runs
    .filter((run) => memberOf(run, 'gateway') === gateway)
    .filter((run) => String(memberOf(run, 'until')) > '2027-01-05')
    .map((run) => String(memberOf(run, 'state')))
}

async function callWorld(
  world: ScenarioWorld,
  call: { readonly method: string; readonly path: string; readonly body: object },
): Promise<void> {
  const response = await fetch(`${world.house.worldUrl}/gateways/amber${call.path}`, {
    method: call.method,
    headers: {
      'content-type': 'application/json',
      'idempotency-key': '0197a3c0-0000-7000-8000-000000000001',
      'x-perennial-account': world.accountId,
      'x-perennial-now': (await world.api.get('/test-clock')).text('data.now'),
    },
    body: JSON.stringify(call.body),
  })
  assert.equal(response.ok, true, await response.text())
}
