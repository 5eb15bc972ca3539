import { assertNever } from '../fault/index.ts'
import type { Uuid } from '../ids/index.ts'
import { isMapTooLarge, mergeMap } from '../maps/index.ts'
import type { Currency } from '../money/index.ts'
import type { Instant } from '../time/index.ts'

export type ShipmentStatus = 'pending' | 'shipped' | 'delivered' | 'canceled'

/** What goes out for one paid invoice. */
export type Shipment = {
  readonly id: Uuid
  readonly version: number
  readonly customerId: Uuid
  readonly subscriptionId: Uuid | null
  readonly invoiceId: Uuid
  readonly status: ShipmentStatus
  readonly provider: string | null
  readonly providerMethod: string | null
  /** Null where no rate qualified. */
  readonly shippingProfileId: Uuid | null
  readonly amountMinor: bigint
  readonly currency: Currency
  /** Null = the customer's address. */
  readonly shipTo: Readonly<Record<string, string>> | null
  readonly trackingNumber: string | null
  readonly metadata: Readonly<Record<string, unknown>>
  readonly shippedAt: Instant | null
  readonly deliveredAt: Instant | null
  readonly canceledAt: Instant | null
  readonly createdAt: Instant
  readonly updatedAt: Instant
}

/** What a merchant says about a shipment; absent = unchanged. */
export type ShipmentChange = {
  readonly status?: ShipmentStatus | undefined
  readonly provider?: string | null | undefined
  readonly providerMethod?: string | null | undefined
  readonly trackingNumber?: string | null | undefined
  /** Merged; null removes a key. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
}

export type ShipmentDecision =
  | { readonly kind: 'refused'; readonly code: 'shipment_state_invalid' | 'map_too_large' }
  | { readonly kind: 'accepted'; readonly shipment: Shipment }

const NEXT: Readonly<Record<ShipmentStatus, readonly ShipmentStatus[]>> = {
  pending: ['shipped', 'delivered', 'canceled'],
  shipped: ['delivered'],
  delivered: [],
  canceled: ['pending'],
}

/** It goes out, arrives, or is called off before it went; one that was called off may be taken up again. */
export function changeShipment(
  before: Shipment,
  { status = before.status, ...change }: ShipmentChange,
  at: Instant,
): ShipmentDecision {
  if (status !== before.status && !NEXT[before.status].includes(status))
    return { kind: 'refused', code: 'shipment_state_invalid' }
  const metadata = mergeMap(before.metadata, change.metadata)
  if (isMapTooLarge(metadata)) return { kind: 'refused', code: 'map_too_large' }
  const { provider, providerMethod, trackingNumber } = change
  const told = {
    provider: provider === undefined ? before.provider : provider,
    providerMethod: providerMethod === undefined ? before.providerMethod : providerMethod,
    trackingNumber: trackingNumber === undefined ? before.trackingNumber : trackingNumber,
    metadata,
  }
  const moved = status === before.status ? before : { ...before, status, ...instantOf(status, at) }
  return {
    kind: 'accepted',
    shipment: { ...moved, ...told, version: before.version + 1, updatedAt: at },
  }
}

function instantOf(status: ShipmentStatus, at: Instant): Partial<Shipment> {
  switch (status) {
    case 'pending':
      return { canceledAt: null }
    case 'shipped':
      return { shippedAt: at }
    case 'delivered':
      return { deliveredAt: at }
    case 'canceled':
      return { canceledAt: at }
    default:
      return assertNever(status)
  }
}
