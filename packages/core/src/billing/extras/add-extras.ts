import type { AppliedDiscount } from '../../discounts/index.ts'
import type { Uuid } from '../../ids/index.ts'
import {
  isActiveInCycle,
  type Bill,
  type BillRequest,
  type InvoiceLine,
  type LineSource,
} from '../../invoices/index.ts'
import { allocate } from '../../money/index.ts'
import type { FoundShipping } from '../../shipping/index.ts'
import { taxesOn, type Taxed } from '../../tax/index.ts'
import type { Instant } from '../../time/index.ts'
import type { BillExtras } from '../state/bill-extras.ts'
import { nameOfDiscount, nameOfShipping, priceExtras, type PricedExtras } from './price-extras.ts'
import { isSoldShipping, toShippingLine } from './sold-shipping.ts'

export type ExtendedBill = Bill & { readonly taxMinor: bigint }

type Extension = Pick<PricedExtras, 'applied' | 'shipping'> & { readonly taxed: Taxed }

/**
 * A bill of items with its discounts, its shipping and its tax: discounts in order off the products, tax on what they
 * leave, shipping beside both (revcent.md 6.6, 11, 12); shipping that was sold with a trial takes the place of a rate's.
 * Included tax leaves the subtotal, so that subtotal less discounts
 * and tax stay the total.
 */
export function addExtras(
  bill: Bill,
  extras: BillExtras,
  given: {
    readonly request: BillRequest
    readonly at: Instant
    readonly isRenewal: boolean
  },
): ExtendedBill {
  const { request } = given
  const soldIds = new Set(request.items.filter(isSoldShipping).map(({ id }) => id))
  const isSold = ({ subscriptionItemId: id }: InvoiceLine): boolean =>
    id !== null && soldIds.has(id)
  const shipped = soldIds.size === 0 ? [] : bill.lines.filter(isSold)
  const priced = pricedLines({
    ...bill,
    lines: bill.lines.filter((line) => !shipped.includes(line)),
  })
  const { applied, netMinor, shipping } = priceExtras(extras, {
    lines: priced,
    at: given.at,
    currency: request.currency,
    isRenewal: given.isRenewal,
    shippedIds: shipped.length > 0 ? null : shippedProducts(request),
  })
  const taxed = taxesOn(netMinor, extras.taxRates)
  const lines = bill.lines.map((line) => (shipped.includes(line) ? toShippingLine(line) : line))
  return extended({ ...bill, lines }, { applied, shipping, taxed }, request)
}

/** What is left of each charge once stacked discounts, which are for all of them, are off. */
function pricedLines({ lines, discountMinor }: Bill) {
  const charges = lines.filter(({ amountMinor }) => amountMinor > 0n)
  const weights = charges.map(({ amountMinor }) => amountMinor)
  const off = discountMinor === 0n ? [] : allocate(discountMinor, weights)
  return charges.map(({ productId, amountMinor }, index) => ({
    productId,
    isRecurring: true,
    amountMinor: amountMinor - (off[index] ?? 0n),
  }))
}

/** Null where nothing of the bill is shipped. */
function shippedProducts({ items, cycle }: BillRequest): Uuid[] | null {
  const shipped = items.filter(
    (item) => item.fulfillmentType === 'physical' && isActiveInCycle(item, cycle),
  )
  return shipped.length === 0 ? null : shipped.flatMap(({ productId }) => productId ?? [])
}

function extended(
  bill: Bill,
  { applied, shipping, taxed }: Extension,
  request: BillRequest,
): ExtendedBill {
  const discountMinor = applied.reduce((sum, one) => sum + one.amountMinor, 0n)
  const shippingMinor = shipping?.rate?.amountMinor ?? 0n
  const parts = [
    ...applied.map((one) => discountPart(one)),
    ...(shipping === null ? [] : [shippingPart(shipping)]),
    ...taxed.taxes.map(({ rate, amountMinor }) => ({
      description: rate.name,
      amountMinor,
      source: { kind: 'tax', taxRateId: rate.id, isIncluded: rate.isInclusive } as const,
    })),
  ]
  const first = bill.lines.length
  return {
    lines: [
      ...bill.lines,
      ...parts.map((part, index) => lineOf(part, { request, position: first + index })),
    ],
    subtotalMinor: bill.subtotalMinor + shippingMinor - taxed.includedMinor,
    discountMinor: bill.discountMinor + discountMinor,
    taxMinor: taxed.includedMinor + taxed.addedMinor,
  }
}

type Part = {
  readonly description: string
  readonly amountMinor: bigint
  readonly source: LineSource
}

function discountPart({ discount, amountMinor }: AppliedDiscount): Part {
  const source = { kind: 'discount', discountId: discount.id } as const
  return { description: nameOfDiscount(discount), amountMinor: -amountMinor, source }
}

function shippingPart({ profileId, rate }: FoundShipping): Part {
  const provider = rate?.provider ?? null
  const providerMethod = rate?.providerMethod ?? null
  return {
    description: nameOfShipping(rate),
    amountMinor: rate?.amountMinor ?? 0n,
    source: { kind: 'shipping', shippingProfileId: profileId, provider, providerMethod },
  }
}

function lineOf(
  part: Part,
  { request, position }: { readonly request: BillRequest; readonly position: number },
): InvoiceLine {
  const { invoiceId, currency, period, nextId } = request
  return {
    id: nextId(),
    invoiceId,
    position,
    subscriptionItemId: null,
    priceId: null,
    productId: null,
    description: part.description,
    quantity: 1n,
    unitAmountDecimal: null,
    amountMinor: part.amountMinor,
    currency,
    period,
    isProration: false,
    source: part.source,
  }
}
