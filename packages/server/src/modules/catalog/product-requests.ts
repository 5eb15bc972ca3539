import { mergeMap } from '@perennial/core/maps'
import type { Currency } from '@perennial/core/money'
import type { Static } from 'typebox'
import { readRecoveryChoice } from '../../platform/settings/index.ts'
import { given } from '../../platform/wire/index.ts'
import type { Product, ProductDetails } from './product.ts'
import type { ProductCreateBody, ProductUpdateBody } from './product-schemas.ts'

type CreateBody = Static<typeof ProductCreateBody>
type UpdateBody = Static<typeof ProductUpdateBody>

/** Older guides call what is sold once a service. */
export function toKind(kind: CreateBody['kind']): ProductDetails['kind'] {
  return kind === 'service' ? 'one_time' : kind
}

/** A new product in our words; the older names of kinds and models become today's, and no currency the account's. */
export function toProductDetails(body: CreateBody, accountCurrency: Currency): ProductDetails {
  const kind = toKind(body.kind)
  return {
    reference: body.product_id,
    name: body.name,
    description: body.description ?? null,
    kind,
    pricingModel: toPricingModel(body.pricing_model, kind),
    amountMinor: body.amount_minor,
    currency: body.currency ?? accountCurrency,
    interval: body.interval ?? null,
    intervalCount: body.interval_count ?? null,
    trialDays: body.trial_days ?? 0,
    trialAmountMinor: body.trial_amount_minor ?? null,
    renewalAmountMinor: body.renewal_amount_minor ?? null,
    trialShipping: body.trial_shipping ?? 'at_expiration',
    usageMeterId: body.usage_meter_id ?? null,
    slug: body.slug ?? null,
    imageUrl: body.image_url ?? null,
    taxBehavior: body.tax_behavior ?? null,
    taxCode: body.tax_code ?? null,
    productGroup: body.product_group ?? null,
    fulfillmentType: body.fulfillment_type ?? 'none',
    trackInventory: body.track_inventory ?? false,
    stockQuantity: body.stock_quantity ?? null,
    billingAnchorRule: body.billing_anchor_rule ?? null,
    billingAnchorDay: body.billing_anchor_day ?? null,
    firstChargeBehavior: body.first_charge_behavior ?? null,
    endBehavior: body.end_behavior ?? null,
    maxPayments: body.max_payments ?? null,
    profileId: body.subscription_profile_id ?? null,
    isActive: true,
    isArchived: false,
    recovery: toRecovery(body.recovery) ?? null,
    metadata: mergeMap({}, body.metadata),
  }
}

function toPricingModel(
  given: CreateBody['pricing_model'],
  kind: ProductDetails['kind'],
): ProductDetails['pricingModel'] {
  if (given !== 'fixed' && given !== 'tiered') return given
  return kind === 'subscription' ? 'recurring' : kind
}

/** A product as an update leaves it: fields that were not given stay. */
export function toChangedProduct(
  product: Product,
  body: UpdateBody,
  at: Product['updatedAt'],
): Product {
  return withoutInterval(
    {
      ...product,
      ...toChange(body),
      ...given('name', body.name),
      ...given('amountMinor', body.amount_minor),
      ...given('isActive', body.is_active),
      ...given('isArchived', body.is_archived),
      metadata: mergeMap(product.metadata, body.metadata),
      updatedAt: at,
    },
    product,
  )
}

/** What renewed by its profile alone is sold once when that is taken off (spec/revcent.md 2.1). */
function withoutInterval(changed: Product, before: Product): Product {
  const isTakenOff = before.profileId !== null && changed.profileId === null
  const isOnce = isTakenOff && changed.pricingModel === 'recurring' && changed.interval === null
  return isOnce ? { ...changed, kind: 'one_time', pricingModel: 'one_time' } : changed
}

function toChange(body: UpdateBody): Partial<ProductDetails> {
  return {
    ...given('description', body.description),
    ...given('interval', body.interval),
    ...given('intervalCount', body.interval_count),
    ...given('imageUrl', body.image_url),
    ...given('taxBehavior', body.tax_behavior),
    ...given('taxCode', body.tax_code),
    ...given('productGroup', body.product_group),
    ...given('stockQuantity', body.stock_quantity),
    ...given('billingAnchorRule', body.billing_anchor_rule),
    ...given('billingAnchorDay', body.billing_anchor_day),
    ...given('firstChargeBehavior', body.first_charge_behavior),
    ...given('endBehavior', body.end_behavior),
    ...given('maxPayments', body.max_payments),
    ...given('profileId', body.subscription_profile_id),
    ...given('trialDays', body.trial_days),
    ...given('trialAmountMinor', body.trial_amount_minor),
    ...given('renewalAmountMinor', body.renewal_amount_minor),
    ...given('trialShipping', body.trial_shipping),
    ...given('fulfillmentType', body.fulfillment_type),
    ...given('trackInventory', body.track_inventory),
    ...given('currency', body.currency),
    ...given('recovery', toRecovery(body.recovery)),
  }
}

function toRecovery(body: UpdateBody['recovery']): ProductDetails['recovery'] | undefined {
  return body === undefined || body === null ? body : readRecoveryChoice(body, 'recovery')
}
