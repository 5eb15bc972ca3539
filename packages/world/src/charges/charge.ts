import { DAY_MS } from '../calendar/zone.ts'
import type { Decline } from '../judging/decline-codes.ts'
import type { ApprovalAdvice } from '../tokens/behaviour.ts'

/**
 * What a caller asked of a gateway, and what came of it. Kept for the audit whether or not a charge
 * came into being.
 */
export interface ChargeAttempt {
  readonly sequence: number
  readonly account: string
  readonly gatewayId: string
  readonly idempotencyKey: string
  readonly token: string
  /** Which of the caller's stored copies of the token it is; empty when not told. */
  readonly instrument: string
  readonly amountMinor: number
  readonly currency: string
  readonly capture: boolean
  /** The caller's business time. */
  readonly at: number
  readonly outcome: AttemptOutcome
  readonly chargeId: string | null
}

export type AttemptOutcome =
  | 'succeeded'
  | 'declined'
  | 'pending'
  | 'needs_action'
  | 'gateway_error'
  | 'timeout_charged'
  | 'timeout_not_charged'

export type ChargeStatus = 'succeeded' | 'declined' | 'pending' | 'needs_action'

export interface Charge {
  readonly id: string
  readonly attempt: ChargeAttempt
  readonly status: ChargeStatus
  readonly decline: Decline | null
  /** What the network said of the card as it approved; missing where it said nothing. */
  readonly adviceCode?: ApprovalAdvice
  /** Of a pending bank debit: when it becomes final, and the return that it ends with. */
  readonly settlement: {
    readonly at: number
    readonly returned: Decline | null
    /** A debit that settles, and that the bank takes back later. */
    readonly takenBack?: { readonly at: number; readonly decline: Decline }
  } | null
  readonly capturedMinor: number
  readonly refundedMinor: number
  readonly isVoided: boolean
  /** Nobody captured it in time. */
  readonly isLapsed?: boolean
  readonly description: string | null
  readonly metadata: Readonly<Record<string, unknown>> | null
  /** Missing in journals of older worlds: when it was made. */
  readonly capturedAt?: number
  /** From then on a captured charge can only be refunded. */
  readonly settlesAt?: number
  /** When it was called off, where its gateway tells such things. */
  readonly voidedAt?: number
  /** When the customer met or failed the challenge. */
  readonly answeredAt?: number
  /** Refunds that do not arrive: from then on their money is the merchant's again. */
  readonly failedRefunds?: readonly { readonly at: number; readonly amountMinor: number }[]
  /** What the cardholder reads, as the merchant sent it. */
  readonly statement?: { readonly descriptor: string | null; readonly suffix: string | null }
  /** The network's name for an earlier charge, as the merchant sent it. */
  readonly sentNetworkTransactionId?: string
}

export interface RefundFailure {
  readonly code: string
  readonly message: string
}

export interface Refund {
  readonly id: string
  readonly chargeId: string
  readonly account: string
  readonly gatewayId: string
  readonly idempotencyKey: string
  readonly amountMinor: number
  readonly currency: string
  readonly at: number
  /** When it is decided; at once where it is missing. */
  readonly decidedAt?: number
  /** What it ends with, where it does not arrive. */
  readonly failure?: RefundFailure
  readonly metadata?: Readonly<Record<string, unknown>>
}

/** An authorisation that nobody captured is released after so long. */
const HOLD_MS = 7 * DAY_MS

/** The charge as it stands at `now`: a bank debit settles, or comes back, when its day has come. */
export function chargeAt(charge: Charge, now: number): Charge {
  if (charge.isVoided) return charge
  if (hasLapsed(charge, now)) return { ...charge, isVoided: true, isLapsed: true }
  return withoutFailedRefunds(settledBy(charge, now), now)
}

/** Whether an authorisation waited too long for its capture. */
export function hasLapsed(charge: Charge, now: number): boolean {
  const { attempt, status, capturedMinor, settlement } = charge
  const isHeld = status === 'succeeded' && capturedMinor === 0 && settlement === null
  return isHeld && now >= attempt.at + HOLD_MS
}

function settledBy(charge: Charge, now: number): Charge {
  const { settlement } = charge
  if (charge.status !== 'pending' || settlement === null || now < settlement.at) return charge
  if (settlement.returned !== null) {
    return { ...charge, status: 'declined', decline: settlement.returned }
  }
  const { capture, amountMinor } = charge.attempt
  return { ...charge, status: 'succeeded', capturedMinor: capture ? amountMinor : 0 }
}

function withoutFailedRefunds(charge: Charge, now: number): Charge {
  const { failedRefunds } = charge
  if (failedRefunds === undefined) return charge
  const failed = failedRefunds.filter(({ at }) => at <= now)
  const backMinor = failed.reduce((sum, { amountMinor }) => sum + amountMinor, 0)
  return { ...charge, refundedMinor: charge.refundedMinor - backMinor }
}

/** Whether the customer's money has gone to the merchant; a mere authorisation only holds it. */
export function hasMovedMoney(charge: Charge): boolean {
  return charge.status === 'succeeded' && charge.capturedMinor > 0 && !charge.isVoided
}

/** How the bank took a settled debit back by `now`. */
export function takenBackAt(charge: Charge, now: number): Decline | null {
  const takenBack = charge.isVoided ? undefined : charge.settlement?.takenBack
  return takenBack !== undefined && takenBack.at <= now ? takenBack.decline : null
}

/** From when on the money of a captured charge is the merchant's for good. */
export function settlesAt(charge: Charge): number {
  if (charge.settlement !== null) return charge.settlement.at
  return charge.settlesAt ?? nextMidnight(charge.capturedAt ?? charge.attempt.at)
}

/** Gateways settle once a day, at midnight in UTC. */
export function nextMidnight(at: number): number {
  return (Math.floor(at / DAY_MS) + 1) * DAY_MS
}

export type RefundStatus = 'pending' | 'succeeded' | 'failed'

export function refundStatusAt(refund: Refund, now: number): RefundStatus {
  if (now < (refund.decidedAt ?? refund.at)) return 'pending'
  return refund.failure === undefined ? 'succeeded' : 'failed'
}
