import assert from 'node:assert/strict'
import {
  COLLECTED,
  DECLINED_RENEWAL,
  memberOf,
  PAID_RENEWAL,
  scenario,
  type ScenarioWorld,
} from '@perennial/testkit/scenario'
import { openBiller } from '../revtain/biller.ts'
import { callStripe, connectStripe } from './stripe-merchant.ts'

// At Stripe a payment method that no customer of Stripe's holds pays once, and is refused ever after.

const GOOD = '4242424242424242'
const RECOVERED = [...COLLECTED, 'subscription.updated', 'payment_method.updated']
const EXPIRED = 'tok_decline_after_1_expired_card'

/** A payment method that nobody holds, as a browser makes one with Stripe's own form. */
async function mint(world: ScenarioWorld): Promise<string> {
  const card = { 'card[number]': GOOD, 'card[exp_month]': '8', 'card[exp_year]': '2032' }
  return String(
    memberOf(await callStripe(world, 'payment_methods', { form: { type: 'card', ...card } }), 'id'),
  )
}

async function holderOf(world: ScenarioWorld, token: string): Promise<string> {
  const customer = memberOf(await callStripe(world, `payment_methods/${token}`), 'customer')
  assert(typeof customer === 'string', `${token} is held by a customer`)
  return customer
}

async function tokensOf(world: ScenarioWorld): Promise<string[]> {
  const { data } = (await callStripe(world, 'payment_intents?limit=100')) as { data: { payment_method: string }[] } // prettier-ignore
  return data.map(({ payment_method }) => payment_method)
}

async function attach(world: ScenarioWorld, who: string, token: string): Promise<string> {
  const { id: customer_id } = await world.customer(who)
  const body = { customer_id, type: 'card', token, gateway: 'stripe', is_default: true }
  await world.api.post('/payment-methods', body)
  return customer_id
}

async function giveCard(world: ScenarioWorld, customer_id: string): Promise<unknown> {
  const link = await world.api.post('/card-update-links', { customer_id })
  return giveTo(world, link.text('data.url'))
}

/** A payer opens the link that they were sent and types a card. */
async function giveTo(world: ScenarioWorld, url: string): Promise<unknown> {
  const { pathname } = new URL(url)
  const card = { number: GOOD, exp_month: 8, exp_year: 2032, cvc: '123', name: 'Ada' }
  const given = await fetch(`${world.house.service.url}${pathname}/card`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ card, tries: 0 }),
  })
  return memberOf(await given.json(), 'result')
}

scenario(
  'a payment method that nobody holds at Stripe is charged month by month',
  async (world) => {
    await connectStripe(world)
    const token = await mint(world)
    await attach(world, 'Ada', token)
    const ada = await world.subscribe({ on: '2027-01-31', card: null })
    await world.goTo('2027-02-28', { events: PAID_RENEWAL })
    await world.goTo('2027-03-31', { events: PAID_RENEWAL })
    assert.deepEqual(await ada.bills(), ['2900 paid', '2900 paid', '2900 paid'])
    assert.deepEqual(await tokensOf(world), [token, token, token])
    await holderOf(world, token)
  },
)

scenario('a method that a setup intent verified at Stripe is charged afterwards', async (world) => {
  await connectStripe(world)
  const { id: customer_id } = await world.customer('Ada')
  const setup = await world.api.post('/setup-intents', { customer_id })
  const body = { token: await mint(world), gateway: 'stripe' }
  const confirmed = await world.api.post(`/setup-intents/${setup.text('data.id')}/confirm`, body)
  assert.equal(confirmed.at('data.status'), 'succeeded', JSON.stringify(confirmed.body))
  await world.expects([])
  const ada = await world.subscribe({ on: '2027-01-31', card: null })
  await world.goTo('2027-02-28', { events: PAID_RENEWAL })
  assert.deepEqual(await ada.bills(), ['2900 paid', '2900 paid'])
})

