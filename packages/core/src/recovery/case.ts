import type { Uuid } from '../ids/index.ts'
import type { Currency } from '../money/index.ts'
import { addDays, maxInstant, type Instant } from '../time/index.ts'
import { policyOf, type RecoveryPolicy } from './policy.ts'

/** `open` ends in exactly one of the other three. People may try what is `exhausted` until it is `canceled` too. */
export type CaseState = 'open' | 'recovered' | 'exhausted' | 'canceled'

/**
 * What `nextAttemptAt` is: a try; the end of waiting for another card, or of a case whose tries are used up; or another
 * look, because nothing promises anything now.
 */
export type CaseWait = 'try' | 'card' | 'end' | 'chance'

/** The recovery slot of one unpaid invoice. */
export type RecoveryCase = {
  readonly id: Uuid
  readonly invoiceId: Uuid
  /** Null: the bill is of no subscription. Such a case is never open: people try it. */
  readonly subscriptionId: Uuid | null
  readonly customerId: Uuid
  readonly state: CaseState
  readonly amountMinor: bigint
  readonly currency: Currency
  /** What its product or subscription asks for; null = the account's. */
  readonly policy: RecoveryPolicy | null
  readonly retriesMade: number
  readonly nextAttemptAt: Instant | null
  readonly waitsFor: CaseWait
  /** Chosen for the next try; null = as the subscription's charges are routed. */
  readonly gatewayId: Uuid | null
  /** Since when the next step is to be planned; until it is, `nextAttemptAt` follows the plain schedule. */
  readonly planAt: Instant | null
  /** How often what was learned meanwhile has moved the next try. */
  readonly timesMoved: number
  /** A try beside the schedule: another card has come. */
  readonly retryNowAt: Instant | null
  readonly firstDeclineCode: string
  readonly lastDeclineCode: string
  readonly openedAt: Instant
  /** Its days are counted from here: when it was opened, later by what was lost to outages of ours. */
  readonly countsFrom: Instant
  /** Retries up to here that fell into such outages are none of `retriesMade`; null = there were none. */
  readonly excusedTo: Instant | null
  readonly closedAt: Instant | null
}

/** One whose bill is of a subscription, as that of every open case is. */
export type SubscriptionCase = RecoveryCase & { readonly subscriptionId: Uuid }

/** The instant of the schedule's next retry, or null when none is left. */
export function nextAttemptAt(
  given: Pick<RecoveryCase, 'countsFrom' | 'retriesMade'>,
  policy: Pick<RecoveryPolicy, 'retryDays'>,
): Instant | null {
  const day = policy.retryDays[given.retriesMade]
  return day === undefined ? null : addDays(given.countsFrom, day)
}

/** When a case whose tries are used up is given up: at the last day of its schedule, or its campaign's. */
export function caseEndsAt(
  { countsFrom }: Pick<RecoveryCase, 'countsFrom'>,
  policy: RecoveryPolicy,
): Instant {
  return addDays(countsFrom, policy.endDay ?? policy.retryDays.at(-1) ?? policy.graceDays)
}

/** Until when another card is waited for: the grace period counts too. */
export function cardAwaitedUntil(
  open: Pick<RecoveryCase, 'countsFrom'>,
  policy: RecoveryPolicy,
): Instant {
  return maxInstant(caseEndsAt(open, policy), addDays(open.countsFrom, policy.graceDays))
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
    policy: null,
    retriesMade: 0,
    nextAttemptAt: nextAttemptAt({ countsFrom: at, retriesMade: 0 }, policy),
    waitsFor: 'try',
    gatewayId: null,
    planAt: at,
    timesMoved: 0,
    retryNowAt: null,
    firstDeclineCode: declineCode,
    lastDeclineCode: declineCode,
    openedAt: at,
    countsFrom: at,
    excusedTo: null,
    closedAt: null,
  }
}

/**
 * One more failed retry: the next instant, or the end. A retry that came late keeps its distance to the next; one that
 * came early leaves the end where it was.
 */
export function countFailedRetry(
  open: RecoveryCase,
  declineCode: string,
  account: RecoveryPolicy,
  at: Instant,
): RecoveryCase {
  const policy = policyOf(open, account)
  const retriesMade = open.retriesMade + 1
  const counted: RecoveryCase = {
    ...open,
    retriesMade,
    lastDeclineCode: declineCode,
    waitsFor: 'try',
    gatewayId: null,
    planAt: at,
    timesMoved: 0,
  }
  const dueAt = rungAt(counted, policy, at)
  if (dueAt !== null) return { ...counted, nextAttemptAt: dueAt }
  const endsAt = caseEndsAt(open, policy)
  if (at >= endsAt) return exhaustCase(counted, at)
  return { ...counted, nextAttemptAt: endsAt, waitsFor: 'end' }
}

/**
 * The same of a retry that fell into an outage of ours. It counts until the case is planned anew, which takes it off again: so
 * even the last one is not the end yet.
 */
export function countRetryInOutage(
  open: RecoveryCase,
  declineCode: string,
  account: RecoveryPolicy,
  at: Instant,
): RecoveryCase {
  const counted = countFailedRetry(open, declineCode, account, at)
  if (counted.state === 'open') return counted
  return { ...counted, state: 'open', closedAt: null, nextAttemptAt: addDays(at, 1), waitsFor: 'end', planAt: at } // prettier-ignore
}

/** When the schedule's next retry is due, seen from the try before it; null when none is left. */
export function rungAt(
  open: Pick<RecoveryCase, 'countsFrom' | 'retriesMade'>,
  policy: Pick<RecoveryPolicy, 'retryDays'>,
  lastTryAt: Instant,
): Instant | null {
  const plannedAt = nextAttemptAt(open, policy)
  if (plannedAt === null || plannedAt > lastTryAt) return plannedAt
  return addDays(lastTryAt, daysToNext(open.retriesMade, policy))
}

function daysToNext(retriesMade: number, { retryDays }: Pick<RecoveryPolicy, 'retryDays'>): number {
  const [made = 0, next = 0] = retryDays.slice(retriesMade - 1, retriesMade + 1)
  return Math.max(next - made, 1)
}

/** What it ended with is undone: it goes on where it stood, as if the last try were still out. */
export function reopenCase(closed: RecoveryCase): RecoveryCase {
  return { ...closed, state: 'open', nextAttemptAt: null, closedAt: null }
}

/** Nothing is left to try. */
export function exhaustCase(open: RecoveryCase, at: Instant): RecoveryCase {
  return { ...open, ...ENDED, state: 'exhausted', closedAt: at }
}

/** Ends an open case another way. */
export function closeCase(
  open: RecoveryCase,
  state: 'recovered' | 'canceled',
  at: Instant,
): RecoveryCase {
  return { ...open, ...ENDED, state, closedAt: at }
}

const ENDED = {
  nextAttemptAt: null,
  waitsFor: 'try',
  gatewayId: null,
  planAt: null,
  retryNowAt: null,
} as const
