// Random merchants, one a seed, on one house.
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
