import assert from 'node:assert/strict'
import { BRAINTREE_KEYS, startBraintreeDouble } from '@perennial/testkit/gateway-doubles/braintree'
import type { Bill, PlatformDouble } from '@perennial/testkit/platform-doubles'
import type { ScenarioWorld } from '@perennial/testkit/scenario'
import { freshToken, giveCard, linkOf, story, type Biller } from './biller.ts'
import {
  amountsOf,
  basic,
  chargebeeFailure,
  connect,
  statesOf,
  stripeSigned,
  TOLD_THERE,
} from './connected.ts'

const AUTHENTICATES = '4000002500003155'

/** A bill at Chargebee whose card has expired, so that its recovery waits for another one. */
async function awaitCard(world: ScenarioWorld, biller: Biller, given: Partial<Bill> = {}) {
  const connector = await connect(world, biller, { platform: 'chargebee' })
  const bill = connector.double.add({ id: 'inv_1', token: freshToken(), ...given })
  const failed = chargebeeFailure(bill).replace('do_not_honor', 'expired_card')
  await connector.send(failed, basic('u', 'p:w'))
  await connector.work()
  assert.deepEqual(await statesOf(world), ['awaiting_card'])
  const path = await linkOf(biller, bill.token)
  connector.double.calls = 0
  return { ...connector, bill, path }
}

async function eventsOf(biller: Biller): Promise<string[]> {
  return (await biller.hooks()).map(({ event }) => event)
}

function paidOn(double: PlatformDouble): string[] {
  return double.payments.map(({ billId, amountMinor }) => `${billId} ${amountMinor}`)
}

for (const state of ['paid', 'void'] as const) {
  story(
    `a card that is given for a bill that is ${state} by now is kept, and not charged`,
    async (world, biller) => {
      const { double, bill, path, work } = await awaitCard(world, biller)
      bill.state = state
      const given = await giveCard(biller, path)
      assert.partialDeepStrictEqual(given.body, { result: 'saved', notCharged: 'settled' })
      assert.equal(double.calls, 1)
      await work()
      assert.deepEqual(await statesOf(world), ['canceled'])
      assert.deepEqual([(await world.charges()).length, paidOn(double)], [0, []])
      assert.deepEqual(await eventsOf(biller), ['card.updated'])
      await double.close()
    },
  )
}

story('a card that is given while another payment of the bill is on its way is charged if that one fails', async (world, biller) => {
  const { double, bill, path, work } = await awaitCard(world, biller)
  bill.state = 'busy'
  const given = await giveCard(biller, path)
  assert.partialDeepStrictEqual(given.body, { result: 'saved', notCharged: 'on_its_way' })
  assert.deepEqual([await statesOf(world), (await world.charges()).length], [['scheduled'], 0])
  bill.state = 'open'
  await world.api.post('/test-clock/advance', { days: 2 })
  await work()
  assert.deepEqual([await statesOf(world), paidOn(double)], [['succeeded'], ['inv_1 5000']])
  assert.deepEqual(await eventsOf(biller), ['card.updated', 'recovery.success'])
  await double.close()
}) // prettier-ignore

story('a card that is given for a bill that was paid in part is charged for the rest', async (world, biller) => {
  const { double, bill, path, work } = await awaitCard(world, biller)
  bill.dueMinor = 1_000
  const given = await giveCard(biller, path)
  assert.partialDeepStrictEqual(given.body, { result: 'paid', paid: [{ amount: '10.00', currency: 'USD' }] })
  await work()
  assert.deepEqual(await amountsOf(world), { recoveries: [1_000], attempts: [1_000] })
  assert.deepEqual(paidOn(double), ['inv_1 1000'])
  await double.close()
}) // prettier-ignore

story('a card that is given while the platform does not answer is kept, and charged when it does', async (world, biller) => {
  const { double, path, work } = await awaitCard(world, biller)
  double.isDown = true
  const given = await giveCard(biller, path)
  assert.partialDeepStrictEqual(given.body, { result: 'saved', notCharged: 'later' })
  assert.deepEqual([await statesOf(world), (await world.charges()).length], [['scheduled'], 0])
  double.isDown = false
  await world.api.post('/test-clock/advance', { days: 1 })
  await work()
  assert.deepEqual([await statesOf(world), paidOn(double)], [['succeeded'], ['inv_1 5000']])
  await double.close()
}) // prettier-ignore

