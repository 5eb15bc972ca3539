import type { Instant, TimeZone } from '../../time/index.ts'
import type { PastAttempt } from '../guard/ask-guard.ts'
import type { CardNetwork } from '../guard/network-rules.ts'
import type { PlannerModel } from '../planner/model.ts'
import type { GatewayFees } from '../planner/try-fees.ts'

/** What is known beside the recovery itself when it is decided. */
export type OutsideView = {
  readonly now: Instant
  readonly zone: TimeZone
  readonly billingDay: number | null
  readonly policy: 'planner' | 'schedule'
  readonly model: PlannerModel
  readonly gateway: string
  /** What gateways charge the merchant; absent = nobody has said. */
  readonly fees?: ReadonlyMap<string, GatewayFees>
  /** The payer is there for what is charged now. */
  readonly isCustomerPresent: boolean
  /** Between 0 and 1. */
  readonly draw: number
  readonly cardOf: (token: string) => OutsideCard
}

export type OutsideCard = {
  /** What is known to stand for it, beside its token: a card that has one of these too is the same. */
  readonly names?: readonly string[]
  readonly network: CardNetwork
  readonly country: string | null
  /** The first six digits, as its gateway tells them; absent or null where it does not. */
  readonly bin?: string | null
  /** Network and funding as its gateway tells them; absent or null where it does not. */
  readonly brand?: string | null
  readonly funding?: string | null
  /** See `GuardedCard`. */
  readonly visaAttemptsMax?: number
  /** Wrong data from before forbid nothing now. */
  readonly dataAt?: Instant
  /** When its gateway last told other dates or digits of it than before; absent or null where it never did. */
  readonly renewedAt?: Instant | null
  /** Oldest first; what the biller tried itself counts, see `handedOverAs`. */
  readonly history: readonly PastAttempt[]
  /** What its merchant has tried on it under other names, for other payments: networks count that as well. Oldest first. */
  readonly elsewhere?: readonly PastAttempt[]
}
