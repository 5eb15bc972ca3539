import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import { toStoredChoice } from '../../platform/settings/index.ts'
import type { JsonObject } from '../../platform/wire/index.ts'
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
import { known, knownOrNull, knownCurrency } from './stored-values.ts'

export type ProductRow = {
  readonly id: Uuid
  readonly reference: string
  readonly name: string
  readonly description: string | null
  readonly kind: string
  readonly pricing_model: string
  readonly amount_minor: bigint | null
  readonly currency: string
  readonly interval_unit: string | null
  readonly interval_count: number | null
  readonly trial_days: number
  readonly trial_amount_minor: bigint | null
  readonly renewal_amount_minor: bigint | null
  readonly trial_shipping: string
  readonly usage_meter_id: string | null
  readonly slug: string | null
  readonly image_url: string | null
  readonly tax_behavior: string | null
  readonly tax_code: string | null
  readonly product_group: string | null
  readonly fulfillment_type: string
  readonly track_inventory: boolean
  readonly stock_quantity: bigint | null
  readonly billing_anchor_rule: string | null
  readonly billing_anchor_day: number | null
  readonly first_charge_behavior: string | null
  readonly end_behavior: string | null
  readonly max_payments: number | null
  readonly profile_id: Uuid | null
  readonly is_active: boolean
  readonly is_archived: boolean
  readonly recovery: unknown
  readonly metadata: JsonObject
  readonly created_at: Instant
  readonly updated_at: Instant
}

export function toProduct(row: ProductRow): Product {
  return {
    id: row.id,
    reference: row.reference,
    name: row.name,
    description: row.description,
    kind: known(PRODUCT_KINDS, row.kind),
    pricingModel: known(PRODUCT_PRICING_MODELS, row.pricing_model),
    amountMinor: row.amount_minor,
    currency: knownCurrency(row.currency),
    interval: knownOrNull(INTERVALS, row.interval_unit),
    intervalCount: row.interval_count,
    trialDays: row.trial_days,
    trialAmountMinor: row.trial_amount_minor,
    renewalAmountMinor: row.renewal_amount_minor,
    trialShipping: known(TRIAL_SHIPPING, row.trial_shipping),
    usageMeterId: row.usage_meter_id,
    slug: row.slug,
    imageUrl: row.image_url,
    taxBehavior: row.tax_behavior,
    taxCode: row.tax_code,
    productGroup: row.product_group,
    fulfillmentType: known(FULFILLMENT_TYPES, row.fulfillment_type),
    trackInventory: row.track_inventory,
    stockQuantity: row.stock_quantity,
    billingAnchorRule: knownOrNull(ANCHOR_RULES, row.billing_anchor_rule),
    billingAnchorDay: row.billing_anchor_day,
    firstChargeBehavior: knownOrNull(START_RULES, row.first_charge_behavior),
    endBehavior: knownOrNull(END_BEHAVIORS, row.end_behavior),
    maxPayments: row.max_payments,
    profileId: row.profile_id,
    isActive: row.is_active,
    isArchived: row.is_archived,
    recovery: row.recovery === null ? null : toStoredChoice(row.recovery),
    metadata: row.metadata,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

export function toProductRow(product: Product) {
  return {
    id: product.id,
    reference: product.reference,
    name: product.name,
    description: product.description,
    kind: product.kind,
    pricing_model: product.pricingModel,
    amount_minor: product.amountMinor,
    currency: product.currency,
    interval_unit: product.interval,
    interval_count: product.intervalCount,
    trial_days: product.trialDays,
    trial_amount_minor: product.trialAmountMinor,
    renewal_amount_minor: product.renewalAmountMinor,
    trial_shipping: product.trialShipping,
    usage_meter_id: product.usageMeterId,
    slug: product.slug,
    image_url: product.imageUrl,
    tax_behavior: product.taxBehavior,
    tax_code: product.taxCode,
    product_group: product.productGroup,
    fulfillment_type: product.fulfillmentType,
    track_inventory: product.trackInventory,
    stock_quantity: product.stockQuantity,
    billing_anchor_rule: product.billingAnchorRule,
    billing_anchor_day: product.billingAnchorDay,
    first_charge_behavior: product.firstChargeBehavior,
    end_behavior: product.endBehavior,
    max_payments: product.maxPayments,
    profile_id: product.profileId,
    is_active: product.isActive,
    is_archived: product.isArchived,
    recovery: product.recovery,
    metadata: product.metadata,
    created_at: product.createdAt,
    updated_at: product.updatedAt,
  }
}
