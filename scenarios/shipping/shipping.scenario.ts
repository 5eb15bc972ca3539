import assert from 'node:assert/strict'
import {
  card,
  memberOf,
  PAID_RENEWAL,
  PAID_START,
  scenario,
  type ScenarioWorld,
  type Subscriber,
} from '@perennial/testkit/scenario'
import {
  createProfile,
  listRenewals,
  operate,
  OVERDUE_RENEWAL,
  PRICE_MINOR,
} from '../profiles/shop.ts'
import { linesOf } from '../discounts/discount.ts'

const IN_2031 = { on: '2031-01-01' } as const
const SHIPPED = { fulfillment_type: 'physical' }
/** The shipment is made once its invoice is paid. */
const SHIPPED_START = [...PAID_START, 'shipment.created']
const SHIPPED_RENEWAL = [...PAID_RENEWAL, 'shipment.created']

async function createShipping(
  world: ScenarioWorld,
  name: string,
  rates: readonly object[],
): Promise<string> {
  const made = await world.api.post('/shipping-profiles', { name, rates })
  await world.expects(['shipping_profile.created'])
  return made.text('data.id')
}

/** Shipments of a subscription, oldest first. */
async function shipments(world: ScenarioWorld, who: Subscriber): Promise<readonly unknown[]> {
  const listed = (await world.api.get(`/shipments?subscription_id=${who.id}`)).at('data')
  assert.ok(Array.isArray(listed))
  return listed.toReversed()
}

scenario(
  'a renewal bears the first rate of its own profile, and another the first that qualifies',
  IN_2031,
  async (world) => {
    const none = await createProfile(world)
    const ada = await world.subscribe({
      on: '2031-01-15',
      priceMinor: PRICE_MINOR,
      product: { ...SHIPPED, product_group: 'tea' },
      terms: { subscription_profile_id: none },
      events: SHIPPED_START,
    })
    // Nothing qualifies: for nothing, and somebody is told.
    assert.deepEqual(await linesOf(world, ada), ['item 4000', 'shipping 0'])
    const first = (await listRenewals(world, ada)).at(-1)
    const warnings = memberOf(first, 'warnings')
    assert.ok(Array.isArray(warnings))
    assert.equal(memberOf(warnings[0], 'code'), 'no_shipping_rate')

    const own = await createShipping(world, 'Own', [
      { amount_minor: 7_00, provider: 'UPS', provider_method: 'Ground', product_groups: ['x'] },
      { amount_minor: 3_00 },
    ])
    await world.api.patch(`/subscription-profiles/${none}`, { shipping_profile_id: own })
    await world.expects(['subscription_profile.updated'])
    const preview = await operate(world, ada, 'edit', { quantity: 2, preview: true })
    assert.equal(preview.at('data.next_renewal.amount_minor'), 87_00)
    await world.goTo('2031-02-14', { events: SHIPPED_RENEWAL }) // 69
    assert.deepEqual(await linesOf(world, ada), ['item 4000', 'shipping 700'])
    const renewal = (await listRenewals(world, ada)).at(-1)
    assert.deepEqual(
      [
        memberOf(renewal, 'amount_minor'),
        memberOf(renewal, 'shipping_minor'),
        memberOf(renewal, 'warnings'),
      ],
      [47_00, 7_00, []],
    )
    const sent = (await shipments(world, ada)).at(-1)
    assert.deepEqual(
      ['status', 'provider', 'provider_method', 'amount_minor', 'shipping_profile_id'].map((name) =>
        memberOf(sent, name),
      ),
      ['pending', 'UPS', 'Ground', 7_00, own],
    )

    await world.api.patch(`/subscription-profiles/${none}`, { shipping_profile_id: null })
    await world.expects(['subscription_profile.updated'])
    await createShipping(world, 'Dear', [{ amount_minor: 9_00, revenue_min_minor: 50_00 }])
    await createShipping(world, 'Tea', [{ amount_minor: 2_50, product_groups: ['tea'] }])
    await world.api.patch(`/shipping-profiles/${own}`, { enabled: false })
    await world.goTo('2031-03-16', {
      events: ['shipping_profile.updated', ...SHIPPED_RENEWAL],
    })
    assert.deepEqual(await linesOf(world, ada), ['item 4000', 'shipping 250'])
    const taken = await world.api.call('POST', '/shipping-profiles', {
      body: { name: 'tea', rates: [{ amount_minor: 0 }] },
    })
    assert.equal(taken.at('error.param'), 'name')
  },
)

