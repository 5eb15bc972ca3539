import { closeCase, exhaustCase, type RecoveryCase } from '../../recovery/index.ts'
import type { Instant } from '../../time/index.ts'
import type { SubscriptionState } from '../state/state.ts'

/**
 * The open cases of a subscription that is canceled or replaced: nothing is tried by itself any more. With a profile what
 * is owed stays owed, and is left to people (revcent.md 9); without one it is not asked for any more.
 */
export function endCases(
  { subscription, openCases }: Pick<SubscriptionState, 'subscription' | 'openCases'>,
  at: Instant,
): RecoveryCase[] {
  return openCases.map((open) =>
    subscription.profile === null ? closeCase(open, 'canceled', at) : exhaustCase(open, at),
  )
}
