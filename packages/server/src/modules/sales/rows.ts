import { fromWireMinor, isWireMinor, toWireMinor } from '@perennial/core/money'
import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import type { CustomerSale, CustomerSaleLine, SoldTerms } from '@perennial/core/sales'
import type { Frequency } from '@perennial/core/time'
import type { Selectable } from 'kysely'
import type { DB } from '../../platform/db/index.ts'
import type { JsonObject } from '../../platform/wire/index.ts'
import { storedCurrency } from '../invoices/index.ts'
import { toExtrasJson, toStoredExtras } from '../subscriptions/index.ts'

export type SaleRow = Selectable<DB['sales']>
export type SaleLineRow = Selectable<DB['sale_lines']>

export function toSale(row: SaleRow): CustomerSale {
  return {
    id: row.id,
    version: row.version,
    customerId: row.customer_id,
    invoiceId: row.invoice_id,
    status: row.status,
    currency: storedCurrency(row.currency),
    campaign: row.campaign,
    shop: row.shop,
    paymentMethodId: row.payment_method_id,
    makesDefault: row.makes_default,
    paymentProfileId: row.payment_profile_id,
    extras: row.extras === null ? null : toStoredExtras(row.extras),
    billTo: row.bill_to as CustomerSale['billTo'],
    shipTo: row.ship_to as CustomerSale['shipTo'],
    metadata: row.metadata as JsonObject,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    begunAt: row.begun_at,
    voidedAt: row.voided_at,
  }
}

/** The columns that change. */
export function toSaleUpdate(accountId: Uuid, sale: CustomerSale) {
  return {
    account_id: accountId,
    id: sale.id,
    version: sale.version,
    status: sale.status,
    updated_at: sale.updatedAt,
    begun_at: sale.begunAt,
    voided_at: sale.voidedAt,
  }
}

export function toSaleRow(accountId: Uuid, sale: CustomerSale) {
  return {
    ...toSaleUpdate(accountId, sale),
    customer_id: sale.customerId,
    invoice_id: sale.invoiceId,
    currency: sale.currency,
    campaign: sale.campaign,
    shop: sale.shop,
    payment_method_id: sale.paymentMethodId,
    makes_default: sale.makesDefault,
    payment_profile_id: sale.paymentProfileId,
    extras: toExtrasJson(sale.extras),
    bill_to: sale.billTo as JsonObject | null,
    ship_to: sale.shipTo as JsonObject | null,
    metadata: sale.metadata as JsonObject,
    created_at: sale.createdAt,
  }
}

export function toSaleLine(row: SaleLineRow): CustomerSaleLine {
  return {
    saleId: row.sale_id,
    position: row.position,
    kind: row.kind,
    invoiceLineId: row.invoice_line_id,
    ofPosition: row.of_position,
    productId: row.product_id,
    priceId: row.price_id,
    description: row.description,
    quantity: row.quantity,
    unitAmountMinor: row.unit_amount_minor,
    amountMinor: row.amount_minor,
    profileId: row.profile_id,
    begins: row.begins === null ? null : toTerms(row.begins),
    subscriptionId: row.subscription_id,
    source: toSource(row.source),
    details: row.details as JsonObject,
    metadata: row.metadata as JsonObject,
  }
}

export function toSaleLineRow(accountId: Uuid, line: CustomerSaleLine) {
  return {
    account_id: accountId,
    sale_id: line.saleId,
    position: line.position,
    kind: line.kind,
    invoice_line_id: line.invoiceLineId,
    of_position: line.ofPosition,
    product_id: line.productId,
    price_id: line.priceId,
    description: line.description,
    quantity: line.quantity,
    unit_amount_minor: line.unitAmountMinor,
    amount_minor: line.amountMinor,
    profile_id: line.profileId,
    begins: line.begins === null ? null : toStoredTerms(line.begins),
    subscription_id: line.subscriptionId,
    source: line.source as JsonObject | null,
    details: line.details as JsonObject,
    metadata: line.metadata as JsonObject,
  }
}

/** Amounts are kept as the API tells them. */
function toStoredTerms(terms: SoldTerms) {
  const { trialUnitMinor, renewalUnitMinor } = terms
  return {
    trial_days: terms.trialDays,
    trial_unit_minor: trialUnitMinor === null ? null : toWireMinor(trialUnitMinor),
    renewal_unit_minor: renewalUnitMinor === null ? null : toWireMinor(renewalUnitMinor),
    trial_shipping: terms.trialShipping,
    shipping_at_trial_end_minor: toWireMinor(terms.shippingAtTrialEndMinor),
    frequency: terms.frequency as JsonObject,
    cycles_max: terms.cyclesMax,
    fulfillment_type: terms.fulfillmentType,
    extras: toExtrasJson(terms.extras),
    used_discount_ids: [...terms.usedDiscountIds],
  }
}

function toTerms(stored: NonNullable<SaleLineRow['begins']>): SoldTerms {
  // Written by `toStoredTerms` alone; what was sold before sales had discounts, or said when a trial is shipped, says nothing of them.
  const kept = stored as Omit<StoredTerms, Later> & Partial<Pick<StoredTerms, Later>>
  return {
    trialDays: kept.trial_days,
    trialUnitMinor: minorOf(kept.trial_unit_minor),
    renewalUnitMinor: minorOf(kept.renewal_unit_minor),
    trialShipping: kept.trial_shipping ?? 'at_expiration',
    shippingAtTrialEndMinor: minorOf(kept.shipping_at_trial_end_minor) ?? 0n,
    frequency: kept.frequency as unknown as Frequency,
    cyclesMax: kept.cycles_max,
    fulfillmentType: kept.fulfillment_type,
    extras: kept.extras ? toStoredExtras(kept.extras) : null,
    usedDiscountIds: kept.used_discount_ids ?? [],
  }
}

type StoredTerms = ReturnType<typeof toStoredTerms>
type Later = 'extras' | 'used_discount_ids' | 'trial_shipping'

function toSource(stored: unknown): CustomerSaleLine['source'] {
  // Written from the same type.
  return stored as CustomerSaleLine['source']
}

function minorOf(stored: number | null): bigint | null {
  if (stored === null) return null
  assert(isWireMinor(stored), 'a stored amount is a safe integer')
  return fromWireMinor(stored)
}
