import type { Instant } from '../../time/index.ts'
import type { CardTraits } from './card-traits.ts'
import type { FailureReason } from './evidence.ts'
import type { TryFees } from './try-fees.ts'

/** What is known of one unpaid bill when the next try is to be chosen. */
export type RetryQuestion = {
  readonly traits: CardTraits
  readonly now: Instant
  /** Nothing may be tried at or after it. */
  readonly endsAt: Instant
  readonly attemptsLeft: number
  /** From when the card networks and the issuer's advice allow another try. */
  readonly earliestAt: Instant
  readonly lastReason: FailureReason
  readonly lastAttemptAt: Instant
  /** How many tries of this card for the bill have failed; absent = one. */
  readonly failedBefore?: number
  readonly shortAt: Instant | null
  readonly refusedAt: Instant | null
  readonly limitAt: Instant | null
  readonly issuerDownAt: Instant | null
  /** What the bill is in, an ISO 4217 code: outages of ours are told by it. Absent: those in any count. */
  readonly currency?: string
  /** Gateways with a token of this card, in the merchant's order. */
  readonly gateways: readonly string[]
  /** What a try costs there; of a gateway that is absent nobody has said. */
  readonly fees?: ReadonlyMap<string, TryFees>
  /**
   * The instant of the merchant's own schedule, where there is one: the try is made by then, and at that very instant
   * unless an earlier one is worth clearly more.
   */
  readonly rungAt?: Instant
  /** Between 0 and 1; now and then another gateway is tried, to know more. */
  readonly draw: number
}
