import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { encodeId } from '@perennial/core/ids'
import { addMs } from '@perennial/core/time'
import type { Bill } from '@perennial/testkit/platform-doubles'
import type { ScenarioWorld } from '@perennial/testkit/scenario'
import { readStatus } from '../../packages/server/src/status/index.ts'
import { freshToken, story } from './biller.ts'
import {
  amountsOf,
  basic,
  chargebeeFailure,
  connect,
  CREDENTIALS,
  hmac,
  nowS,
  rechargeSigned,
  statesOf,
  stripeSigned,
  TOLD_THERE,
  type Headers,
  type Platform,
} from './connected.ts'

const HOUR = 3_600_000

async function countRecoveries(world: ScenarioWorld): Promise<number> {
  return (await statesOf(world)).length
}

/** How often each event was tried. */
async function triesOf(world: ScenarioWorld): Promise<number[]> {
  const rows = await world.house.database.kysely
    .selectFrom('connector_events')
    .select('tries')
    .where('account_id', '=', world.accountId)
    .execute()
  return rows.map(({ tries }) => tries)
}

story('51, 59: nobody is believed without the credential, and unknown clients are not found', async (world, biller) => {
  const connector = await connect(world, biller, { platform: 'chargebee' })
  const platforms = Object.keys(CREDENTIALS) as Platform[]
  for (const platform of platforms.filter((one) => one !== 'chargebee')) {
    const address = `/api/connectors/${platform}/webhook/${biller.clientId}`
    const refuses = async (): Promise<void> =>
      assert.equal((await biller.call('POST', address, { body: { id: 'x' }, key: null })).status, 401, platform)
    await refuses()
    // Nor where the platform is connected, and its credential missing.
    const { double } = await connect(world, biller, { platform })
    await refuses()
    await double.close()
    const other = address.replace(/rcl_\w+/, 'rcl_01890a5dac96774bbcceb302099a8057')
    assert.equal((await biller.call('POST', other, { body: { id: 'x' }, key: null })).status, 404)
  }
  const bill = connector.double.add({ id: 'inv_1' })
  assert.equal(await connector.send(chargebeeFailure(bill)), 401)
  assert.equal(await connector.send(chargebeeFailure(bill), basic('u', 'wrong')), 401)
  assert.equal(await connector.work(), 0)
  assert.equal(await countRecoveries(world), 0)
  const refused = await world.api.call('POST', '/recovery/connectors', {
    body: { platform: 'recurly', client_id: biller.clientId, credentials: { subdomain: 'acme' } },
  })
  assert.deepEqual([refused.status, refused.at('error.param')], [400, 'credentials.api_key'])
  const twice = await world.api.call('POST', '/recovery/connectors', {
    body: { platform: 'chargebee', client_id: biller.clientId, credentials: CREDENTIALS.chargebee },
  })
  assert.equal(twice.status, 409)
  const shown = await connector.shown()
  assert.ok(!JSON.stringify(shown.body).includes('key_test'))
  await connector.double.close()
}) // prettier-ignore

story('52: a Chargebee invoice is recovered, and one payment is recorded on it, though Chargebee was away', async (world, biller) => {
  const connector = await connect(world, biller, { platform: 'chargebee' })
  const { double } = connector
  const bill = double.add({ id: 'inv_52', token: freshToken() })
  const sent = chargebeeFailure(bill)
  assert.deepEqual([await connector.send(sent, basic('u', 'p:w')), await connector.send(sent, basic('u', 'p:w'))], [200, 200])
  double.isDown = true
  await connector.work()
  assert.equal(await countRecoveries(world), 0)
  double.isDown = false
  world.house.clock.moveOn(11_000)
  await connector.work() // opens, charges, and owes
  await connector.work() // writes back
  assert.deepEqual(await statesOf(world), ['succeeded'])
  assert.deepEqual(double.payments.map(({ billId, amountMinor }) => [billId, amountMinor]), [['inv_52', 5_000]])
  assert.equal(bill.state, 'paid')
  const [hook] = await biller.hooks()
  assert.equal(hook?.event, 'recovery.success')
  assert.equal(double.payments[0]?.reference, hook.at('gatewayTransactionToken'))
  assert.equal(await connector.work(), 0)
  // The platform tells of the same try again under another name: the bill is paid.
  assert.equal(await connector.send(chargebeeFailure(bill, 'ev_2'), basic('u', 'p:w')), 200)
  await connector.work()
  assert.equal(await countRecoveries(world), 1)
  await double.close()
}) // prettier-ignore

