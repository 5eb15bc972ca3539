import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Discount } from '../../discounts/index.ts'
import { NO_USES } from '../../discounts/index.ts'
import { billItems, type InvoiceLine } from '../../invoices/index.ts'
import { ratio } from '../../money/index.ts'
import type { ShippingTerms } from '../../shipping/index.ts'
import type { SubscriptionItem } from '../../subscriptions/index.ts'
import type { TaxRate } from '../../tax/index.ts'
import { at, item, numberedId, usd } from '../test-samples.ts'
import { addExtras } from './add-extras.ts'
import type { BillExtras } from '../state/bill-extras.ts'

const TEA = numberedId(501)
const AT = at('2031-01-15')

function goods(amountMinor: bigint, more: Partial<SubscriptionItem> = {}): SubscriptionItem {
  const scheme = { kind: 'per_unit', unitAmount: ratio(amountMinor, 1n) } as const
  const bounds = { freeUnits: 0n, minimumMinor: null, maximumMinor: null }
  const terms = { currency: usd(), scheme, ...bounds }
  return { ...item({ productId: TEA, fulfillmentType: 'physical' }), terms, ...more }
}

function discount(number: number, value: Discount['value']): BillExtras['discounts'][number] {
  return {
    uses: NO_USES,
    discount: {
      id: numberedId(600 + number),
      code: `D${number}`,
      name: `Discount ${number}`,
      value,
      productIds: null,
      scope: 'entire_order',
      duration: { kind: 'forever' },
      validFrom: null,
      validUntil: null,
      usesMax: null,
      usesPerCustomerMax: null,
      isForFirstTimeCustomers: false,
      isActive: true,
    },
  }
}

const taxRate = (ratePpm: number, isInclusive: boolean, number = 1): TaxRate => ({
  id: numberedId(700 + number),
  name: `Tax ${number}`,
  ratePpm,
  isInclusive,
})

function shippingOf(amountMinor: bigint): ShippingTerms {
  const conditions = {
    productIds: [],
    productGroups: [],
    revenueMinMinor: null,
    revenueMaxMinor: null,
  }
  const rate = { amountMinor, provider: 'Post', providerMethod: null, ...conditions }
  const profile = { id: numberedId(800), name: 'Post', currency: usd(), rates: [rate] }
  return { own: null, offered: [profile], groupOf: new Map() }
}

function bill(items: readonly SubscriptionItem[], extras: Partial<BillExtras>) {
  let made = 0
  const nextId = () => numberedId(900 + (made += 1))
  const period = { start: AT, end: at('2031-02-15') }
  const request = { invoiceId: numberedId(9), items, cycle: 0, share: ratio(1n, 1n), period, currency: usd(), nextId } // prettier-ignore
  const given = { request, at: AT, isRenewal: true }
  return addExtras(
    billItems(request),
    { discounts: [], taxRates: [], shipping: null, ...extras },
    given,
  )
}

/** "discount -400" of each line. */
function told(lines: readonly InvoiceLine[]): string[] {
  return lines.map(({ source, amountMinor }) => {
    const isIncluded = source?.kind === 'tax' && source.isIncluded
    return `${isIncluded ? 'included' : (source?.kind ?? 'item')} ${amountMinor}`
  })
}

const HALF = discount(1, { kind: 'percentage', rateBps: 5_000n })

test('discounts come off the products alone, tax is on what they leave, and shipping is beside both', () => {
  const { lines, ...sums } = bill([goods(40_00n)], {
    discounts: [HALF],
    taxRates: [taxRate(200_000, false)],
    shipping: shippingOf(5_00n),
  })
  deepEqual(told(lines), ['item 4000', 'discount -2000', 'shipping 500', 'tax 400'])
  deepEqual(sums, { subtotalMinor: 45_00n, discountMinor: 20_00n, taxMinor: 4_00n })
  deepEqual(
    lines.map(({ position }) => position),
    [0, 1, 2, 3],
  )
})

test('tax in the prices is told, and leaves the total as it is', () => {
  const { lines, ...sums } = bill([goods(120_00n)], { taxRates: [taxRate(200_000, true)] })
  deepEqual(told(lines), ['item 12000', 'included 2000'])
  deepEqual(sums, { subtotalMinor: 100_00n, discountMinor: 0n, taxMinor: 20_00n })
})

test('shipping that was sold with a trial takes the place of a rate, and is neither reduced nor taxed', () => {
  const sold = goods(7_00n, { id: numberedId(502), productId: null, description: 'Shipping' })
  const { lines, ...sums } = bill([goods(40_00n), sold], {
    discounts: [HALF],
    taxRates: [taxRate(100_000, false)],
    shipping: shippingOf(5_00n),
  })
  deepEqual(told(lines), ['item 4000', 'shipping 700', 'discount -2000', 'tax 200'])
  deepEqual(sums, { subtotalMinor: 47_00n, discountMinor: 20_00n, taxMinor: 2_00n })
})

test('what is not shipped bears no shipping', () => {
  const { lines } = bill([goods(40_00n, { fulfillmentType: 'digital' })], {
    shipping: shippingOf(5_00n),
  })
  deepEqual(told(lines), ['item 4000'])
})

const anyValue = fc.oneof(
  fc.bigInt(1n, 10_000n).map((rateBps) => ({ kind: 'percentage', rateBps }) as const),
  fc.bigInt(1n, 50_000n).map((amountMinor) => ({ kind: 'fixed_amount', amountMinor }) as const),
)

test('whatever a bill carries: its lines make its sums, and it never asks for less than nothing', () => {
  fc.assert(
    fc.property(
      fc.array(fc.bigInt(0n, 1_000_000n), { minLength: 1, maxLength: 4 }),
      fc.array(anyValue, { maxLength: 4 }),
      fc.array(fc.tuple(fc.nat(1_000_000), fc.boolean()), { maxLength: 3 }),
      fc.bigInt(0n, 5_000n),
      (amounts, values, rates, shippingMinor) => {
        const items = amounts.map((amount, index) => goods(amount, { id: numberedId(510 + index) }))
        const { lines, subtotalMinor, discountMinor, taxMinor } = bill(items, {
          discounts: values.map((value, index) => discount(index, value)),
          taxRates: rates.map(([ppm, isInclusive], index) => taxRate(ppm, isInclusive, index)),
          shipping: shippingOf(shippingMinor),
        })
        const sumOf = (isCounted: (line: InvoiceLine) => boolean) =>
          lines.filter(isCounted).reduce((sum, line) => sum + line.amountMinor, 0n)
        const isIncluded = ({ source }: InvoiceLine) => source?.kind === 'tax' && source.isIncluded
        const totalMinor = subtotalMinor - discountMinor + taxMinor
        equal(
          sumOf((line) => !isIncluded(line)),
          totalMinor,
        )
        equal(
          sumOf(({ source }) => source?.kind === 'tax'),
          taxMinor,
        )
        equal(-sumOf(({ source }) => source?.kind === 'discount'), discountMinor)
        ok(totalMinor >= shippingMinor && subtotalMinor >= discountMinor && taxMinor >= 0n)
      },
    ),
  )
})
