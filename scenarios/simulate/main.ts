// npm run simulate -- --seeds N --from S: random merchants with crashes and lost answers, one a seed.
import { parseArgs } from 'node:util'
import { addVerified, runSeed, type SeedResult } from './run-seed.ts'
import { startSimulatedHouse } from './simulated-house.ts'

export type SimulationReport = { readonly failed: readonly SeedResult[]; readonly seconds: number }

/** The database is verified after as many seeds. */
const VERIFIED_AT_ONCE = 20

/** Runs seeds one after the other on one house. */
export async function simulate(
  given: { readonly from: number; readonly seeds: number },
  onSeed: (result: SeedResult) => void,
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
      }
      const verified = await addVerified(house, results)
      failed.push(...verified.filter(({ problems }) => problems.length > 0))
      for (const result of verified) onSeed(result)
    }
  } finally {
    await house.close()
  }
  return { failed, seconds: (performance.now() - startedMs) / 1_000 }
}

export function describeFailure({ seed, problems, log }: SeedResult): string {
  return [
    `seed ${seed}: ${problems.length} problems`,
    ...problems.map((problem) => `  ${problem}`),
    '  what was done:',
    ...log.map((line, index) => `  ${String(index + 1).padStart(3)} ${line}`),
    `  run it again: npm run simulate -- --seeds 1 --from ${seed}`,
  ].join('\n')
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '200' },
      from: { type: 'string', default: '1' },
      verbose: { type: 'boolean', default: false },
    },
  })
  const seeds = Number(values.seeds)
  const from = Number(values.from)
  if (!Number.isSafeInteger(seeds) || !Number.isSafeInteger(from) || seeds < 1 || from < 0) {
    process.stderr.write('--seeds and --from are whole numbers\n')
    process.exitCode = 2
    return
  }
  let done = 0
  const report = await simulate({ seeds, from }, (result) => {
    done += 1
    if (values.verbose) process.stdout.write(`${result.log.join('\n')}\n`)
    if (result.problems.length > 0) process.stdout.write(`${describeFailure(result)}\n`)
    else if (done % 20 === 0) process.stdout.write(`${done} of ${seeds} seeds\n`)
  })
  const { failed, seconds } = report
  process.stdout.write(
    `${seeds} seeds from ${from} in ${seconds.toFixed(1)} s: ${failed.length === 0 ? 'all held' : `failed: ${failed.map(({ seed }) => seed).join(', ')}`}\n`,
  )
  process.exitCode = failed.length === 0 ? 0 : 1
}

if (import.meta.main) await main()
