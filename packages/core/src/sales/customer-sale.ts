import type { Uuid } from '../ids/index.ts'
import type { Currency } from '../money/index.ts'
import type { LineSource } from '../invoices/index.ts'
import type { SubscriptionExtras, SubscriptionItem } from '../subscriptions/index.ts'
import type { Frequency, Instant } from '../time/index.ts'

/**
 * `declined`: nothing was taken, and nothing was begun; it may be paid later. `partially_paid`: less was taken than
 * was asked for, and the sale stands.
 */
export type SaleStatus = 'pending' | 'paid' | 'partially_paid' | 'declined' | 'voided'

/** What a customer buys at once: several lines on one invoice. */
export type CustomerSale = {
  readonly id: Uuid
  readonly version: number
  readonly customerId: Uuid
  readonly invoiceId: Uuid
  readonly status: SaleStatus
  readonly currency: Currency
  readonly campaign: string | null
  readonly shop: string | null
  /** For its subscriptions too; null = the customer's default. */
  readonly paymentMethodId: Uuid | null
  /** Once money has come the method is the customer's default, and its subscriptions are charged by whatever that is. */
  readonly makesDefault: boolean
  /** Routes its charges; null = the account's. */
  readonly paymentProfileId: Uuid | null
  /** The discounts and tax rates that were named for it; each line's subscription begins with those that are for it. */
  readonly extras: SubscriptionExtras | null
  readonly billTo: Readonly<Record<string, string>> | null
  readonly shipTo: Readonly<Record<string, string>> | null
  readonly metadata: Readonly<Record<string, unknown>>
  readonly createdAt: Instant
  readonly updatedAt: Instant
  /** When its money came, whole or in part: since then its subscriptions run. */
  readonly begunAt: Instant | null
  readonly voidedAt: Instant | null
}

export type TrialShipping = 'at_sale' | 'at_expiration' | 'both'

/** Terms of the subscription that a line sells, fixed when it is sold. */
export type SoldTerms = {
  readonly trialDays: number
  /** What a unit costs at the end of the trial and at renewals; null = what the price says. */
  readonly trialUnitMinor: bigint | null
  readonly renewalUnitMinor: bigint | null
  /** When goods with a trial go out and are charged for. */
  readonly trialShipping: TrialShipping
  /** Shipping by hand that is charged when the trial ends. */
  readonly shippingAtTrialEndMinor: bigint
  /** Decides its dates where its profile is gone, or it has none. */
  readonly frequency: Frequency
  readonly cyclesMax: number | null
  readonly fulfillmentType: SubscriptionItem['fulfillmentType']
  /** Discounts and tax rates that its bills bear. */
  readonly extras: SubscriptionExtras | null
  /** Those of its discounts that have reduced the sale: a use of the subscription's. */
  readonly usedDiscountIds: readonly Uuid[]
}

/** Otherwise it goes out when its trial ends, as on renewals. */
export function isShippedWithSale({
  trialDays,
  trialShipping,
}: Pick<SoldTerms, 'trialDays' | 'trialShipping'>): boolean {
  return trialDays === 0 || trialShipping !== 'at_expiration'
}

export type CustomerSaleLine = {
  readonly saleId: Uuid
  readonly position: number
  readonly kind: 'product' | 'shipping' | 'tax' | 'discount'
  readonly invoiceLineId: Uuid | null
  /** Shipping of this product line. */
  readonly ofPosition: number | null
  readonly productId: Uuid | null
  readonly priceId: Uuid | null
  readonly description: string
  readonly quantity: bigint
  /** Null where a price with a scheme of its own says what the quantity costs. */
  readonly unitAmountMinor: bigint | null
  /** What it asks for in the sale; a discount takes this much off. */
  readonly amountMinor: bigint
  readonly profileId: Uuid | null
  /** Null: it sells no subscription. */
  readonly begins: SoldTerms | null
  /** Once it runs. */
  readonly subscriptionId: Uuid | null
  /** What it comes from; null = it is a product, or was told by hand. */
  readonly source: Exclude<LineSource, { readonly kind: 'shipping' }> | null
  readonly details: Readonly<Record<string, unknown>>
  /** The merchant's own. */
  readonly metadata: Readonly<Record<string, unknown>>
}

/** What is true of every line before anything is known of it. */
export const NEW_SALE_LINE = {
  invoiceLineId: null,
  ofPosition: null,
  productId: null,
  priceId: null,
  quantity: 1n,
  unitAmountMinor: null,
  profileId: null,
  begins: null,
  subscriptionId: null,
  source: null,
  details: {},
  metadata: {},
} as const
