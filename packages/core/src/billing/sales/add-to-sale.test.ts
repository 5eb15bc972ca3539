import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { NO_USES, type Discount } from '../../discounts/index.ts'
import { addUp, NEW_SALE_LINE, type CustomerSaleLine, type SoldTerms } from '../../sales/index.ts'
import type { ShippingTerms } from '../../shipping/index.ts'
import { taxesOn, type TaxRate } from '../../tax/index.ts'
import { at, numberedId, usd } from '../test-samples.ts'
import { addToSale, type SaleAdditions } from './add-to-sale.ts'

const [TEA, CUP] = [numberedId(501), numberedId(502)]
const SALE = numberedId(500)

const TERMS: SoldTerms = {
  trialDays: 0,
  trialUnitMinor: null,
  renewalUnitMinor: null,
  trialShipping: 'at_expiration',
  shippingAtTrialEndMinor: 0n,
  frequency: { kind: 'unit', unit: 'month', count: 1 },
  cyclesMax: null,
  fulfillmentType: 'none',
  extras: null,
  usedDiscountIds: [],
}

type Entry = Pick<CustomerSaleLine, 'kind' | 'amountMinor' | 'productId' | 'begins'>

const product = fc.record<Entry>({
  kind: fc.constant('product'),
  amountMinor: fc.bigInt(0n, 100_000n),
  productId: fc.constantFrom(TEA, CUP),
  begins: fc.constantFrom(null, TERMS),
})
const shippedByHand = fc.record<Entry>({
  kind: fc.constant('shipping'),
  amountMinor: fc.bigInt(0n, 3_000n),
  productId: fc.constant(null),
  begins: fc.constant(null),
})
/** What is sold, in any order and number. */
const anySold = fc
  .tuple(fc.array(product, { maxLength: 6 }), fc.array(shippedByHand, { maxLength: 2 }))
  .chain(([products, shipping]) => {
    const lines = [...products, ...shipping]
    return fc.shuffledSubarray(lines, { minLength: lines.length })
  })
  .map((entries) => entries.map(toLine))

function toLine(entry: Entry, position: number): CustomerSaleLine {
  const invoiceLineId = numberedId(520 + position)
  return { ...NEW_SALE_LINE, saleId: SALE, position, invoiceLineId, description: 'Sold', ...entry }
}

const anyDiscount = fc.record<Pick<Discount, 'value' | 'scope' | 'productIds'>>({
  value: fc.oneof(
    fc.bigInt(1n, 10_000n).map((rateBps) => ({ kind: 'percentage', rateBps }) as const),
    fc.bigInt(1n, 50_000n).map((amountMinor) => ({ kind: 'fixed_amount', amountMinor }) as const),
  ),
  scope: fc.constantFrom('entire_order', 'subscription_only', 'one_time_only'),
  productIds: fc.constantFrom(null, [TEA]),
})

function discounts(wanted: readonly Pick<Discount, 'value' | 'scope' | 'productIds'>[]) {
  return wanted.map((each, index) => ({
    uses: NO_USES,
    discount: {
      ...each,
      id: numberedId(600 + index),
      code: `D${index}`,
      name: 'Discount',
      duration: { kind: 'forever' } as const,
      validFrom: null,
      validUntil: null,
      usesMax: null,
      usesPerCustomerMax: null,
      isForFirstTimeCustomers: false,
      isActive: true,
    },
  }))
}

const anyTaxes = fc.array(fc.tuple(fc.nat(400_000), fc.boolean()), { maxLength: 3 }).map((rates) =>
  rates.map(([ratePpm, isInclusive], index): TaxRate => ({
    id: numberedId(700 + index),
    name: 'Tax',
    ratePpm,
    isInclusive,
  })),
)

function shippingOf(amountMinor: bigint): ShippingTerms {
  const conditions = { productIds: [], productGroups: [], revenueMinMinor: null, revenueMaxMinor: null } // prettier-ignore
  const rate = { amountMinor, provider: 'Post', providerMethod: null, ...conditions }
  const profile = { id: numberedId(800), name: 'Post', currency: usd(), rates: [rate] }
  return { own: null, offered: [profile], groupOf: new Map() }
}

const byHand = fc.array(
  fc.bigInt(0n, 80_000n).map((amountMinor) => ({ description: 'By hand', amountMinor })),
  { maxLength: 3 },
)

const anyAdditions = fc.record({
  discounts: byHand,
  tax: byHand,
  borne: fc.array(anyDiscount, { maxLength: 3 }).map(discounts),
  taxRates: anyTaxes,
  shipping: fc.option(fc.bigInt(0n, 2_000n).map(shippingOf)),
  isShipped: fc.boolean(),
})
type Additions = typeof anyAdditions extends fc.Arbitrary<infer Value> ? Value : never

