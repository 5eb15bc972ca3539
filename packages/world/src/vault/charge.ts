import type { Decline } from '../judging/decline-codes.ts'

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
  /** Of a pending bank debit: when it becomes final, and the return that it ends with. */
  readonly settlement: { readonly at: number; readonly returned: Decline | null } | null
  readonly capturedMinor: number
  readonly refundedMinor: number
  readonly isVoided: boolean
  readonly description: string | null
  readonly metadata: Readonly<Record<string, unknown>> | null
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
}

/** The charge as it stands at `now`: a bank debit settles, or comes back, when its day has come. */
export function chargeAt(charge: Charge, now: number): Charge {
  const { settlement } = charge
  if (charge.status !== 'pending' || settlement === null || charge.isVoided) return charge
  if (now < settlement.at) return charge
  if (settlement.returned !== null) {
    return { ...charge, status: 'declined', decline: settlement.returned }
  }
  const { capture, amountMinor } = charge.attempt
  return { ...charge, status: 'succeeded', capturedMinor: capture ? amountMinor : 0 }
}

/** Whether the customer's money has gone to the merchant; a mere authorisation only holds it. */
export function hasMovedMoney(charge: Charge): boolean {
  return charge.status === 'succeeded' && charge.capturedMinor > 0
}
