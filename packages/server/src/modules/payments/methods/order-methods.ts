import type { Uuid } from '@perennial/core/ids'
import {
  type CommandContext,
  type Decision,
  type Refused,
  accepted,
  refused,
} from '../../../platform/command/index.ts'
import { type NewEvent, recordEvents } from '../../../platform/outbox/index.ts'
import { lockCustomer } from '../../customers/index.ts'
import { lockSubscriptions, findSubscription } from '../../subscriptions/index.ts'
import {
  listSubscriptionMethods,
  replaceSubscriptionMethods,
  type SubscriptionMethodPlace,
} from '../queries/method-tokens.ts'
import {
  clearDefaultMethods,
  findMethod,
  listActiveMethods,
  updateMethods,
} from '../queries/payment-methods.ts'
import { toMethodEvent } from './method-events.ts'
import type { PaymentMethod } from './payment-method.ts'

export type OrderRefusal =
  | 'customer_not_found'
  | 'subscription_not_found'
  | 'places_not_distinct'
  | 'customer_method_not_found'

/** A customer with more methods than this keeps the rest without a place. */
const PLACES_MAX = 100

/**
 * Puts a customer's methods in an order. The first is the default; those that are not named come after the others,
 * the newest first. Refusals in the order of the union.
 */
export async function orderCustomerMethods(
  context: CommandContext,
  request: { readonly customerId: Uuid; readonly places: readonly SubscriptionMethodPlace[] },
): Promise<Decision<readonly PaymentMethod[], OrderRefusal>> {
  const { accountId } = context
  const { customerId, places } = request
  return context.inTx(async (tx) => {
    const key = { accountId, id: customerId }
    if ((await lockCustomer(tx, key)) === null) return refused('customer_not_found')
    if (!areDistinct(places)) return refused('places_not_distinct')
    const before = await listActiveMethods(tx, { accountId, customerId, limit: PLACES_MAX })
    const known = new Set(before.map(({ id }) => id))
    const strange = places.findIndex((place) => !known.has(place.paymentMethodId))
    if (strange !== -1) return noSuchMethod(strange)
    const after = inOrder(context, before, places)
    // Nobody is the default while the next one is made it: an index allows one.
    await clearDefaultMethods(tx, { accountId, customerIds: [customerId] })
    await updateMethods(tx, accountId, after)
    await recordEvents(tx, toEvents(context, before, after))
    await context.remember(tx, 'customer', customerId)
    return accepted(await listActiveMethods(tx, { accountId, customerId, limit: PLACES_MAX }))
  })
}

/** The methods of a customer in their order. */
export function listOrderedMethods(
  context: CommandContext,
  customerId: Uuid,
): Promise<readonly PaymentMethod[]> {
  const { accountId } = context
  return context.inTx((tx) => listActiveMethods(tx, { accountId, customerId, limit: PLACES_MAX }))
}

/** The methods as the order has them; those that it changes are changed now. */
function inOrder(
  context: CommandContext,
  before: readonly PaymentMethod[],
  places: readonly SubscriptionMethodPlace[],
): PaymentMethod[] {
  const placeOf = new Map(places.map((place) => [place.paymentMethodId, place.priority]))
  const first = places.toSorted((one, other) => one.priority - other.priority)[0]
  return before.map((current) => {
    const isDefault = first === undefined ? current.isDefault : first.paymentMethodId === current.id
    const priority = placeOf.get(current.id) ?? null
    const isSame = priority === current.priority && isDefault === current.isDefault
    return isSame ? current : { ...current, priority, isDefault, updatedAt: context.now }
  })
}

function toEvents(
  context: CommandContext,
  before: readonly PaymentMethod[],
  after: readonly PaymentMethod[],
): NewEvent[] {
  return after.flatMap((method, index) => {
    const previous = before[index]
    if (previous === undefined || previous === method) return []
    return [toMethodEvent(context, { type: 'payment_method.updated', method, previous })]
  })
}

/** Says what a subscription is charged with, the lowest priority first; none = its customer's default. */
export async function orderSubscriptionMethods(
  context: CommandContext,
  request: { readonly subscriptionId: Uuid; readonly places: readonly SubscriptionMethodPlace[] },
): Promise<Decision<readonly SubscriptionMethodPlace[], OrderRefusal>> {
  const { accountId } = context
  const { subscriptionId, places } = request
  return context.inTx(async (tx) => {
    const seen = await findSubscription(tx, accountId, subscriptionId)
    if (seen === null) return refused('subscription_not_found')
    const { customerId } = seen
    await lockCustomer(tx, { accountId, id: customerId })
    await lockSubscriptions(tx, accountId, [subscriptionId])
    if (!areDistinct(places)) return refused('places_not_distinct')
    for (const [index, { paymentMethodId: id }] of places.entries()) {
      const method = await findMethod(tx, { accountId, id })
      if (method === null || method.customerId !== customerId || method.status === 'inactive')
        return noSuchMethod(index)
    }
    await replaceSubscriptionMethods(tx, { accountId, subscriptionId }, places)
    await context.remember(tx, 'subscription', subscriptionId)
    return accepted(await listSubscriptionMethods(tx, accountId, subscriptionId))
  })
}

function noSuchMethod(index: number): Refused<'customer_method_not_found'> {
  const param = `payment_methods[${index}].payment_method_id`
  return refused('customer_method_not_found', { param })
}

function areDistinct(places: readonly SubscriptionMethodPlace[]): boolean {
  const ids = new Set(places.map(({ paymentMethodId }) => paymentMethodId))
  const priorities = new Set(places.map(({ priority }) => priority))
  return ids.size === places.length && priorities.size === places.length
}
