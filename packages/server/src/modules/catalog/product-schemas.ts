import { encodeId } from '@perennial/core/ids'
import { toWireMinor } from '@perennial/core/money'
import { formatInstant } from '@perennial/core/time'
import Type, { type Static, type TSchema } from 'typebox'
import { offsetQuery } from '../../platform/lists/index.ts'
import {
  RecoveryChoiceBody,
  RecoveryChoiceItem,
  toWireChoice,
} from '../../platform/settings/index.ts'
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
  ANCHOR_RULES,
  END_BEHAVIORS,
  FULFILLMENT_TYPES,
  INTERVALS,
  PRODUCT_KINDS,
  PRODUCT_PRICING_MODELS,
  type Product,
  START_RULES,
  TRIAL_SHIPPING,
} from './product.ts'

export const ProductItem = Type.Object(
  {
    id: wireId('product', 'Id of the product.'),
    object: oneOf(['product'], { description: 'Always "product".' }),
    product_id: Type.String({ description: 'Your own reference; unique.' }),
    name: Type.String({ description: 'Name shown to customers.' }),
    description: nullable(Type.String({ description: 'Description.' })),
    kind: oneOf(PRODUCT_KINDS, { description: 'What is sold.' }),
    pricing_model: oneOf(PRODUCT_PRICING_MODELS, { description: 'How it is priced.' }),
    amount_minor: nullable(amount('Amount in minor units of the currency.')),
    currency: Type.String({ description: 'ISO 4217, upper case.' }),
    interval: nullable(oneOf(INTERVALS, { description: 'Unit of the billing interval.' })),
    interval_count: nullable(Type.Integer({ description: 'Units between two charges.' })),
    trial_days: Type.Integer({ description: 'Free days before the first charge.' }),
    trial_amount_minor: nullable(
      amount('What a unit costs when the trial ends; null = amount_minor.'),
    ),
    renewal_amount_minor: nullable(amount('What a unit costs at renewals; null = amount_minor.')),
    trial_shipping: oneOf(TRIAL_SHIPPING, {
      description: 'When a sale charges the shipping of a line that is sold with a trial.',
    }),
    usage_meter_id: nullable(Type.String({ description: 'Meter that usage is read from.' })),
    slug: nullable(Type.String({ description: 'Name in URLs.' })),
    image_url: nullable(Type.String({ description: 'URL of a picture.' })),
    tax_behavior: nullable(Type.String({ description: 'Whether amounts include tax.' })),
    tax_code: nullable(Type.String({ description: 'Tax category.' })),
    product_group: nullable(
      Type.String({ description: 'Name of a group; shipping rates may be for one.' }),
    ),
    fulfillment_type: oneOf(FULFILLMENT_TYPES, { description: 'How it is delivered.' }),
    track_inventory: Type.Boolean({ description: 'Whether stock is counted.' }),
    stock_quantity: nullable(Type.Integer({ description: 'Units left; null when not counted.' })),
    billing_anchor_rule: nullable(
      oneOf(ANCHOR_RULES, { description: 'Which day a subscription is billed on.' }),
    ),
    billing_anchor_day: nullable(Type.Integer({ description: 'Day of the month, 1 to 31.' })),
    first_charge_behavior: nullable(
      oneOf(START_RULES, { description: 'When the first charge is made.' }),
    ),
    end_behavior: nullable(
      oneOf(END_BEHAVIORS, { description: 'When a subscription ends by itself.' }),
    ),
    max_payments: nullable(Type.Integer({ description: 'Charges until it ends.' })),
    subscription_profile_id: nullable(
      wireId('subscription_profile', 'The profile that its subscriptions follow.'),
    ),
    recovery: nullable(RecoveryChoiceItem),
    is_active: Type.Boolean({ description: 'Whether it can be bought.' }),
    is_archived: Type.Boolean({ description: 'Whether it is hidden from lists.' }),
    metadata: mapField('Your own keys and values.'),
    created_at: timestamp('When the product was made.'),
    updated_at: timestamp('When the product was last changed.'),
  },
  { title: 'Product', description: 'What is sold.' },
)

const opt = <Schema extends TSchema>(schema: Schema) => Type.Optional(nullable(schema))