scenario(
  'what is paid is shipped, what is refunded whole is called off unless it has gone, and neither is tax nor discount',
  IN_2031,
  async (world) => {
    const profile = await createProfile(world)
    await createShipping(world, 'Parcel', [{ amount_minor: 5_00, provider: 'Post' }])
    const vat = await world.api.post('/tax-rates', { display_name: 'VAT', percentage: 10 })
    const half = await world.api.post('/discounts', {
      code: 'HALF',
      name: 'Half',
      discount_type: 'percentage',
      discount_value: 50,
      recurring_type: 'forever',
    })
    await world.expects(['tax_rate.created', 'discount.created'])
    const ada = await world.subscribe({
      on: '2031-01-15',
      priceMinor: PRICE_MINOR,
      product: SHIPPED,
      terms: {
        subscription_profile_id: profile,
        tax_rate_ids: [vat.text('data.id')],
        discount_ids: [half.text('data.id')],
        ship_to: { city: 'London', country: 'GB' },
      },
      events: SHIPPED_START,
    })
    const lines = ['item 4000', 'discount -2000', 'shipping 500', 'tax 200']
    assert.deepEqual(await linesOf(world, ada), lines)
    const [first] = await shipments(world, ada)
    assert.deepEqual(memberOf(first, 'ship_to'), { city: 'London', country: 'GB' })
    const path = `/shipments/${String(memberOf(first, 'id'))}`
    const gone = await world.api.patch(path, { status: 'shipped', tracking_number: 'T-1' })
    assert.deepEqual(
      [gone.at('data.status'), gone.at('data.tracking_number'), typeof gone.at('data.shipped_at')],
      ['shipped', 'T-1', 'string'],
    )
    const back = await world.api.call('PATCH', path, { body: { status: 'canceled' } })
    assert.equal(back.at('error.param'), 'status')
    await world.expects(['shipment.updated'])

    const refundLast = async (events: readonly string[]): Promise<unknown> => {
      const renewal = (await listRenewals(world, ada)).at(-1)
      await world.api.post(`/renewals/${String(memberOf(renewal, 'id'))}/refund`)
      await world.expects(events)
      return memberOf((await shipments(world, ada)).at(-1), 'status')
    }
    const REFUNDED = ['refund.succeeded', 'payment.refunded']
    assert.equal(await refundLast(['refund.created', ...REFUNDED]), 'shipped')
    await world.goTo('2031-02-14', { events: SHIPPED_RENEWAL })
    assert.equal(await refundLast(['refund.created', 'shipment.canceled', ...REFUNDED]), 'canceled')

    await ada.replaceCard(card.declinesUntil('2031-03-20', 'insufficient_funds'))
    await world.goTo('2031-03-16', { events: OVERDUE_RENEWAL })
    assert.equal((await shipments(world, ada)).length, 2)
    await world.goTo('2031-03-21')
    const bill = (await ada.invoices()).at(-1)
    assert.ok(bill !== undefined)
    await ada.pay(bill)
    await world.expects([
      'payment.succeeded',
      'invoice.paid',
      'subscription.renewed',
      'subscription.updated',
      'shipment.created',
      'salvage_transaction.recovered',
    ])
    assert.deepEqual(
      (await shipments(world, ada)).map((row) => memberOf(row, 'status')),
      ['shipped', 'canceled', 'pending'],
    )

    // A refund that fails leaves what is paid to be shipped.
    await ada.replaceCard('tok_refund_fail')
    await world.goTo('2031-04-15', { events: SHIPPED_RENEWAL })
    const failing = ['refund.created', 'shipment.canceled', 'refund.failed', 'shipment.updated']
    assert.equal(await refundLast(failing), 'pending')
    const pending = (await world.api.get('/shipments?status=pending')).at('data')
    assert.ok(Array.isArray(pending) && pending.length === 2)
  },
)

scenario(
  'what is owed again in part because a payment was called off is shipped no more',
  IN_2031,
  async (world) => {
    const profile = await createProfile(world)
    await createShipping(world, 'Parcel', [{ amount_minor: 5_00, provider: 'Post' }])
    const ada = await world.subscribe({
      on: '2031-01-15',
      priceMinor: PRICE_MINOR,
      product: SHIPPED,
      terms: { subscription_profile_id: profile },
      events: SHIPPED_START,
    })
    await ada.replaceCard(card.declinesUntil('2031-02-16', 'insufficient_funds'))
    await world.goTo('2031-02-14', { events: OVERDUE_RENEWAL })
    await world.goTo('2031-02-17')
    const bill = (await ada.invoices()).at(-1)
    assert.ok(bill !== undefined)
    const pay = (body: object) => world.api.post(`/invoices/${bill.id}/pay`, body)
    await pay({ amount_minor: 20_00 })
    const payment = async () =>
      (await world.api.get(`/transactions?invoice_id=${bill.id}&type=sale`)).text('data.0.id')
    const first = await payment()
    await pay({})
    await world.api.post('/refunds', { payment_id: await payment(), amount_minor: 1_00 })
    const status = async () => memberOf((await shipments(world, ada)).at(-1), 'status')
    assert.equal(await status(), 'pending')
    await world.api.post('/voids', { payment_id: first })
    assert.equal(await status(), 'canceled')
    await world.expects([
      'payment.succeeded',
      'payment.succeeded',
      'invoice.paid',
      'subscription.renewed',
      'subscription.updated',
      'shipment.created',
      'salvage_transaction.recovered',
      'refund.created',
      'refund.succeeded',
      'payment.refunded',
      'void.created',
      'void.succeeded',
      'payment.voided',
      'shipment.canceled',
    ])
  },
)
