import assert from 'node:assert/strict'
import { PAID_RENEWAL, scenario, type SubscriptionWish } from '@perennial/testkit/scenario'

type Case = {
  readonly what: string
  readonly price: object
  readonly quantity?: number
  readonly currency?: string
  /** On the invoice, in minor units; the arithmetic stands beside the case. */
  readonly totalMinor: number
}

const SLICES = [
  { up_to: 10, unit_amount_minor: 500 },
  { up_to: 100, unit_amount_minor: 300 },
  { up_to: null, unit_amount_minor: 100 },
]
const ENTRY_FEES = [
  { up_to: 10, unit_amount_minor: 0, flat_amount_minor: 1_000 },
  { up_to: null, unit_amount_minor: 50, flat_amount_minor: 2_000 },
]
const tiered = (mode: string, tiers: readonly object[]): object => ({
  unit_amount: null,
  billing_scheme: 'tiered',
  tiers_mode: mode,
  tiers,
})
const each = (amount: string): object => ({ unit_amount: null, unit_amount_decimal: amount })
const packs = (size: number, round: string): object => ({
  unit_amount: 1_000,
  transform_quantity: { divide_by: size, round },
})

const cases: readonly Case[] = [
  { what: 'per unit', price: { unit_amount: 2900 }, quantity: 3, totalMinor: 8700 }, // 3 × 29.00
  {
    what: 'flat',
    price: { unit_amount: 2900, billing_scheme: 'flat' },
    quantity: 3,
    totalMinor: 2900,
  },
  { what: 'a third of a cent', price: each('0.333'), quantity: 1000, totalMinor: 333 }, // 1000 × 0.00333
  { what: 'half a cent, rounded once', price: each('0.5'), quantity: 5, totalMinor: 3 }, // 2.5 up
  { what: 'twelve decimals', price: each('0.000000000001'), quantity: 1, totalMinor: 0 },
  // 10 × 5.00 + 90 × 3.00 + 20 × 1.00
  { what: 'graduated', price: tiered('graduated', SLICES), quantity: 120, totalMinor: 34_000 },
  {
    what: 'graduated, first slice',
    price: tiered('graduated', SLICES),
    quantity: 10,
    totalMinor: 5_000,
  },
  // all 120 at 1.00
  { what: 'volume', price: tiered('volume', SLICES), quantity: 120, totalMinor: 12_000 },
  { what: 'volume, second tier', price: tiered('volume', SLICES), quantity: 11, totalMinor: 3_300 },
  // 10.00 + 20.00 + 2 × 0.50
  {
    what: 'graduated with fees',
    price: tiered('graduated', ENTRY_FEES),
    quantity: 12,
    totalMinor: 3_100,
  },
  // 20.00 + 12 × 0.50
  {
    what: 'volume with fees',
    price: tiered('volume', ENTRY_FEES),
    quantity: 12,
    totalMinor: 2_600,
  },
  { what: 'packages, begun ones count', price: packs(10, 'up'), quantity: 11, totalMinor: 2_000 },
  { what: 'packages, full ones count', price: packs(10, 'down'), quantity: 19, totalMinor: 1_000 },
  // (25 - 10) × 1.00
  {
    what: 'free units',
    price: { unit_amount: 100, free_units: 10 },
    quantity: 25,
    totalMinor: 1_500,
  },
  {
    what: 'only free units',
    price: { unit_amount: 100, free_units: 10 },
    quantity: 10,
    totalMinor: 0,
  },
  {
    what: 'a minimum',
    price: { unit_amount: 100, spending_minimum_cents: 900 },
    quantity: 2,
    totalMinor: 900,
  },
  {
    what: 'a maximum',
    price: { unit_amount: 100, spending_maximum_cents: 900 },
    quantity: 20,
    totalMinor: 900,
  },
  {
    what: 'yen have no decimals',
    price: { unit_amount: 500 },
    quantity: 3,
    currency: 'JPY',
    totalMinor: 1_500,
  },
  {
    what: 'dinars have three',
    price: { unit_amount: 12_345 },
    quantity: 2,
    currency: 'KWD',
    totalMinor: 24_690,
  },
  { what: 'free', price: { unit_amount: 0 }, totalMinor: 0 },
]

