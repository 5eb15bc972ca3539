import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import { fromWireMinor, isWireMinor, toWireMinor } from '@perennial/core/money'
import type { Instant } from '@perennial/core/time'
import type { JsonObject, JsonValue } from '../../platform/wire/index.ts'
import {
  type Price,
  type Tier,
  BILLING_SCHEMES,
  PRICE_PRICING_MODELS,
  PRICE_TYPES,
  TIERS_MODES,
} from './price.ts'
import { toWireTier } from './price-schemas.ts'
import { INTERVALS, START_RULES } from './product.ts'
import { known, knownOrNull, knownCurrency } from './stored-values.ts'

export type PriceRow = {
  readonly id: Uuid
  readonly product_id: Uuid
  readonly version: number
  readonly active: boolean
  readonly currency: string
  readonly type: string
  readonly pricing_model: string
  readonly billing_scheme: string
  readonly unit_amount_minor: bigint | null
  readonly unit_amount_decimal: string | null
  readonly minimum_amount_minor: bigint | null
  readonly maximum_amount_minor: bigint | null
  readonly suggested_amount_minor: bigint | null
  readonly preset_amounts: JsonValue
  readonly tiers_mode: string | null
  readonly tiers: JsonValue
  readonly transform_divide_by: bigint | null
  readonly transform_round: string | null
  readonly percentage_rate_bps: number | null
  readonly free_units: bigint
  readonly spending_minimum_minor: bigint | null
  readonly spending_maximum_minor: bigint | null
  readonly interval_unit: string | null
  readonly interval_count: number | null
  readonly trial_period_days: number | null
  readonly start_rule: string | null
  readonly name: string | null
  readonly nickname: string | null
  readonly description: string | null
  readonly lookup_key: string | null
  readonly profile_id: Uuid | null
  readonly metadata: JsonObject
  readonly created_at: Instant
  readonly updated_at: Instant
}

export function toPrice(row: PriceRow): Price {
  const round = knownOrNull(['up', 'down'] as const, row.transform_round)
  return {
    id: row.id,
    productId: row.product_id,
    version: row.version,
    active: row.active,
    currency: knownCurrency(row.currency),
    type: known(PRICE_TYPES, row.type),
    pricingModel: known(PRICE_PRICING_MODELS, row.pricing_model),
    billingScheme: known(BILLING_SCHEMES, row.billing_scheme),
    unitAmountMinor: row.unit_amount_minor,
    unitAmountDecimal: row.unit_amount_decimal,
    minimumAmountMinor: row.minimum_amount_minor,
    maximumAmountMinor: row.maximum_amount_minor,
    suggestedAmountMinor: row.suggested_amount_minor,
    presetAmountsMinor:
      row.preset_amounts === null ? null : listOf(row.preset_amounts).map(toMinor),
    tiersMode: knownOrNull(TIERS_MODES, row.tiers_mode),
    tiers: row.tiers === null ? null : listOf(row.tiers).map(toTier),
    transformQuantity:
      row.transform_divide_by === null || round === null
        ? null
        : { divideBy: row.transform_divide_by, round },
    percentageRateBps: row.percentage_rate_bps,
    freeUnits: row.free_units,
    spendingMinimumMinor: row.spending_minimum_minor,
    spendingMaximumMinor: row.spending_maximum_minor,
    interval: knownOrNull(INTERVALS, row.interval_unit),
    intervalCount: row.interval_count,
    trialPeriodDays: row.trial_period_days,
    startRule: knownOrNull(START_RULES, row.start_rule),
    name: row.name,
    nickname: row.nickname,
    description: row.description,
    lookupKey: row.lookup_key,
    profileId: row.profile_id,
    metadata: row.metadata,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

export function toPriceRow(price: Price) {
  return {
    id: price.id,
    product_id: price.productId,
    version: price.version,
    active: price.active,
    currency: price.currency,
    type: price.type,
    pricing_model: price.pricingModel,
    billing_scheme: price.billingScheme,
    unit_amount_minor: price.unitAmountMinor,
    unit_amount_decimal: price.unitAmountDecimal,
    minimum_amount_minor: price.minimumAmountMinor,
    maximum_amount_minor: price.maximumAmountMinor,
    suggested_amount_minor: price.suggestedAmountMinor,
    preset_amounts: price.presetAmountsMinor?.map(toWireMinor) ?? null,
    tiers_mode: price.tiersMode,
    tiers: price.tiers?.map(toWireTier) ?? null,
    transform_divide_by: price.transformQuantity?.divideBy ?? null,
    transform_round: price.transformQuantity?.round ?? null,
    percentage_rate_bps: price.percentageRateBps,
    free_units: price.freeUnits,
    spending_minimum_minor: price.spendingMinimumMinor,
    spending_maximum_minor: price.spendingMaximumMinor,
    interval_unit: price.interval,
    interval_count: price.intervalCount,
    trial_period_days: price.trialPeriodDays,
    start_rule: price.startRule,
    name: price.name,
    nickname: price.nickname,
    description: price.description,
    lookup_key: price.lookupKey,
    profile_id: price.profileId,
    metadata: price.metadata,
    created_at: price.createdAt,
    updated_at: price.updatedAt,
  }
}

function toTier(stored: JsonValue): Tier {
  assert(
    typeof stored === 'object' && stored !== null && !Array.isArray(stored),
    'a stored tier is an object',
  )
  const {
    up_to: upTo,
    unit_amount_minor: unit,
    unit_amount_decimal: decimal,
    flat_amount_minor: flat,
  } = stored
  return {
    upTo: toMinorOrNull(upTo),
    unitAmountMinor: toMinorOrNull(unit),
    unitAmountDecimal: typeof decimal === 'string' ? decimal : null,
    flatAmountMinor: toMinorOrNull(flat),
  }
}

function toMinor(stored: JsonValue | undefined): bigint {
  assert(isWireMinor(stored), 'a stored amount is a safe integer')
  return fromWireMinor(stored)
}

function toMinorOrNull(stored: JsonValue | undefined): bigint | null {
  return stored === null || stored === undefined ? null : toMinor(stored)
}

function listOf(stored: JsonValue): readonly JsonValue[] {
  assert(Array.isArray(stored), 'a stored list is a list')
  return stored
}
