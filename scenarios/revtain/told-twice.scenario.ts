import assert from 'node:assert/strict'
import { freshToken, story } from './biller.ts'
import {
  amountsOf,
  basic,
  chargebeeFailure,
  connect,
  rechargeSigned,
  statesOf,
  stripeSigned,
  TOLD_THERE,
} from './connected.ts'

const DAY = 86_400_000

story('a failure that its biller handed over is not charged again when its platform tells of it', async (world, biller) => {
  const { double, send, work } = await connect(world, biller, { platform: 'chargebee' })
  const token = freshToken()
  const handed = { paymentMethodToken: token, amount: 5_000, currency: 'USD', originalDeclineCode: 'do_not_honor' }
  assert.equal((await biller.execute({ ...handed, idempotencyKey: 'a' })).status, 200)
  const tell = async (id: string): Promise<void> => {
    await send(chargebeeFailure(double.add({ id, token }), `ev_${id}`), basic('u', 'p:w'))
    while ((await work()) > 0);
  }
  await tell('inv_1')
  assert.deepEqual((await amountsOf(world)).attempts, [5_000])
  assert.deepEqual(await statesOf(world), ['succeeded'])

  // After 5 minutes it is another payment.
  await world.api.post('/test-clock/advance', { days: 1 })
  await tell('inv_2')
  assert.deepEqual((await amountsOf(world)).attempts, [5_000, 5_000])
  assert.equal((await biller.execute({ ...handed, idempotencyKey: 'b' })).status, 409)
  assert.equal((await amountsOf(world)).attempts.length, 2)
  await double.close()
}) // prettier-ignore

story('a key that was used is told of though no gateway is enabled any more', async (world, biller) => {
  const handed = { paymentMethodToken: freshToken(), amount: 5_000, idempotencyKey: 'inv_1' }
  const first = await biller.execute(handed)
  assert.equal(first.at('success'), true)
  const gateways = (await world.api.get('/gateways')).at('data') as { id: string }[]
  for (const { id } of gateways) await world.api.post(`/gateways/${id}/disable`)
  world.house.clock.moveOn(2_000)
  const again = await biller.execute(handed)
  assert.deepEqual([again.status, again.at('existingTransactionId'), again.at('existingStatus')], [409, first.at('transactionId'), 'succeeded'])
  const other = await biller.execute({ ...handed, idempotencyKey: 'inv_2' })
  assert.deepEqual([other.status, other.at('field')], [400, 'paymentMethodToken'])
  await world.expects(gateways.map(() => 'gateway.updated'))
}) // prettier-ignore

/** A charge for these bills that was declined, as a callout tells of it. */
const zuoraFailure = (invoiceIds: readonly string[]): string =>
  JSON.stringify({ event: 'Payment.Failure', accountId: 'za1', paymentId: 'zp1', paymentMethodId: 'zpm1', currency: 'USD', gatewayResponseCode: 'do_not_honor', invoiceIds }) // prettier-ignore
const LIMITED = {
  success: false,
  reasons: [{ code: 50_000_070, message: 'request exceeded limit' }],
}

story('a failure is kept while Zuora limits the rate, refuses access, or has no token of its card', async (world, biller) => {
  const { double, send, shown, work } = await connect(world, biller, { platform: 'zuora' })
  for (const id of ['zinv_1', 'zinv_2']) double.add({ id, token: freshToken() })
  let answer: { status: number; body: object } = { status: 429, body: LIMITED }
  double.answersInstead = (path) => (path.startsWith('/v1/payment-methods/') ? answer : null)
  await send(zuoraFailure(['zinv_1']), basic('u', 'p'))
  for (const next of [{ status: 200, body: LIMITED }, { status: 401, body: {} }, { status: 200, body: {} }]) {
    await work()
    assert.deepEqual(await statesOf(world), [])
    assert.equal((await shown()).at('data.health.events_waiting'), 1)
    world.house.clock.moveOn(DAY)
    answer = next
  }
  // A card without a token: it is told when it was asked for often enough, and not lost.
  for (let tries = 0; tries < 5; tries += 1) {
    await work()
    world.house.clock.moveOn(DAY)
  }
  assert.partialDeepStrictEqual((await shown()).at('data.health'), { events_waiting: 0, events_parked: 1, last_problem: 'The platform has no card or token for the bill zinv_1.' })
  await world.expects(['recovery_connector.event_given_up'])

  double.answersInstead = () => null
  await world.api.post(`/recovery/connectors/${(await shown()).text('data.id')}/retry`, {})
  while ((await work()) > 0);
  assert.deepEqual(await statesOf(world), ['succeeded'])
  assert.deepEqual(double.payments.map(({ billId }) => billId), ['zinv_1'])
  await double.close()
}) // prettier-ignore

