// npm run simulate -- --seeds N --from S: random merchants with crashes and lost answers, one a seed.
import { parseArgs } from 'node:util'
import { isBadOption } from '../../packages/cli/src/terminal/is-bad-option.ts'
import { withProgress } from '../../packages/cli/src/terminal/progress.ts'
import { withTestPostgres } from '../with-test-postgres.ts'
import { addVerified, runSeed, type SeedResult } from './run-seed.ts'
import { startSimulatedHouse } from './simulated-house.ts'

export type SimulationReport = { readonly failed: readonly SeedResult[]; readonly seconds: number }

/** The database is verified after as many seeds. */
const VERIFIED_AT_ONCE = 20

export type SimulationTold = {
  readonly onSeed?: (result: SeedResult) => void
  /** How many have been lived, though not all of them verified. */
  readonly onLived?: (seeds: number) => void
}

/** Runs seeds one after the other on one house. */
export async function simulate(
  given: { readonly from: number; readonly seeds: number },
  told: SimulationTold = {},
): Promise<SimulationReport> {
  const house = await startSimulatedHouse()
  const startedMs = performance.now()
  const failed: SeedResult[] = []
  try {
    const end = given.from + given.seeds
    for (let from = given.from; from < end; from += VERIFIED_AT_ONCE) {
      const results: SeedResult[] = []
      for (let seed = from; seed < Math.min(end, from + VERIFIED_AT_ONCE); seed += 1) {
        results.push(await runSeed(house, seed))
        told.onLived?.(seed + 1 - given.from)
      }
      const verified = await addVerified(house, results)
      failed.push(...verified.filter(({ problems }) => problems.length > 0))
      for (const result of verified) told.onSeed?.(result)
    }
  } finally {
    await house.close()
  }
  return { failed, seconds: (performance.now() - startedMs) / 1_000 }
}

export function describeFailure({ seed, problems, stage }: SeedResult): string {
  return [
    `seed ${seed}: ${problems.length} problems`,
    ...problems.map((problem) => `  ${problem}`),
    '  what was done:',
    ...stage.log.map((line, index) => `  ${String(index + 1).padStart(3)} ${line}`),
    `  run it again: npm run simulate -- --seeds 1 --from ${seed}`,
  ].join('\n')
}

const USAGE = `npm run simulate -- [--seeds N] [--from S] [--verbose]

  --seeds N    how many random merchants (200)
  --from S     the first one's seed (1)
  --verbose    tell what was done in each
`

/** Null where they were refused, or help was all that was asked for. */
function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        seeds: { type: 'string', default: '200' },
        from: { type: 'string', default: '1' },
        verbose: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    })
    if (!values.help) return values
    process.stdout.write(USAGE)
  } catch (error) {
    if (!isBadOption(error)) throw error
    refuse(error.message)
  }
  return null
}

function refuse(sentence: string): void {
  process.stderr.write(`${sentence}\n\n${USAGE}`)
  process.exitCode = 2
}

async function main(): Promise<void> {
  const values = readOptions()
  if (values === null) return
  const seeds = Number(values.seeds)
  const from = Number(values.from)
  if (!Number.isSafeInteger(seeds) || !Number.isSafeInteger(from) || seeds < 1 || from < 0) {
    refuse('--seeds and --from are whole numbers.')
    return
  }
  const report = await withProgress('simulating', (progress) =>
    withTestPostgres(() =>
      simulate(
        { seeds, from },
        {
          onLived: (count) => progress.tell(`${count} of ${seeds} seeds`),
          onSeed: (result) => {
            progress.clear()
            if (values.verbose) process.stdout.write(`${result.stage.log.join('\n')}\n`)
            if (result.problems.length > 0) process.stdout.write(`${describeFailure(result)}\n`)
          },
        },
      ),
    ),
  )
  const { failed, seconds } = report
  process.stdout.write(
    `${seeds} seeds from ${from} in ${seconds.toFixed(1)} s: ${failed.length === 0 ? 'all held' : `failed: ${failed.map(({ seed }) => seed).join(', ')}`}\n`,
  )
  process.exitCode = failed.length === 0 ? 0 : 1
}

if (import.meta.main) await main()
