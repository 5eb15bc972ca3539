import type { Currency, Ratio } from '../money/index.ts'

/**
 * One step of a tiered price. `upTo` is the last quantity in it, null for the open end.
 * `unitAmount` is in minor units and may be a fraction of one. `flatAmountMinor` is charged once
 * when the tier is entered.
 */
export type PriceTier = {
  readonly upTo: bigint | null
  readonly unitAmount: Ratio
  readonly flatAmountMinor: bigint
}

/**
 * How a quantity becomes an amount.
 * - `flat`: the same whatever the quantity, 0 included.
 * - `graduated`: each slice of the quantity at the tier it falls in.
 * - `volume`: all of the quantity at the tier it reaches.
 * - `package`: divided by `size` first, then whole packages.
 * - `percentage`: the quantity is a base amount in minor units.
 */
export type PriceScheme =
  | { readonly kind: 'per_unit'; readonly unitAmount: Ratio }
  | { readonly kind: 'flat'; readonly amountMinor: bigint }
  | { readonly kind: 'graduated' | 'volume'; readonly tiers: readonly PriceTier[] }
  | {
      readonly kind: 'package'
      readonly size: bigint
      readonly packageAmountMinor: bigint
      readonly round: 'up' | 'down'
    }
  | { readonly kind: 'percentage'; readonly rateBps: number }

/**
 * `freeUnits` come off the quantity before the scheme sees it; minimum and maximum bound the total
 * at the very end.
 */
export type PriceTerms = {
  readonly currency: Currency
  readonly scheme: PriceScheme
  readonly freeUnits: bigint
  readonly minimumMinor: bigint | null
  readonly maximumMinor: bigint | null
}