const FREE_START = [
  'subscription.created',
  'invoice.created',
  'invoice.finalized',
  'invoice.paid',
  'subscription.activated',
]
const FREE_RENEWAL = [
  'invoice.created',
  'invoice.finalized',
  'invoice.paid',
  'subscription.renewed',
]

for (const { what, price, quantity = 1, currency = 'USD', totalMinor } of cases) {
  scenario(
    `${what}: ${quantity} cost ${totalMinor} ${currency}, now and a month later`,
    async (world) => {
      const isFree = totalMinor === 0
      const wish: SubscriptionWish = { price, currency, terms: { quantity } }
      const ada = await world.subscribe(isFree ? { ...wish, events: FREE_START } : wish)
      assert.equal((await ada.show()).at('data.amount_minor'), totalMinor)
      await world.goTo('2027-02-01', { events: isFree ? FREE_RENEWAL : PAID_RENEWAL })

      for (const invoice of await ada.invoices()) {
        assert.equal(invoice.totalMinor, totalMinor)
        assert.equal(invoice.currency, currency)
        assert.deepEqual(invoice.lines, [{ amountMinor: totalMinor, quantity }])
      }
      assert.equal((await ada.invoices()).length, 2)
    },
  )
}

scenario('several prices of one interval make one invoice with a line for each', async (world) => {
  const seats = await world.price({ priceMinor: 10_00 })
  const storage = await world.price({ price: { unit_amount: null, unit_amount_decimal: '1.5' } })
  const items = [
    { priceId: seats, quantity: 3 },
    { priceId: storage, quantity: 101 },
  ]
  const ada = await world.subscribe({ terms: { priceId: undefined, items } })
  await world.goTo('2027-02-01', { events: PAID_RENEWAL })

  const [, renewal] = await ada.invoices()
  // 3 × 10.00, and 101 × 0.015 = 1.515, rounded up
  assert.deepEqual(renewal?.lines, [
    { amountMinor: 30_00, quantity: 3 },
    { amountMinor: 1_52, quantity: 101 },
  ])
  assert.equal(renewal?.totalMinor, 31_52)
})

scenario(
  'what one unit costs is told of items and of lines, where units cost the same',
  async (world) => {
    const prices = [
      await world.price({ price: { unit_amount: 10_00 } }),
      await world.price({ price: each('1.5') }),
      await world.price({ price: tiered('volume', SLICES) }),
    ]
    const items = prices.map((priceId) => ({ priceId, quantity: 4 }))
    const ada = await world.subscribe({ terms: { priceId: undefined, items } })
    const shown = await ada.show()
    const unit = (index: number) =>
      ['minor', 'decimal'].map((as) => shown.at(`data.items.${index}.unit_amount_${as}`))
    assert.deepEqual(prices.map((_, index) => unit(index)), [[10_00, '1000'], [null, '1.5'], [null, null]]) // prettier-ignore

    const line_items = prices.map((price_id) => ({ price_id, quantity: 4 }))
    const bill = { customer_uuid: ada.customer.id, line_items }
    for (const lines of [
      (await world.api.get('/invoices')).at('data.0.line_items'),
      (await world.api.post('/invoices', bill)).at('data.line_items'),
    ]) {
      assert.ok(Array.isArray(lines))
      assert.deepEqual(lines.map((line) => line.unit_amount_decimal), ['1000', '1.5', null]) // prettier-ignore
    }
    await world.expects(['invoice.created'])
  },
)

scenario('a new quantity counts from the next bill on', async (world) => {
  const ada = await world.subscribe({ priceMinor: 10_00 })
  await ada.change({ quantity: 5 })
  await world.goTo('2027-02-01', { events: ['subscription.updated', ...PAID_RENEWAL] })
  assert.deepEqual(await ada.bills(), ['1000 paid', '5000 paid'])
})

scenario('a product that carries its own amount needs no price', async (world) => {
  const product = await world.api.post('/products', {
    product_id: 'own',
    name: 'Own',
    kind: 'subscription',
    pricing_model: 'recurring',
    amount_minor: 7_00,
    interval: 'week',
    interval_count: 1,
  })
  const terms = { priceId: undefined, productId: product.text('data.id'), quantity: 2 }
  const ada = await world.subscribe({ terms })
  assert.equal(await ada.period(), '2027-01-01 to 2027-01-08')
  await world.goTo('2027-01-08', { events: PAID_RENEWAL })
  assert.deepEqual(await ada.bills(), ['1400 paid', '1400 paid'])
})