story('a payer who is asked by their bank answers there, and the bill is paid', async (world, biller) => {
  const { double, bill, path, work } = await awaitCard(world, biller)
  const given = await giveCard(biller, path, { number: AUTHENTICATES })
  assert.equal(given.at('result'), 'authenticate')
  assert.equal(double.calls, 1)
  await fetch(given.text('url'), { method: 'POST', body: new URLSearchParams({ result: 'succeeded' }) })
  const back = await biller.call('POST', `${given.text('path')}/continue`, { body: {}, key: null })
  assert.equal(back.at('result'), 'paid')
  await work()
  assert.deepEqual([await statesOf(world), paidOn(double), bill.state], [['succeeded'], ['inv_1 5000'], 'paid'])
  await double.close()
}) // prettier-ignore

story('a program that gives a token charges no bill that was paid, and the rest of one that was paid in part', async (world, biller) => {
  const { double, bill, path, send, work } = await awaitCard(world, biller)
  const replace = (on: string) =>
    biller.call('POST', on, { body: { newPaymentMethodToken: freshToken() }, key: null })
  bill.state = 'paid'
  assert.deepEqual((await replace(path)).body, { success: true })
  assert.deepEqual([await statesOf(world), (await world.charges()).length], [['canceled'], 0])

  const inPart = double.add({ id: 'inv_2', dueMinor: 6_000, token: freshToken() })
  const failed = chargebeeFailure(inPart, 'ev_2').replace('do_not_honor', 'expired_card')
  await send(failed, basic('u', 'p:w'))
  await work()
  inPart.dueMinor = 2_000
  assert.deepEqual((await replace(await linkOf(biller, inPart.token))).body, { success: true })
  await work()
  assert.deepEqual([await statesOf(world), paidOn(double)], [['canceled', 'succeeded'], ['inv_2 2000']])
  await double.close()
}) // prettier-ignore

/** A bill that lacked money, at a platform that charges by itself; `token`: what its recovery goes on with. */
async function awaitMoney(
  world: ScenarioWorld,
  biller: Biller,
  platform: 'braintree' | 'shopify-recharge' | 'stripe-billing',
) {
  const connector = await connect(world, biller, { platform })
  const declineCode = platform === 'braintree' ? '2001' : 'insufficient_funds'
  const bill = connector.double.add({ id: '9201', token: freshToken(), declineCode })
  await connector.send(...TOLD_THERE[platform](world, bill))
  await connector.work()
  assert.deepEqual(await statesOf(world), ['scheduled'])
  const { token } = await world.house.database.kysely
    .selectFrom('outside_recoveries')
    .select('token')
    .where('account_id', '=', world.accountId)
    .executeTakeFirstOrThrow()
  return { ...connector, bill, token }
}

story('ReCharge charges the card that it has: one that is given elsewhere is passed on, and nothing is charged', async (world, biller) => {
  const { double, bill, token } = await awaitMoney(world, biller, 'shopify-recharge')
  const before = await amountsOf(world)
  const given = await giveCard(biller, await linkOf(biller, token))
  assert.partialDeepStrictEqual(given.body, { result: 'saved', notCharged: 'told' })
  assert.deepEqual([await amountsOf(world), await eventsOf(biller)], [before, ['card.updated']])

  // What is paid by now has ended, whoever charges it.
  bill.state = 'paid'
  const again = await giveCard(biller, await linkOf(biller, token))
  assert.partialDeepStrictEqual(again.body, { result: 'saved', notCharged: 'settled' })
  assert.deepEqual([await statesOf(world), await amountsOf(world)], [['canceled'], before])
  await double.close()
}) // prettier-ignore

