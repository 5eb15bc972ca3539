import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { encodeId } from '@perennial/core/ids'
import { addDays, formatInstant, toUnixSeconds } from '@perennial/core/time'
import { memberOf, scenario, type ScenarioWorld } from '@perennial/testkit/scenario'
import { connectStripe, stripeKeyOf } from './stripe-merchant.ts'

const FIRST_SECRET = 'whsec_first0123456789'
const SECOND_SECRET = 'whsec_second0123456789'
const DAY_MS = 86_400_000

async function connect(world: ScenarioWorld): Promise<string> {
  const id = await connectStripe(world, { webhook_secret: FIRST_SECRET })
  const customer = await world.customer('Ada')
  const method = { customer_id: customer.id, type: 'card', token: 'tok_visa', is_default: true }
  await world.api.post('/payment-methods', { ...method, gateway: 'stripe' })
  return id
}

/** Posts an event to the address that a merchant gives Stripe, signed as Stripe signs; answers the status. */
function createSender(world: ScenarioWorld, gatewayId: string) {
  const path = `/webhooks/gateways/${encodeId('account', world.accountId)}/${gatewayId}`
  return async (event: object, secret: string): Promise<number> => {
    const body = JSON.stringify(event)
    const seconds = toUnixSeconds(world.house.clock.now())
    const signature = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')
    const { status } = await fetch(`${world.house.service.url}${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'stripe-signature': `t=${seconds},v1=${signature}`,
      },
      body,
    })
    return status
  }
}

/** What Stripe will have told about this account in forty days, of one kind, oldest first. */
async function toldByStripe(world: ScenarioWorld, type: string): Promise<readonly object[]> {
  const url = `${world.house.worldUrl}/stripe/cedar/v1/events?limit=100&type=${type}`
  const inFortyDays = formatInstant(addDays(world.house.clock.now(), 40))
  const authorization = `Bearer ${stripeKeyOf(world)}`
  const answer = await fetch(url, {
    headers: { authorization, 'x-perennial-now': inFortyDays },
  })
  const events = memberOf(await answer.json(), 'data')
  assert(Array.isArray(events) && events.length > 0, `${type} is told`)
  return events.toReversed()
}

async function disputeOf(
  world: ScenarioWorld,
  id: string,
  status: string,
  dueOn: string | null = null,
): Promise<object> {
  const sales = await world.house.database.kysely
    .selectFrom('transactions')
    .select('gateway_reference')
    .where('account_id', '=', world.accountId)
    .where('type', '=', 'sale')
    .execute()
  const created = toUnixSeconds(world.house.clock.now())
  const object = {
    id: 'dp_1',
    object: 'dispute',
    amount: 2_900,
    currency: 'usd',
    payment_intent: sales[0]?.gateway_reference,
    reason: 'fraudulent',
    status,
    evidence_details: {
      due_by: dueOn === null ? created + 600_000 : Date.parse(`${dueOn}T00:00:00Z`) / 1_000,
    },
    payment_method_details: { type: 'card', card: { network_reason_code: '10.4' } },
    balance_transactions: status.startsWith('warning')
      ? []
      : [{ id: 'txn_1', amount: -2_900, fee: 1_500, currency: 'usd' }],
  }
  const type = status === 'lost' ? 'charge.dispute.closed' : 'charge.dispute.created'
  return { id, object: 'event', type, created, data: { object } }
}

scenario(
  'a chargeback at Stripe is heard by its webhook, once, and by nobody else’s',
  async (world) => {
    const send = createSender(world, await connect(world))
    await world.subscribe({ on: '2027-01-31', card: null })
    const opened = await disputeOf(world, 'evt_1', 'needs_response')
    const before = await world.house.countRows()
    assert.equal(await send(opened, 'whsec_somebodyelse0123456'), 401)
    assert.deepEqual(await world.house.countRows(), before)

    assert.equal(await send(opened, FIRST_SECRET), 200)
    await world.expects(['Ada: dispute.created', 'Ada: payment.disputed'])
    assert.equal(await send(opened, FIRST_SECRET), 200)
    await world.expects([])
    const disputes = await world.api.get('/disputes')
    assert.equal(disputes.at('data.0.status'), 'needs_response')

    assert.equal(await send(await disputeOf(world, 'evt_2', 'lost'), FIRST_SECRET), 200)
    await world.expects(['Ada: dispute.closed'])
  },
)

scenario(
  'an inquiry at Stripe whose day has passed becomes a chargeback, takes the money and can be answered',
  async (world) => {
    const send = createSender(world, await connect(world))
    await world.subscribe({ on: '2027-01-31', every: 'year', card: null })
    const asked = await disputeOf(world, 'evt_1', 'warning_needs_response', '2027-02-07')
    assert.equal(await send(asked, FIRST_SECRET), 200)
    await world.expects(['Ada: dispute.created'])
    await world.goTo('2027-02-08', { events: ['2027-02-07 Ada: dispute.closed'] })
    const shown = async () => {
      const { at } = await world.api.get('/disputes')
      return [at('data.0.status'), at('data.0.dispute_kind'), at('data.0.resolved_at')]
    }
    assert.deepEqual((await shown()).slice(0, 2), ['warning_closed', 'warning'])
    world.house.clock.moveOn(DAY_MS)
    const charged = await disputeOf(world, 'evt_2', 'needs_response', '2027-02-20')
    assert.equal(await send(charged, FIRST_SECRET), 200)
    await world.expects(['Ada: payment.disputed', 'Ada: dispute.updated'])
    assert.deepEqual(await shown(), ['needs_response', 'chargeback', null])
    const taken = await world.api.get('/transactions?type=dispute')
    assert.deepEqual([taken.at('data.0.amount'), taken.at('data.0.status')], [2_900, 'succeeded'])
    await world.goTo('2027-02-21', { events: ['2027-02-20 Ada: dispute.closed'] })
    assert.equal((await shown())[0], 'lost')
  },
)

const UNPAID_START = [
  'subscription.created',
  'invoice.created',
  'invoice.finalized',
  'subscription.activated',
]

scenario(
  'a bank debit that Stripe disputes after it had settled is owed again, and paid once that is won',
  async (world) => {
    const send = createSender(world, await connect(world))
    const tell = async (type: string) => {
      for (const event of await toldByStripe(world, type))
        assert.equal(await send(event, FIRST_SECRET), 200)
    }
    const customer = await world.customer('Ada')
    const token = 'tok_ach_return_R01_after_5'
    const method = { customer_id: customer.id, type: 'us_bank_account', token, is_default: true }
    await world.api.post('/payment-methods', { ...method, gateway: 'stripe' })
    const ada = await world.subscribe({
      on: '2027-01-31',
      every: 'year',
      card: null,
      events: UNPAID_START,
    })
    await tell('payment_intent.succeeded')
    await world.expects(['payment.succeeded', 'invoice.paid'])
    await tell('charge.dispute.created')
    await world.expects(['payment.returned', 'invoice.payment_failed', 'subscription.past_due'])
    await tell('charge.dispute.closed')
    await world.expects([])
    assert.equal(await ada.status(), 'past_due')
    assert.deepEqual(await ada.bills(), ['2900 finalized'])
    const returned = await world.api.get('/transactions?type=adjustment')
    assert.equal(returned.at('data.0.gateway_response_code'), 'R01')
    const cases = await world.api.get('/recovery/cases')
    assert.equal(cases.at('data.0.state'), 'open', JSON.stringify(cases.body))

    const [closed] = await toldByStripe(world, 'charge.dispute.closed')
    const lost = memberOf(memberOf(closed, 'data'), 'object')
    assert(closed !== undefined && typeof lost === 'object', 'it was lost')
    const event = { ...closed, data: { object: { ...lost, status: 'won' } } }
    assert.equal(await send({ ...event, id: 'evt_won' }, FIRST_SECRET), 200)
    await world.expects(['payment.restored', 'invoice.paid', 'subscription.updated'])
    const reinstated = { ...event, id: 'evt_reinstated', type: 'charge.dispute.funds_reinstated' }
    assert.equal(await send(reinstated, FIRST_SECRET), 200)
    await world.expects([])
    assert.deepEqual([await ada.status(), await ada.bills()], ['active', ['2900 paid']])
    const undone = await world.api.get('/transactions?type=adjustment')
    assert.equal(undone.at('data.0.status'), 'voided')
    assert.deepEqual((await world.api.get('/disputes')).at('data'), [])
  },
)

scenario('what a chargeback is announced for is refunded at once at Stripe', async (world) => {
  const send = createSender(world, await connect(world))
  const settings = { disputes: { refund_early_warnings: true } }
  await world.api.patch('/account', { settings })
  const customer = await world.customer('Ada')
  const method = { customer_id: customer.id, type: 'card', token: 'tok_early_warning' }
  await world.api.post('/payment-methods', { ...method, gateway: 'stripe', is_default: true })
  await world.subscribe({ on: '2027-01-31', every: 'year', card: null })
  // Once it was refunded the world has nothing to warn of, so both are asked for before.
  const created = await toldByStripe(world, 'radar.early_fraud_warning.created')
  const updated = await toldByStripe(world, 'radar.early_fraud_warning.updated')
  for (const event of created) assert.equal(await send(event, FIRST_SECRET), 200)
  await world.expects(['dispute.created', 'refund.created', 'refund.succeeded', 'payment.refunded'])
  for (const event of updated) assert.equal(await send(event, FIRST_SECRET), 200)
  await world.expects(['dispute.closed'])
  const dispute = await world.api.get('/disputes')
  assert.deepEqual(
    [dispute.at('data.0.status'), dispute.at('data.0.amount_minor')],
    ['warning_closed', 2_900],
  )
})

scenario('the secret before is believed for a day after a rotation', async (world) => {
  const id = await connect(world)
  const send = createSender(world, id)
  await world.subscribe({ on: '2027-01-31', card: null })
  const credentials = { webhook_secret: SECOND_SECRET }
  await world.api.post(`/gateways/${id}/credentials`, { credentials })
  await world.expects(['gateway.updated'])
  // Another process notices within a second.
  world.house.clock.moveOn(1_000)
  const event = (name: string) => ({
    id: name,
    object: 'event',
    type: 'invoice.created',
    created: toUnixSeconds(world.house.clock.now()),
    data: { object: { id: 'in_1' } },
  })
  assert.equal(await send(event('evt_1'), SECOND_SECRET), 200)
  assert.equal(await send(event('evt_2'), FIRST_SECRET), 200)
  world.house.clock.moveOn(DAY_MS)
  assert.equal(await send(event('evt_3'), SECOND_SECRET), 200)
  assert.equal(await send(event('evt_4'), FIRST_SECRET), 401)
})
