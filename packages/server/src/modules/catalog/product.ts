import type { Uuid } from '@perennial/core/ids'
import type { Currency } from '@perennial/core/money'
import type { RecoveryChoice } from '@perennial/core/recovery'
import type { Instant } from '@perennial/core/time'
import type { JsonObject } from '../../platform/wire/index.ts'
import type { CatalogProblem } from './errors.ts'

export const INTERVALS = ['day', 'week', 'month', 'year'] as const
export const PRODUCT_KINDS = ['subscription', 'one_time', 'usage'] as const
export const PRODUCT_PRICING_MODELS = ['one_time', 'recurring', 'usage'] as const
export const FULFILLMENT_TYPES = ['none', 'digital', 'physical'] as const
export const ANCHOR_RULES = ['same_day', 'day_of_month', 'last_day'] as const
export const START_RULES = ['immediate', 'next_anchor', 'prorate'] as const
export const TRIAL_SHIPPING = ['at_sale', 'at_expiration', 'both'] as const
export const END_BEHAVIORS = ['until_canceled', 'fixed_payments'] as const

export type Interval = (typeof INTERVALS)[number]
export type StartRule = (typeof START_RULES)[number]

/** What a merchant says about a product. */
export type ProductDetails = {
  /** The merchant's own name for it, unique in the account. */
  readonly reference: string
  readonly name: string
  readonly description: string | null
  readonly kind: (typeof PRODUCT_KINDS)[number]
  readonly pricingModel: (typeof PRODUCT_PRICING_MODELS)[number]
  readonly amountMinor: bigint | null
  readonly currency: Currency
  readonly interval: Interval | null
  readonly intervalCount: number | null
  readonly trialDays: number
  /** What a unit costs when the trial ends, and at renewals; null = `amountMinor`. */
  readonly trialAmountMinor: bigint | null
  readonly renewalAmountMinor: bigint | null
  /** When a sale charges the shipping of a line that is sold with a trial. */
  readonly trialShipping: (typeof TRIAL_SHIPPING)[number]
  readonly usageMeterId: string | null
  readonly slug: string | null
  readonly imageUrl: string | null
  readonly taxBehavior: string | null
  readonly taxCode: string | null
  /** What shipping rates may be for. */
  readonly productGroup: string | null
  readonly fulfillmentType: (typeof FULFILLMENT_TYPES)[number]
  readonly trackInventory: boolean
  readonly stockQuantity: bigint | null
  readonly billingAnchorRule: (typeof ANCHOR_RULES)[number] | null
  readonly billingAnchorDay: number | null
  readonly firstChargeBehavior: StartRule | null
  readonly endBehavior: (typeof END_BEHAVIORS)[number] | null
  readonly maxPayments: number | null
  /** Decides the renewals of what is sold, in the place of the interval. */
  readonly profileId: Uuid | null
  readonly isActive: boolean
  readonly isArchived: boolean
  /** How failed charges of its subscriptions are retried; null = as the account says. */
  readonly recovery: RecoveryChoice | null
  readonly metadata: JsonObject
}

export type Product = ProductDetails & {
  readonly id: Uuid
  readonly createdAt: Instant
  readonly updatedAt: Instant
}

/** The first thing that does not fit together, in the order of the rules below (revkeen 5.4); null when all does. */
export function findProductProblem(product: ProductDetails): CatalogProblem | null {
  const { interval, intervalCount } = product
  const needsInterval = product.pricingModel === 'recurring' && product.profileId === null
  if (needsInterval && interval === null) {
    return { param: 'interval', message: 'A recurring product needs an interval.' }
  }
  if (needsInterval && intervalCount === null) {
    return { param: 'interval_count', message: 'A recurring product needs an interval_count.' }
  }
  return (
    anchorProblem(product) ??
    anchorIntervalProblem(product) ??
    endProblem(product) ??
    stockProblem(product)
  )
}

function anchorProblem({
  billingAnchorRule,
  billingAnchorDay,
}: ProductDetails): CatalogProblem | null {
  if (billingAnchorRule === 'day_of_month' && billingAnchorDay === null) {
    return {
      param: 'billing_anchor_day',
      message: 'The rule day_of_month needs a billing_anchor_day.',
    }
  }
  if (billingAnchorRule !== 'day_of_month' && billingAnchorDay !== null) {
    return {
      param: 'billing_anchor_day',
      message: 'A billing_anchor_day goes only with the rule day_of_month.',
    }
  }
  return null
}

/** The interval of a product whose profile decides the dates is not looked at. */
function anchorIntervalProblem({
  interval,
  profileId,
  billingAnchorRule,
}: ProductDetails): CatalogProblem | null {
  const hasDay = billingAnchorRule === 'day_of_month' || billingAnchorRule === 'last_day'
  const isMonthly = interval === null || interval === 'month' || interval === 'year'
  if (profileId !== null || !hasDay || isMonthly) return null
  return {
    param: 'billing_anchor_rule',
    message: 'Only intervals of months or years have a billing day. Use same_day, or leave it out.',
  }
}

function endProblem({ endBehavior, maxPayments }: ProductDetails): CatalogProblem | null {
  if (endBehavior === 'fixed_payments' && maxPayments === null) {
    return { param: 'max_payments', message: 'fixed_payments needs max_payments.' }
  }
  if (endBehavior !== 'fixed_payments' && maxPayments !== null) {
    return { param: 'max_payments', message: 'max_payments goes only with fixed_payments.' }
  }
  return null
}

function stockProblem({
  kind,
  trackInventory,
  stockQuantity,
}: ProductDetails): CatalogProblem | null {
  if (trackInventory && kind !== 'one_time') {
    return { param: 'track_inventory', message: 'Only one-time products can have stock.' }
  }
  if (trackInventory && stockQuantity === null) {
    return {
      param: 'stock_quantity',
      message: 'A product with tracked inventory needs a stock_quantity.',
    }
  }
  if (stockQuantity !== null && kind !== 'one_time') {
    return { param: 'stock_quantity', message: 'Only one-time products can have stock.' }
  }
  return null
}
