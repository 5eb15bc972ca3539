import { messageOf } from '@perennial/core/fault'
import {
  describePolicy,
  type Figures,
  loadWorld,
  parsePolicy,
  readWorldFile,
  simulateRecovery as simulate,
  type SimulationReport,
} from '@perennial/world'
import { CommandError } from '../command-error.ts'
import { startProgress } from '../terminal/progress.ts'
import { toTable } from '../terminal/table.ts'

export type SimulateOptions = {
  readonly world: string
  readonly policy: string
  readonly subscribers: string
  readonly months: string
  readonly seed: string
  readonly contact?: true
  readonly reasons?: string
  readonly json?: true
}

/** Replays a policy of retries over a world's subscribers and prints what it won back. */
export function simulateRecovery(options: SimulateOptions): void {
  const loading = loadWorld(readFile(options.world))
  if (loading.kind === 'refused') {
    const problems = loading.problems.map(({ path, message }) => `  ${path}: ${message}`)
    throw new CommandError(`"${options.world}" is not a valid world:\n${problems.join('\n')}`)
  }
  const policy = parsePolicy(options.policy)
  if (policy === null)
    throw new CommandError(
      '--policy is none, planner, oracle, fixed:DAYS such as fixed:1,3,5,7, blind:DAYS, or planner:DAYS',
    )
  const progress = startProgress(`simulating ${options.policy} on ${loading.world.name}`)
  let left = options.reasons === undefined ? 0 : wholeNumber('--reasons', options.reasons, 10_000)
  const run = {
    subscribers: wholeNumber('--subscribers', options.subscribers, 1_000_000),
    months: wholeNumber('--months', options.months, 120),
    seed: wholeNumber('--seed', options.seed, 1_000_000),
    contact: options.contact === true,
  }
  const report = simulate({
    world: loading.world,
    policy,
    ...run,
    onReasons: ({ at, reasons }) => {
      if ((left -= 1) < 0) return
      const lines = [reasons.expected, ...reasons.evidence.map((line) => `because ${line}`)]
      if (reasons.runnerUp !== null) lines.push(`rather than ${reasons.runnerUp}`)
      progress.note(`${new Date(at).toISOString()}  ${lines.join('\n    ')}`)
    },
    onProgress: (share) => progress.tell(`${Math.round(share * 100)} % of the bills`),
  })
  progress.end()
  const of = { world: loading.world.name, ...run }
  const text =
    options.json === true
      ? JSON.stringify({ policy: options.policy, ...of, ...report }, null, 2)
      : [describeRun(describePolicy(policy), of), describe(report)].join('\n')
  process.stdout.write(`${text}\n`)
}

function readFile(nameOrPath: string): unknown {
  try {
    return readWorldFile(nameOrPath)
  } catch (cause) {
    const message = messageOf(cause)
    throw new CommandError(`--world: ${message}`, { cause })
  }
}

function wholeNumber(name: string, text: string, most: number): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < 1 || value > most)
    throw new CommandError(`${name} is a whole number from 1 to ${most}`)
  return value
}

function describeRun(
  policy: string,
  of: {
    readonly world: string
    readonly subscribers: number
    readonly months: number
    readonly seed: number
    readonly contact: boolean
  },
): string {
  const { world, subscribers, months, seed, contact } = of
  const asked = contact ? ', customers are asked for another card' : ''
  return `${policy}, on ${world}: ${subscribers} subscribers, months: ${months}, seed: ${seed}${asked}`
}

function describe(report: SimulationReport): string {
  const head = ['', 'cases', 'failed', 'recovered', 'share', 'tries', 'a recovery', 'hours p50']
  const row = (name: string, figures: Figures): string[] => [
    name,
    String(figures.cases),
    String(figures.failed_minor),
    String(figures.recovered_minor),
    `${(figures.recovered_share * 100).toFixed(1)} %`,
    String(figures.attempts),
    figures.attempts_per_recovered === null ? '-' : figures.attempts_per_recovered.toFixed(2),
    figures.hours_to_recover.p50 === null ? '-' : String(figures.hours_to_recover.p50),
  ]
  const rows = [
    head,
    row('whole run', report),
    ...Object.entries(report.by_month).map(([month, figures]) => row(`month ${month}`, figures)),
    ...Object.entries(report.by_category).map(([name, figures]) => row(name, figures)),
  ]
  const { guard_violations: violations, learned_from: learned, fees_minor: fees, explored } = report
  const last = `fees ${fees}; tries against the networks' rules ${violations}; learned from ${learned} attempts; tries to explore ${explored}`
  return [...toTable(rows), last].join('\n')
}
