import type { Uuid } from '../ids/index.ts'
import type { Currency } from '../money/index.ts'

/** One way to ship, what it costs and when it qualifies. */
export type ShippingRate = {
  readonly amountMinor: bigint
  readonly provider: string | null
  readonly providerMethod: string | null
  /** Any of these products or of these groups has to be in it; both empty = whatever is. */
  readonly productIds: readonly Uuid[]
  readonly productGroups: readonly string[]
  /** What the products cost after discounts; both inclusive, null = no bound. */
  readonly revenueMinMinor: bigint | null
  readonly revenueMaxMinor: bigint | null
}

/** Rates in order (revcent.md 11). */
export type ShippingProfile = {
  readonly id: Uuid
  readonly name: string
  readonly currency: Currency
  readonly rates: readonly ShippingRate[]
}
