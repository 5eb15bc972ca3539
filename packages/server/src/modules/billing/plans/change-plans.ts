import { emptyChangeSet, priceNextCycle, subscriptionFact, viewOf } from '@perennial/core/billing'
import type { Uuid } from '@perennial/core/ids'
import { cyclesRemaining, touched } from '@perennial/core/subscriptions'
import {
  accepted,
  refused,
  type CommandContext,
  type Decision,
} from '../../../platform/command/index.ts'
import { applyChanges } from '../apply/apply-changes.ts'
import { leaseEnd, scopeOf, type BillingDeps } from '../scope.ts'
import { lockPlans } from './load-plan-subscription.ts'
import { planItem, type PlanWish } from './plan-item.ts'
import { removeItem } from '../recycling/queries.ts'

/** Plans of one subscription at most; each of them is a line of every bill. */
const PLANS_MAX = 200

export type AddPlanRefusal = 'subscription_not_found' | 'too_many_plans'

/** Adds a plan; its delay counts from the next cycle that is not billed yet (spec/revolv3.md 4.9). */
export async function addPlan(
  deps: BillingDeps,
  context: CommandContext,
  request: { readonly subscriptionId: Uuid; readonly plan: PlanWish },
): Promise<Decision<Uuid, AddPlanRefusal>> {
  const scope = scopeOf(context)
  return context.inTx(async (tx) => {
    const { subscriptionId, plan } = request
    const found = await lockPlans(tx, scope, { id: subscriptionId })
    if (found === null) return refused('subscription_not_found')
    const { state } = found
    const { items, subscription } = state
    if (items.length >= PLANS_MAX) return refused('too_many_plans')
    const position = Math.max(-1, ...items.map((item) => item.position)) + 1
    const { currency } = subscription
    const counted = { ...plan, cycleFirst: subscription.cycle + 1 + plan.cycleFirst }
    const given = { id: deps.ids.next(), subscriptionId, position, currency }
    const item = planItem(counted, given, context.now)
    const planned = { ...state, items: [...items, item] }
    const after = touched(priceNextCycle(planned, subscription), context.now)
    const changes = emptyChangeSet()
    changes.newItems.push(item)
    changes.changedSubscriptions.push(after)
    const view = viewOf(planned, after)
    changes.facts.push(subscriptionFact('updated', view, context.now, {}))
    const nextId = () => deps.ids.next()
    await applyChanges(tx, scope, { changes, leaseUntil: leaseEnd(deps), nextId })
    await context.remember(tx, 'subscription', subscriptionId)
    return accepted(item.id)
  })
}

export type RemovePlanRefusal = 'subscription_not_found' | 'plan_not_found' | 'plan_in_use'

/** Takes a plan away that has no cycle left; one that has is in use. */
export async function removePlan(
  deps: BillingDeps,
  context: CommandContext,
  request: { readonly subscriptionId: Uuid; readonly itemId: Uuid },
): Promise<Decision<Uuid, RemovePlanRefusal>> {
  const scope = scopeOf(context)
  return context.inTx(async (tx) => {
    const { subscriptionId: id, itemId } = request
    const found = await lockPlans(tx, scope, { id })
    if (found === null) return refused('subscription_not_found')
    const { items, subscription } = found.state
    const item = items.find((one) => one.id === itemId)
    if (item === undefined) return refused('plan_not_found')
    if (cyclesRemaining(item, subscription) !== 0) return refused('plan_in_use')
    const key = { accountId: context.accountId, id: itemId, removedAt: context.now }
    await removeItem(tx, key)
    const after = touched(subscription, context.now)
    const changes = emptyChangeSet()
    changes.changedSubscriptions.push(after)
    const left = items.filter((one) => one !== item)
    const view = viewOf({ ...found.state, items: left }, after)
    changes.facts.push(subscriptionFact('updated', view, context.now, {}))
    const nextId = () => deps.ids.next()
    await applyChanges(tx, scope, { changes, leaseUntil: leaseEnd(deps), nextId })
    await context.remember(tx, 'subscription', id)
    return accepted(itemId)
  })
}
