import { applyDiscounts, findObstacle, reduces, type Discount } from '../../discounts/index.ts'
import type { Uuid } from '../../ids/index.ts'
import type { Currency } from '../../money/index.ts'
import { addUp, type CustomerSaleLine } from '../../sales/index.ts'
import { findShipping } from '../../shipping/index.ts'
import { toExtras } from '../../subscriptions/index.ts'
import { taxesOn } from '../../tax/index.ts'
import type { Instant } from '../../time/index.ts'
import type { BillExtras } from '../extras/bill-extras.ts'

/** An amount by hand. */
export type SaleEntry = { readonly description: string; readonly amountMinor: bigint }

export type SaleAdditions = {
  readonly saleId: Uuid
  readonly currency: Currency
  readonly at: Instant
  /** By hand. */
  readonly discounts: readonly SaleEntry[]
  readonly tax: readonly SaleEntry[]
  /** By what the account has set up; absent = nothing. `shipping` is asked where no line is shipping. */
  readonly extras: BillExtras | undefined
  /** Products that a rate of `extras` ships. */
  readonly shippedIds: readonly Uuid[]
  readonly nextId: () => Uuid
}

/**
 * The lines of a sale with what comes off and on top: discounts in order off the products, as on a renewal, and what is taken
 * off by hand from what is left of products and shipping; a shipping rate; and tax on what the products cost then, or by hand
 * (spec/revcent.md 11, 12). What is borne by a line that sells a subscription is kept with its terms.
 */
export function addToSale(
  sold: readonly CustomerSaleLine[],
  given: SaleAdditions,
): readonly CustomerSaleLine[] {
  const lines = [...sold]
  const { extras, nextId } = given
  const add = (
    line: Pick<CustomerSaleLine, 'kind' | 'description' | 'amountMinor'> &
      Partial<CustomerSaleLine>,
  ) =>
    // prettier-ignore
    lines.push({ ...BARE, saleId: given.saleId, position: lines.length, ...line })

  const products = sold.filter(({ kind }) => kind === 'product')
  const priced = products.map(toPriced)
  const { applied, leftMinor } = applyDiscounts(counting(given, priced), priced)
  let netMinor = leftMinor.reduce((sum, left) => sum + left, 0n)
  const shipping = findRate(sold, given, netMinor)
  if (shipping !== null) add({ ...shipping, kind: 'shipping', invoiceLineId: nextId() })

  for (const { discount, amountMinor } of applied)
    add({
      kind: 'discount',
      description: `${discount.name} (${discount.code})`,
      amountMinor,
      invoiceLineId: nextId(),
      source: { kind: 'discount', discountId: discount.id },
    })
  for (const { description, amountMinor: wantedMinor } of given.discounts) {
    const { subtotalMinor, discountMinor } = addUp(lines)
    const restMinor = subtotalMinor - discountMinor
    const amountMinor = wantedMinor < restMinor ? wantedMinor : restMinor
    // Off the products as long as there is something, and then off their shipping.
    netMinor = netMinor < amountMinor ? 0n : netMinor - amountMinor
    add({ kind: 'discount', description, amountMinor, invoiceLineId: nextId() })
  }
  for (const entry of given.tax) add({ kind: 'tax', ...entry })
  for (const { rate, amountMinor } of taxesOn(netMinor, extras?.taxRates ?? []).taxes)
    add({
      kind: 'tax',
      description: rate.name,
      amountMinor,
      invoiceLineId: nextId(),
      source: { kind: 'tax', taxRateId: rate.id, isIncluded: rate.isInclusive },
    })
  return lines.map((line) => withBorne(line, { extras, used: applied.map(({ discount }) => discount) })) // prettier-ignore
}

function toPriced({ productId, begins, amountMinor }: CustomerSaleLine) {
  return { productId, isRecurring: begins !== null, amountMinor }
}

function counting(
  { extras, at }: SaleAdditions,
  lines: readonly ReturnType<typeof toPriced>[],
): readonly Discount[] {
  const sale = { at, lines, isFirstTimeCustomer: true }
  return (extras?.discounts ?? [])
    .filter(({ discount, uses }) => findObstacle(discount, uses, sale) === null)
    .map(({ discount }) => discount)
}

function findRate(
  sold: readonly CustomerSaleLine[],
  { extras, currency, shippedIds: productIds }: SaleAdditions,
  revenueMinor: bigint,
) {
  const isByHand = sold.some(({ kind }) => kind === 'shipping')
  if (isByHand || productIds.length === 0 || !extras?.shipping) return null
  const asked = { currency, productIds, revenueMinor, isRenewal: false }
  const { profileId, rate } = findShipping(extras.shipping, asked)
  if (rate === null) return null
  const { provider, providerMethod, amountMinor } = rate
  const by = [provider, providerMethod].filter((name) => name !== null).join(' ')
  return {
    description: by === '' ? 'Shipping' : `Shipping: ${by}`,
    amountMinor,
    details: {
      shipping_profile_id: profileId,
      ...(provider === null ? {} : { provider }),
      ...(providerMethod === null ? {} : { provider_method: providerMethod }),
    },
  }
}

/** What the subscription of a line begins with: the discounts that are for it, and those of them that the sale has used. */
function withBorne(
  line: CustomerSaleLine,
  { extras, used }: { readonly extras: BillExtras | undefined; readonly used: readonly Discount[] },
): CustomerSaleLine {
  const { begins } = line
  if (begins === null || extras === undefined) return line
  const isFor = (discount: Discount): boolean => reduces(discount, toPriced(line))
  const borne = extras.discounts.filter(({ discount }) => isFor(discount))
  const named = {
    discountIds: borne.map(({ discount }) => discount.id),
    taxRateIds: extras.taxRates.map(({ id }) => id),
  }
  const usedDiscountIds = line.amountMinor === 0n ? [] : used.filter(isFor).map(({ id }) => id)
  return { ...line, begins: { ...begins, extras: toExtras(named), usedDiscountIds } }
}

const BARE = {
  invoiceLineId: null,
  ofPosition: null,
  productId: null,
  priceId: null,
  quantity: 1n,
  unitAmountMinor: null,
  profileId: null,
  begins: null,
  subscriptionId: null,
  source: null,
  details: {},
  metadata: {},
} as const
