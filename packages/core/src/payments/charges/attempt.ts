import { assertNever } from '../../fault/index.ts'
import type { Uuid } from '../../ids/index.ts'
import type { Currency } from '../../money/index.ts'
import { addDays, addMs, MS_PER_DAY, MS_PER_HOUR, type Instant } from '../../time/index.ts'
import type { Decline } from '../../declines/index.ts'
import type { CardChecks } from '../gateway/card-checks.ts'
import type { GatewayOutcome, NextAction } from '../gateway/gateway-outcome.ts'

/** `sending` and `unknown` may have moved money: nothing else is tried before they are settled. */
export type AttemptState =
  | 'sending'
  | 'unknown'
  | 'pending'
  | 'needs_action'
  | 'succeeded'
  | 'declined'
  | 'canceled'

/** `capture` takes money that an earlier `authorize` holds; `charge` does both at once. */
export type AttemptOperation = 'charge' | 'authorize' | 'capture'

/** Whether recovery tried again when it was time, or somebody did in between. */
export type RetryKind = 'scheduled' | 'manual'

/** One call to a gateway. Its id is the idempotency key there. */
export type PaymentAttempt = {
  readonly id: Uuid
  readonly operation: AttemptOperation
  readonly state: AttemptState
  readonly invoiceId: Uuid | null
  readonly paymentIntentId: Uuid | null
  readonly subscriptionId: Uuid | null
  readonly customerId: Uuid
  readonly paymentMethodId: Uuid
  readonly gatewayId: Uuid
  readonly attemptNumber: number
  /** 0 = the first round; the steps of one route share a number. */
  readonly retryNumber: number
  /** Null in the first round. */
  readonly retryKind: RetryKind | null
  /** Networks count what a customer does apart from what a merchant does. */
  readonly isCustomerPresent: boolean
  /** How often it was sent, with one and the same key; more than once only after the gateway said it has none. */
  readonly sends: number
  readonly amountMinor: bigint
  readonly currency: Currency
  readonly gatewayReference: string | null
  readonly decline: Decline | null
  /** What the card's network advised as it approved; of a refusal its `decline` tells. */
  readonly approvalAdvice: string | null
  /** Null where the gateway told none. */
  readonly cardChecks: CardChecks | null
  readonly nextAction: NextAction | null
  /** The account's time at which a pending attempt is asked about again. */
  readonly checkAt: Instant | null
  readonly createdAt: Instant
  readonly settledAt: Instant | null
}

/** Nobody knows yet whether it takes the money. */
export function isLive({ state }: Pick<PaymentAttempt, 'state'>): boolean {
  return ['sending', 'unknown', 'pending', 'needs_action'].includes(state)
}

/** What a gateway's answer, or its silence, makes of an attempt. */
export type AttemptDecision =
  | { readonly kind: 'settled'; readonly attempt: PaymentAttempt }
  | { readonly kind: 'waiting'; readonly attempt: PaymentAttempt }
  | { readonly kind: 'ignored'; readonly code: 'attempt_already_settled' | 'charged_after_decline' }

/**
 * Applies an outcome to a live attempt. A second answer for a settled attempt is ignored, so that a late
 * or repeated answer changes nothing; `charged_after_decline` says that money moved for a booked decline,
 * which a person has to look at. `unknown` keeps the attempt live: it is looked up, never charged anew.
 */
export function settleAttempt(
  attempt: PaymentAttempt,
  outcome: GatewayOutcome,
  at: Instant,
): AttemptDecision {
  if (!isLive(attempt)) {
    const isContradicted = attempt.state === 'declined' && outcome.kind === 'succeeded'
    return {
      kind: 'ignored',
      code: isContradicted ? 'charged_after_decline' : 'attempt_already_settled',
    }
  }
  const base = {
    ...attempt,
    gatewayReference: outcome.gatewayReference ?? attempt.gatewayReference,
    cardChecks: checksOf(outcome) ?? attempt.cardChecks,
  }
  switch (outcome.kind) {
    case 'succeeded':
      return {
        kind: 'settled',
        attempt: {
          ...base,
          state: 'succeeded',
          approvalAdvice: outcome.adviceCode ?? null,
          checkAt: null,
          nextAction: null,
          settledAt: at,
        },
      }
    case 'declined': {
      const { decline } = outcome
      return {
        kind: 'settled',
        attempt: {
          ...base,
          state: 'declined',
          decline,
          checkAt: null,
          nextAction: null,
          settledAt: at,
        },
      }
    }
    case 'pending': {
      const waits = { state: 'pending', checkAt: nextCheckAt(at), nextAction: null } as const
      return { kind: 'waiting', attempt: { ...base, ...waits } }
    }
    case 'needs_action': {
      const waits = {
        state: 'needs_action',
        checkAt: challengeEndsAt(at),
        nextAction: outcome.nextAction,
      } as const
      return { kind: 'waiting', attempt: { ...base, ...waits } }
    }
    case 'unknown':
      return { kind: 'waiting', attempt: { ...base, state: 'unknown' } }
    default:
      return assertNever(outcome)
  }
}

function checksOf(outcome: GatewayOutcome): CardChecks | null {
  if (outcome.kind !== 'succeeded' && outcome.kind !== 'declined') return null
  return outcome.cardChecks ?? null
}

/** A customer who was sent to authenticate has this long to come back. */
const CHALLENGE_HOURS = 24

export function challengeEndsAt(at: Instant): Instant {
  return addMs(at, CHALLENGE_HOURS * MS_PER_HOUR)
}

/** Slow methods settle in days: ask again a day later. */
function nextCheckAt(at: Instant): Instant {
  return addDays(at, 1)
}

/**
 * When to look again at what waits for a charge in flight: in an hour, and less often the longer the charge has been out,
 * up to once a day after twelve. `chargedAt`: when it was made, if that is known.
 */
export function whenAnswered(at: Instant, chargedAt: Instant | null): Instant {
  const outMs = chargedAt === null ? 0 : at - chargedAt
  const waitMs = Math.max(MS_PER_HOUR, Math.floor(outMs / 12))
  return addMs(at, Math.min(waitMs, MS_PER_DAY))
}

/** A charge for an invoice, or by the merchant alone, has nobody to challenge; whoever confirms an intent is there. */
export function canBeChallenged({
  paymentIntentId,
  isCustomerPresent,
}: Pick<PaymentAttempt, 'paymentIntentId' | 'isCustomerPresent'>): boolean {
  return paymentIntentId !== null && isCustomerPresent
}

/** `settleAttempt` with what the gateway answered: where nobody can be challenged, `needs_action` is a decline. */
export function settleAnswer(
  attempt: PaymentAttempt,
  outcome: GatewayOutcome,
  at: Instant,
): AttemptDecision {
  return settleAttempt(attempt, canBeChallenged(attempt) ? outcome : asOffSession(outcome), at)
}

function asOffSession(outcome: GatewayOutcome): GatewayOutcome {
  if (outcome.kind !== 'needs_action') return outcome
  const decline = {
    code: 'authentication_required',
    isoCode: null,
    adviceCode: null,
    message: null,
  }
  return { kind: 'declined', gatewayReference: outcome.gatewayReference, decline }
}
