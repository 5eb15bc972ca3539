import { encodeId } from '@perennial/core/ids'
import { toWireMinor } from '@perennial/core/money'
import { formatInstant } from '@perennial/core/time'
import Type, { type Static, type TSchema } from 'typebox'
import { cursorQuery } from '../../platform/lists/index.ts'
import {
  amount,
  amountField,
  bigCountField,
  currencyField,
  idField,
  integerField,
  mapField,
  nullable,
  oneOf,
  textField,
  timestamp,
  wireId,
} from '../../platform/wire/index.ts'
import {
  BILLING_SCHEMES,
  PRICE_PRICING_MODELS,
  PRICE_TYPES,
  type Price,
  type Tier,
  TIERS_MODES,
} from './price.ts'
import { INTERVALS, START_RULES } from './product.ts'

const TierItem = Type.Object(
  {
    up_to: nullable(Type.Integer({ description: 'Last unit of this tier; null = no end.' })),
    unit_amount_minor: nullable(amount('Amount of a unit, in minor units.')),
    unit_amount_decimal: nullable(
      Type.String({ description: 'Amount of a unit where it is a fraction of a minor unit.' }),
    ),
    flat_amount_minor: nullable(amount('Charged once when the tier is entered, in minor units.')),
  },
  { title: 'PriceTier', description: 'One step of a tiered price.' },
)

export const PriceItem = Type.Object(
  {
    id: wireId('price', 'Id of the price.'),
    object: oneOf(['price'], { description: 'Always "price".' }),
    product_id: wireId('product', 'The product that is priced.'),
    active: Type.Boolean({ description: 'Whether it can be used for something new.' }),
    currency: Type.String({ description: 'ISO 4217, lower case.' }),
    unit_amount: nullable(
      amount('Amount of a unit, in minor units; null where it is a fraction of one.'),
    ),
    unit_amount_decimal: nullable(
      Type.String({ description: 'Amount of a unit where it is a fraction of a minor unit.' }),
    ),
    type: oneOf(PRICE_TYPES, { description: 'Charged once, or again and again.' }),
    pricing_model: oneOf(PRICE_PRICING_MODELS, { description: 'Who says what it costs.' }),
    interval: nullable(oneOf(INTERVALS, { description: 'Unit of the billing interval.' })),
    interval_count: nullable(Type.Integer({ description: 'Units between two charges.' })),
    trial_period_days: nullable(
      Type.Integer({ description: 'Free days before the first charge.' }),
    ),
    start_rule: nullable(oneOf(START_RULES, { description: 'When the first charge is made.' })),
    minimum_amount: nullable(amount('Least that a payer may choose, in minor units.')),
    maximum_amount: nullable(amount('Most that a payer may choose, in minor units.')),
    suggested_amount: nullable(amount('What a payer is offered first, in minor units.')),
    preset_amounts: nullable(
      Type.Array(amount('An amount in minor units.'), {
        description: 'Amounts to choose from, in minor units.',
      }),
    ),
    name: nullable(Type.String({ description: 'Name shown to customers.' })),
    nickname: nullable(Type.String({ description: 'Name for yourself.' })),
    description: nullable(Type.String({ description: 'Description.' })),
    version: Type.Integer({ description: 'Version of this price.' }),
    lookup_key: nullable(Type.String({ description: 'A key of yours to find it by.' })),
    subscription_profile_id: nullable(
      wireId('subscription_profile', 'The profile that its subscriptions follow.'),
    ),
    billing_scheme: oneOf(BILLING_SCHEMES, { description: 'How a quantity becomes an amount.' }),
    tiers_mode: nullable(
      oneOf(TIERS_MODES, {
        description: 'Each slice at its own tier, or all of it at the tier reached.',
      }),
    ),
    tiers: nullable(Type.Array(TierItem, { description: 'Ascending; the last one has no end.' })),
    transform_quantity: nullable(
      Type.Object(
        {
          divide_by: Type.Integer({ description: 'Units in a package.' }),
          round: oneOf(['up', 'down'], {
            description: 'What becomes of a package that is not full.',
          }),
        },
        { description: 'Package pricing: the quantity is divided first.' },
      ),
    ),
    percentage_rate_bps: nullable(
      Type.Integer({ description: 'Rate in basis points; 70 = 0.7 %.' }),
    ),
    free_units: Type.Integer({ description: 'Units that cost nothing.' }),
    spending_minimum_cents: nullable(amount('Least that a period costs, in minor units.')),
    spending_maximum_cents: nullable(amount('Most that a period costs, in minor units.')),
    pay_in_advance: Type.Boolean({ description: 'Whether a period is charged at its start.' }),
    metadata: mapField('Your own keys and values.'),
    created_at: timestamp('When the price was made.'),
    updated_at: timestamp('When the price was last changed.'),
  },
  { title: 'Price', description: 'How much and how often.' },
)

