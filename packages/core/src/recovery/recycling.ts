import {
  classifyDecline,
  explainDecline,
  type Decline,
  type DeclineCode,
} from '../declines/index.ts'
import {
  addDays,
  addMs,
  minInstant,
  plainDateAt,
  startOfDay,
  UTC,
  type Instant,
} from '../time/index.ts'

/** How a bill is tried again that every method of its subscription has refused (spec/revolv3.md 6.1, 6.3). */
export type RecyclingRules = {
  /** When renewals and runs are made, in minutes after midnight UTC. */
  readonly minuteOfDay: number
  /** Runs after the first at most. */
  readonly runsMax: number
  /** Days from one run to the next; the last one repeats. */
  readonly intervalDays: readonly number[]
  /** What becomes of the subscription when its bill is given up. */
  readonly onExhausted: 'cancel' | 'keep'
  readonly onHardDecline: 'cancel' | 'keep'
  /** Decline codes after which nothing more is tried: no other method, and no run. */
  readonly hardDeclines: readonly string[]
  /** A bill that is older than so many days is given up. */
  readonly daysMax: number
}

/** No rule of the networks allows more (Visa: 15 tries of a card again in 30 days). */
export const RECYCLING_RUNS_MAX = 15
/** A bill is never tried for longer (spec/revolv3.md 6.3). */
export const RECYCLING_DAYS_MAX = 30

/**
 * Stolen, lost and picked up cards, invalid and closed accounts, what is not permitted, and authorisations that were revoked; all
 * others are soft (spec/revolv3.md 6.4).
 */
const HARD_DECLINES: readonly DeclineCode[] = [
  'stolen_card',
  'lost_card',
  'pickup_card',
  'invalid_account',
  'transaction_not_allowed',
  'not_permitted',
  'stop_payment_order',
  'revocation_of_authorization',
  'revocation_of_all_authorizations',
]

export const RECYCLING_DEFAULTS: RecyclingRules = {
  minuteOfDay: 0,
  runsMax: RECYCLING_RUNS_MAX,
  intervalDays: [1],
  onExhausted: 'cancel',
  onHardDecline: 'cancel',
  hardDeclines: HARD_DECLINES,
  daysMax: RECYCLING_DAYS_MAX,
}

const MS_PER_MINUTE = 60_000

/** The instant of a day, counted from the day of `from` in UTC, at which runs are made. */
export function runTimeOn(
  from: Instant,
  daysLater: number,
  rules: Pick<RecyclingRules, 'minuteOfDay'>,
): Instant {
  const midnight = addDays(startOfDay(plainDateAt(from, UTC), UTC), daysLater)
  return addMs(midnight, rules.minuteOfDay * MS_PER_MINUTE)
}

/** From this instant on a bill of `billedAt` is given up. */
export function recyclingEndsAt(billedAt: Instant, rules: RecyclingRules): Instant {
  return runTimeOn(billedAt, rules.daysMax + 1, rules)
}

/**
 * When the next run is due, or the bill is given up; null when no run is left. A run that came late moves those after
 * it, so that no two are made on one day.
 */
export function nextRunAt(
  made: {
    readonly failedFirstAt: Instant
    readonly runsMade: number
    readonly billedAt: Instant
  },
  rules: RecyclingRules,
  now: Instant,
): Instant | null {
  if (made.runsMade >= rules.runsMax) return null
  const plannedAt = runTimeOn(made.failedFirstAt, daysUntilRun(made.runsMade, rules), rules)
  const nextAt = plannedAt > now ? plannedAt : runTimeOn(now, 1, rules)
  return minInstant(nextAt, recyclingEndsAt(made.billedAt, rules))
}

function daysUntilRun(runsBefore: number, { intervalDays }: RecyclingRules): number {
  const last = intervalDays.at(-1) ?? 1
  return Array.from({ length: runsBefore + 1 }, (_, run) => intervalDays[run] ?? last).reduce(
    (sum, days) => sum + days,
    0,
  )
}

/**
 * Whether nothing may follow a refusal: no other method, and no run. A response code or advice that allows another try beats the
 * name (9G of `not_permitted`). A charge that may have been made already is followed by none, whatever the list says.
 */
export function isHardDecline(decline: Decline, hardDeclines: readonly string[]): boolean {
  const { nature } = classifyDecline(decline)
  if (nature === 'reconcile') return true
  const isSoftened =
    explainDecline(decline.code).declineType === 'hard' &&
    explainDecline(decline).declineType === 'soft'
  return hardDeclines.includes(decline.code) && !isSoftened
}