scenario('a card of the card-update page is charged month by month, for the customer of the one before', async (world) => {
  await connectStripe(world)
  await attach(world, 'Ada', await mint(world))
  const ada = await world.subscribe({ on: '2027-01-31', card: null })
  assert.equal(await giveCard(world, ada.customer.id), 'saved')
  await world.expects(['payment_method.updated'])
  await world.goTo('2027-02-28', { events: PAID_RENEWAL })
  await world.goTo('2027-03-31', { events: PAID_RENEWAL })
  const [third = '', second = '', , first = ''] = await tokensOf(world)
  assert.equal(third, second)
  assert.notEqual(second, first)
  assert.equal(await holderOf(world, second), await holderOf(world, first))
}) // prettier-ignore

scenario('a card of the card-update page pays what is owed at once, and the month that follows', async (world) => {
  await connectStripe(world)
  await attach(world, 'Ada', EXPIRED)
  const ada = await world.subscribe({ on: '2027-01-31', card: null })
  await world.goTo('2027-02-28', { events: DECLINED_RENEWAL })
  assert.equal(await giveCard(world, ada.customer.id), 'paid')
  await world.expects(RECOVERED)
  await world.goTo('2027-03-31', { events: PAID_RENEWAL })
  assert.deepEqual(await ada.bills(), ['2900 paid', '2900 paid', '2900 paid'])
}) // prettier-ignore

scenario('a payer of a recovery client at Stripe pays all that waits with one card, which the client charges on', async (world) => {
  await connectStripe(world)
  const biller = await openBiller(world, { gateway: 'stripe' })
  const old = await mint(world)
  const customer = String(memberOf(await callStripe(world, 'customers', { form: { payment_method: old } }), 'id')) // prettier-ignore
  for (const amount of [5000, 7000]) {
    const body = { paymentMethodToken: old, amount, originalDeclineCode: 'expired_card' }
    assert.equal((await biller.execute(body)).status, 202)
  }
  const body = { paymentMethodToken: old }
  const link = await biller.call('POST', '/api/recovery/update-card/generate', { body })
  assert.equal(await giveTo(world, link.text('url')), 'paid')
  const hooks = await biller.hooks()
  const updated = hooks.find(({ event }) => event === 'card.updated')
  const token = String(updated?.at('newPaymentMethodToken'))
  assert.deepEqual(hooks.filter(({ event }) => event === 'recovery.success').map((hook) => String(hook.at('amount'))).toSorted(), ['5000', '7000']) // prettier-ignore
  assert.deepEqual(await tokensOf(world), [token, token])
  assert.equal(await holderOf(world, token), customer)
  // A hold is no sale.
  const next = { amount: '5000', currency: 'usd', confirm: 'true', capture_method: 'manual' }
  const held = await callStripe(world, 'payment_intents', { form: { ...next, payment_method: token, customer } }) // prettier-ignore
  assert.equal(memberOf(held, 'status'), 'requires_capture')
  await biller.close()
}) // prettier-ignore

scenario('a card that a recovery client’s program gives at Stripe joins the customer of the one before', async (world) => {
  await connectStripe(world)
  const biller = await openBiller(world, { gateway: 'stripe' })
  const [old, token] = [await mint(world), await mint(world)]
  const customer = memberOf(await callStripe(world, 'customers', { form: { payment_method: old } }), 'id')
  const body = { paymentMethodToken: old, amount: 5000, originalDeclineCode: 'expired_card' }
  assert.equal((await biller.execute(body)).status, 202)
  const link = await biller.call('POST', '/api/recovery/update-card/generate', { body: { paymentMethodToken: old } }) // prettier-ignore
  const given = { body: { newPaymentMethodToken: token }, key: null }
  await biller.call('POST', new URL(link.text('url')).pathname, given)
  const events = (await biller.hooks()).map(({ event }) => event).toSorted()
  assert.deepEqual(events, ['card.updated', 'recovery.success'])
  assert.deepEqual([await tokensOf(world), await holderOf(world, token)], [[token], customer])
  await biller.close()
}) // prettier-ignore
