import { reduces, type Discount } from '../../discounts/index.ts'
import type { Uuid } from '../../ids/index.ts'
import type { Currency } from '../../money/index.ts'
import { addUp, NEW_SALE_LINE, type CustomerSaleLine } from '../../sales/index.ts'
import type { FoundShipping } from '../../shipping/index.ts'
import { toExtras } from '../../subscriptions/index.ts'
import { taxesOn } from '../../tax/index.ts'
import type { Instant } from '../../time/index.ts'
import type { BillExtras } from '../state/bill-extras.ts'
import { nameOfDiscount, nameOfShipping, priceExtras } from '../extras/price-extras.ts'

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
    lines.push({ ...NEW_SALE_LINE, saleId: given.saleId, position: lines.length, ...line })

  const isByHand = sold.some(({ kind }) => kind === 'shipping')
  const { applied, shipping, ...priced } = priceExtras(extras ?? NO_EXTRAS, {
    lines: sold.filter(({ kind }) => kind === 'product').map(toPriced),
    at: given.at,
    currency: given.currency,
    isRenewal: false,
    shippedIds: isByHand || given.shippedIds.length === 0 ? null : given.shippedIds,
  })
  let { netMinor } = priced
  if (shipping !== null && shipping.rate !== null)
    add({ ...toShippingLine(shipping), invoiceLineId: nextId() })

  for (const { discount, amountMinor } of applied)
    add({
      kind: 'discount',
      description: nameOfDiscount(discount),
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

function toShippingLine({ profileId, rate }: Exclude<FoundShipping, { readonly rate: null }>) {
  const { provider, providerMethod, amountMinor } = rate
  return {
    kind: 'shipping',
    description: nameOfShipping(rate),
    amountMinor,
    details: {
      shipping_profile_id: profileId,
      ...(provider === null ? {} : { provider }),
      ...(providerMethod === null ? {} : { provider_method: providerMethod }),
    },
  } as const
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

const NO_EXTRAS = { discounts: [], shipping: null } as const
