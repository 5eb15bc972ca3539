import { addDays, type Instant } from '../../time/index.ts'
import {
  endOutside,
  outsideEndsAt,
  type OutsideRecovery,
  type OutsideStep,
} from './outside-recovery.ts'

/** What a bill asks for, where it lives, now. */
export type OutsideDue = {
  readonly dueMinor: bigint
  /** Whoever charges takes all of it, whatever it is asked for. */
  readonly isTakenWhole: boolean
}

/**
 * Goes on for what the bill is still short of: a part of it may have been paid where it lives. What was added to it since it
 * was handed over is not taken, unless whoever charges takes it anyway; then the books say so.
 */
export function withDue(
  open: OutsideRecovery,
  { dueMinor, isTakenWhole }: OutsideDue,
): OutsideRecovery {
  const isLess = dueMinor < open.amountMinor
  return isLess || isTakenWhole ? { ...open, amountMinor: dueMinor } : open
}

/** Nothing is to be collected any more: paid elsewhere, or given up where the bill lives. The biller knows; nobody is told. */
export function cancelOutside(
  open: OutsideRecovery,
  given: { readonly reason: string; readonly at: Instant },
): OutsideRecovery {
  return {
    ...open,
    state: 'canceled',
    nextAttemptAt: null,
    plan: null,
    recommendedAction: null,
    reason: given.reason,
    closedAt: given.at,
  }
}

/** Another recovery of the same payment goes on, or has paid it: its biller, who waits for an end of this one too, has nothing to do. */
export function supersedeOutside(
  open: OutsideRecovery,
  given: { readonly reason: string; readonly at: Instant },
): OutsideRecovery {
  return { ...cancelOutside(open, given), recommendedAction: 'monitor' }
}

/** How long after its last day a recovery waits for a platform that does not answer, or for a payment that is on its way. */
const WAITS_DAYS = 7

/** What is due cannot be decided now, because nobody can say whether the bill is still open. Every recovery ends, so this one does. */
export function postponeOutside(
  open: OutsideRecovery,
  given: { readonly reason: string; readonly at: Instant; readonly until: Instant },
): OutsideRecovery {
  const { reason, at, until } = given
  if (until > addDays(outsideEndsAt(open), WAITS_DAYS))
    return endOutside(open, { state: 'failed', recommendedAction: 'manual_review', reason }, at)
  return { ...open, nextAttemptAt: until, reason }
}

/** Whatever was to be charged is not charged before `until`: its bill has to be looked at again first. */
export function holdOutside(
  before: OutsideRecovery,
  step: OutsideStep,
  given: { readonly reason: string; readonly until: Instant },
): OutsideStep {
  if (!step.isAttempting) return step
  const { attemptsMade, lastAttemptAt, strategy } = before
  const recovery: OutsideRecovery = {
    ...step.recovery,
    state: 'scheduled',
    attemptsMade,
    lastAttemptAt,
    strategy,
    nextAttemptAt: given.until,
    plan: null,
    recommendedAction: 'monitor',
    reason: given.reason,
  }
  return { isAttempting: false, recovery }
}
