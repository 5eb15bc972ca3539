import { type PriceScheme, type PriceTerms, checkPriceTerms } from '@perennial/core/catalog'
import { assert, assertNever } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import { type Currency, type Ratio, parseDecimal, ratio } from '@perennial/core/money'
import type { Instant } from '@perennial/core/time'
import type { JsonObject } from '../../platform/wire/index.ts'
import type { CatalogProblem } from './errors.ts'
import type { Interval, StartRule } from './product.ts'

export const PRICE_TYPES = ['one_time', 'recurring'] as const
export const PRICE_PRICING_MODELS = ['fixed', 'pay_what_you_want', 'free'] as const
export const BILLING_SCHEMES = ['per_unit', 'flat', 'tiered', 'percentage'] as const
export const TIERS_MODES = ['graduated', 'volume'] as const

/** A rate is whole minor units or, where it is not, a decimal text; never both. */
export type UnitAmount = {
  readonly unitAmountMinor: bigint | null
  readonly unitAmountDecimal: string | null
}

export type Tier = UnitAmount & {
  readonly upTo: bigint | null
  readonly flatAmountMinor: bigint | null
}

/** What is fixed when a price is made. */
export type PriceCore = UnitAmount & {
  readonly productId: Uuid
  readonly currency: Currency
  readonly type: (typeof PRICE_TYPES)[number]
  readonly pricingModel: (typeof PRICE_PRICING_MODELS)[number]
  readonly billingScheme: (typeof BILLING_SCHEMES)[number]
  readonly minimumAmountMinor: bigint | null
  readonly maximumAmountMinor: bigint | null
  readonly suggestedAmountMinor: bigint | null
  readonly presetAmountsMinor: readonly bigint[] | null
  readonly tiersMode: (typeof TIERS_MODES)[number] | null
  readonly tiers: readonly Tier[] | null
  readonly transformQuantity: { readonly divideBy: bigint; readonly round: 'up' | 'down' } | null
  readonly percentageRateBps: number | null
  readonly freeUnits: bigint
  readonly spendingMinimumMinor: bigint | null
  readonly spendingMaximumMinor: bigint | null
  readonly interval: Interval | null
  readonly intervalCount: number | null
  readonly trialPeriodDays: number | null
  readonly startRule: StartRule | null
}

/** What may change later. */
export type PriceLabels = {
  readonly active: boolean
  readonly name: string | null
  readonly nickname: string | null
  readonly description: string | null
  readonly lookupKey: string | null
  /** Decides the renewals of what is sold, in the place of the interval; wins over the product's. */
  readonly profileId: Uuid | null
  readonly metadata: JsonObject
}

export type Price = PriceCore &
  PriceLabels & {
    readonly id: Uuid
    readonly version: number
    readonly createdAt: Instant
    readonly updatedAt: Instant
  }

/**
 * How this price turns a quantity into an amount. A free price costs nothing; a pay-what-you-want price costs what was
 * suggested, or else its minimum, until the payer says more.
 */
export function toPriceTerms(price: PriceCore): PriceTerms {
  return {
    currency: price.currency,
    scheme: toScheme(price),
    freeUnits: price.freeUnits,
    minimumMinor: price.spendingMinimumMinor,
    maximumMinor: price.spendingMaximumMinor,
  }
}

function toScheme(price: PriceCore): PriceScheme {
  if (price.pricingModel === 'free') return { kind: 'per_unit', unitAmount: ratio(0n, 1n) }
  if (price.pricingModel === 'pay_what_you_want') {
    return {
      kind: 'per_unit',
      unitAmount: ratio(price.suggestedAmountMinor ?? price.minimumAmountMinor ?? 0n, 1n),
    }
  }
  const { transformQuantity } = price
  switch (price.billingScheme) {
    case 'flat':
      return { kind: 'flat', amountMinor: price.unitAmountMinor ?? 0n }
    case 'percentage':
      return { kind: 'percentage', rateBps: price.percentageRateBps ?? 0 }
    case 'tiered':
      return { kind: price.tiersMode ?? 'graduated', tiers: (price.tiers ?? []).map(toPriceTier) }
    case 'per_unit':
      if (transformQuantity === null) return { kind: 'per_unit', unitAmount: toRatio(price) }
      return {
        kind: 'package',
        size: transformQuantity.divideBy,
        packageAmountMinor: price.unitAmountMinor ?? 0n,
        round: transformQuantity.round,
      }
    default:
      return assertNever(price.billingScheme)
  }
}

function toPriceTier(tier: Tier) {
  return { upTo: tier.upTo, unitAmount: toRatio(tier), flatAmountMinor: tier.flatAmountMinor ?? 0n }
}

function toRatio({ unitAmountMinor, unitAmountDecimal }: UnitAmount): Ratio {
  if (unitAmountDecimal === null) return ratio(unitAmountMinor ?? 0n, 1n)
  const amount = parseDecimal(unitAmountDecimal)
  assert(amount !== null, 'a stored rate is a decimal')
  return amount
}

/** The first rule of revkeen 5.5 that the terms break, in the order below; null when they break none. */
export function findPriceProblem(price: PriceCore): CatalogProblem | null {
  return (
    recurrenceProblem(price) ??
    schemeProblem(price) ??
    amountProblem(price) ??
    choiceProblem(price) ??
    termsProblem(price)
  )
}

