import type { Uuid } from '../ids/index.ts'
import type { Currency } from '../money/index.ts'
import { addDays, type Instant } from '../time/index.ts'

/** `open` ends in exactly one of the other three. */
export type CaseState = 'open' | 'recovered' | 'exhausted' | 'canceled'

/** The recovery slot of one unpaid invoice. */
export type RecoveryCase = {
  readonly id: Uuid
  readonly invoiceId: Uuid
  readonly subscriptionId: Uuid
  readonly customerId: Uuid
  readonly state: CaseState
  readonly amountMinor: bigint
  readonly currency: Currency
  readonly retriesMade: number
  readonly nextAttemptAt: Instant | null
  readonly firstDeclineCode: string
  readonly lastDeclineCode: string
  readonly openedAt: Instant
  readonly closedAt: Instant | null
}

export type RecoveryPolicy = {
  /** Days after the first failure on which it is tried again. */
  readonly retryDays: readonly number[]
  /** What happens to the subscription when the last retry failed. */
  readonly onExhausted: 'unpaid' | 'canceled'
}

/**
 * The next instant to try at, or null when nothing is left to try. A plain fixed schedule; the recovery
 * planner takes its place behind this face.
 */
export function nextAttemptAt(
  given: { readonly openedAt: Instant; readonly retriesMade: number },
  policy: RecoveryPolicy,
): Instant | null {
  const day = policy.retryDays[given.retriesMade]
  return day === undefined ? null : addDays(given.openedAt, day)
}

/** A case for an invoice whose first collection failed. */
export function openCase(
  given: Pick<
    RecoveryCase,
    'id' | 'invoiceId' | 'subscriptionId' | 'customerId' | 'amountMinor' | 'currency'
  >,
  declineCode: string,
  policy: RecoveryPolicy,
  at: Instant,
): RecoveryCase {
  return {
    ...given,
    state: 'open',
    retriesMade: 0,
    nextAttemptAt: nextAttemptAt({ openedAt: at, retriesMade: 0 }, policy),
    firstDeclineCode: declineCode,
    lastDeclineCode: declineCode,
    openedAt: at,
    closedAt: null,
  }
}

/** One more failed retry: the next instant, or the end. A retry that came late keeps its distance to the next. */
export function countFailedRetry(
  open: RecoveryCase,
  declineCode: string,
  policy: RecoveryPolicy,
  at: Instant,
): RecoveryCase {
  const retriesMade = open.retriesMade + 1
  const plannedAt = nextAttemptAt({ openedAt: open.openedAt, retriesMade }, policy)
  const counted = { ...open, retriesMade, lastDeclineCode: declineCode }
  if (plannedAt === null) {
    return { ...counted, nextAttemptAt: null, state: 'exhausted', closedAt: at }
  }
  if (plannedAt > at) return { ...counted, nextAttemptAt: plannedAt }
  return { ...counted, nextAttemptAt: addDays(at, daysToNext(retriesMade, policy)) }
}

function daysToNext(retriesMade: number, { retryDays }: RecoveryPolicy): number {
  const [made = 0, next = 0] = retryDays.slice(retriesMade - 1, retriesMade + 1)
  return Math.max(next - made, 1)
}

/** What it ended with is undone: it goes on where it stood, as if the last try were still out. */
export function reopenCase(closed: RecoveryCase): RecoveryCase {
  return { ...closed, state: 'open', nextAttemptAt: null, closedAt: null }
}

/** Ends an open case another way. */
export function closeCase(
  open: RecoveryCase,
  state: 'recovered' | 'canceled',
  at: Instant,
): RecoveryCase {
  return { ...open, state, nextAttemptAt: null, closedAt: at }
}
