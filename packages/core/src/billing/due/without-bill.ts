import { periodOfCycle, touched, type Subscription } from '../../subscriptions/index.ts'
import { subscriptionFact } from '../state/facts.ts'
import { enterNextCycle } from './renew.ts'
import { viewOf, type SubscriptionState, type Work } from '../state/state.ts'
import { complete } from '../recycling/complete.ts'
import { billedItems, isExtraUnderWay } from '../recycling/parts-left.ts'
import { priceNextCycle } from '../recycling/price-next-cycle.ts'
import { arePlansSpent, isBilledIn, isRecycling } from '../recycling/terms.ts'

/**
 * A date that passes without a bill: nothing is billed while an earlier bill is recycled, while nobody knows whether an
 * extra payment takes the place of a part, nor in a cycle without a plan (spec/revolv3.md 5, 6.3, 11). Null where the cycle is billed like any other.
 */
export function passWithoutBill(state: SubscriptionState, work: Work): Subscription | null {
  if (!isRecycling(state)) return null
  const { subscription } = state
  const { at, changes } = work
  const items = billedItems(state)
  if (subscription.status === 'past_due' || isExtraUnderWay(state)) {
    const passed = touched(skipCycle(subscription), at)
    changes.changedSubscriptions.push(passed)
    return passed
  }
  if (arePlansSpent(items, subscription)) {
    const ended = complete(subscription, at)
    changes.changedSubscriptions.push(ended)
    const previous = { status: subscription.status }
    changes.facts.push(subscriptionFact('updated', viewOf(state, ended), at, previous))
    return ended
  }
  if (isBilledIn(items, subscription.cycle + 1)) return null
  const passed = touched(priceNextCycle(state, enterNextCycle(subscription, at)), at)
  changes.changedSubscriptions.push(passed)
  return passed
}

/** The dates go on, the count of cycles does not: a plan is billed as often as it says. */
function skipCycle(subscription: Subscription): Subscription {
  const { cycle, period } = subscription
  const anchorCycle = subscription.schedule.anchorCycle - 1
  const schedule = { ...subscription.schedule, anchorCycle }
  return { ...subscription, schedule, period: periodOfCycle(schedule, cycle, period.end) }
}