story('a bill that was paid where it lives is not charged when its retry is due, and a new card is tried at once', async (world, biller) => {
  const connector = await connect(world, biller, { platform: 'chargebee' })
  const { double } = connector
  const waits = double.add({ id: 'inv_w', token: 'tok_decline_insufficient_funds' })
  await connector.send(chargebeeFailure(waits), basic('u', 'p:w'))
  await connector.work()
  assert.deepEqual(await statesOf(world), ['scheduled'])
  waits.state = 'paid'
  await world.api.post('/test-clock/advance', { days: 22 })
  assert.deepEqual(await statesOf(world), ['canceled'])
  assert.deepEqual(await biller.hooks(), [])
  const numbers = await world.api.get('/analytics/recovery/summary?source=outside')
  assert.deepEqual(numbers.at('data.groups'), [])
  const moved = double.add({ id: 'inv_m', dueMinor: 7_000, token: 'tok_decline_insufficient_funds' })
  await connector.send(chargebeeFailure(moved, 'ev_m'), basic('u', 'p:w'))
  await connector.work()
  const source = { id: 'pmsrc_new', customer_id: 'c1', reference_id: `cus_9/${freshToken()}` }
  const replaced = { id: 'ev_n', event_type: 'payment_source_updated', content: { payment_source: source } }
  assert.equal(await connector.send(JSON.stringify(replaced), basic('u', 'p:w')), 200)
  await connector.work()
  await connector.work()
  assert.deepEqual(await statesOf(world), ['canceled', 'succeeded'])
  assert.deepEqual(double.payments.map(({ billId }) => billId), ['inv_m'])
  await double.close()
}) // prettier-ignore

story('a bill that was paid in part where it lives is charged for the rest, and for nothing once all of it is paid', async (world, biller) => {
  const connector = await connect(world, biller, { platform: 'chargebee' })
  const { double } = connector
  const inPart = double.add({ id: 'inv_part', token: 'tok_decline_insufficient_funds' })
  await connector.send(chargebeeFailure(inPart, 'ev_part'), basic('u', 'p:w'))
  await connector.work()
  inPart.dueMinor = 2_000
  await world.api.post('/test-clock/advance', { days: 22 })
  const { recoveries, attempts } = await amountsOf(world)
  const [first, ...later] = attempts
  assert.ok(later.length > 2)
  assert.deepEqual([recoveries, first, [...new Set(later)]], [[2_000], 5_000, [2_000]])
  const [hook] = await biller.hooks()
  assert.deepEqual([hook?.event, hook?.at('amount')], ['recovery.failed', 2_000])

  // Nor is a new card charged for more than is due, or for what was added since.
  const moved = double.add({ id: 'inv_moved', dueMinor: 7_000, token: 'tok_decline_insufficient_funds' })
  const grown = double.add({ id: 'inv_grown', dueMinor: 4_000, token: 'tok_decline_insufficient_funds' })
  for (const bill of [moved, grown]) await connector.send(chargebeeFailure(bill, `ev_${bill.id}`), basic('u', 'p:w'))
  await connector.work()
  Object.assign(moved, { dueMinor: 1_500 })
  Object.assign(grown, { dueMinor: 4_400 })
  const source = { id: 'pmsrc_new', customer_id: 'c1', reference_id: `cus_9/${freshToken()}` }
  const replaced = { id: 'ev_new', event_type: 'payment_source_updated', content: { payment_source: source } }
  await connector.send(JSON.stringify(replaced), basic('u', 'p:w'))
  await connector.work()
  await connector.work()
  const paid = double.payments.map(({ billId, amountMinor }) => `${billId} ${amountMinor}`)
  assert.deepEqual(paid.toSorted(), ['inv_grown 4000', 'inv_moved 1500'])

  const settled = double.add({ id: 'inv_zero', dueMinor: 9_000, token: 'tok_decline_insufficient_funds' })
  await connector.send(chargebeeFailure(settled, 'ev_zero'), basic('u', 'p:w'))
  await connector.work()
  settled.dueMinor = 0
  await world.api.post('/test-clock/advance', { days: 22 })
  assert.equal((await statesOf(world)).at(-1), 'canceled')
  await double.close()
}) // prettier-ignore

story('what Stripe takes for an invoice is what counts as won', async (world, biller) => {
  const { double, send, work } = await connect(world, biller, { platform: 'stripe-billing' })
  const bill = double.add({ id: 'in_part', token: freshToken(), declineCode: 'insufficient_funds' })
  const object = { id: bill.id, customer: 'cus_1', attempt_count: 1, customer_email: 'ada@example.com' }
  const text = JSON.stringify({ id: 'evt_part', type: 'invoice.payment_failed', data: { object } })
  await send(text, stripeSigned(world, text))
  await work()
  assert.deepEqual(await statesOf(world), ['scheduled'])
  Object.assign(bill, { dueMinor: 1_200, declineCode: null })
  await world.api.post('/test-clock/advance', { days: 22 })
  assert.deepEqual(await statesOf(world), ['succeeded'])
  assert.deepEqual((await amountsOf(world)).recoveries, [1_200])
  assert.deepEqual(double.payments.map(({ amountMinor }) => amountMinor), [1_200])
  await double.close()
}) // prettier-ignore

