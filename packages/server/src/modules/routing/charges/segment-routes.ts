import { encodeId, type Uuid } from '@perennial/core/ids'
import Type, { type Static } from 'typebox'
import type { CommandContext } from '../../../platform/command/index.ts'
import { type ApiInstance, ApiRefusal } from '../../../platform/http/index.ts'
import { given, idField, nullable, oneOf, wireId } from '../../../platform/wire/index.ts'
import { findSubscription } from '../../subscriptions/index.ts'
import { listLastSuccesses } from '../queries/charged.ts'
import {
  changeSubscriptionRouting,
  findSegments,
  type SegmentsChange,
  toWireSegments,
} from './segments.ts'

const SegmentsItem = Type.Object(
  {
    object: oneOf(['subscription_routing'], { description: 'Always "subscription_routing".' }),
    subscription_id: wireId('subscription', 'The subscription.'),
    forced_gateway_id: nullable(
      wireId('gateway', 'The only gateway that may charge it; outranks everything.'),
    ),
    preferred_gateway_id: nullable(
      wireId('gateway', 'The gateway of the first attempt, where it can be used.'),
    ),
    payment_profile_id: nullable(
      wireId('payment_profile', "The profile that routes it; null = the account's default."),
    ),
    last_success_gateway_id: nullable(
      wireId('gateway', 'The gateway of its latest approved charge.'),
    ),
  },
  { title: 'SubscriptionRouting', description: 'How the charges of a subscription are routed.' },
)

/** Fields that changing a subscription takes as well. */
export const segmentFields = {
  forcedGatewayId: Type.Optional(
    nullable(idField('gateway', 'The only gateway that may charge it; null clears.')),
  ),
  preferredGatewayId: Type.Optional(
    nullable(idField('gateway', 'The gateway of the first attempt; null clears.')),
  ),
  paymentProfileId: Type.Optional(
    nullable(idField('payment_profile', "Its own profile; null = the account's default.")),
  ),
}
const SegmentsBody = Type.Object(segmentFields)

export function toSegmentsChange(body: Static<typeof SegmentsBody>): SegmentsChange {
  return {
    ...given('forcedGatewayId', body.forcedGatewayId),
    ...given('preferredGatewayId', body.preferredGatewayId),
    ...given('paymentProfileId', body.paymentProfileId),
  }
}

const Answer = Type.Object({ data: SegmentsItem })
const params = Type.Object({ id: idField('subscription', 'Id of the subscription.') })
const tags = ['Subscriptions']

export function addSegmentRoutes(app: ApiInstance): void {
  app.get(
    '/subscriptions/:id/routing',
    {
      config: { scope: 'subscriptions:read' },
      schema: {
        tags,
        summary: 'Show how the charges of a subscription are routed',
        params,
        response: { 200: Answer },
      },
    },
    async ({ context, params: { id } }) => ({ data: await show(context, id) }),
  )

  app.patch(
    '/subscriptions/:id/routing',
    {
      config: { scope: 'subscriptions:write' },
      schema: {
        tags,
        summary: 'Change how the charges of a subscription are routed',
        params,
        body: SegmentsBody,
        response: { 200: Answer },
      },
    },
    async ({ context, params: { id: subscriptionId }, body }) => {
      const change = toSegmentsChange(body)
      await changeSubscriptionRouting(context, { subscriptionId, change })
      return { data: await show(context, subscriptionId) }
    },
  )
}

async function show(context: CommandContext, id: Uuid) {
  const { accountId } = context
  return context.inTx(async (tx) => {
    const subscription = await findSubscription(tx, accountId, id)
    if (subscription === null) throw ApiRefusal.notFound('subscription')
    const segments = await findSegments(tx, accountId, id)
    const { customerId } = subscription
    const subject = { key: id, subscriptionId: id, customerId, paymentMethodId: null }
    const last = (await listLastSuccesses(tx, accountId, [subject])).get(id) ?? null
    return {
      ...toWireSegments(segments),
      last_success_gateway_id: last === null ? null : encodeId('gateway', last),
    }
  })
}