function recurrenceProblem(price: PriceCore): CatalogProblem | null {
  if (price.type === 'recurring') {
    return price.interval === null
      ? { param: 'interval', message: 'A recurring price needs an interval.' }
      : null
  }
  const given = {
    interval: price.interval,
    interval_count: price.intervalCount,
    trial_period_days: price.trialPeriodDays === 0 ? null : price.trialPeriodDays,
    start_rule: price.startRule,
  }
  const param = Object.entries(given).find(([, value]) => value !== null)?.[0]
  return param === undefined ? null : { param, message: 'This goes only with type recurring.' }
}

function schemeProblem(price: PriceCore): CatalogProblem | null {
  const { billingScheme, pricingModel, tiersMode, tiers, percentageRateBps, transformQuantity } =
    price
  const isTiered = billingScheme === 'tiered'
  if (billingScheme !== 'per_unit' && pricingModel !== 'fixed') {
    return {
      param: 'pricing_model',
      message: `A ${billingScheme} price has the pricing_model fixed.`,
    }
  }
  if (isTiered !== (tiersMode !== null)) {
    return {
      param: 'tiers_mode',
      message: 'A tiers_mode goes with billing_scheme tiered, and tiered needs one.',
    }
  }
  if (isTiered !== (tiers !== null)) {
    return {
      param: 'tiers',
      message: 'Tiers go with billing_scheme tiered, and tiered needs them.',
    }
  }
  if ((billingScheme === 'percentage') !== (percentageRateBps !== null)) {
    return {
      param: 'percentage_rate_bps',
      message:
        'A percentage_rate_bps goes with billing_scheme percentage, and percentage needs one.',
    }
  }
  if (transformQuantity !== null && (billingScheme !== 'per_unit' || pricingModel !== 'fixed')) {
    return { param: 'transform_quantity', message: 'Packages go only with fixed prices per unit.' }
  }
  return null
}

function amountProblem(price: PriceCore): CatalogProblem | null {
  const { billingScheme, pricingModel, unitAmountMinor, unitAmountDecimal, transformQuantity } =
    price
  const hasAmount = unitAmountMinor !== null || unitAmountDecimal !== null
  const needsAmount =
    pricingModel === 'fixed' && (billingScheme === 'per_unit' || billingScheme === 'flat')
  if (needsAmount && !hasAmount)
    return { param: 'unit_amount', message: 'A fixed price needs a unit_amount.' }
  if (pricingModel === 'free' && hasAmount && unitAmountMinor !== 0n) {
    return { param: 'unit_amount', message: 'A free price has no unit_amount other than 0.' }
  }
  const isElsewhere = billingScheme === 'tiered' || billingScheme === 'percentage'
  if (isElsewhere && hasAmount && unitAmountMinor !== 0n) {
    return {
      param: unitAmountDecimal === null ? 'unit_amount' : 'unit_amount_decimal',
      message: `What a ${billingScheme} price costs is said by its tiers or its rate. Leave this out.`,
    }
  }
  if (pricingModel === 'free' && (price.spendingMinimumMinor ?? 0n) > 0n) {
    return {
      param: 'spending_minimum_cents',
      message: 'A free price costs nothing, so it has no minimum.',
    }
  }
  if (unitAmountDecimal !== null && (billingScheme === 'flat' || transformQuantity !== null)) {
    return {
      param: 'unit_amount_decimal',
      message: 'A flat amount and the amount of a package are whole minor units.',
    }
  }
  return null
}

/** Pay what you want: the suggestions lie within the bounds. */
function choiceProblem(price: PriceCore): CatalogProblem | null {
  const {
    minimumAmountMinor: least,
    maximumAmountMinor: most,
    suggestedAmountMinor,
    presetAmountsMinor,
  } = price
  if (least !== null && most !== null && least > most) {
    return { param: 'maximum_amount', message: 'The maximum_amount is below the minimum_amount.' }
  }
  const isOutside = (amount: bigint) =>
    (least !== null && amount < least) || (most !== null && amount > most)
  if (suggestedAmountMinor !== null && isOutside(suggestedAmountMinor)) {
    return {
      param: 'suggested_amount',
      message: 'The suggested_amount is outside minimum and maximum.',
    }
  }
  const index = (presetAmountsMinor ?? []).findIndex(isOutside)
  if (index >= 0) {
    return {
      param: `preset_amounts[${index}]`,
      message: 'A preset amount is outside minimum and maximum.',
    }
  }
  return null
}

function termsProblem(price: PriceCore): CatalogProblem | null {
  const [first] = checkPriceTerms(toPriceTerms(price))
  return first === undefined ? null : { param: toWireName(first.path), message: first.message }
}

const WIRE_NAME_BY_PATH: Readonly<Record<string, string>> = {
  'scheme.unitAmount': 'unit_amount',
  'scheme.amountMinor': 'unit_amount',
  'scheme.packageAmountMinor': 'unit_amount',
  'scheme.size': 'transform_quantity.divide_by',
  'scheme.rateBps': 'percentage_rate_bps',
  freeUnits: 'free_units',
  minimumMinor: 'spending_minimum_cents',
  maximumMinor: 'spending_maximum_cents',
}

/** A path in the terms → the field that the caller wrote: `scheme.tiers[1].upTo` is `tiers[1].up_to`. */
function toWireName(path: string): string {
  const known = WIRE_NAME_BY_PATH[path]
  if (known !== undefined) return known
  return path
    .replace(/^scheme\./, '')
    .replace('.unitAmount', '.unit_amount_minor')
    .replace('.upTo', '.up_to')
    .replace('.flatAmountMinor', '.flat_amount_minor')
}
