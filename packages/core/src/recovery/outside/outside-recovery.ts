import type { Decline, RecommendedAction } from '../../declines/index.ts'
import type { Uuid } from '../../ids/index.ts'
import type { Currency } from '../../money/index.ts'
import { addDays, type Instant } from '../../time/index.ts'

/**
 * `attempting`: a charge is out, or its answer is lost. `scheduled` and `awaiting_card` wait until `nextAttemptAt`. The
 * last four are its one end; `canceled`: it was paid, or given up, where it lives, or another recovery stands for it.
 */
export type OutsideState =
  | 'attempting'
  | 'scheduled'
  | 'awaiting_card'
  | 'succeeded'
  | 'failed'
  | 'blocked'
  | 'canceled'

/** What made a try, where it was not the call that handed the payment over. */
export type OutsideTrigger =
  | 'scheduled_retry'
  | 'reconciliation'
  | 'card_update'
  | 'account_updater'
  | 'fallback_token'

/** What the next try was chosen for. */
export type OutsidePlan = {
  readonly source: 'planner' | 'schedule' | 'network'
  /** Of an approval, between 0 and 1; null where nobody estimates it. */
  readonly chance: number | null
  readonly runnerUpAt: Instant | null
  readonly runnerUpChance: number | null
  /** Attempts that the estimate rests on. */
  readonly evidence: number
  /** Why, the weightiest first. */
  readonly reasons: readonly string[]
  /** How often what was learned meanwhile has moved it when it was due. */
  readonly timesMoved: number
}

/** One failed payment of another biller, handed over to be won back. */
export type OutsideRecovery = {
  readonly id: Uuid
  readonly state: OutsideState
  readonly amountMinor: bigint
  readonly currency: Currency
  /** The token it came with. */
  readonly handedToken: string
  /** The one to be tried next: a fallback or a new card may have taken its place. */
  readonly token: string
  /** Not tried yet. */
  readonly fallbackTokens: readonly string[]
  /** What the biller's own charge ended with; null = not told. */
  readonly firstDecline: Decline | null
  readonly lastDecline: Decline | null
  /** Somebody waits for the answer: everything happens now or not at all. */
  readonly isUrgent: boolean
  /** The payer was there when the biller's own charge failed. */
  readonly isCustomerPresent: boolean
  /** Of the card that it came with. */
  readonly bin: string | null
  readonly country: string | null
  readonly attemptsMade: number
  readonly lastAttemptAt: Instant
  readonly strategy: 'none' | 'primary' | 'fallback'
  readonly trigger: OutsideTrigger | null
  readonly nextAttemptAt: Instant | null
  readonly plan: OutsidePlan | null
  /** Of a canceled one null, unless its biller has to be told of it. */
  readonly recommendedAction: RecommendedAction | null
  readonly reason: string | null
  readonly gatewayReference: string | null
  readonly openedAt: Instant
  /** Since when it goes on with a card that took the place of the one it came with; null = it did not. */
  readonly movedAt: Instant | null
  /** While a card is waited for: when its gateway's account updater is asked next; null = not again. */
  readonly askUpdaterAt: Instant | null
  readonly closedAt: Instant | null
}

/** What the biller told of the card that it came with holds of no other. */
export function toldOfCard({
  bin,
  country,
  token,
  handedToken,
  movedAt,
}: OutsideRecovery): Pick<OutsideRecovery, 'bin' | 'country'> {
  const isIt = token === handedToken && movedAt === null
  return isIt ? { bin, country } : { bin: null, country: null }
}

/** The recovery as it is from now on; `isAttempting`: its `token` is to be charged, at once. */
export type OutsideStep = { readonly recovery: OutsideRecovery; readonly isAttempting: boolean }

/** Tries of one recovery at most, and how long it goes on (own, spec/revtain.md 8.1). */
export const OUTSIDE_ATTEMPTS_MAX = 8
const DAYS_MAX = 21

export function outsideEndsAt({ openedAt }: Pick<OutsideRecovery, 'openedAt'>): Instant {
  return addDays(openedAt, DAYS_MAX)
}

export type OutsideEnd = {
  readonly state: 'failed' | 'blocked'
  readonly recommendedAction: RecommendedAction
  readonly reason: string
}

export function endOutside(open: OutsideRecovery, end: OutsideEnd, at: Instant): OutsideRecovery {
  return { ...open, ...end, nextAttemptAt: null, plan: null, closedAt: at }
}

export function succeedOutside(
  open: OutsideRecovery,
  given: { readonly gatewayReference: string; readonly at: Instant },
): OutsideRecovery {
  return {
    ...open,
    state: 'succeeded',
    gatewayReference: given.gatewayReference,
    nextAttemptAt: null,
    plan: null,
    recommendedAction: null,
    reason: null,
    closedAt: given.at,
  }
}
