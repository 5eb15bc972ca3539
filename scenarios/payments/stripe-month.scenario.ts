import assert from 'node:assert/strict'
import { encodeId } from '@perennial/core/ids'
import { formatInstant, MS_PER_DAY } from '@perennial/core/time'
import { memberOf, scenario, type ScenarioWorld } from '@perennial/testkit/scenario'
import { ledgerOf } from '../reconciliation/ledger-of.ts'
import { callStripe, connectStripe } from './stripe-merchant.ts'

// Stripe lives on real time, so here the sandbox's clock keeps to it: both stand on 2 December 2026 at first.

type Expected = Parameters<ScenarioWorld['expects']>[0]

/** The world tells accounts apart by the end of the key; the sandbox has a simulated gateway of its own there. */
const keyOf = ({ accountId }: ScenarioWorld) => `sk_test_cedar_stripe-${accountId}`

function askStripe(world: ScenarioWorld, path: string, form?: Record<string, string>) {
  return callStripe(world, path, { key: keyOf(world), ...(form === undefined ? {} : { form }) })
}

/** Stripe's account, and the webhook endpoint that a merchant makes there and whose secret she copies. */
async function connect(world: ScenarioWorld): Promise<void> {
  const id = await connectStripe(world, { secret_key: keyOf(world) })
  const account = encodeId('account', world.accountId)
  const endpoint = await askStripe(world, 'webhook_endpoints', {
    url: `${world.house.service.url}/webhooks/gateways/${account}/${id}`,
    'enabled_events[0]': '*',
  })
  const credentials = { webhook_secret: String(memberOf(endpoint, 'secret')) }
  await world.api.post(`/gateways/${id}/credentials`, { credentials })
  await world.expects(['gateway.updated'])
}

/**
 * Real time goes on by so many days, and Stripe tells by itself what fell due; then the sandbox's clock follows, and
 * nothing more is to happen.
 */
async function pass(world: ScenarioWorld, days: number, events: Expected): Promise<void> {
  world.house.clock.moveOn(days * MS_PER_DAY + 1_000)
  await hearStripe(world)
  await world.expects(events)
  const to = formatInstant(world.house.clock.now())
  await world.api.post('/test-clock/advance', { to })
  await hearStripe(world)
  await world.expects([])
}

/** Whoever calls Stripe shows it that time has passed. */
async function hearStripe(world: ScenarioWorld): Promise<void> {
  await askStripe(world, 'account')
  await world.house.worldDelivered()
}

/** Charges a new customer; the intent's path. */
async function charge(world: ScenarioWorld, who: string, token: string): Promise<string> {
  const customer = await world.customer(who)
  const type = token.startsWith('tok_ach') ? 'us_bank_account' : 'card'
  const method = { customer_id: customer.id, type, token, gateway: 'stripe' }
  const payment_method = (await world.api.post('/payment-methods', method)).text('data.public_id')
  const wish = { customer: customer.id, amount: 100_00, currency: 'USD', payment_method }
  const path = `/payment-intents/${(await world.api.post('/payment-intents', wish)).text('id')}`
  await world.api.call('POST', `${path}/confirm`, { body: {} })
  return path
}

const saleOf = (world: ScenarioWorld, who: string) => ofSale(world, who, 'id')
const referenceOf = (world: ScenarioWorld, who: string) =>
  ofSale(world, who, 'gateway_transaction_id')

async function ofSale(world: ScenarioWorld, who: string, field: string): Promise<string> {
  const { id } = await world.customer(who)
  return (await world.api.get(`/transactions?type=sale&customer_id=${id}`)).text('data.0.' + field)
}

const PAID = ['payment_intent.created', 'payment.succeeded', 'payment_intent.succeeded']

scenario(
  'a month at Stripe is told by its own webhooks and reconciled to the last unit',
  { on: '2026-12-02' },
  async (world) => {
    await pass(world, 1, [])
    await connect(world)
    // Nobody asks what became of a challenge: Stripe says so.
    const eve = await charge(world, 'Eve', 'tok_authenticate')
    await world.expects(['payment_intent.created', 'payment_intent.requires_action'])
    const intent = await world.api.get(eve)
    const bank = intent.text('next_action.redirect_to_url.url')
    await fetch(bank, { method: 'POST', body: new URLSearchParams({ result: 'succeeded' }) })
    await hearStripe(world)
    await world.expects(['Eve: payment.succeeded', 'Eve: payment_intent.succeeded'])

    await charge(world, 'Ada', 'tok_dispute_fraudulent')
    await charge(world, 'Bob', 'tok_refund_fail_later')
    await charge(world, 'Cyd', 'tok_ach')
    await charge(world, 'Dan', 'tok_ach_return_R01')
    await world.api.post('/refunds', {
      payment_id: await saleOf(world, 'Bob'),
      amount_minor: 40_00,
    })
    await world.expects({
      Ada: PAID,
      Bob: [...PAID, 'refund.created'],
      Cyd: ['payment_intent.created'],
      Dan: ['payment_intent.created'],
    })
    await pass(world, 6, {
      Ada: ['dispute.created', 'payment.disputed'],
      Bob: ['refund.failed'],
      Cyd: ['payment.succeeded', 'payment_intent.succeeded'],
      Dan: ['payment.failed', 'payment_intent.payment_failed'],
    })
    await pass(world, 24, ['Ada: dispute.closed'])

    const moved = await listMoved(world)
    world.countCharges(() => moved)
    const ledger = await ledgerOf(world)
    const open = await world.api.get('/reconciliation-differences')
    assert.deepEqual(open.at('data'), [])
    assert.equal(ledger.get('gateway_clearing'), undefined, 'all that moved has reached the bank')
    // Eve's, Bob's and Cyd's 100.00: Ada's were taken back, and Bob's refund never arrived.
    const fees = (ledger.get('gateway_fees') ?? 0n) + (ledger.get('dispute_fees') ?? 0n)
    assert.equal(ledger.get('disputes'), 100_00n)
    assert.equal(ledger.get('bank'), 300_00n - fees)

    // Somebody gives 5.00 back in Stripe's own dashboard: it is booked as Stripe tells of it, and its line is known.
    await askStripe(world, 'refunds', {
      payment_intent: await referenceOf(world, 'Eve'),
      amount: '500',
    })
    await pass(world, 3, { Eve: ['refund.created', 'refund.succeeded', 'payment.refunded'] })
    assert.deepEqual((await world.api.get('/reconciliation-differences')).at('data'), [])
    const after = await ledgerOf(world)
    assert.equal(after.get('refunds'), 5_00n)
    assert.equal(after.get('gateway_clearing'), -5_00n, 'it comes off the next payout')
  },
)

/** What Stripe has taken, as `reference amount`. */
async function listMoved(world: ScenarioWorld): Promise<readonly string[]> {
  const intents = memberOf(await askStripe(world, 'payment_intents?limit=100'), 'data')
  assert.ok(Array.isArray(intents))
  return intents
    .filter((intent) => memberOf(intent, 'status') === 'succeeded')
    .map((intent) => [memberOf(intent, 'id'), memberOf(intent, 'amount_received')].join(' '))
    .map((line) => line.replace(/^pi_/, 'ch_'))
}
