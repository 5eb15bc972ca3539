import {
  describePolicy,
  parsePolicy,
  type Policy,
  simulateRecovery,
  type SimulationReport,
  type SimulationRequest,
} from '@perennial/world'

const PLANNER = 'planner'
const ORACLE = 'oracle'
const FIXED = ['fixed:1,3,5,7', 'fixed:1,2,3,4,5,6,7,8', 'fixed:3,7,14,21']
/** What a new account begins with, and the same days on a schedule. */
const BEGUN_WITH = { planner: 'planner:1,3,7', fixed: 'fixed:1,3,7' }
const MONTHS = ['1', '2', '3', '4', '5', '6']
const LATE_MONTHS = ['3', '4', '5', '6']

/** How the planner does on one world, by value won back. Ratios are rounded to a thousandth. */
export type WorldResult = {
  readonly world: string
  /** The policies, and how far each may go. */
  readonly compared: readonly string[]
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
  /** Months 3 to 6, of what a new account begins with; null where it was not played. */
  readonly begun_with: {
    readonly policy: string
    readonly of_oracle: number
    /** Times the same days on a schedule. */
    readonly times_its_days: number
  } | null
}

/** Six months of a world under the planner, a clairvoyant and three fixed schedules. */
export function measureWorld(
  name: string,
  {
    world,
    subscribers,
    onProgress,
    playsDefault = false,
  }: Pick<SimulationRequest, 'world' | 'subscribers'> & {
    /** Whether what a new account begins with is played too: two more runs. */
    readonly playsDefault?: boolean
    /** How far the run of one policy is: the share of its bills. */
    readonly onProgress?: (policy: string, share: number) => void
  },
): WorldResult {
  const play = (text: string): SimulationReport => {
    return simulateRecovery({
      world,
      policy: policyNamed(text),
      subscribers,
      months: 6,
      seed: 1,
      contact: false,
      onProgress: (share) => onProgress?.(text, share),
    })
  }
  const began = performance.now()
  const usedBefore = process.cpuUsage()
  const planner = play(PLANNER)
  const seconds = (performance.now() - began) / 1_000
  const { user, system } = process.cpuUsage(usedBefore)
  const oracle = play(ORACLE)
  const fixed = FIXED.map(play)
  const late = (report: SimulationReport) => recoveredIn(report, LATE_MONTHS)
  const first = (report: SimulationReport) => recoveredIn(report, ['1'])
  const bestLate = Math.max(...fixed.map(late))
  return {
    world: name,
    compared: [PLANNER, ORACLE, ...FIXED].map((text) => describePolicy(policyNamed(text))),
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
    begun_with: playsDefault ? measureDefault(play, late(oracle)) : null,
  }
}

function measureDefault(
  play: (text: string) => SimulationReport,
  oracleMinor: number,
): WorldResult['begun_with'] {
  const planner = recoveredIn(play(BEGUN_WITH.planner), LATE_MONTHS)
  const fixed = recoveredIn(play(BEGUN_WITH.fixed), LATE_MONTHS)
  return {
    policy: describePolicy(policyNamed(BEGUN_WITH.planner)),
    of_oracle: ratio(planner, oracleMinor),
    times_its_days: ratio(planner, fixed),
  }
}

function policyNamed(text: string): Policy {
  const policy = parsePolicy(text)
  if (policy === null) throw new Error(`${text} is no policy`)
  return policy
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