const opt = <Schema extends TSchema>(schema: Schema) => Type.Optional(nullable(schema))

const decimalField = textField(
  'Amount of a unit in minor units as a decimal, up to 12 decimals; wins over the integer.',
  {
    maxLength: 50,
  },
)

const TierBody = Type.Object(
  {
    up_to: opt(bigCountField('Last unit of this tier; null = no end.', 1)),
    unit_amount_minor: opt(amountField('Amount of a unit, in minor units.')),
    unit_amount_decimal: opt(decimalField),
    flat_amount_minor: opt(amountField('Charged once when the tier is entered, in minor units.')),
  },
  { description: 'One step of a tiered price.' },
)

const label = (description: string, maxLength = 100) => opt(textField(description, { maxLength }))

const labels = {
  name: label('Name shown to customers.'),
  nickname: label('Name for yourself.'),
  lookup_key: label('A key of yours to find it by.'),
  description: label('Description.', 500),
  subscription_profile_id: opt(
    idField('subscription_profile', 'The profile that its new subscriptions follow.'),
  ),
  metadata: Type.Optional(
    mapField('Your own keys and values. On update they are merged; null removes a key.'),
  ),
}

export const PriceCreateBody = Type.Object({
  product_id: idField('product', 'The product that is priced.'),
  currency: Type.Optional(currencyField("ISO 4217; left out, the account's.")),
  unit_amount: opt(amountField('Amount of a unit, in minor units.')),
  unit_amount_decimal: opt(decimalField),
  minimum_amount: opt(amountField('Least that a payer may choose, in minor units.')),
  maximum_amount: opt(amountField('Most that a payer may choose, in minor units.')),
  suggested_amount: opt(amountField('What a payer is offered first, in minor units.')),
  type: oneOf(PRICE_TYPES, {
    description: 'Charged once, or again and again.',
    default: 'one_time',
  }),
  pricing_model: oneOf(PRICE_PRICING_MODELS, {
    description: 'Who says what it costs.',
    default: 'fixed',
  }),
  interval: opt(
    oneOf(INTERVALS, { description: 'Unit of the billing interval; only with type recurring.' }),
  ),
  interval_count: opt(
    integerField('Units between two charges; 1 when absent.', { minimum: 1, maximum: 12 }),
  ),
  trial_period_days: opt(
    integerField('Free days before the first charge.', { minimum: 0, maximum: 730 }),
  ),
  start_rule: opt(oneOf(START_RULES, { description: 'When the first charge is made.' })),
  preset_amounts: opt(
    Type.Array(amountField('An amount in minor units.'), {
      maxItems: 10,
      description: 'Amounts to choose from, in minor units.',
    }),
  ),
  billing_scheme: oneOf(BILLING_SCHEMES, {
    description: 'How a quantity becomes an amount.',
    default: 'per_unit',
  }),
  tiers_mode: opt(
    oneOf(TIERS_MODES, {
      description: 'Each slice at its own tier, or all of it at the tier reached.',
    }),
  ),
  tiers: opt(
    Type.Array(TierBody, {
      maxItems: 50,
      description: '2 to 50, ascending; only the last one has no end.',
    }),
  ),
  transform_quantity: opt(
    Type.Object(
      {
        divide_by: bigCountField('Units in a package.', 1),
        round: oneOf(['up', 'down'], {
          description: 'What becomes of a package that is not full.',
        }),
      },
      { description: 'Package pricing: the quantity is divided first.' },
    ),
  ),
  percentage_rate_bps: opt(
    integerField('Rate in basis points; 70 = 0.7 %.', { minimum: 0, maximum: 10_000 }),
  ),
  free_units: opt(bigCountField('Units that cost nothing.', 0)),
  spending_minimum_cents: opt(amountField('Least that a period costs, in minor units.')),
  spending_maximum_cents: opt(amountField('Most that a period costs, in minor units.')),
  ...labels,
})

