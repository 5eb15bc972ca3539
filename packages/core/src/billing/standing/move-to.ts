import { assert } from '../../fault/index.ts'
import { decideMove, touched, type Move, type Subscription } from '../../subscriptions/index.ts'
import type { Instant } from '../../time/index.ts'

/** A move that the state at hand allows. Faults: one that it does not. */
export function moveTo(subscription: Subscription, move: Move, at: Instant): Subscription {
  const decision = decideMove(subscription.status, move)
  assert(decision.kind === 'moved', `a decision makes a legal move: ${subscription.status} ${move}`)
  return touched({ ...subscription, status: decision.to }, at)
}
