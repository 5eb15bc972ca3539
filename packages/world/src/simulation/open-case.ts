import type { FailureReason, PastAttempt } from '@perennial/core/recovery'
import { type Instant, instantFromMs } from '@perennial/core/time'
import type { Card } from '../judging/card.ts'
import type { CardMemory } from '../judging/memory.ts'
import { HORIZON_DAYS } from './policy.ts'
import type { Subscriber } from './subscribers.ts'

export const HOUR_MS = 3_600_000
export const DAY_MS = 24 * HOUR_MS
export const HORIZON_MS = HORIZON_DAYS * DAY_MS

/** A subscriber with what the card has been through. */
export type Holder = {
  readonly subscriber: Subscriber
  memory: CardMemory
  history: PastAttempt[]
  life: number
}

/** An unpaid bill. */
export type OpenCase = {
  readonly holder: Holder
  readonly month: number
  readonly category: FailureReason
  readonly openedAt: number
  attempts: number
  feesMinor: number
  /** Attempts that the card networks forbid. */
  violations: number
  /** Attempts at another gateway than the best, to learn about it. */
  explored: number
  lastReason: FailureReason
  lastAttemptAt: number
  shortAt: number | null
  refusedAt: number | null
  limitAt: number | null
  issuerDownAt: number | null
  isClosed: boolean
  /** Counts plans: what was scheduled by an older one is void. */
  plan: number
}

/** What comes in the order of time. */
export type Happening =
  | { readonly kind: 'bill'; readonly holder: Holder; readonly month: number }
  | {
      readonly kind: 'retry'
      readonly open: OpenCase
      readonly gateway: string
      readonly plan: number
      /** The planner looks again at what it has learned since. */
      readonly isConfirmed: boolean
    }
  /** New data for the card from its issuer, or another card from its holder. */
  | { readonly kind: 'new_card'; readonly open: OpenCase; readonly card: Card | null }

export function openCase(
  bill: { readonly holder: Holder; readonly month: number },
  failed: FailureReason,
  at: number,
): OpenCase {
  const open: OpenCase = {
    ...bill,
    category: failed,
    openedAt: at,
    attempts: 0,
    feesMinor: 0,
    violations: 0,
    explored: 0,
    lastReason: failed,
    lastAttemptAt: at,
    shortAt: null,
    refusedAt: null,
    limitAt: null,
    issuerDownAt: null,
    isClosed: false,
    plan: 0,
  }
  noteFailure(open, failed, at)
  return open
}

export function noteFailure(open: OpenCase, failed: FailureReason, at: number): void {
  open.lastReason = failed
  if (failed === 'funds') open.shortAt = at
  if (failed === 'refusal') open.refusedAt = at
  if (failed === 'limit') open.limitAt = at
  if (failed === 'issuer_down') open.issuerDownAt = at
}

export function toInstant(at: number | null): Instant | null {
  return at === null ? null : instantFromMs(at)
}
