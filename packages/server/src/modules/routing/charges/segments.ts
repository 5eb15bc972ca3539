import { encodeId, type Uuid } from '@perennial/core/ids'
import { ApiRefusal } from '../../../platform/http/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import type { Instant } from '@perennial/core/time'
import { findResource } from '../queries/resources.ts'
import {
  listRoutingGateways,
  listSegments,
  saveSegments,
  type SubscriptionSegments,
} from '../queries/setup.ts'

/** What is absent stays as it is; null takes it away. */
export type SegmentsChange = Partial<Omit<SubscriptionSegments, 'subscriptionId'>>

export async function findSegments(
  tx: Tx,
  accountId: Uuid,
  subscriptionId: Uuid,
): Promise<SubscriptionSegments> {
  const [segments] = await listSegments(tx, accountId, [subscriptionId])
  return (
    segments ?? {
      subscriptionId,
      forcedGatewayId: null,
      preferredGatewayId: null,
      paymentProfileId: null,
    }
  )
}

/**
 * Says how one subscription's charges are routed from now on. The caller holds the subscription's lock. Throws an
 * `ApiRefusal` for a gateway or profile that the account does not have; a disabled one may be named.
 */
export async function changeSegments(
  tx: Tx,
  accountId: Uuid,
  given: {
    readonly subscriptionId: Uuid
    readonly change: SegmentsChange
    readonly at: Instant
  },
): Promise<SubscriptionSegments> {
  const { change, subscriptionId, at } = given
  const before = await findSegments(tx, accountId, subscriptionId)
  if (Object.keys(change).length === 0) return before
  const gateways = await listRoutingGateways(tx, accountId)
  for (const name of ['forcedGatewayId', 'preferredGatewayId'] as const) {
    const id = change[name] ?? null
    if (id !== null && !gateways.some((gateway) => gateway.id === id))
      throw ApiRefusal.invalid(
        name === 'forcedGatewayId' ? 'forced_gateway_id' : 'preferred_gateway_id',
        'There is no such gateway in this account.',
      )
  }
  const profileId = change.paymentProfileId ?? null
  if (profileId !== null && !(await hasPaymentProfile(tx, accountId, profileId)))
    throw ApiRefusal.invalid(
      'payment_profile_id',
      'There is no such payment profile in this account.',
    )
  const segments = { ...before, ...change }
  await saveSegments(tx, accountId, { segments, at })
  return segments
}

export async function hasPaymentProfile(tx: Tx, accountId: Uuid, id: Uuid): Promise<boolean> {
  return (await findResource(tx, { table: 'payment_profiles', accountId, id })) !== null
}

export function toWireSegments(segments: SubscriptionSegments) {
  const { subscriptionId, forcedGatewayId, preferredGatewayId, paymentProfileId } = segments
  return {
    object: 'subscription_routing' as const,
    subscription_id: encodeId('subscription', subscriptionId),
    forced_gateway_id: forcedGatewayId === null ? null : encodeId('gateway', forcedGatewayId),
    preferred_gateway_id:
      preferredGatewayId === null ? null : encodeId('gateway', preferredGatewayId),
    payment_profile_id:
      paymentProfileId === null ? null : encodeId('payment_profile', paymentProfileId),
  }
}
