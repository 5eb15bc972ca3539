import assert from 'node:assert/strict'
import { addMs, MS_PER_HOUR } from '@perennial/core/time'
import { memberOf } from '@perennial/testkit/scenario'
import { CAMPAIGN, card, makeCoupon, NO, OK, story, type Shop } from './shop.ts'

function sellWith(shop: Shop, idempotencyKey: string) {
  const { PP, P } = shop
  const sale = {
    campaign: CAMPAIGN,
    payment_type: 'credit_card',
    payment_profile: PP,
    credit_card: card(OK),
    customer: { first_name: 'Ada', email: 'ada@example.com' },
    product: [{ id: P }],
  }
  return () => sendWith(shop, idempotencyKey, { path: '/sales', body: sale })
}

async function sendWith(
  { world, key }: Shop,
  idempotencyKey: string,
  call: { readonly path: string; readonly body: object },
) {
  const response = await fetch(`${world.house.service.url}/revcent/v2${call.path}`, {
    method: 'POST',
    headers: {
      'x-api-key': key,
      'content-type': 'application/json',
      'idempotency-key': idempotencyKey,
    },
    body: JSON.stringify(call.body),
  })
  const body: unknown = JSON.parse(await response.text())
  assert.ok(typeof body === 'object' && body !== null)
  return { status: response.status, body: new Map(Object.entries(body)) }
}

/** As if each process had died between what it had done and its answer, a while ago. */
async function forgetAnswers({ world }: Shop): Promise<void> {
  const { kysely } = world.house.database
  const row = await kysely
    .selectFrom('idempotency_keys')
    .select('started_at')
    .orderBy('started_at')
    .executeTakeFirstOrThrow()
  const startedAt = addMs(row.started_at, -MS_PER_HOUR)
  const unanswered = { response_status: null, response_headers: null, response_body: null }
  await kysely
    .updateTable('idempotency_keys')
    .set({ ...unanswered, started_at: startedAt })
    .where('object_kind', '=', 'refund')
    .execute()
}

story('a buyer who is known by the e-mail address is charged once a key', async (shop) => {
  const sell = sellWith(shop, 'order-1')
  const first = await sell()
  assert.equal(first.status, 200)
  const again = await sell()
  assert.equal(again.body.get('sale_id'), first.body.get('sale_id'))
  assert.equal((await shop.world.charges()).length, 1)
})

story('a refund that is asked for again with its key is told again, also by a process that did not make it', async (shop) => {
  const { subscription } = await shop.sell('2031-01-15 10:00')
  await shop.goTo('2031-02-14 10:00')
  const line = (await shop.get(`/subscriptions/${subscription}`)).text('product_sale')
  const [renewal] = await shop.renewalIds(subscription)
  const all = [`/product_sales/${line}`, `/subscription_renewals/${String(renewal)}`]
  for (const path of all) {
    // The other refund is there to be told from it.
    await shop.post(`${path}/refund`, { amount: 5 })
    const refund = () => sendWith(shop, 'back-1', { path: `${path}/refund`, body: { amount: 10 } })
    const told = ({ body }: Awaited<ReturnType<typeof refund>>) =>
      ['code', 'amount', 'pending_refund'].map((name) => body.get(name))
    const first = told(await refund())
    assert.deepEqual(first.slice(0, 2), [1, 10])
    assert.deepEqual(told(await refund()), first)
    await forgetAnswers(shop)
    assert.deepEqual(told(await refund()), first)
  }
  assert.equal((await shop.world.api.get('/refunds')).at('data.length'), 4)
}) // prettier-ignore

story('a card that is added again with its key is added once, and another card is not taken for it', async (shop) => {
  const { customer } = await shop.sell('2031-01-15')
  const path = `/customers/${customer}/add_card`
  const add = (number: string) =>
    sendWith(shop, 'card-1', { path, body: { credit_card: card(number), set_default: true } })
  const ends = async () => {
    const cards = (await shop.get(`/customers/${customer}`)).at('customer_card')
    assert.ok(Array.isArray(cards))
    return cards.map((one) => `${String(memberOf(one, 'last_4'))} ${String(memberOf(one, 'default'))}`).toSorted() // prettier-ignore
  }
  const first = await add(OTHER)
  const again = await add(OTHER)
  assert.deepEqual([first.status, again.status], [200, 200])
  assert.equal(again.body.get('customer_card_id'), first.body.get('customer_card_id'))
  assert.deepEqual(await ends(), ['1111 false', '4444 true'])
  const other = await add(NO)
  assert.deepEqual([other.status, other.body.get('error_code')], [409, 'wrong_state'])
  assert.deepEqual(await ends(), ['1111 false', '4444 true'])
}) // prettier-ignore

story('a product that is created again with its key is the same one', async (shop) => {
  const body = { name: 'Tea', price: 12, enabled: false }
  const create = () => sendWith(shop, 'product-1', { path: '/products', body })
  const [first, again] = [await create(), await create()]
  assert.deepEqual([first.status, again.status], [200, 200])
  assert.equal(again.body.get('product_id'), first.body.get('product_id'))
  const other = await sendWith(shop, 'product-2', { path: '/products', body })
  assert.notEqual(other.body.get('product_id'), first.body.get('product_id'))
})