story('a new card that comes while a charge of the old one is out is not lost, nor charged before the bill was looked at', async (world, biller) => {
  const connector = await connect(world, biller, { platform: 'chargebee' })
  const { double } = connector
  const fails = double.add({ id: 'inv_lost', token: 'tok_timeout_not_charged' })
  const pays = double.add({ id: 'inv_paid', dueMinor: 6_000, token: 'tok_timeout_not_charged' })
  for (const bill of [fails, pays]) await connector.send(chargebeeFailure(bill, `ev_${bill.id}`), basic('u', 'p:w'))
  await connector.work()
  assert.deepEqual(await statesOf(world), ['attempting', 'attempting'])
  const source = { id: 'pmsrc_new', customer_id: 'c1', reference_id: `cus_9/${freshToken()}` }
  const replaced = { id: 'ev_new', event_type: 'payment_source_updated', content: { payment_source: source } }
  await connector.send(JSON.stringify(replaced), basic('u', 'p:w'))
  await connector.work()
  pays.state = 'paid'
  world.house.clock.moveOn(600_000)
  await world.api.post('/test-clock/advance', { days: 1 })
  assert.deepEqual((await statesOf(world)).toSorted(), ['canceled', 'succeeded'])
  const hooks = await biller.hooks()
  assert.deepEqual(hooks.map((hook) => [hook.event, hook.at('amount')]), [['recovery.success', 5_000]])
  await connector.work()
  assert.deepEqual(double.payments.map(({ billId }) => billId), ['inv_lost'])
  await double.close()
}) // prettier-ignore

story('while a bank payment of a bill is on its way nothing is charged beside it', async (world, biller) => {
  const connector = await connect(world, biller, { platform: 'chargebee' })
  const { double } = connector
  const told = (bill: Bill) => connector.send(chargebeeFailure(bill, `ev_${bill.id}`), basic('u', 'p:w'))
  await told(double.add({ id: 'inv_busy', state: 'busy' }))
  await connector.work()
  assert.equal(await countRecoveries(world), 0)
  const bill = double.add({ id: 'inv_bank', dueMinor: 6_100, token: 'tok_decline_insufficient_funds' })
  await told(bill)
  await connector.work()
  const before = (await amountsOf(world)).attempts.length
  bill.state = 'busy'
  await world.api.post('/test-clock/advance', { days: 15 })
  const source = { id: 'pmsrc_new', customer_id: 'c1', reference_id: `cus_9/${freshToken()}` }
  const replaced = { id: 'ev_new', event_type: 'payment_source_updated', content: { payment_source: source } }
  await connector.send(JSON.stringify(replaced), basic('u', 'p:w'))
  await connector.work()
  assert.deepEqual([await statesOf(world), (await amountsOf(world)).attempts.length], [['scheduled'], before])
  // It bounced: the new card is charged.
  bill.state = 'open'
  await world.api.post('/test-clock/advance', { days: 2 })
  assert.deepEqual(await statesOf(world), ['succeeded'])
  const [hook] = await biller.hooks()
  assert.equal(hook?.at('trigger'), 'card_update')

  // And one that never ends does not keep a recovery open for ever.
  const stuck = double.add({ id: 'inv_stuck', dueMinor: 6_200, token: 'tok_decline_insufficient_funds' })
  await told(stuck)
  await connector.work()
  stuck.state = 'busy'
  await world.api.post('/test-clock/advance', { days: 30 })
  assert.deepEqual(await statesOf(world), ['succeeded', 'failed'])
  await double.close()
}) // prettier-ignore

story('a new card that has paid the bill where it lives is not charged for it here', async (world, biller) => {
  const connector = await connect(world, biller, { platform: 'chargebee' })
  const { double } = connector
  const bill = double.add({ id: 'inv_there', token: 'tok_decline_insufficient_funds' })
  await connector.send(chargebeeFailure(bill), basic('u', 'p:w'))
  await connector.work()
  bill.state = 'paid'
  const source = { id: 'pmsrc_new', customer_id: 'c1', reference_id: `cus_9/${freshToken()}` }
  const replaced = { id: 'ev_new', event_type: 'payment_source_updated', content: { payment_source: source } }
  await connector.send(JSON.stringify(replaced), basic('u', 'p:w'))
  await connector.work()
  assert.deepEqual(await statesOf(world), ['scheduled'])
  await world.api.post('/test-clock/advance', { days: 22 })
  assert.deepEqual(await statesOf(world), ['canceled'])
  await double.close()
}) // prettier-ignore

