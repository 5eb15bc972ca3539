import type { OutsideRecovery, OutsideStep } from './outside-recovery.ts'
import type { OutsideView } from './outside-view.ts'
import { withAttempt } from './past-tries.ts'

/** Several recoveries that are decided at once, each in view of the charges that those before it begin. */
export function decideInTurn(
  recoveries: readonly OutsideRecovery[],
  view: OutsideView,
  decide: (recovery: OutsideRecovery, view: OutsideView) => OutsideStep,
): OutsideStep[] {
  let known = view
  return recoveries.map((recovery) => {
    const step = decide(recovery, known)
    if (step.isAttempting) known = withAttempt(known, step.recovery)
    return step
  })
}
