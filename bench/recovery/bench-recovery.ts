// How much of what a clairvoyant would win back does the planner win back, on the worlds that ship?
import { parseArgs } from 'node:util'
import {
  loadWorld,
  parsePolicy,
  readWorldFile,
  simulateRecovery,
  type Figures,
  type SimulationReport,
} from '@perennial/world'
import { measureDeciding } from './measure-deciding.ts'

const WORLDS = ['calm', 'paydays', 'storm']
const FIXED = ['fixed:1,3,5,7', 'fixed:1,2,3,4,5,6,7,8', 'fixed:3,7,14,21']

type WorldResult = {
  readonly world: string
  readonly seconds: number
  /** Months 3 to 6: of the value that the clairvoyant recovers. Bar: 0.9. */
  readonly of_oracle: number
  /** Month by month. */
  readonly of_oracle_by_month: readonly number[]
  /** Months 3 to 6: times the best fixed schedule. Bar: 1.25, or as far as the clairvoyant goes. */
  readonly times_best_fixed: number
  readonly oracle_times_best_fixed: number
  /** Month 1, nothing learned: times the best fixed schedule. Bar: 1. */
  readonly first_month_times_best_fixed: number
  readonly attempts_per_recovered: number | null
  readonly best_fixed_attempts_per_recovered: number | null
  readonly guard_violations: number
  readonly learned_from: number
}

export async function benchRecovery(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: 'boolean', default: false },
      subscribers: { type: 'string', default: '20000' },
      world: { type: 'string', multiple: true },
    },
  })
  const results = (values.world ?? WORLDS).map((world) => {
    process.stderr.write(`${world} …\n`)
    return measure(world, Number(values.subscribers))
  })
  const deciding = {
    within_days: measureDeciding({ policy: 'planner', horizonDays: null, attemptsMax: null }),
    free: measureDeciding({ policy: 'planner', horizonDays: 28, attemptsMax: 8 }),
  }
  if (values.json) {
    const all = { bench: 'recovery', results, deciding }
    process.stdout.write(`${JSON.stringify(all, null, 2)}\n`)
    return
  }
  for (const result of results) process.stdout.write(`${describe(result)}\n`)
  for (const [name, times] of Object.entries(deciding))
    process.stdout.write(
      `deciding one case (${name}): ${times.median_ms} ms in the median, ${times.mean_ms} ms on average, ${times.cpu_ms} ms of the processor\n`,
    )
}

function measure(name: string, subscribers: number): WorldResult {
  const loading = loadWorld(readWorldFile(name))
  if (loading.kind === 'refused') throw new Error(`${name} is not a valid world`)
  const play = (text: string): SimulationReport => {
    const policy = parsePolicy(text)
    if (policy === null) throw new Error(`${text} is no policy`)
    const run = { world: loading.world, policy, subscribers, months: 6, seed: 1, contact: false }
    return simulateRecovery(run)
  }
  const began = performance.now()
  const planner = play('planner')
  const seconds = Math.round((performance.now() - began) / 100) / 10
  const oracle = play('oracle')
  const fixed = FIXED.map(play)
  const late = (report: SimulationReport) => recoveredIn(report, ['3', '4', '5', '6'])
  const first = (report: SimulationReport) => recoveredIn(report, ['1'])
  const bestLate = Math.max(...fixed.map(late))
  const months = ['1', '2', '3', '4', '5', '6']
  return {
    world: name,
    seconds,
    of_oracle: ratio(late(planner), late(oracle)),
    of_oracle_by_month: months.map((month) =>
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
  return months.reduce((sum, month) => sum + (figuresOf(report, month)?.recovered_minor ?? 0), 0)
}

function figuresOf(report: SimulationReport, month: string): Figures | undefined {
  return report.by_month[month]
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : Math.round((part / whole) * 1_000) / 1_000
}

function describe(result: WorldResult): string {
  return [
    `${result.world}: ${result.of_oracle} of the clairvoyant in months 3 to 6 (by month ${result.of_oracle_by_month.join(', ')})`,
    `  ${result.times_best_fixed} times the best fixed schedule (the clairvoyant: ${result.oracle_times_best_fixed}); month 1: ${result.first_month_times_best_fixed} times`,
    `  ${result.attempts_per_recovered} tries a recovery, the best fixed schedule needs ${result.best_fixed_attempts_per_recovered}; ${result.guard_violations} against the rules`,
    `  learned from ${result.learned_from} attempts, ${result.seconds} s`,
  ].join('\n')
}