story('a bill that was paid here is not charged again while its platform does not know of it', async (world, biller) => {
  const connector = await connect(world, biller, { platform: 'chargebee' })
  const { double } = connector
  const bill = double.add({ id: 'inv_late', token: 'tok_decline_insufficient_funds' })
  await connector.send(chargebeeFailure(bill), basic('u', 'p:w'))
  await connector.work()
  assert.deepEqual(await statesOf(world), ['scheduled'])
  const source = { id: 'pmsrc_new', customer_id: 'c1', reference_id: `cus_9/${freshToken()}` }
  const replaced = { id: 'ev_new', event_type: 'payment_source_updated', content: { payment_source: source } }
  await connector.send(JSON.stringify(replaced), basic('u', 'p:w'))
  await connector.work()
  assert.deepEqual(await statesOf(world), ['succeeded'])
  // It could not be told of the payment yet, and tells that its own try has failed.
  await world.house.database.kysely
    .updateTable('connected_invoices')
    .set({ write_back: 'waiting', next_try_at: addMs(world.house.clock.now(), HOUR), written_at: null })
    .where('account_id', '=', world.accountId)
    .execute()
  bill.state = 'open'
  world.house.clock.moveOn(600_000)
  await connector.send(chargebeeFailure(bill, 'ev_again', freshToken()), basic('u', 'p:w'))
  await connector.work()
  assert.deepEqual(await statesOf(world), ['succeeded'])
  await double.close()
}) // prettier-ignore

story('two bills of one card and amount are recovered both, and one bill is charged once, however often it is told of', async (world, biller) => {
  const connector = await connect(world, biller, { platform: 'chargebee' })
  const { double } = connector
  const token = freshToken()
  const twins = ['inv_a', 'inv_b'].map((id) => double.add({ id, token }))
  for (const bill of twins) await connector.send(chargebeeFailure(bill, `ev_${bill.id}`), basic('u', 'p:w'))
  await connector.work()
  await connector.work()
  assert.deepEqual(await statesOf(world), ['succeeded', 'succeeded'])
  assert.deepEqual(double.payments.map(({ billId }) => billId).toSorted(), ['inv_a', 'inv_b'])

  // Two tries of the platform on two cards, told of in one breath.
  const bill = double.add({ id: 'inv_c', dueMinor: 8_000 })
  const cards = [freshToken(), freshToken(), freshToken()]
  for (const card of cards) await connector.send(chargebeeFailure(bill, `ev_${card}`, card), basic('u', 'p:w'))
  await connector.work()
  assert.equal(await countRecoveries(world), 3)
  assert.deepEqual((await amountsOf(world)).attempts, [5_000, 5_000, 8_000])
  await double.close()
}) // prettier-ignore

story('53: Recurly signs what it sends; a changed byte or ten minutes make it worthless', async (world, biller) => {
  const credentials = { subdomain: 'acme', api_key: 'k', webhook_secret: 'old,new' }
  const connector = await connect(world, biller, { platform: 'recurly', credentials })
  const { double } = connector
  const bill = double.add({ id: 'rinv_1', token: freshToken() })
  const body = JSON.stringify({
    event_type: 'failed_payment',
    account: { account_code: 'ada', email: 'ada@example.com' },
    transaction: { id: 'rt_1', invoice_id: bill.id, amount_in_cents: 5_000, failure_type: 'declined' },
  })
  const signed = (text: string, ms: number): Headers => ({ 'recurly-signature': `${ms},${hmac('new', `${ms}.${text}`)}` })
  const now = world.house.clock.now()
  assert.equal(await connector.send(body, signed(body, now)), 200)
  assert.equal(await connector.send(body.replace('ada', 'adb'), signed(body, now)), 401)
  assert.equal(await connector.send(body, signed(body, now - 600_000)), 401)
  await connector.work()
  await connector.work()
  assert.deepEqual(await statesOf(world), ['succeeded'])
  assert.deepEqual(double.payments.map(({ billId, amountMinor }) => [billId, amountMinor]), [['rinv_1', 5_000]])
  await double.close()
}) // prettier-ignore

