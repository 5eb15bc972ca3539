import type { DecidingTimes } from './measure-deciding.ts'
import type { WorldResult } from './measure-world.ts'

/** Months 3 to 6, of what a clairvoyant wins back. */
const OF_ORACLE = 0.9
/** Months 3 to 6, times the best fixed schedule. */
const TIMES_BEST_FIXED = 1.25
/** Month 1, times the best fixed schedule. */
const FIRST_MONTH = 1
/** The last month, of the clairvoyant: what a world changed before is learned anew by then. */
const LAST_MONTH_OF_ORACLE = 0.85
/** Of the processor, for the planner's run: 20,000 subscribers over six months. */
const CPU_SECONDS = 120
/** Of the processor, to decide one case. */
const DECIDING_MS = 1

/** Which bars the planner stays under on a world, each as a sentence; empty where it holds them all. */
export function listMissedBars(result: WorldResult): string[] {
  const { of_oracle_by_month: byMonth } = result
  const tries = result.attempts_per_recovered ?? Number.POSITIVE_INFINITY
  const missed = [
    ...atLeast('of the clairvoyant in months 3 to 6', result.of_oracle, OF_ORACLE),
    ...atLeast('times the best fixed schedule', result.times_best_fixed, TIMES_BEST_FIXED),
    ...atLeast('times it in month 1', result.first_month_times_best_fixed, FIRST_MONTH),
    ...atLeast('of the clairvoyant in month 6', byMonth.at(-1) ?? 0, LAST_MONTH_OF_ORACLE),
    ...atMost('tries a recovery', tries, result.best_fixed_attempts_per_recovered),
    ...atMost("tries against the networks' rules", result.guard_violations, 0),
    ...atMost('s of the processor', result.cpu_seconds, CPU_SECONDS),
  ]
  return missed.map((sentence) => `${result.world}: ${sentence}`)
}

/** The same of deciding one case. */
export function listMissedTimes(name: string, times: DecidingTimes): string[] {
  return atMost('ms of the processor', times.cpu_ms, DECIDING_MS).map(
    (sentence) => `deciding one case (${name}): ${sentence}`,
  )
}

function atLeast(what: string, value: number, bar: number): string[] {
  return value >= bar ? [] : [`${value} ${what}, and at least ${bar} is the bar`]
}

function atMost(what: string, value: number, bar: number): string[] {
  return value <= bar ? [] : [`${value} ${what}, and at most ${bar} is the bar`]
}