story('a call that meets itself ends nothing of what the other has sold', async (shop) => {
  const sell = sellWith(shop, 'order-2')
  const answers = await Promise.all([sell(), sell(), sell(), sell()])
  for (const { status, body } of answers)
    assert.ok(status === 200 || status === 409, JSON.stringify([...body]))
  const sold = await sell()
  assert.equal(sold.status, 200)
  assert.equal((await shop.world.charges()).length, 1)
  const subscription = String([sold.body.get('subscription')].flat()[0])
  assert.match(await shop.standing(subscription), /^active /)
  await shop.get(`/customers/${String(sold.body.get('customer_id'))}`)
})

story('a card that is declined in a sale is not what the buyer is charged by', async (shop) => {
  const { PP, P } = shop
  const buyer = { customer: { first_name: 'Ada', email: 'ada@example.com' } }
  const { subscription } = await shop.sell('2031-01-15 10:00', { more: buyer })
  const declined = { campaign: CAMPAIGN, payment_type: 'credit_card', payment_profile: PP }
  await shop.refuses(402, 'POST', '/sales', {
    ...declined,
    ...buyer,
    credit_card: card(NO),
    product: [{ id: P }],
  })
  await shop.goTo('2031-02-14 10:00')
  assert.deepEqual(await shop.renewals(subscription), ['automatic 2031-02-14 10:00 40 paid'])
})

const OTHER = '5555555555554444'

story('sales at once charge the card that each was given, and the default follows the money', async (shop) => {
  const { PP, P } = shop
  const buyer = { customer: { first_name: 'Ada', email: 'ada@example.com' } }
  const { customer, subscription } = await shop.sell('2031-01-15 10:00', { more: buyer })
  const sell = (number: string) =>
    shop.call('POST', '/sales', {
      ...buyer,
      campaign: CAMPAIGN,
      payment_type: 'credit_card',
      payment_profile: PP,
      credit_card: card(number),
      product: [{ id: P }],
    })
  const answers = await Promise.all([OTHER, NO, OTHER, NO, NO].map(sell))
  assert.deepEqual(answers.map(({ status }) => status), [200, 402, 200, 402, 402]) // prettier-ignore
  const cards = (await shop.get(`/customers/${customer}`)).at('customer_card')
  assert.ok(Array.isArray(cards))
  const defaults = cards.filter((one) => memberOf(one, 'default') === true)
  assert.deepEqual(defaults.map((one) => memberOf(one, 'last_4')), ['4444']) // prettier-ignore
  // What was sold and what was there before renew by the card that was paid with last.
  await shop.addCard(customer, NO, true)
  await shop.goTo('2031-02-14 10:00')
  const ids = [subscription, ...answers.flatMap((one) => one.at('subscription') ?? [])].map(String)
  assert.equal(ids.length, 3)
  for (const id of ids)
    assert.deepEqual(await shop.renewals(id), ['automatic 2031-02-14 10:00 40 overdue'])
}) // prettier-ignore

story('a coupon that a sale names reduces it and what is subscribed to, and what is paid outside is not charged, and what is not taken is refused by name', async (shop) => {
  const { PP, P } = shop
  const coupon = await makeCoupon(shop)
  const { sale, subscription } = await shop.sell('2031-01-15 10:00', { more: { coupon: [coupon] } })
  assert.deepEqual([sale.at('amount'), sale.at('amount_discounted')], [45, 5])
  assert.deepEqual((await shop.get(`/subscriptions/${subscription}`)).at('coupon'), [coupon])
  await shop.goTo('2031-02-14 10:00')
  assert.deepEqual(await shop.renewals(subscription), ['automatic 2031-02-14 10:00 36 paid'])
  const body = { campaign: CAMPAIGN, payment_type: 'credit_card', payment_profile: PP, product: [{ id: P }] } // prettier-ignore
  const secured = { ...card(OK), three_ds: { eci: '05' } }
  assert.match(await shop.refuses(400, 'POST', '/sales', { ...body, credit_card: secured }), /three_ds/) // prettier-ignore
  assert.match(await shop.refuses(400, 'POST', '/sales', { ...body, payment_type: 'paypal' }), /paypal is not taken/) // prettier-ignore
  for (const payment_type of ['offline_payment', 'check_direct']) {
    const { payment_profile, ...outside } = { ...body, payment_type, customer: { first_name: 'Bo', email: 'bo@example.com' } } // prettier-ignore
    assert.match(await shop.refuses(400, 'POST', '/sales', { ...outside, payment_profile }), /nothing is charged/) // prettier-ignore
    const check = payment_type === 'check_direct' ? { check_number: '1042' } : {}
    const paid = await shop.post('/sales', { ...outside, ...check })
    assert.deepEqual([paid.at('status'), paid.at('amount_paid')], ['paid', 50])
    assert.match(await shop.standing(paid.text('subscription.0')), /^active /)
    const voided = await shop.post(`/sales/${paid.text('sale_id')}/void`)
    assert.equal(voided.at('pending_refund.length'), 1)
  }
}) // prettier-ignore
