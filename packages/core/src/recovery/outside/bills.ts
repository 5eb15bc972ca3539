import type { Instant } from '../../time/index.ts'
import type { OutsideRecovery } from './outside-recovery.ts'

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

/** What is due cannot be decided now, because nobody can say whether the bill is still open. */
export function postponeOutside(
  open: OutsideRecovery,
  given: { readonly reason: string; readonly until: Instant },
): OutsideRecovery {
  return {
    ...open,
    nextAttemptAt: given.until,
    reason: given.reason,
  }
}
