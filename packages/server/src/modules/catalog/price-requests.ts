import { UNIT_DECIMALS_MAX } from '@perennial/core/catalog'
import { mergeMap } from '@perennial/core/maps'
import {
  type Currency,
  compareRatio,
  formatDecimal,
  parseDecimal,
  ratio,
} from '@perennial/core/money'
import type { Static } from 'typebox'
import { type Decision, accepted, refused } from '../../platform/command/index.ts'
import { given } from '../../platform/wire/index.ts'
import type { Price, PriceCore, PriceLabels, Tier, UnitAmount } from './price.ts'
import type { PriceCreateBody, PriceUpdateBody } from './price-schemas.ts'

type CreateBody = Static<typeof PriceCreateBody>
type UpdateBody = Static<typeof PriceUpdateBody>
type TierBody = NonNullable<CreateBody['tiers']>[number]

export type NewPrice = PriceCore & PriceLabels

/** A new price in our words, in the account's currency where it names none. Refuses: `invalid_terms`, for a decimal amount that is none. */
export function toNewPrice(
  body: CreateBody,
  accountCurrency: Currency,
): Decision<NewPrice, 'invalid_terms'> {
  const unit = toUnitAmount({
    minor: body.unit_amount ?? null,
    decimal: body.unit_amount_decimal ?? null,
  })
  if (unit === null)
    return refused('invalid_terms', { param: 'unit_amount_decimal', message: NOT_A_RATE })
  const tiers = toTiers(body.tiers ?? null)
  if (tiers.kind === 'refused') return tiers
  const transform = body.transform_quantity ?? null
  const isRecurring = body.type === 'recurring'
  return accepted({
    ...unit,
    productId: body.product_id,
    currency: body.currency ?? accountCurrency,
    type: body.type,
    pricingModel: body.pricing_model,
    billingScheme: body.billing_scheme,
    minimumAmountMinor: body.minimum_amount ?? null,
    maximumAmountMinor: body.maximum_amount ?? null,
    suggestedAmountMinor: body.suggested_amount ?? null,
    presetAmountsMinor: body.preset_amounts ?? null,
    tiersMode: body.tiers_mode ?? null,
    tiers: tiers.value,
    transformQuantity:
      transform === null ? null : { divideBy: transform.divide_by, round: transform.round },
    percentageRateBps: body.percentage_rate_bps ?? null,
    freeUnits: body.free_units ?? 0n,
    spendingMinimumMinor: body.spending_minimum_cents ?? null,
    spendingMaximumMinor: body.spending_maximum_cents ?? null,
    interval: body.interval ?? null,
    intervalCount: body.interval_count ?? (isRecurring ? 1 : null),
    trialPeriodDays: body.trial_period_days ?? null,
    startRule: body.start_rule ?? null,
    active: true,
    name: body.name ?? null,
    nickname: body.nickname ?? null,
    description: body.description ?? null,
    lookupKey: body.lookup_key ?? null,
    profileId: body.subscription_profile_id ?? null,
    metadata: mergeMap({}, body.metadata),
  })
}

const NOT_A_RATE =
  'This must be a decimal above 0 and below 2^53 with at most 12 decimals, such as "0.25".'

/** What an amount in minor units may be on the wire. */
const LARGEST = ratio(BigInt(Number.MAX_SAFE_INTEGER), 1n)

/** The decimal wins; one that is a whole number is kept as such. Null for text that is no rate, or beyond all amounts. */
function toUnitAmount(amount: {
  readonly minor: bigint | null
  readonly decimal: string | null
}): UnitAmount | null {
  if (amount.decimal === null) return { unitAmountMinor: amount.minor, unitAmountDecimal: null }
  const value = parseDecimal(amount.decimal)
  if (value === null || value.numerator <= 0n || compareRatio(value, LARGEST) > 0) return null
  if (value.denominator === 1n) return { unitAmountMinor: value.numerator, unitAmountDecimal: null }
  return { unitAmountMinor: null, unitAmountDecimal: formatDecimal(value, UNIT_DECIMALS_MAX) }
}

function toTiers(
  bodies: readonly TierBody[] | null,
): Decision<readonly Tier[] | null, 'invalid_terms'> {
  if (bodies === null) return accepted(null)
  const tiers: Tier[] = []
  for (const [index, body] of bodies.entries()) {
    const unit = toUnitAmount({
      minor: body.unit_amount_minor ?? null,
      decimal: body.unit_amount_decimal ?? null,
    })
    if (unit === null) {
      return refused('invalid_terms', {
        param: `tiers[${index}].unit_amount_decimal`,
        message: NOT_A_RATE,
      })
    }
    tiers.push({
      ...unit,
      upTo: body.up_to ?? null,
      flatAmountMinor: body.flat_amount_minor ?? null,
    })
  }
  return accepted(tiers)
}

/** A price as an update leaves it: labels that were not given stay, and terms always do. */
export function toChangedPrice(price: Price, body: UpdateBody, at: Price['updatedAt']): Price {
  return {
    ...price,
    ...given('active', body.active),
    ...given('name', body.name),
    ...given('nickname', body.nickname),
    ...given('description', body.description),
    ...given('lookupKey', body.lookup_key),
    ...given('profileId', body.subscription_profile_id),
    metadata: mergeMap(price.metadata, body.metadata),
    updatedAt: at,
  }
}
