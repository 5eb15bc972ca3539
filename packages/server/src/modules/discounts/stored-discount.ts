import { assert } from '@perennial/core/fault'
import type { Discount, DiscountDuration, DiscountValue } from '@perennial/core/discounts'
import { isUuid, type Uuid } from '@perennial/core/ids'
import type { KeptRow } from '../../platform/kept/index.ts'

export type DiscountRow = KeptRow<'discounts'>

/** The columns that decide; the others are for people. */
export type DiscountColumns = Pick<
  DiscountRow,
  | 'id'
  | 'code'
  | 'name'
  | 'discount_type'
  | 'value'
  | 'applies_to'
  | 'scope'
  | 'product_ids'
  | 'max_redemptions'
  | 'max_redemptions_per_user'
  | 'valid_from'
  | 'valid_until'
  | 'recurring_type'
  | 'recurring_cycles'
  | 'first_time_customer'
  | 'status'
>

export function toDiscount(row: DiscountColumns): Discount {
  const isForSome = row.applies_to === 'specific_products' || row.scope === 'specific_products'
  return {
    id: row.id,
    code: row.code,
    name: row.name,
    value: toValue(row),
    productIds: isForSome ? toProductIds(row.product_ids) : null,
    scope: row.scope ?? 'entire_order',
    duration: toDuration(row),
    validFrom: row.valid_from,
    validUntil: row.valid_until,
    usesMax: row.max_redemptions,
    usesPerCustomerMax: row.max_redemptions_per_user === 0 ? null : row.max_redemptions_per_user,
    isForFirstTimeCustomers: row.first_time_customer,
    isActive: row.status === 'active',
  }
}

function toValue({ discount_type: kind, value }: DiscountColumns): DiscountValue {
  return kind === 'percentage' ? { kind, rateBps: value } : { kind, amountMinor: value }
}

/** What says nothing is taken off once: nobody gives away for ever by leaving a field out. */
function toDuration({ recurring_type: kind, recurring_cycles: cycles }: DiscountColumns) {
  if (kind !== 'repeating') return { kind: kind ?? 'once' } satisfies DiscountDuration
  assert(cycles !== null, 'a repeating discount has a number of cycles')
  return { kind, cycles } satisfies DiscountDuration
}

export function toProductIds(stored: unknown): Uuid[] {
  if (stored === null) return []
  assert(Array.isArray(stored), 'products of a discount are a list')
  return stored.filter((id) => typeof id === 'string').filter(isUuid)
}