story('54, 55: a Stripe invoice is paid itself, once for one event, and left alone once it is paid elsewhere', async (world, biller) => {
  const connector = await connect(world, biller, { platform: 'stripe-billing' })
  const { double } = connector
  const send = (event: object): Promise<number> => {
    const text = JSON.stringify(event)
    return connector.send(text, stripeSigned(world, text))
  }
  const failed = (bill: Bill, id: string) => ({
    id,
    type: 'invoice.payment_failed',
    data: { object: { id: bill.id, customer: 'cus_1', attempt_count: 1, customer_email: 'ada@example.com' } },
  })
  const bill = double.add({ id: 'in_1', token: 'pm_stripe_1' })
  assert.deepEqual([await send(failed(bill, 'evt_1')), await send(failed(bill, 'evt_1'))], [200, 200])
  await connector.work()
  assert.deepEqual(await statesOf(world), ['succeeded'])
  assert.deepEqual(double.payments.map(({ billId, reference }) => [billId, reference]), [['in_1', 'pm_stripe_1']])
  const [hook] = await biller.hooks()
  assert.equal(hook?.at('gatewayTransactionToken'), 'pi_in_1')

  const waits = double.add({ id: 'in_2', dueMinor: 6_000, token: 'pm_stripe_2', declineCode: 'insufficient_funds' })
  await send(failed(waits, 'evt_2'))
  await connector.work()
  assert.deepEqual(await statesOf(world), ['succeeded', 'scheduled'])
  waits.state = 'paid'
  const paid = { id: 'pi_2', invoice: 'in_2', amount_received: 6_000, currency: 'usd' }
  await send({ id: 'evt_3', type: 'payment_intent.succeeded', data: { object: paid } })
  const organic = { id: 'pi_9', invoice: 'in_9', amount_received: 900, currency: 'usd' }
  await send({ id: 'evt_4', type: 'payment_intent.succeeded', data: { object: organic } })
  await connector.work()
  assert.deepEqual(await statesOf(world), ['succeeded', 'canceled'])
  await world.api.post('/test-clock/advance', { days: 22 })
  assert.equal(double.payments.length, 1)
  const rows = await world.house.database.kysely
    .selectFrom('organic_payments')
    .select('transaction_id')
    .where('account_id', '=', world.accountId)
    .execute()
  assert.deepEqual(rows.map(({ transaction_id: id }) => id), ['pi_9'])
  await double.close()
}) // prettier-ignore

story('a Stripe invoice that somebody else has paid is not counted as won here, though an answer got lost', async (world, biller) => {
  const { double, send, work } = await connect(world, biller, { platform: 'stripe-billing' })
  const bills = (['charged', 'not_charged'] as const).map((losesNext) =>
    double.add({ id: `in_${losesNext}`, token: freshToken(), losesNext }),
  )
  for (const { id } of bills) {
    const object = { id, customer: `cus_${id}`, attempt_count: 1, customer_email: 'ada@example.com' }
    const text = JSON.stringify({ id: `evt_${id}`, type: 'invoice.payment_failed', data: { object } })
    await send(text, stripeSigned(world, text))
  }
  await work()
  assert.deepEqual(await statesOf(world), ['attempting', 'attempting'])
  for (const bill of bills) bill.state = 'paid'
  world.house.clock.moveOn(HOUR)
  await world.api.post('/test-clock/advance', { days: 1 })
  assert.deepEqual((await statesOf(world)).toSorted(), ['canceled', 'succeeded'])
  assert.deepEqual(double.payments.map(({ billId }) => billId), ['in_charged'])
  assert.equal((await biller.hooks()).length, 1)
  await double.close()
}) // prettier-ignore

for (const [platform, stolen] of [['stripe-billing', 'stolen_card'], ['braintree', '2013'], ['shopify-recharge', 'stolen_card']] as const) {
  story(`a refusal whose answer got lost on the way from ${platform} counts, and stops what it stops`, async (world, biller) => {
    const { double, send, work } = await connect(world, biller, { platform })
    // What it was refused with before does not stop it.
    const bill = double.add({ id: '9101', token: freshToken(), declineCode: stolen, losesNext: 'refused' })
    await send(...TOLD_THERE[platform](world, { ...bill, declineCode: null }))
    await work()
    const begun = await statesOf(world)
    world.house.clock.moveOn(HOUR)
    await world.api.post('/test-clock/advance', { days: 22 })
    assert.deepEqual([begun, await statesOf(world)], [['attempting'], ['blocked']])
    assert.deepEqual([(await amountsOf(world)).attempts.length, double.payments.length], [1, 0])
    const [hook] = await biller.hooks()
    assert.deepEqual([hook?.event, hook?.at('declineCode')], ['recovery.blocked', 'stolen_card'])
    await double.close()
  })
} // prettier-ignore

