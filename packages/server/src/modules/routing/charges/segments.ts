import { isDeepStrictEqual } from 'node:util'
import { encodeId, type Uuid } from '@perennial/core/ids'
import type { CommandContext } from '../../../platform/command/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { acceptedOr, ApiRefusal } from '../../../platform/http/index.ts'
import {
  factNumberOf,
  type NewEvent,
  recordEvents,
  toPreviousAttributes,
} from '../../../platform/outbox/index.ts'
import { lockSubscriptions } from '../../subscriptions/index.ts'
import { namingErrors } from '../errors.ts'
import {
  listRoutingGateways,
  listSegments,
  saveAllSegments,
  saveSegments,
  type OwnSegments,
  type SubscriptionSegments,
} from '../queries/setup.ts'
import { checkNamedProfile } from '../resources/payment-profiles.ts'

/** What is absent stays as it is; null takes it away. */
export type SegmentsChange = Partial<Omit<OwnSegments, 'subscriptionId'>>

export async function findSegments(
  tx: Tx,
  accountId: Uuid,
  subscriptionId: Uuid,
): Promise<SubscriptionSegments> {
  const [segments] = await listSegments(tx, accountId, [subscriptionId])
  return segments ?? { ...NO_SEGMENTS, subscriptionId }
}

/**
 * Says how one subscription's charges are routed from now on. A gateway that is disabled may be named. Throws an
 * `ApiRefusal` for a subscription, gateway or profile that the account does not have, and for a profile that is disabled.
 */
export async function changeSubscriptionRouting(
  context: CommandContext,
  request: { readonly subscriptionId: Uuid; readonly change: SegmentsChange },
): Promise<void> {
  const { accountId, now: at } = context
  const { change, subscriptionId } = request
  await context.inTx(async (tx) => {
    const [subscription] = await lockSubscriptions(tx, accountId, [subscriptionId])
    if (subscription === undefined) throw ApiRefusal.notFound('subscription')
    const before = await findSegments(tx, accountId, subscriptionId)
    const segments = { ...before, ...change }
    if (isDeepStrictEqual(before, segments)) return
    await checkChange(tx, accountId, change)
    await saveSegments(tx, accountId, { segments, at })
    const { customerId } = subscription
    await recordEvents(tx, [toEvent(context, { before, segments, customerId })])
  })
}

/**
 * What a new subscription says, before it is stored, and the profile that it follows; null when neither says anything.
 * Throws as `changeSubscriptionRouting`.
 */
export async function checkNewSegments(
  tx: Tx,
  accountId: Uuid,
  given: {
    readonly subscriptionId: Uuid
    readonly change: SegmentsChange
    readonly followed?: Pick<
      SubscriptionSegments,
      'followedPaymentProfileId' | 'prefersLastSuccess'
    >
  },
): Promise<SubscriptionSegments | null> {
  const { subscriptionId, change, followed = NO_SEGMENTS } = given
  const saysNothing = Object.values(change).every((id) => id === null)
  if (saysNothing && followed.followedPaymentProfileId === null) return null
  if (!saysNothing) await checkChange(tx, accountId, change)
  return { ...NO_SEGMENTS, ...followed, ...change, subscriptionId }
}

const NO_SEGMENTS = {
  forcedGatewayId: null,
  preferredGatewayId: null,
  paymentProfileId: null,
  followedPaymentProfileId: null,
  prefersLastSuccess: false,
}

async function checkChange(tx: Tx, accountId: Uuid, change: SegmentsChange): Promise<void> {
  const gateways = await listRoutingGateways(tx, accountId)
  for (const name of ['forcedGatewayId', 'preferredGatewayId'] as const) {
    const id = change[name] ?? null
    if (id !== null && !gateways.some((gateway) => gateway.id === id))
      throw ApiRefusal.notFound(
        'gateway',
        name === 'forcedGatewayId' ? 'forced_gateway_id' : 'preferred_gateway_id',
      )
  }
  const profileId = change.paymentProfileId ?? null
  acceptedOr(await checkNamedProfile(tx, accountId, profileId), namingErrors('payment_profile_id'))
}

type Origin = Pick<CommandContext, 'accountId' | 'ids' | 'now' | 'request'>

function toEvent(
  context: Origin,
  changed: {
    readonly before: SubscriptionSegments
    readonly segments: SubscriptionSegments
    readonly customerId: Uuid
  },
): NewEvent {
  const { before, segments, customerId } = changed
  const id = context.ids.next()
  const data = toWireSegments(segments)
  return {
    accountId: context.accountId,
    id,
    type: 'subscription.routing_changed',
    objectKind: 'subscription',
    objectId: segments.subscriptionId,
    factNumber: factNumberOf(id),
    customerId,
    subscriptionId: segments.subscriptionId,
    invoiceId: null,
    data,
    previousAttributes: toPreviousAttributes(data, toWireSegments(before)),
    request: context.request,
    occurredAt: context.now,
  }
}

export function toWireSegments(segments: OwnSegments) {
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

/** Gateways that are said anew for a subscription which the caller has locked. */
export type GatewaysChange = Pick<
  OwnSegments,
  'subscriptionId' | 'forcedGatewayId' | 'preferredGatewayId'
> & {
  readonly customerId: Uuid
}

/** The same for many, one statement a table. The caller has checked that the gateways are there. */
export async function changeGatewaysOfMany(
  tx: Tx,
  context: Origin,
  changes: readonly GatewaysChange[],
): Promise<void> {
  if (changes.length === 0) return
  const { accountId, now: at } = context
  const ids = changes.map(({ subscriptionId }) => subscriptionId)
  const said = await listSegments(tx, accountId, ids)
  const saidBy = new Map(said.map((segments) => [segments.subscriptionId, segments]))
  const changed = changes.map(({ customerId, ...change }) => {
    const { subscriptionId } = change
    const before = saidBy.get(subscriptionId) ?? { ...NO_SEGMENTS, subscriptionId }
    return { before, segments: { ...before, ...change }, customerId }
  })
  await saveAllSegments(tx, accountId, { segments: changed.map(({ segments }) => segments), at })
  await recordEvents(
    tx,
    changed.map((one) => toEvent(context, one)),
  )
}
