import {
  parsePolicy,
  simulateRecovery,
  type SimulationReport,
  type SimulationRequest,
} from '@perennial/world'

const FIXED = ['fixed:1,3,5,7', 'fixed:1,2,3,4,5,6,7,8', 'fixed:3,7,14,21']
const MONTHS = ['1', '2', '3', '4', '5', '6']
const LATE_MONTHS = ['3', '4', '5', '6']

/** How the planner does on one world, by value won back. Ratios are rounded to a thousandth. */
export type WorldResult = {
  readonly world: string
  /** Of the planner's run alone: by the clock, and of the processor. */
  readonly seconds: number
  readonly cpu_seconds: number
  /** Months 3 to 6: of the value that the clairvoyant recovers. */
  readonly of_oracle: number
  readonly of_oracle_by_month: readonly number[]
  /** Months 3 to 6: times the best fixed schedule. */
  readonly times_best_fixed: number
  readonly oracle_times_best_fixed: number
  /** Month 1, nothing learned: times the best fixed schedule. */
  readonly first_month_times_best_fixed: number
  readonly attempts_per_recovered: number | null
  readonly best_fixed_attempts_per_recovered: number
  readonly guard_violations: number
  readonly learned_from: number
}

/** Six months of a world under the planner, a clairvoyant and three fixed schedules. */
export function measureWorld(
  name: string,
  {
    world,
    subscribers,
    onProgress,
  }: Pick<SimulationRequest, 'world' | 'subscribers'> & {
    /** How far the run of one policy is: the share of its bills. */
    readonly onProgress?: (policy: string, share: number) => void
  },
): WorldResult {
  const play = (text: string): SimulationReport => {
    const policy = parsePolicy(text)
    if (policy === null) throw new Error(`${text} is no policy`)
    return simulateRecovery({
      world,
      policy,
      subscribers,
      months: 6,
      seed: 1,
      contact: false,
      onProgress: (share) => onProgress?.(text, share),
    })
  }
  const began = performance.now()
  const usedBefore = process.cpuUsage()
  const planner = play('planner')
  const seconds = (performance.now() - began) / 1_000
  const { user, system } = process.cpuUsage(usedBefore)
  const oracle = play('oracle')
  const fixed = FIXED.map(play)
  const late = (report: SimulationReport) => recoveredIn(report, LATE_MONTHS)
  const first = (report: SimulationReport) => recoveredIn(report, ['1'])
  const bestLate = Math.max(...fixed.map(late))
  return {
    world: name,
    seconds: rounded(seconds),
    cpu_seconds: rounded((user + system) / 1_000_000),
    of_oracle: ratio(late(planner), late(oracle)),
    of_oracle_by_month: MONTHS.map((month) =>
      ratio(recoveredIn(planner, [month]), recoveredIn(oracle, [month])),
    ),
    times_best_fixed: ratio(late(planner), bestLate),
    oracle_times_best_fixed: ratio(late(oracle), bestLate),
    first_month_times_best_fixed: ratio(first(planner), Math.max(...fixed.map(first))),
    attempts_per_recovered: planner.attempts_per_recovered,
    best_fixed_attempts_per_recovered: Math.min(
      ...fixed.map((report) => report.attempts_per_recovered ?? Number.POSITIVE_INFINITY),
    ),
    guard_violations: planner.guard_violations,
    learned_from: planner.learned_from,
  }
}

function recoveredIn(report: SimulationReport, months: readonly string[]): number {
  return months.reduce((sum, month) => sum + (report.by_month[month]?.recovered_minor ?? 0), 0)
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : Math.round((part / whole) * 1_000) / 1_000
}

function rounded(seconds: number): number {
  return Math.round(seconds * 10) / 10
}