/** Fields that can be given at the start and changed later. */
const changeable = {
  description: opt(textField('Description.', { maxLength: 5000 })),
  interval: opt(oneOf(INTERVALS, { description: 'Unit of the billing interval.' })),
  interval_count: opt(integerField('Units between two charges.', { minimum: 1, maximum: 1000 })),
  image_url: opt(textField('URL of a picture.', { maxLength: 2000 })),
  tax_behavior: opt(textField('Whether amounts include tax.', { maxLength: 50 })),
  tax_code: opt(textField('Tax category.', { maxLength: 100 })),
  product_group: opt(
    textField('Name of a group; shipping rates may be for one.', { minLength: 1, maxLength: 100 }),
  ),
  stock_quantity: opt(bigCountField('Units left.', 0)),
  billing_anchor_rule: opt(
    oneOf(ANCHOR_RULES, { description: 'Which day a subscription is billed on.' }),
  ),
  billing_anchor_day: opt(
    integerField('Day of the month; only with day_of_month.', { minimum: 1, maximum: 31 }),
  ),
  first_charge_behavior: opt(oneOf(START_RULES, { description: 'When the first charge is made.' })),
  end_behavior: opt(oneOf(END_BEHAVIORS, { description: 'When a subscription ends by itself.' })),
  max_payments: opt(
    integerField('Charges until it ends; only with fixed_payments.', { minimum: 1, maximum: 999 }),
  ),
  recovery: opt(RecoveryChoiceBody),
  subscription_profile_id: opt(
    idField('subscription_profile', 'The profile that its new subscriptions follow.'),
  ),
  metadata: Type.Optional(
    mapField('Your own keys and values. On update they are merged; null removes a key.'),
  ),
  trial_days: Type.Optional(
    integerField('Free days before the first charge.', { minimum: 0, maximum: 3650 }),
  ),
  trial_amount_minor: opt(
    amountField('What a unit costs when the trial ends; null or left out: amount_minor.'),
  ),
  renewal_amount_minor: opt(
    amountField('What a unit costs at renewals; null or left out: amount_minor.'),
  ),
  trial_shipping: Type.Optional(
    oneOf(TRIAL_SHIPPING, {
      description:
        'When a sale charges the shipping of a line that is sold with a trial; at_expiration when absent.',
    }),
  ),
  fulfillment_type: Type.Optional(
    oneOf(FULFILLMENT_TYPES, { description: 'How it is delivered.' }),
  ),
  track_inventory: Type.Optional(Type.Boolean({ description: 'Whether stock is counted.' })),
  currency: Type.Optional(currencyField("ISO 4217; left out, the account's.")),
}

const nameField = textField('Name shown to customers.', { minLength: 1 })

/** Older guides call some kinds and models otherwise; `toProductDetails` reads them (revkeen 5.4, 12.34). */
export const ProductCreateBody = Type.Object({
  product_id: textField('Your own reference; unique.', { minLength: 1, maxLength: 200 }),
  name: nameField,
  kind: oneOf([...PRODUCT_KINDS, 'service'], {
    description: 'What is sold; service is taken as one_time.',
  }),
  pricing_model: oneOf([...PRODUCT_PRICING_MODELS, 'fixed', 'tiered'], {
    description: 'How it is priced; fixed and tiered are read by the kind.',
  }),
  amount_minor: amountField('Amount in minor units of the currency.'),
  usage_meter_id: opt(textField('Meter that usage is read from.', { maxLength: 200 })),
  slug: opt(textField('Name in URLs.', { maxLength: 200 })),
  ...changeable,
})

export const ProductUpdateBody = Type.Object({
  name: Type.Optional(nameField),
  amount_minor: Type.Optional(
    amountField('Amount in minor units; running subscriptions keep theirs.'),
  ),
  is_active: Type.Optional(Type.Boolean({ description: 'Whether it can be bought.' })),
  is_archived: Type.Optional(Type.Boolean({ description: 'Whether it is hidden from lists.' })),
  ...changeable,
})

export const ProductParams = Type.Object({ id: idField('product', 'Id of the product.') })

export const ProductListQuery = Type.Object({
  ...offsetQuery('product'),
  search: Type.Optional(
    textField('Words that begin words of name, reference or description.', { maxLength: 200 }),
  ),
  kind: Type.Optional(
    oneOf([...PRODUCT_KINDS, 'service'], { description: 'Only this kind; service is one_time.' }),
  ),
  is_active: Type.Optional(
    Type.Boolean({ description: 'Only products that can, or cannot, be bought.' }),
  ),
  is_archived: Type.Boolean({
    default: false,
    description: 'True shows archived products instead of the others.',
  }),
})

export type WireProduct = Static<typeof ProductItem>

export function toWireProduct(product: Product): WireProduct {
  return {
    id: encodeId('product', product.id),
    object: 'product',
    product_id: product.reference,
    name: product.name,
    description: product.description,
    kind: product.kind,
    pricing_model: product.pricingModel,
    amount_minor: product.amountMinor === null ? null : toWireMinor(product.amountMinor),
    currency: product.currency,
    interval: product.interval,
    interval_count: product.intervalCount,
    trial_days: product.trialDays,
    trial_amount_minor:
      product.trialAmountMinor === null ? null : toWireMinor(product.trialAmountMinor),
    renewal_amount_minor:
      product.renewalAmountMinor === null ? null : toWireMinor(product.renewalAmountMinor),
    trial_shipping: product.trialShipping,
    usage_meter_id: product.usageMeterId,
    slug: product.slug,
    image_url: product.imageUrl,
    tax_behavior: product.taxBehavior,
    tax_code: product.taxCode,
    product_group: product.productGroup,
    fulfillment_type: product.fulfillmentType,
    track_inventory: product.trackInventory,
    stock_quantity: product.stockQuantity === null ? null : toWireMinor(product.stockQuantity),
    billing_anchor_rule: product.billingAnchorRule,
    billing_anchor_day: product.billingAnchorDay,
    first_charge_behavior: product.firstChargeBehavior,
    end_behavior: product.endBehavior,
    max_payments: product.maxPayments,
    subscription_profile_id:
      product.profileId === null ? null : encodeId('subscription_profile', product.profileId),
    is_active: product.isActive,
    is_archived: product.isArchived,
    recovery: product.recovery === null ? null : toWireChoice(product.recovery),
    metadata: product.metadata,
    created_at: formatInstant(product.createdAt),
    updated_at: formatInstant(product.updatedAt),
  }
}
