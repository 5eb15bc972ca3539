import type { Uuid } from '@perennial/core/ids'
import type { Shipment } from '@perennial/core/shipping'
import { formatInstant } from '@perennial/core/time'
import type { Selectable } from 'kysely'
import type { DB } from '../../platform/db/index.ts'
import type { JsonObject } from '../../platform/wire/index.ts'
import { storedCurrency } from '../invoices/index.ts'

export type ShipmentRow = Selectable<DB['shipments']>

export function toShipment(row: ShipmentRow): Shipment {
  return {
    id: row.id,
    version: row.version,
    customerId: row.customer_id,
    subscriptionId: row.subscription_id,
    invoiceId: row.invoice_id,
    status: row.status,
    provider: row.provider,
    providerMethod: row.provider_method,
    shippingProfileId: row.shipping_profile_id,
    amountMinor: row.amount_minor,
    currency: storedCurrency(row.currency),
    shipTo: row.ship_to as Shipment['shipTo'],
    trackingNumber: row.tracking_number,
    metadata: row.metadata as JsonObject,
    shippedAt: row.shipped_at,
    deliveredAt: row.delivered_at,
    canceledAt: row.canceled_at,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

export function toShipmentRow(accountId: Uuid, shipment: Shipment) {
  return {
    account_id: accountId,
    id: shipment.id,
    version: shipment.version,
    customer_id: shipment.customerId,
    subscription_id: shipment.subscriptionId,
    invoice_id: shipment.invoiceId,
    status: shipment.status,
    provider: shipment.provider,
    provider_method: shipment.providerMethod,
    shipping_profile_id: shipment.shippingProfileId,
    amount_minor: shipment.amountMinor,
    currency: shipment.currency,
    ship_to: shipment.shipTo as JsonObject | null,
    tracking_number: shipment.trackingNumber,
    metadata: shipment.metadata as JsonObject,
    shipped_at: shipment.shippedAt,
    delivered_at: shipment.deliveredAt,
    canceled_at: shipment.canceledAt,
    created_at: shipment.createdAt,
    updated_at: shipment.updatedAt,
  }
}

/** The row of one that was just made, as JSON. */
export function toNewShipmentJson(accountId: Uuid, shipment: Shipment): JsonObject {
  const row = toShipmentRow(accountId, shipment)
  return {
    ...row,
    amount_minor: String(row.amount_minor),
    shipped_at: null,
    delivered_at: null,
    canceled_at: null,
    created_at: formatInstant(row.created_at),
    updated_at: formatInstant(row.updated_at),
  }
}
