import type { Decline, RecommendedAction } from '@perennial/core/declines'
import {
  openOutside,
  type HandedOver,
  type OutsideRecovery,
  type OutsideStep,
  type OutsideView,
} from '@perennial/core/recovery'

export const SIMULATED_OUTCOMES = ['success', 'failed', 'blocked'] as const
export type SimulatedOutcome = (typeof SIMULATED_OUTCOMES)[number]

/** Ends as a test account asked for, without a charge. */
export function simulateOutside(
  handed: HandedOver,
  given: { readonly simulate: SimulatedOutcome; readonly view: OutsideView },
): OutsideStep {
  const { simulate, view } = given
  // Without a decline code nothing is decided by the card; what follows replaces every part of the decision.
  const begun = openOutside({ ...handed, firstDecline: null, fallbackTokens: [] }, view).recovery
  const recovery = {
    ...begun,
    firstDecline: handed.firstDecline,
    lastDecline: handed.firstDecline,
    attemptsMade: simulate === 'blocked' ? 0 : 1,
    strategy: simulate === 'blocked' ? 'none' : 'primary',
    nextAttemptAt: null,
    plan: null,
    closedAt: view.now,
  } as const
  return { recovery: { ...recovery, ...endOf(simulate, handed) }, isAttempting: false }
}

type End = Pick<
  OutsideRecovery,
  'state' | 'lastDecline' | 'recommendedAction' | 'reason' | 'gatewayReference'
>

function endOf(simulate: SimulatedOutcome, handed: HandedOver): End {
  const lastDecline = handed.firstDecline
  if (simulate === 'success') {
    const none = { recommendedAction: null, reason: null } as const
    return { state: 'succeeded', lastDecline, ...none, gatewayReference: `sim_${handed.id}` }
  }
  const of = (code: string, recommendedAction: RecommendedAction) => ({
    lastDecline: lastDecline ?? named(code),
    recommendedAction,
    reason: 'A test account asked for this outcome.',
    gatewayReference: null,
  })
  return simulate === 'failed'
    ? { state: 'failed', ...of('generic_decline', 'retry_later') }
    : { state: 'blocked', ...of('fraudulent', 'manual_review') }
}

function named(code: string): Decline {
  return { code, isoCode: null, adviceCode: null, message: null }
}
