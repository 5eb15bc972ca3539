import type { Uuid } from '../ids/index.ts'
import { addDays, type Instant } from '../time/index.ts'
import type { RecoveryChoice } from './policy.ts'

/** What could not be collected (spec/revcent.md 8.3). */
export type SalvageSource = 'sale' | 'subscription_renewal' | 'trial'

export type SalvageAttempt = {
  /** After the first failure. */
  readonly afterDays: number
  /** The gateway of the first charge, or wherever the payment profile leads. */
  readonly gateway: 'original' | 'payment_profile'
  /** Of what is owed by then. */
  readonly percent: number
}

/** A salvage profile as it holds for one case: its attempts take the place of the account's policy. */
export type SalvagePlan = {
  readonly sources: readonly SalvageSource[]
  /** In order of their days, no two on one. */
  readonly attempts: readonly SalvageAttempt[]
  /** Where the first charge of the bill went; null where it was never charged. */
  readonly originalGatewayId: Uuid | null
}

export function toSalvageChoice({ attempts }: Pick<SalvagePlan, 'attempts'>): RecoveryChoice {
  return { policy: 'fixed', retryDays: attempts.map(({ afterDays }) => afterDays) }
}

/**
 * The attempt whose turn it is, and when the next one is due, of a case that no other schedule tries. A late one stands
 * for those that were missed; `now` is null before the first, `nextAt` after the last.
 */
export function salvageTurn(
  attempts: readonly SalvageAttempt[],
  openedAt: Instant,
  at: Instant,
): { readonly now: SalvageAttempt | null; readonly nextAt: Instant | null } {
  const dueAt = ({ afterDays }: SalvageAttempt): Instant => addDays(openedAt, afterDays)
  const next = attempts.find((attempt) => dueAt(attempt) > at)
  return {
    now: attempts.findLast((attempt) => dueAt(attempt) <= at) ?? null,
    nextAt: next === undefined ? null : dueAt(next),
  }
}