story('of one charge for two bills, one that cannot be read keeps no other one waiting', async (world, biller) => {
  const { double, send, work } = await connect(world, biller, { platform: 'zuora' })
  for (const id of ['zinv_1', 'zinv_2']) double.add({ id, token: freshToken() })
  double.answersInstead = (path) => (path === '/v1/invoices/zinv_1' ? { status: 429, body: LIMITED } : null)
  await send(zuoraFailure(['zinv_1', 'zinv_2']), basic('u', 'p'))
  while ((await work()) > 0);
  assert.deepEqual(await statesOf(world), ['succeeded'])
  double.answersInstead = () => null
  world.house.clock.moveOn(DAY)
  while ((await work()) > 0);
  assert.deepEqual(double.payments.map(({ billId }) => billId), ['zinv_2', 'zinv_1'])
  await double.close()
}) // prettier-ignore

story('what ReCharge tells of our own tries begins nothing; a try that somebody else made does', async (world, biller) => {
  const { double, send, work } = await connect(world, biller, { platform: 'shopify-recharge' })
  double.add({ id: '9001', declineCode: 'do_not_honor' })
  const tell = async (charge: object): Promise<void> => {
    const of = { id: 9001, status: 'error', error_type: 'do_not_honor', currency: 'USD', customer: { id: 77 } }
    const text = JSON.stringify({ charge: { ...of, ...charge } })
    await send(text, rechargeSigned(text))
    while ((await work()) > 0);
  }
  await tell({ charge_attempts: 3 })
  await world.api.post('/test-clock/advance', { days: 22 })
  assert.deepEqual(await statesOf(world), ['failed'])
  const made = (await amountsOf(world)).attempts.length
  assert.ok(made > 2)
  for (let count = 4; count <= 3 + made; count += 1) await tell({ charge_attempts: count })
  await tell({ note: 'without a number' })
  assert.deepEqual(await statesOf(world), ['failed'])
  assert.equal((await amountsOf(world)).attempts.length, made)

  await tell({ charge_attempts: 4 + made })
  assert.equal((await statesOf(world)).length, 2)
  await double.close()
}) // prettier-ignore

story('each card of a Recurly account is tried once, though all are told in the same words', async (world, biller) => {
  const credentials = { subdomain: 'acme', api_key: 'k', webhook_user: 'u', webhook_password: 'p' }
  const { double, send, work } = await connect(world, biller, { platform: 'recurly', credentials })
  const bill = double.add({ id: 'rinv_1', token: 'tok_decline_insufficient_funds' })
  const account = '<account><account_code>ada</account_code><email>ada@example.com</email></account>'
  const tell = async (name: string, more = ''): Promise<void> => {
    await send(`<${name}_notification>${account}${more}</${name}_notification>`, basic('u', 'p'))
    while ((await work()) > 0);
    world.house.clock.moveOn(60_000)
  }
  const transaction = '<transaction><id>rt_1</id><invoice_id>rinv_1</invoice_id><failure_type>insufficient_funds</failure_type></transaction>'
  await tell('failed_payment', transaction)
  const tries = async (): Promise<number> => (await amountsOf(world)).attempts.length
  assert.equal(await tries(), 0)
  bill.token = 'tok_decline_do_not_honor'
  await tell('billing_info_updated')
  assert.equal(await tries(), 1)
  await tell('billing_info_updated')
  assert.equal(await tries(), 1)
  bill.token = freshToken()
  await tell('billing_info_updated')
  assert.deepEqual(await statesOf(world), ['succeeded'])
  assert.equal(await tries(), 2)
  await double.close()
}) // prettier-ignore

