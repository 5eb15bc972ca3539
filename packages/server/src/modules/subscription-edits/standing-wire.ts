import { bulkStanding, type BulkStanding, type BulkState } from '@perennial/core/billing'
import { encodeId, type IdKind, type Uuid } from '@perennial/core/ids'
import { toWireMinor } from '@perennial/core/money'
import { formatInstantOrNull } from '@perennial/core/time'

const idOrNull = (kind: IdKind, id: Uuid | null) => (id === null ? null : encodeId(kind, id))

/** What a review shows of a subscription, as it is kept and shown. */
export function toWireStanding(standing: BulkStanding) {
  return {
    status: standing.status,
    amount_minor: toWireMinor(standing.amountMinor),
    next_renewal_at: formatInstantOrNull(standing.nextRenewalAt),
    trial_end: formatInstantOrNull(standing.trialEnd),
    subscription_profile_id: idOrNull('subscription_profile', standing.profileId),
    discount_ids: standing.discountIds.map((id) => encodeId('discount', id)),
    forced_gateway_id: idOrNull('gateway', standing.forcedGatewayId),
    preferred_gateway_id: idOrNull('gateway', standing.preferredGatewayId),
  }
}

export type WireStanding = ReturnType<typeof toWireStanding>

export const NOTHING_SHOWN: Pick<WireStanding, 'discount_ids'> = { discount_ids: [] }

export function standingOf({ subscription, gateways }: BulkState): WireStanding {
  return toWireStanding(bulkStanding(subscription, gateways))
}
