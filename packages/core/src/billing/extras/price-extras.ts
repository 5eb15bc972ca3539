import {
  applyDiscounts,
  findObstacle,
  type AppliedDiscount,
  type Discount,
  type PricedLine,
} from '../../discounts/index.ts'
import type { Uuid } from '../../ids/index.ts'
import type { Currency } from '../../money/index.ts'
import { findShipping, type FoundShipping } from '../../shipping/index.ts'
import type { Instant } from '../../time/index.ts'
import type { BillExtras } from '../state/bill-extras.ts'

export type PricedExtras = {
  readonly applied: readonly AppliedDiscount[]
  /** What the discounts leave of the lines. */
  readonly netMinor: bigint
  /** Null where nothing is shipped. */
  readonly shipping: FoundShipping | null
}

/**
 * What comes off charges and what shipping goes on top: discounts that count, in order, and the rate for what they leave
 * (revcent.md 6.6, 11, 12).
 */
export function priceExtras(
  extras: Pick<BillExtras, 'discounts' | 'shipping'>,
  given: {
    readonly lines: readonly PricedLine[]
    readonly at: Instant
    readonly currency: Currency
    readonly isRenewal: boolean
    /** Products that a rate is asked for; null = for none. */
    readonly shippedIds: readonly Uuid[] | null
  },
): PricedExtras {
  const { lines, at, currency, isRenewal, shippedIds: productIds } = given
  const sale = { at, lines, isFirstTimeCustomer: true }
  const counting = extras.discounts
    .filter(({ discount, uses }) => findObstacle(discount, uses, sale) === null)
    .map(({ discount }) => discount)
  const { applied, leftMinor } = applyDiscounts(counting, lines)
  const netMinor = leftMinor.reduce((sum, left) => sum + left, 0n)
  const shipping =
    extras.shipping === null || productIds === null
      ? null
      : findShipping(extras.shipping, { currency, productIds, revenueMinor: netMinor, isRenewal })
  return { applied, netMinor, shipping }
}

/** How its line is called. */
export function nameOfDiscount({ name, code }: Discount): string {
  return `${name} (${code})`
}

/** How its line is called. */
export function nameOfShipping(rate: FoundShipping['rate']): string {
  const by = [rate?.provider, rate?.providerMethod].filter((name) => (name ?? null) !== null)
  return by.length === 0 ? 'Shipping' : `Shipping: ${by.join(' ')}`
}
