import type { Uuid } from '../ids/index.ts'
import type { Currency } from '../money/index.ts'
import type { ShippingProfile, ShippingRate } from './shipping-profile.ts'

/** What decides on the shipping of bills. */
export type ShippingTerms = {
  /** What the subscription's profile says; null = it says nothing. */
  readonly own: ShippingProfile | null
  /** Those that are enabled, in order. */
  readonly offered: readonly ShippingProfile[]
  readonly groupOf: ReadonlyMap<Uuid, string>
}

export type ShippedSale = {
  readonly currency: Currency
  /** Products that are shipped. */
  readonly productIds: readonly Uuid[]
  /** What is charged for products, after discounts. */
  readonly revenueMinor: bigint
  /** The first rate of `own` counts, whatever its conditions. */
  readonly isRenewal: boolean
}

/** `profileId`: null where no rate qualifies; it is shipped for nothing, and somebody is to be told. */
export type FoundShipping =
  | { readonly profileId: Uuid; readonly rate: ShippingRate }
  | { readonly profileId: null; readonly rate: null }

/**
 * What shipping costs (revcent.md 11): on a renewal the first rate of the profile that its subscription profile names;
 * else the first that qualifies of those that are enabled. A rate in another currency never counts.
 */
export function findShipping(
  { own, offered, groupOf }: ShippingTerms,
  sale: ShippedSale,
): FoundShipping {
  const [first] = own?.rates ?? []
  if (sale.isRenewal && own !== null && first !== undefined && own.currency === sale.currency)
    return { profileId: own.id, rate: first }
  for (const profile of offered) {
    if (profile.currency !== sale.currency) continue
    const rate = profile.rates.find((each) => qualifies(each, sale, groupOf))
    if (rate !== undefined) return { profileId: profile.id, rate }
  }
  return { profileId: null, rate: null }
}

function qualifies(
  rate: ShippingRate,
  { productIds, revenueMinor }: ShippedSale,
  groupOf: ReadonlyMap<Uuid, string>,
): boolean {
  const { revenueMinMinor, revenueMaxMinor, productGroups } = rate
  if (revenueMinMinor !== null && revenueMinor < revenueMinMinor) return false
  if (revenueMaxMinor !== null && revenueMinor > revenueMaxMinor) return false
  if (rate.productIds.length === 0 && productGroups.length === 0) return true
  return productIds.some((id) => {
    const group = groupOf.get(id)
    return rate.productIds.includes(id) || (group !== undefined && productGroups.includes(group))
  })
}