story('56: Braintree is answered its challenge, and a past due subscription is charged through itself', async (world, biller) => {
  const connector = await connect(world, biller, { platform: 'braintree' })
  const { double } = connector
  const secret = createHash('sha1').update('priv').digest()
  const sign = (text: string): string => createHmac('sha1', secret).update(text).digest('hex')
  const challenge = 'abcdef0123456789abcdef01'
  const answered = await biller.call('GET', `${connector.address}?bt_challenge=${challenge}`, { key: null })
  assert.deepEqual([answered.status, answered.body], [200, `pub|${sign(challenge)}`])
  const bill = double.add({ id: 'btsub_1', token: 'bt_card' })
  const subscription = `<subscription><id>${bill.id}</id><payment-method-token>bt_card</payment-method-token></subscription>`
  const xml = `<notification><kind>subscription_went_past_due</kind><timestamp>2027-01-01T00:00:00Z</timestamp><subject>${subscription}</subject></notification>`
  const payload = `${Buffer.from(xml).toString('base64')}\n`
  const form = (signature: string): string => new URLSearchParams({ bt_signature: signature, bt_payload: payload }).toString()
  assert.equal(await connector.send(form(`other|${sign(payload)}`)), 401)
  assert.equal(await connector.send(form(`other|00&pub|${sign(payload)}`)), 200)
  await connector.work()
  assert.deepEqual(await statesOf(world), ['succeeded'])
  assert.deepEqual(double.payments.map(({ billId, amountMinor }) => [billId, amountMinor]), [['btsub_1', 5_000]])
  await double.close()
}) // prettier-ignore

story('57: a Zuora callout by HTTP Basic or HMAC, and an external payment on the invoice', async (world, biller) => {
  const credentials = { ...CREDENTIALS.zuora, hmac_secret: 'h' }
  const connector = await connect(world, biller, { platform: 'zuora', credentials })
  const { double } = connector
  const bill = double.add({ id: 'zinv_1', token: freshToken() })
  const body = JSON.stringify({
    event: 'Payment.Failure', accountId: 'za1', paymentId: 'zp1', paymentMethodId: 'zpm1',
    amount: '50.00', currency: 'USD', gatewayResponseCode: 'do_not_honor', invoiceIds: [bill.id],
  })
  assert.equal(await connector.send(body), 401)
  assert.equal(await connector.send(body, basic('u', 'p')), 200)
  assert.equal(await connector.send(body, { 'x-zuora-signature': hmac('h', body) }), 200)
  await connector.work()
  await connector.work()
  assert.deepEqual(await statesOf(world), ['succeeded'])
  assert.deepEqual(double.payments.map(({ billId, amountMinor }) => [billId, amountMinor]), [['zinv_1', 5_000]])
  await double.close()
}) // prettier-ignore

story('58: ReCharge by its new scheme or its old hash; its own charge is processed, the last time at its warning', async (world, biller) => {
  const connector = await connect(world, biller, { platform: 'shopify-recharge' })
  const { double } = connector
  const charge = (bill: Bill) => ({
    id: Number(bill.id), status: 'error', error_type: 'insufficient_funds', currency: 'USD',
    customer: { id: 77, email: 'ada@example.com' }, line_items: [{ purchase_item_id: 501 }], charge_attempts: 1,
  })
  const scheme = (text: string): Headers => {
    const t = nowS(world)
    return { 'x-recharge-webhook-signature': `t=${t},v1=${hmac('cs', `${t}.${text}`)}` }
  }
  const bill = double.add({ id: '9001', declineCode: 'insufficient_funds' })
  const failed = JSON.stringify({ charge: charge(bill) })
  assert.equal(await connector.send(failed, { 'x-recharge-hmac-sha256': hmac('cs', failed) }), 401)
  assert.equal(await connector.send(failed, rechargeSigned(failed)), 200)
  assert.equal(await connector.send(failed, scheme(failed)), 200)
  await connector.work()
  assert.deepEqual(await statesOf(world), ['scheduled'])
  bill.declineCode = null
  world.house.clock.moveOn(HOUR)
  // The other subscription that the charge is for.
  const warned = JSON.stringify({ subscription: { id: 502, customer_id: 77 } })
  assert.equal(await connector.send(warned, scheme(warned)), 200)
  await connector.work()
  assert.deepEqual(await statesOf(world), ['succeeded'])
  assert.deepEqual(double.payments.map(({ billId }) => billId), ['9001'])
  await double.close()
}) // prettier-ignore

