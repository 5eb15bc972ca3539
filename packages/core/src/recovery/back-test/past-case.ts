import type { Instant } from '../../time/index.ts'
import type { AttemptEvidence, CardTraits, FailureReason } from '../planner/evidence.ts'

/** A retry as it was made. */
export type PastTry = {
  readonly at: Instant
  readonly gateway: string
  /** Null for an approval. */
  readonly failed: FailureReason | null
}

/** A failed payment of the past, and what was done about it. */
export type PastCase = {
  readonly id: string
  readonly openedAt: Instant
  readonly amountMinor: bigint
  readonly traits: CardTraits
  /** Gateways with a token of its card, the one that failed first. */
  readonly gateways: readonly string[]
  readonly firstReason: FailureReason
  /** Oldest first; the one that won, if any, is the last. */
  readonly tries: readonly PastTry[]
}

/** How one charge of the past ended; `caseId`: the case it was made for, first charges that failed among them. */
export type PastEvidence = AttemptEvidence & { readonly caseId: string | null }

/** What is tried in the place of what was done. */
export type TestedPolicy =
  | { readonly kind: 'none' }
  | { readonly kind: 'fixed'; readonly days: readonly number[] }
  /** `days`: a merchant's own, which each try is made by; null = anywhere within the horizon. */
  | {
      readonly kind: 'planner'
      readonly days: readonly number[] | null
      readonly horizonDays: number
      readonly attemptsMax: number
    }
