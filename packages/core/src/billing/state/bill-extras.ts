import type { Discount, DiscountUses } from '../../discounts/index.ts'
import type { Uuid } from '../../ids/index.ts'
import type { Currency } from '../../money/index.ts'
import type { ShippingTerms } from '../../shipping/index.ts'
import type { TaxRate } from '../../tax/index.ts'
import type { Instant } from '../../time/index.ts'

/**
 * A discount that a subscription bears. `uses` are those of before; where a limit leaves no use for this bill, because
 * others of its batch have them, they say that it is used up.
 */
export type BorneDiscount = { readonly discount: Discount; readonly uses: DiscountUses }

/** What the bills of a subscription carry besides its items, in order. */
export type BillExtras = {
  readonly discounts: readonly BorneDiscount[]
  readonly taxRates: readonly TaxRate[]
  /** Null where nothing is shipped. */
  readonly shipping: ShippingTerms | null
}

/** One use of a discount: reserved while its bill is open, counted once it is paid. */
export type Redemption = {
  readonly id: Uuid
  readonly discountId: Uuid
  readonly customerId: Uuid
  readonly subscriptionId: Uuid | null
  readonly invoiceId: Uuid
  readonly amountMinor: bigint
  readonly currency: Currency
  readonly status: 'reserved' | 'counted'
  readonly at: Instant
}
