import { encodeId, type IdKind, type Uuid } from '@perennial/core/ids'
import { toWireMinor } from '@perennial/core/money'
import type { Shipment } from '@perennial/core/shipping'
import { formatInstant, formatInstantOrNull } from '@perennial/core/time'
import type { JsonObject } from '../../platform/wire/index.ts'

const idOrNull = (kind: IdKind, id: Uuid | null): string | null =>
  id === null ? null : encodeId(kind, id)

export function toWireShipment(shipment: Shipment) {
  return {
    id: encodeId('shipment', shipment.id),
    object: 'shipment' as const,
    status: shipment.status,
    customer_id: encodeId('customer', shipment.customerId),
    subscription_id: idOrNull('subscription', shipment.subscriptionId),
    invoice_id: encodeId('invoice', shipment.invoiceId),
    provider: shipment.provider,
    provider_method: shipment.providerMethod,
    shipping_profile_id: idOrNull('shipping_profile', shipment.shippingProfileId),
    amount_minor: toWireMinor(shipment.amountMinor),
    currency: shipment.currency,
    ship_to: shipment.shipTo === null ? null : { ...shipment.shipTo },
    tracking_number: shipment.trackingNumber,
    metadata: shipment.metadata as JsonObject,
    shipped_at: formatInstantOrNull(shipment.shippedAt),
    delivered_at: formatInstantOrNull(shipment.deliveredAt),
    canceled_at: formatInstantOrNull(shipment.canceledAt),
    created_at: formatInstant(shipment.createdAt),
    updated_at: formatInstant(shipment.updatedAt),
  }
}