for (const retriesOnNewCard of [false, true]) {
  const name = retriesOnNewCard
    ? 'once, though its account retries with a new card by itself'
    : 'once'
  story(`Braintree is given the new card, and charges it ${name}`, async (world, biller) => {
    const { double, bill, token } = await awaitMoney(world, biller, 'braintree')
    Object.assign(bill, { retriesOnNewCard })
    const given = await giveCard(biller, await linkOf(biller, token))
    assert.partialDeepStrictEqual(given.body, {
      result: 'paid',
      paid: [{ amount: '50.00', currency: 'USD' }],
    })
    assert.notEqual(bill.token, token)
    assert.deepEqual([await statesOf(world), paidOn(double)], [['succeeded'], ['9201 5000']])
    assert.equal((await world.charges()).length, 0)
    await double.close()
  })
}

story('a card that Braintree does not know is not charged, nor is the old one in its name', async (world, biller) => {
  const { double, bill, token } = await awaitMoney(world, biller, 'braintree')
  // The old one would be approved by now.
  bill.declineCode = null
  const body = { newPaymentMethodToken: 'foreign_card' }
  await biller.call('POST', await linkOf(biller, token), { body, key: null })
  assert.deepEqual([await statesOf(world), paidOn(double), bill.token], [['scheduled'], [], token])
  // Nor while it does not answer.
  const path = await linkOf(biller, 'foreign_card')
  bill.losesCards = true
  assert.equal((await giveCard(biller, path)).at('result'), 'declined')
  assert.deepEqual([await statesOf(world), paidOn(double), bill.token], [['scheduled'], [], token])
  bill.losesCards = false
  await world.api.post('/test-clock/advance', { days: 22 })
  assert.deepEqual([await statesOf(world), paidOn(double)], [['succeeded'], ['9201 5000']])
  assert.notEqual(bill.token, token)
  await double.close()
}) // prettier-ignore

story('a card that Stripe tells of twice, or that the payer gave here, is tried once', async (world, biller) => {
  const { double, send, work } = await awaitMoney(world, biller, 'stripe-billing')
  const attached = async (id: string, event: string) => {
    const object = { id, customer: 'cus_1' }
    const text = JSON.stringify({ id: event, type: 'payment_method.attached', data: { object } })
    await send(text, stripeSigned(world, text))
    await work()
  }
  const tries = async () => (await amountsOf(world)).attempts.length
  const before = await tries()
  const another = freshToken()
  await attached(another, 'evt_a1')
  assert.equal(await tries(), before + 1)
  await attached(another, 'evt_a2')
  assert.equal(await tries(), before + 1)

  const given = await giveCard(biller, await linkOf(biller, another))
  assert.equal(given.at('result'), 'declined')
  const updated = (await biller.hooks()).findLast(({ event }) => event === 'card.updated')
  const afterGiving = await tries()
  await attached(String(updated?.at('newPaymentMethodToken')), 'evt_a3')
  assert.equal(await tries(), afterGiving)
  assert.deepEqual([await statesOf(world), paidOn(double)], [['scheduled'], []])
  await double.close()
}) // prettier-ignore

story('Stripe pays the invoice with a card that it knows, and is not asked to with one of another gateway', async (world, biller) => {
  const { double, bill, token } = await awaitMoney(world, biller, 'stripe-billing')
  Object.assign(bill, { declineCode: null, dueMinor: 1_200 })
  const replace = async (newPaymentMethodToken: string) =>
    biller.call('POST', await linkOf(biller, token), { body: { newPaymentMethodToken }, key: null })
  const other = await startBraintreeDouble()
  const { merchantId: merchant_id, publicKey: public_key, privateKey: private_key } = BRAINTREE_KEYS
  const credentials = { merchant_id, public_key, private_key }
  await world.api.post('/gateways', { kind: 'braintree', name: 'Braintree', base_url: other.url, credentials })
  await biller.set({ gateway: 'braintree' })
  const foreign = other.addMethod({ number: '4111111111111111' })
  assert.deepEqual((await replace(`${foreign.token}|${foreign.customerId}`)).body, { success: true })
  assert.deepEqual([await statesOf(world), paidOn(double)], [['scheduled'], []])

  await biller.set({ gateway: null })
  await replace('pm_new|cus_1')
  assert.deepEqual([await statesOf(world), paidOn(double)], [['succeeded'], ['9201 1200']])
  assert.deepEqual(double.payments.map(({ reference }) => reference), ['pm_new'])
  await world.expects(['gateway.created'])
  await Promise.all([other.close(), double.close()])
}) // prettier-ignore
