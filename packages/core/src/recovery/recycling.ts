import type { Decline } from '../declines/index.ts'
import { toRouteOutcome } from '../routing/index.ts'
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
  /** A bill that is older than so many days is given up. */
  readonly daysMax: number
}

/** No rule of the networks allows more (Visa: 15 tries of a card again in 30 days). */
export const RECYCLING_RUNS_MAX = 15
/** A bill is never tried for longer (spec/revolv3.md 6.3). */
export const RECYCLING_DAYS_MAX = 30

export const RECYCLING_DEFAULTS: RecyclingRules = {
  minuteOfDay: 0,
  runsMax: RECYCLING_RUNS_MAX,
  intervalDays: [1],
  onExhausted: 'cancel',
  onHardDecline: 'cancel',
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

/** Whether nothing may follow a refusal: no other method, and no run (spec/revolv3.md 6.4). */
export function isHardDecline(decline: Decline): boolean {
  const outcome = toRouteOutcome(decline)
  return outcome.kind === 'declined' && outcome.isFinal
}
