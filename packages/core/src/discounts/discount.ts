import type { Uuid } from '../ids/index.ts'
import type { Instant } from '../time/index.ts'

export type DiscountScope =
  | 'entire_order'
  | 'specific_products'
  | 'subscription_only'
  | 'one_time_only'

/** Off the price: hundredths of a percent, or minor units of whatever currency is billed. */
export type DiscountValue =
  | { readonly kind: 'percentage'; readonly rateBps: bigint }
  | { readonly kind: 'fixed_amount'; readonly amountMinor: bigint }

/** How many bills of one subscription it reduces. */
export type DiscountDuration =
  | { readonly kind: 'once' }
  | { readonly kind: 'forever' }
  | { readonly kind: 'repeating'; readonly cycles: number }

/** What a merchant takes off, under a code (revkeen.md 5.6; a coupon of revcent.md 12). */
export type Discount = {
  readonly id: Uuid
  readonly code: string
  readonly name: string
  readonly value: DiscountValue
  /** Null = any product. */
  readonly productIds: readonly Uuid[] | null
  readonly scope: DiscountScope
  readonly duration: DiscountDuration
  /** From then on, and until before then; null = no bound. */
  readonly validFrom: Instant | null
  readonly validUntil: Instant | null
  /** Bills that it may reduce in all, and of one customer; null = no limit. */
  readonly usesMax: number | null
  readonly usesPerCustomerMax: number | null
  readonly isForFirstTimeCustomers: boolean
  /** Neither switched off nor archived. */
  readonly isActive: boolean
}

/** How often it has been used where limits ask. */
export type DiscountUses = {
  /** Bills of the subscription that it has reduced. */
  readonly ofSubscription: number
  /** All bills that it has reduced, and those of the customer, unpaid ones included. */
  readonly inAll: number
  readonly ofCustomer: number
}

export const NO_USES: DiscountUses = { ofSubscription: 0, inAll: 0, ofCustomer: 0 }