story('a connector is kept while its platform does not know of a payment', async (world, biller) => {
  const connector = await connect(world, biller, { platform: 'chargebee' })
  const { double } = connector
  await connector.send(chargebeeFailure(double.add({ id: 'inv_1', token: freshToken() })), basic('u', 'p:w'))
  await connector.work()
  assert.deepEqual(await statesOf(world), ['succeeded'])
  const id = (await connector.shown()).text('data.id')
  const remove = async () => (await world.api.call('DELETE', `/recovery/connectors/${id}`)).status
  // As after eight tries.
  await world.house.database.kysely
    .updateTable('connected_invoices')
    .set({ write_back: 'dead', written_at: null, next_try_at: null })
    .where('account_id', '=', world.accountId)
    .execute()
  assert.equal((await connector.shown()).at('data.health.write_backs_dead'), 1)
  assert.equal(await remove(), 409)
  await world.api.post(`/recovery/connectors/${id}/retry`, {})
  await connector.work()
  assert.equal(double.payments.length, 1)
  assert.equal(await remove(), 204)
  await double.close()
}) // prettier-ignore

story('what waits behind a slow platform is not begun twice', async (world, biller) => {
  const connector = await connect(world, biller, { platform: 'chargebee' })
  const { double } = connector
  for (let index = 0; index < 12; index += 1) {
    const bill = double.add({ id: `inv_${index}`, dueMinor: 5_000 + index, token: freshToken() })
    await connector.send(chargebeeFailure(bill, `ev_${index}`), basic('u', 'p:w'))
  }
  const { promise, resolve } = Promise.withResolvers<void>()
  double.answersAfter = promise
  const called = async (count: number): Promise<void> => {
    while (double.calls < count) await new Promise((next) => setImmediate(next))
  }
  const first = connector.work()
  await called(8)
  world.house.clock.moveOn(61_000)
  const second = connector.work()
  await called(12)
  resolve()
  await Promise.all([first, second])
  assert.deepEqual(await triesOf(world), Array(12).fill(1))
  assert.equal(await countRecoveries(world), 12)
  await double.close()
}) // prettier-ignore

story('a platform that does not answer is asked for a few bills, and all wait', async (world, biller) => {
  const connector = await connect(world, biller, { platform: 'chargebee' })
  const { double } = connector
  for (let index = 0; index < 30; index += 1) {
    const bill = double.add({ id: `inv_${index}`, dueMinor: 5_000 + index, token: freshToken() })
    const sent = chargebeeFailure(bill, `ev_${index}`).replace('do_not_honor', 'insufficient_funds')
    await connector.send(sent, basic('u', 'p:w'))
  }
  while ((await connector.work()) > 0);
  assert.deepEqual([...new Set(await statesOf(world))], ['scheduled'])
  const { kysely } = world.house.database
  const all = kysely.selectFrom('outside_recoveries').where('account_id', '=', world.accountId)
  const { at } = await all.select(({ fn }) => fn.max('next_attempt_at').as('at')).executeTakeFirstOrThrow()
  assert.ok(at !== null)
  await kysely.updateTable('outside_recoveries').set({ next_attempt_at: at }).where('account_id', '=', world.accountId).execute()
  double.isDown = true
  double.calls = 0
  await world.api.post('/test-clock/advance', { to: new Date(at + 1_000).toISOString() })
  assert.ok(double.calls >= 8 && double.calls < 20, String(double.calls))
  assert.deepEqual([...new Set(await statesOf(world))], ['scheduled'])
  assert.equal((await amountsOf(world)).attempts.length, 0)
  await double.close()
}) // prettier-ignore

story('what a platform tells beyond our table is answered with 200, and one charge may be for several bills', async (world, biller) => {
  const recharge = await connect(world, biller, { platform: 'shopify-recharge' })
  const order = JSON.stringify({ order: { id: 5 } })
  assert.equal(await recharge.send(order, rechargeSigned(order)), 200)
  await recharge.double.close()

  const zuora = await connect(world, biller, { platform: 'zuora' })
  const callout = (more: object) => zuora.send(JSON.stringify(more), basic('u', 'p'))
  assert.deepEqual([await callout({ event: 'Invoice Posted' }), await callout({ hello: 1 })], [200, 200])
  for (const [index, id] of ['zinv_1', 'zinv_2', 'zinv_3'].entries())
    zuora.double.add({ id, dueMinor: 5_000 + index, token: 'pm_zuora' })
  const failure = { event: 'Payment.Failure', accountId: 'za1', paymentMethodId: 'zpm1', currency: 'USD', gatewayResponseCode: 'do_not_honor' }
  await callout({ ...failure, paymentId: 'zp1', invoiceIds: 'zinv_1, zinv_2' })
  await callout({ ...failure, paymentId: 'zp2', invoiceIds: ['zinv_2', 'zinv_3'] })
  while ((await zuora.work()) > 0);
  assert.deepEqual(zuora.double.payments.map(({ billId }) => billId).toSorted(), ['zinv_1', 'zinv_2', 'zinv_3'])
  await zuora.double.close()

  const chargebee = await connect(world, biller, { platform: 'chargebee' })
  const token = freshToken()
  for (const id of ['inv_1', 'inv_2']) chargebee.double.add({ id, token })
  const transaction = { id: 'txn_2', customer_id: 'c1', error_code: 'do_not_honor', payment_source_id: `pmsrc_${token}`, linked_invoices: [{ invoice_id: 'inv_1' }, { invoice_id: 'inv_2' }] }
  await chargebee.send(JSON.stringify({ id: 'ev_2', event_type: 'payment_failed', content: { transaction } }), basic('u', 'p:w'))
  while ((await chargebee.work()) > 0);
  assert.deepEqual(chargebee.double.payments.map(({ billId }) => billId).toSorted(), ['inv_1', 'inv_2'])
  await chargebee.double.close()
}) // prettier-ignore

