// How much of what a clairvoyant would win back does the planner win back, on the worlds that ship?
import { parseArgs } from 'node:util'
import { loadWorld, readWorldFile } from '@perennial/world'
import { listMissedBars, listMissedTimes } from './bars.ts'
import { measureDeciding } from './measure-deciding.ts'
import { measureWorld, type WorldResult } from './measure-world.ts'

const WORLDS = ['calm', 'paydays', 'storm']

/** Exit code 1 where a figure is under its bar. */
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
  const missed = [
    ...results.flatMap(listMissedBars),
    ...Object.entries(deciding).flatMap(([name, times]) => listMissedTimes(name, times)),
  ]
  if (missed.length > 0) process.exitCode = 1
  if (values.json) {
    const all = { bench: 'recovery', results, deciding, missed }
    process.stdout.write(`${JSON.stringify(all, null, 2)}\n`)
    return
  }
  for (const result of results) process.stdout.write(`${describe(result)}\n`)
  for (const [name, times] of Object.entries(deciding))
    process.stdout.write(
      `deciding one case (${name}): ${times.median_ms} ms in the median, ${times.mean_ms} ms on average, ${times.cpu_ms} ms of the processor\n`,
    )
  for (const sentence of missed) process.stdout.write(`UNDER THE BAR: ${sentence}\n`)
}

function measure(name: string, subscribers: number): WorldResult {
  const loading = loadWorld(readWorldFile(name))
  if (loading.kind === 'refused') throw new Error(`${name} is not a valid world`)
  return measureWorld(name, { world: loading.world, subscribers })
}

function describe(result: WorldResult): string {
  return [
    `${result.world}: ${result.of_oracle} of the clairvoyant in months 3 to 6 (by month ${result.of_oracle_by_month.join(', ')})`,
    `  ${result.times_best_fixed} times the best fixed schedule (the clairvoyant: ${result.oracle_times_best_fixed}); month 1: ${result.first_month_times_best_fixed} times`,
    `  ${result.attempts_per_recovered} tries a recovery, the best fixed schedule needs ${result.best_fixed_attempts_per_recovered}; ${result.guard_violations} against the rules`,
    `  learned from ${result.learned_from} attempts, ${result.seconds} s, ${result.cpu_seconds} s of the processor`,
  ].join('\n')
}
