import type { Decline } from '../../declines/index.ts'
import type { Currency } from '../../money/index.ts'
import type { Instant } from '../../time/index.ts'
import type { GuardedCard } from '../guard/ask-guard.ts'
import type { CardTraits } from '../planner/card-traits.ts'
import type { AttemptEvidence, FailureReason } from '../planner/evidence.ts'
import type { GatewayFees } from '../planner/try-fees.ts'

/** A retry as it was made: by itself, of the whole bill, of the card that had failed. */
export type PastTry = {
  readonly at: Instant
  readonly gateway: string
  /** Null for an approval. */
  readonly failed: FailureReason | null
}

/** A failed payment of the past, and what was done about it. */
export type PastCase = {
  readonly billId: string
  readonly openedAt: Instant
  readonly amountMinor: bigint
  readonly currency: Currency
  readonly traits: CardTraits
  /** As its network knew it before this bill was charged. */
  readonly card: GuardedCard
  /** Gateways with a token of its card, the one that failed first. */
  readonly gateways: readonly string[]
  /** What gateways charge the merchant today; absent = nobody has said. */
  readonly fees?: ReadonlyMap<string, GatewayFees>
  readonly firstDecline: Decline
  /** Oldest first; the one that won, if any, is the last. */
  readonly tries: readonly PastTry[]
  /** When something else than these tries ended it: the payer, another card, a bill that was voided. Nobody tries after it. */
  readonly endedAt: Instant | null
}

/** How one charge of the past ended, and the bill that it was for. */
export type PastEvidence = AttemptEvidence & { readonly billId: string }

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
