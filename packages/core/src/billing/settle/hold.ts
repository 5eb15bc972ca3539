import {
  cancelIntent,
  expireIntent,
  HOLD_EXPIRED,
  holdAgain,
  type PaymentAttempt,
  type PaymentIntent,
  type VoidOutcome,
} from '../../payments/index.ts'
import type { Instant } from '../../time/index.ts'
import { emptyChangeSet, type ChangeSet } from '../state/change-set.ts'
import { intentFact } from './settle-intent.ts'

/** What a gateway holds, or waits for, and the intent that it does so for. */
export type HoldState = {
  readonly intent: PaymentIntent
  readonly attempt: PaymentAttempt
  /** A capture of it is under way, whose answer tells what became of the hold. */
  readonly isBeingCaptured: boolean
}

/**
 * A gateway that decides later tells what became of a wish to let go. Gone: the intent is canceled, whoever wished it.
 * Kept: what it holds can be captured again. Null: nothing new.
 */
export function decideRelease(
  { intent, attempt }: HoldState,
  outcome: Extract<VoidOutcome, { readonly kind: 'voided' | 'refused' }>,
  at: Instant,
): ChangeSet | null {
  const changes = emptyChangeSet()
  if (outcome.kind === 'refused') {
    const held = holdAgain(intent, attempt, at)
    if (held === null) return null
    changes.changedIntents.push(held)
    // The same intent may be let go in vain more than once.
    changes.facts.push(intentFact('release_failed', held, at, BigInt(held.version)))
    return changes
  }
  const canceled = cancelIntent(intent, intent.cancellationReason, at)
  if (canceled.kind === 'refused') return null
  changes.changedIntents.push(canceled.intent)
  changes.facts.push(intentFact('canceled', canceled.intent, at))
  if (attempt.settledAt === null)
    changes.changedAttempts.push({ ...attempt, ...ENDED, state: 'canceled', settledAt: at })
  return changes
}

const ENDED = { nextAction: null, checkAt: null } as const

/** The gateway has let go of a hold that nobody captured in time. Null: there is none any more, or it is being taken. */
export function decideHoldExpired(state: HoldState, at: Instant): ChangeSet | null {
  const { intent, attempt, isBeingCaptured } = state
  const isHeld = attempt.operation === 'authorize' && attempt.state === 'succeeded'
  if (!isHeld || isBeingCaptured || intent.status !== 'processing') return null
  const changes = emptyChangeSet()
  const expired = expireIntent(intent, HOLD_EXPIRED, at)
  changes.changedIntents.push(expired)
  changes.facts.push(intentFact('canceled', expired, at))
  return changes
}