export const PriceUpdateBody = Type.Object({
  active: Type.Optional(Type.Boolean({ description: 'False archives the price.' })),
  ...labels,
})

export const PriceParams = Type.Object({ id: idField('price', 'Id of the price.') })

export const PriceListQuery = Type.Object({
  ...cursorQuery('price'),
  product_id: Type.Optional(idField('product', 'Only prices of this product.')),
  type: Type.Optional(oneOf(PRICE_TYPES, { description: 'Only this type.' })),
  pricing_model: Type.Optional(oneOf(PRICE_PRICING_MODELS, { description: 'Only this model.' })),
  active: Type.Optional(Type.Boolean({ description: 'Only prices that are, or are not, active.' })),
  currency: Type.Optional(currencyField('Only this currency.')),
  lookup_key: Type.Optional(textField('Only prices with this key.', { maxLength: 100 })),
})

export type WirePrice = Static<typeof PriceItem>

const minorOrNull = (value: bigint | null) => (value === null ? null : toWireMinor(value))

export function toWirePrice(price: Price): WirePrice {
  const { transformQuantity } = price
  return {
    id: encodeId('price', price.id),
    object: 'price',
    product_id: encodeId('product', price.productId),
    active: price.active,
    currency: price.currency.toLowerCase(),
    unit_amount: minorOrNull(price.unitAmountMinor),
    unit_amount_decimal: price.unitAmountDecimal,
    type: price.type,
    pricing_model: price.pricingModel,
    interval: price.interval,
    interval_count: price.intervalCount,
    trial_period_days: price.trialPeriodDays,
    start_rule: price.startRule,
    minimum_amount: minorOrNull(price.minimumAmountMinor),
    maximum_amount: minorOrNull(price.maximumAmountMinor),
    suggested_amount: minorOrNull(price.suggestedAmountMinor),
    preset_amounts: price.presetAmountsMinor?.map(toWireMinor) ?? null,
    name: price.name,
    nickname: price.nickname,
    description: price.description,
    version: price.version,
    lookup_key: price.lookupKey,
    subscription_profile_id:
      price.profileId === null ? null : encodeId('subscription_profile', price.profileId),
    billing_scheme: price.billingScheme,
    tiers_mode: price.tiersMode,
    tiers: price.tiers?.map(toWireTier) ?? null,
    transform_quantity:
      transformQuantity === null
        ? null
        : { divide_by: toWireMinor(transformQuantity.divideBy), round: transformQuantity.round },
    percentage_rate_bps: price.percentageRateBps,
    free_units: toWireMinor(price.freeUnits),
    spending_minimum_cents: minorOrNull(price.spendingMinimumMinor),
    spending_maximum_cents: minorOrNull(price.spendingMaximumMinor),
    pay_in_advance: true,
    metadata: price.metadata,
    created_at: formatInstant(price.createdAt),
    updated_at: formatInstant(price.updatedAt),
  }
}

/** Tiers are stored as they are shown. */
export function toWireTier(tier: Tier) {
  return {
    up_to: tier.upTo === null ? null : toWireMinor(tier.upTo),
    unit_amount_minor: tier.unitAmountMinor === null ? null : toWireMinor(tier.unitAmountMinor),
    unit_amount_decimal: tier.unitAmountDecimal,
    flat_amount_minor: tier.flatAmountMinor === null ? null : toWireMinor(tier.flatAmountMinor),
  }
}