story('a Stripe endpoint that does not tell what a payment was for is asked', async (world, biller) => {
  const { double, send, work } = await connect(world, biller, { platform: 'stripe-billing' })
  const tell = (event: object): Promise<number> => {
    const text = JSON.stringify(event)
    return send(text, stripeSigned(world, text))
  }
  const paid = (id: string, amount: number) =>
    tell({ id: `evt_${id}`, type: 'payment_intent.succeeded', data: { object: { id, amount_received: amount, currency: 'usd' } } })
  const [ours, elsewhere] = [double.add({ id: 'in_ours', token: 'pm_1' }), double.add({ id: 'in_else', token: 'pm_2', declineCode: 'insufficient_funds' })]
  for (const bill of [ours, elsewhere]) await send(...TOLD_THERE['stripe-billing'](world, bill))
  await work()
  assert.deepEqual((await statesOf(world)).toSorted(), ['scheduled', 'succeeded'])
  elsewhere.state = 'paid'
  for (const id of ['pi_in_ours', 'pi_in_else', 'pi_alone']) await paid(id, 5_000)
  await work()
  assert.deepEqual((await statesOf(world)).toSorted(), ['canceled', 'succeeded'])
  const organic = await world.house.database.kysely
    .selectFrom('organic_payments')
    .select('transaction_id')
    .where('account_id', '=', world.accountId)
    .execute()
  assert.deepEqual(organic.map(({ transaction_id: id }) => id), ['pi_alone'])
  await double.close()
}) // prettier-ignore

story('the merchant is told of what was given up, once a day, and status counts it', async (world, biller) => {
  const connector = await connect(world, biller, { platform: 'chargebee' })
  const { double } = connector
  for (const id of ['inv_1', 'inv_2']) {
    const bill = double.add({ id, token: freshToken() })
    await connector.send(chargebeeFailure(bill, `ev_${id}`), basic('u', 'p:w'))
  }
  const told = async (type: string): Promise<unknown[]> => {
    const answer = await world.api.get(`/events?type=${type}`)
    return [answer.at('data')].flat().map((event) => Reflect.get(Object(Reflect.get(Object(event), 'data')), 'object'))
  }
  double.isDown = true
  for (let tries = 0; tries < 8; tries += 1) {
    await connector.work()
    world.house.clock.moveOn(13 * HOUR)
  }
  const [parked, ...others] = await told('recovery_connector.event_given_up')
  assert.deepEqual(others, [])
  assert.partialDeepStrictEqual(parked, { object: 'recovery_connector', problem: 'Chargebee answered 503: down for maintenance' })
  double.isDown = false
  biller.answerWith(500)
  const id = (await connector.shown()).text('data.id')
  await world.api.post(`/recovery/connectors/${id}/retry`, {})
  await connector.work()
  assert.deepEqual(await statesOf(world), ['succeeded', 'succeeded'])
  for (let tries = 0; tries < 10; tries += 1) {
    await biller.hooks()
    world.house.clock.moveOn(25 * HOUR)
  }
  const [webhook, ...more] = await told('recovery_client.webhook_given_up')
  assert.deepEqual(more, [])
  assert.partialDeepStrictEqual(webhook, { object: 'recovery_client', id: biller.clientId })
  const { database, clock } = world.house
  const own = encodeId('account', world.accountId)
  const status = (await readStatus(database, clock)).find(({ accountId }) => accountId === own)
  assert.deepEqual(status?.givenUp, { webhooks: 2, payments: 0, events: 0 })
  await world.expects(['recovery_connector.event_given_up', 'recovery_client.webhook_given_up'])
  await double.close()
}) // prettier-ignore
