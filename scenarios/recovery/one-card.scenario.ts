import assert from 'node:assert/strict'
import {
  card,
  COLLECTED,
  memberOf,
  PAID_START,
  scenario,
  type ScenarioWorld,
} from '@perennial/testkit/scenario'
import { gatewaysInOrder } from '../routing/gateways-in-order.ts'

/** Refusals of one amount in thirty days; Visa's own ceiling is 20, acquirers' is this. */
const VISA_CAP = 15

/** Ada holds equal subscriptions, all of them paid by one card until it is another. */
async function holdEqual(world: ScenarioWorld, count: number, token: string): Promise<void> {
  const ada = await world.customer('Ada')
  await world.addCard(ada, token)
  const priceId = await world.price()
  for (let held = 0; held < count; held += 1) {
    await world.api.post('/subscriptions', { customerId: ada.id, priceId })
    await world.expects(PAID_START)
  }
}

const times = (count: number, events: readonly string[]): string[] =>
  Array.from({ length: count }, () => events).flat()

/** A step of each, and then the next step of each. */
const together = (count: number, steps: readonly (readonly string[])[]): string[] =>
  steps.flatMap((step) => times(count, step))

const BILLED = ['invoice.created', 'invoice.finalized']
/** Nothing was charged, for the card's network would not have it. */
const UNCHARGED = [...BILLED, 'invoice.payment_failed', 'subscription.past_due']
const REFUSED_AGAIN = ['payment.failed', 'invoice.payment_failed']
const REFUSED = ['payment.failed', 'invoice.payment_failed', 'subscription.past_due']

/** Refusals of one card that the card world has seen. */
async function refusalsOf(world: ScenarioWorld, token: string): Promise<number> {
  const charges = await world.charges()
  const own = charges.filter((charge) => memberOf(charge, 'token') === token)
  return own.filter((charge) => memberOf(charge, 'money_moved') === false).length
}

scenario(
  'twenty-five equal subscriptions charge one refused card as often as its network allows',
  async (world) => {
    await holdEqual(world, 25, card.good)
    const refused = card.declines('insufficient_funds')
    await world.addCard(await world.customer('Ada'), refused)
    await world.goTo('2027-02-01', {
      events: [...together(15, [BILLED, REFUSED]), ...times(10, UNCHARGED)],
    })
    assert.equal(await refusalsOf(world, refused), VISA_CAP)
    await world.goTo('2027-02-07')
    assert.equal(await refusalsOf(world, refused), VISA_CAP, 'no retry adds to them')
    assert.deepEqual(await world.brokenRules(), [])
  },
)

scenario('retries of equal subscriptions share what one card may bear', async (world) => {
  await holdEqual(world, 7, card.good)
  const refused = card.declines('insufficient_funds')
  await world.addCard(await world.customer('Ada'), refused)
  await world.goTo('2027-02-01', { events: together(7, [BILLED, REFUSED]) })
  await world.goTo('2027-02-02', { events: times(7, REFUSED_AGAIN) })
  assert.equal(await refusalsOf(world, refused), 14)
  await world.goTo('2027-02-04', { events: REFUSED_AGAIN })
  assert.equal(await refusalsOf(world, refused), VISA_CAP)
  assert.deepEqual(await world.brokenRules(), [])
})

scenario('equal subscriptions on a good card are all renewed on their day', async (world) => {
  await holdEqual(world, 12, card.mastercard)
  const rounds = [9, 3].flatMap((count) => together(count, [BILLED, COLLECTED]))
  await world.goTo('2027-02-01', { events: rounds })
})

scenario('routes that go on with one card see what the others came to', async (world) => {
  const gateways = await gatewaysInOrder(world)
  const entries = gateways.map(({ id }) => ({ kind: 'gateway', gateway_id: id }))
  const definition = { kind: 'cascade', entries }
  const profile = await world.api.post('/payment-profiles', { name: 'Cards', definition })
  const settings = { default_payment_profile_id: profile.text('data.id') }
  await world.api.patch('/account', { settings })
  await world.expects(['payment_profile.created'])
  await holdEqual(world, 7, card.good)
  const refused = card.declines('insufficient_funds')
  const ada = await world.customer('Ada')
  const method = await world.addCard(ada, refused)
  for (const { code: gateway } of gateways)
    await world.api.call('POST', `/payment-methods/${method}/tokens`, {
      body: { gateway, token: refused },
    })
  const first = ['payment.failed']
  await world.goTo('2027-02-01', {
    events: [...together(7, [BILLED, first]), 'payment.failed', ...times(7, REFUSED)],
  })
  // Of 21: each at the first gateway, each at the second, and one at the third.
  assert.equal(await refusalsOf(world, refused), VISA_CAP)
  assert.deepEqual(await world.brokenRules(), [])
})
