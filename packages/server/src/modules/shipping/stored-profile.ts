import { assert } from '@perennial/core/fault'
import { isUuid, type Uuid } from '@perennial/core/ids'
import type { ShippingProfile, ShippingRate } from '@perennial/core/shipping'
import type { KeptRow } from '../../platform/kept/index.ts'
import { storedCurrency } from '../invoices/index.ts'

export type ShippingProfileRow = KeptRow<'shipping_profiles'>

/** A rate as it is stored. */
export type StoredRate = {
  readonly amount_minor: number
  readonly provider: string | null
  readonly provider_method: string | null
  readonly product_ids: readonly string[]
  readonly product_groups: readonly string[]
  readonly revenue_min_minor: number | null
  readonly revenue_max_minor: number | null
}

export function toShippingProfile(
  row: Pick<ShippingProfileRow, 'id' | 'name' | 'currency'> & { readonly rates: unknown },
): ShippingProfile {
  const rates = toStoredRates(row.rates).map(toRate)
  return { id: row.id, name: row.name, currency: storedCurrency(row.currency), rates }
}

export function toStoredRates(stored: unknown): readonly StoredRate[] {
  assert(Array.isArray(stored), 'rates are a list')
  return stored as readonly StoredRate[] // written from a checked body and by nobody else
}

function toRate(rate: StoredRate): ShippingRate {
  return {
    amountMinor: BigInt(rate.amount_minor),
    provider: rate.provider,
    providerMethod: rate.provider_method,
    productIds: rate.product_ids.filter((id): id is Uuid => isUuid(id)),
    productGroups: rate.product_groups,
    revenueMinMinor: toMinorOrNull(rate.revenue_min_minor),
    revenueMaxMinor: toMinorOrNull(rate.revenue_max_minor),
  }
}

const toMinorOrNull = (amount: number | null): bigint | null =>
  amount === null ? null : BigInt(amount)
