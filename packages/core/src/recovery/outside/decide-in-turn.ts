import type { OutsideRecovery, OutsideStep } from './outside-recovery.ts'
import type { OutsideView } from './outside-view.ts'
import { begunBy, withBegun, type BegunCharge } from './past-tries.ts'

/**
 * Several recoveries that are decided at once, each by the view of its own gateway, and in view of the charges that those
 * before it begin, at whichever gateway.
 */
export function decideInTurn(
  turns: readonly { readonly recovery: OutsideRecovery; readonly view: OutsideView }[],
  decide: (recovery: OutsideRecovery, view: OutsideView) => OutsideStep,
): OutsideStep[] {
  const begun: BegunCharge[] = []
  return turns.map(({ recovery, view }) => {
    const known = withBegun(view, [...begun])
    const step = decide(recovery, known)
    if (step.isAttempting) begun.push(begunBy(step.recovery, known))
    return step
  })
}