story('a Stripe invoice whose issuer wants its cardholder is tried once, and blocked', async (world, biller) => {
  const { double, send, work } = await connect(world, biller, { platform: 'stripe-billing' })
  const code = 'invoice_payment_intent_requires_action'
  for (const [status, id] of [[402, 'in_card'], [400, 'in_request']] as const) {
    const bill = double.add({ id, token: `pm_${id}` })
    double.answersInstead = (path) =>
      path.startsWith(`/v1/invoices/${id}/pay`) ? { status, body: { error: { type: 'card_error', code } } } : null
    await send(...TOLD_THERE['stripe-billing'](world, bill))
    await work()
    await world.api.post('/test-clock/advance', { days: 22 })
  }
  assert.deepEqual(await statesOf(world), ['blocked', 'blocked'])
  assert.equal((await amountsOf(world)).attempts.length, 2)
  const hooks = await biller.hooks()
  assert.deepEqual(hooks.map(({ event }) => event), ['recovery.blocked', 'recovery.blocked'])
  await double.close()
}) // prettier-ignore

story('a bill that is paid where it lives after its recovery failed did need help', async (world, biller) => {
  const { double, send, work } = await connect(world, biller, { platform: 'stripe-billing' })
  const bill = double.add({ id: 'in_late', token: 'pm_late', declineCode: 'do_not_honor' })
  await send(...TOLD_THERE['stripe-billing'](world, bill))
  await work()
  await world.api.post('/test-clock/advance', { days: 22 })
  assert.deepEqual(await statesOf(world), ['failed'])
  const path = '/api/recovery/paywall-status?customerEmail=ada%40example.com'
  assert.equal((await biller.call('GET', path)).at('totalOwedCents'), 5_000)
  bill.state = 'paid'
  const object = { id: 'pi_late', invoice: 'in_late', amount_received: 5_000, currency: 'usd' }
  const text = JSON.stringify({ id: 'evt_late', type: 'payment_intent.succeeded', data: { object } })
  await send(text, stripeSigned(world, text))
  await work()
  const month = await biller.call('GET', '/api/reports/monthly?month=2027-01')
  const [counted] = [month.at('byCount')].flat()
  assert.partialDeepStrictEqual(counted, { organic: 0, failed: 1 })
  // Nothing is owed any more.
  assert.partialDeepStrictEqual((await biller.call('GET', path)).body, { isPastDue: false, totalOwedCents: 0 })
  await double.close()
}) // prettier-ignore

/** Platforms that charge for us, and the end of the path of a charge there. */
const CHARGED_THERE = { 'shopify-recharge': '/process', braintree: '/transactions' } as const

for (const [name, end] of Object.entries(CHARGED_THERE)) {
  const platform = name as keyof typeof CHARGED_THERE // its own keys
  story(`a try that ${platform} does not accept is no refusal of the card`, async (world, biller) => {
    const { double, send, work } = await connect(world, biller, { platform })
    const bill = double.add({ id: '9002', declineCode: 'do_not_honor' })
    double.answersInstead = (path) => (path.endsWith(end) ? { status: 429, body: { error: 'too many calls' } } : null)
    await send(...TOLD_THERE[platform](world, bill))
    await work()
    await world.api.post('/test-clock/advance', { days: 2 })
    const tries = await world.house.database.kysely
      .selectFrom('outside_attempts')
      .select(['state', 'decline'])
      .where('account_id', '=', world.accountId)
      .execute()
    assert.ok(tries.length > 0)
    for (const made of tries) assert.partialDeepStrictEqual(made, { state: 'declined', decline: { code: 'gateway_unreachable' } })
    await double.close()
  }) // prettier-ignore
}
