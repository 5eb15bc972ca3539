import { decodeId, encodeId } from '@perennial/core/ids'
import { assert } from '@perennial/core/fault'
import { call, pickObject } from '../stage.ts'
import { about, type Step } from './about.ts'

/** One gateway alone, one before the others, or as it comes. */
export const routeSubscription = about('subscriptions', async (id, stage) => {
  const { chance } = stage
  const gateway = chance.happens(0.7) ? await pickObject(stage, 'gateways') : null
  const name = chance.pick(['forcedGatewayId', 'preferredGatewayId'])
  return { method: 'PATCH', path: `/subscriptions/${id}/routing`, body: { [name]: gateway } }
})

/** A gateway is out of use for a while. What is under way there goes on. */
export const switchGateway = about('gateways', (id, { chance }) => ({
  method: 'POST',
  path: `/gateways/${id}/${chance.pick(['disable', 'enable', 'enable'])}`,
}))

/** Whose latest approved charge was elsewhere begins there. */
export const preferLastSuccess = about('subscription_profiles', async (id, stage) => ({
  method: 'PATCH',
  path: `/subscription-profiles/${id}`,
  body: {
    payment_profile_id: await pickObject(stage, 'payment_profiles'),
    prefer_last_success_gateway: true,
  },
}))

/** Some of the customer's methods, in an order of the subscription's own. */
export const orderMethods: Step = async (stage) => {
  const { house, account, chance } = stage
  const id = await pickObject(stage, 'subscriptions')
  if (id === null) return
  const subscription = decodeId('subscription', id)
  assert(subscription.kind === 'ok', 'an id of ours is one')
  const rows = await house.database.kysely
    .selectFrom('payment_methods as m')
    .innerJoin('subscriptions as s', (join) =>
      join.onRef('s.account_id', '=', 'm.account_id').onRef('s.customer_id', '=', 'm.customer_id'),
    )
    .select('m.id')
    .where('m.account_id', '=', account.id)
    .where('s.id', '=', subscription.id)
    .orderBy('m.id')
    .execute()
  const kept = rows.filter(() => chance.happens(0.8))
  const payment_methods = kept.map((row, index) => ({
    payment_method_id: encodeId('payment_method', row.id),
    priority: chance.happens(0.5) ? index : kept.length - index + 10,
  }))
  const path = `/subscriptions/${id}/payment-methods`
  await call(stage, { method: 'PUT', path, body: { payment_methods } }, stage.faults)
}
