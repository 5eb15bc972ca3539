import type { Invoice, InvoiceLine } from '../../invoices/index.ts'
import type { ChargeRoute, PaymentAttempt } from '../../payments/index.ts'
import type { BillRouting, RouteState } from '../../routing/index.ts'
import type { CaseView } from '../../recovery/index.ts'
import type { Instant } from '../../time/index.ts'
import type { Renewal } from './change-set.ts'
import type { GuardedCards } from './guarded-cards.ts'
import type { SoldState } from './sold-state.ts'
import type { SubscriptionState } from './state.ts'

/** An invoice and everything that money for it, or the lack of it, may change. */
export type BilledState = {
  readonly invoice: Invoice
  readonly lines: readonly InvoiceLine[]
  readonly renewal: Pick<Renewal, 'id' | 'kind' | 'status' | 'cycle'> | null
  /** Null for an invoice without a subscription. `openCases` holds every open case of the subscription. */
  readonly billed: SubscriptionState | null
  /** The sale that it is the invoice of. */
  readonly sold?: SoldState | undefined
  /** The invoice's case has been closed. A case is opened once an invoice, so another failure opens none. */
  readonly isRecoveryOver?: boolean
}

/** An attempt on an invoice and everything its outcome may change. */
export type SettlementState = BilledState & {
  readonly attempt: PaymentAttempt
  readonly route: ChargeRoute | null
  /** How far the route of the attempt has come; absent where none led to it. */
  readonly routeState?: RouteState
  /** How it goes on; absent where it does not, or as the subscription's does. */
  readonly routing?: BillRouting
  /** What the networks have to say of the cards in it. */
  readonly cards?: GuardedCards | undefined
  /** The charge was made in an outage of ours that is known by now. */
  readonly isInOutage?: boolean
}

/** What the next step of a recovery case is decided on. */
export type RetryState = BilledState & {
  readonly billed: SubscriptionState
  readonly attemptsMade: number
  /** When the charge for the invoice that is in flight, or whose outcome is unknown, was made; null = there is none. */
  readonly chargedAt: Instant | null
  readonly view: CaseView
}
