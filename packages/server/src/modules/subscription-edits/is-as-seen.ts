import type { LoadedState } from './load-bulk-states.ts'
import { standingOf, type WireStanding } from './standing-wire.ts'

/**
 * Whether nobody has changed a subscription since it stood like this. Every change of it raises its version, by people,
 * renewals, payments or another version of its profile alike; what it says about gateways has none and is compared. That
 * the notice of a trial's end went out meanwhile is no change.
 */
export function isAsSeen(
  state: LoadedState,
  seen: {
    readonly version: number
    readonly isNoticeSent: boolean
    readonly standing: WireStanding
  },
): boolean {
  const { version, isTrialEndingNoticeSent } = state.subscription
  const isNotice = isTrialEndingNoticeSent && !seen.isNoticeSent && version === seen.version + 1
  const { forced_gateway_id: forced, preferred_gateway_id: preferred } = standingOf(state)
  return (
    (version === seen.version || isNotice) &&
    forced === seen.standing.forced_gateway_id &&
    preferred === seen.standing.preferred_gateway_id
  )
}