function add(sold: readonly CustomerSaleLine[], wanted: Additions): readonly CustomerSaleLine[] {
  let made = 0
  const given: SaleAdditions = {
    saleId: SALE,
    currency: usd(),
    at: at('2031-01-15'),
    discounts: wanted.discounts,
    tax: wanted.tax,
    extras: { discounts: wanted.borne, taxRates: wanted.taxRates, shipping: wanted.shipping },
    shippedIds: wanted.isShipped ? [TEA] : [],
    nextId: () => numberedId(900 + (made += 1)),
  }
  return addToSale(sold, given)
}

const sumOf = (lines: readonly { readonly amountMinor: bigint }[]): bigint =>
  lines.reduce((sum, { amountMinor }) => sum + amountMinor, 0n)

/** As it stands on the invoice. */
function signed({ kind, amountMinor, source }: CustomerSaleLine): bigint {
  if (kind === 'discount') return -amountMinor
  return source?.kind === 'tax' && source.isIncluded ? 0n : amountMinor
}

test('whatever is added to a sale, its lines make its total, and each is there once', () => {
  fc.assert(
    fc.property(anySold, anyAdditions, (sold, wanted) => {
      const lines = add(sold, wanted)
      const { totalMinor, discountMinor } = addUp(lines)
      equal(lines.map(signed).reduce((sum, minor) => sum + minor, 0n), totalMinor) // prettier-ignore
      ok(totalMinor >= 0n && discountMinor <= sumOf(lines.filter(isAskedFor)))

      deepEqual(lines.map(({ position }) => position), lines.map((_, index) => index)) // prettier-ignore
      deepEqual(lines.slice(0, sold.length).map(signed), sold.map(signed))
      const onInvoice = lines.flatMap(({ invoiceLineId }) => invoiceLineId ?? [])
      equal(new Set(onInvoice).size, onInvoice.length)
      const shipping = lines.filter(({ kind }) => kind === 'shipping')
      const shippedSold = sold.filter(({ kind }) => kind === 'shipping')
      const isRated = wanted.isShipped && wanted.shipping !== null && shippedSold.length === 0
      equal(shipping.length, shippedSold.length + (isRated ? 1 : 0))
    }),
  )
})

const isAskedFor = ({ kind }: CustomerSaleLine): boolean =>
  kind === 'product' || kind === 'shipping'

test('a discount is taken once and off what it is for, and tax is on what is left then', () => {
  fc.assert(
    fc.property(anySold, anyAdditions, (sold, wanted) => {
      const lines = add(sold, wanted)
      const products = sumOf(lines.filter(({ kind }) => kind === 'product'))
      const off = lines.filter(({ kind }) => kind === 'discount')
      const named = off.flatMap((line) => line.source?.kind === 'discount' ? [{ ...line, id: line.source.discountId }] : []) // prettier-ignore
      equal(new Set(named.map(({ id }) => id)).size, named.length)
      for (const { discount } of wanted.borne) {
        const taken = named.find(({ id }) => id === discount.id)?.amountMinor ?? 0n
        const isFor = ({ kind, productId, begins }: CustomerSaleLine): boolean =>
          kind === 'product' &&
          (discount.productIds === null || productId === TEA) &&
          (discount.scope === 'entire_order' ||
            (discount.scope === 'subscription_only') === (begins !== null))
        ok(taken <= sumOf(sold.filter(isFor)))
        if (discount.value.kind === 'fixed_amount') ok(taken <= discount.value.amountMinor)
      }
      const taken = off.filter(({ source }) => source === null)
      equal(taken.length, wanted.discounts.length)
      taken.forEach(({ amountMinor }, index) => ok(amountMinor <= (wanted.discounts[index]?.amountMinor ?? 0n))) // prettier-ignore

      const left = products - sumOf(off)
      const { taxes } = taxesOn(left < 0n ? 0n : left, wanted.taxRates)
      const told = lines.filter(({ kind, source }) => kind === 'tax' && source !== null)
      deepEqual(told.map(({ amountMinor }) => amountMinor), taxes.map(({ amountMinor }) => amountMinor)) // prettier-ignore
      equal(addUp(lines).taxMinor, sumOf(taxes) + sumOf(wanted.tax))
    }),
  )
})

test('what is off the whole sale comes to the same in whichever order things were put into it', () => {
  const wholly = anyAdditions.map((wanted) => ({
    ...wanted,
    borne: wanted.borne.map(({ discount, uses }) => ({
      uses,
      discount: { ...discount, scope: 'entire_order' as const, productIds: null },
    })),
  }))
  fc.assert(
    fc.property(anySold, wholly, (sold, wanted) => {
      deepEqual(addUp(add(sold.toReversed(), wanted)), addUp(add(sold, wanted)))
    }),
  )
})
