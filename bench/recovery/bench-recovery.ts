// How much of what a clairvoyant would win back does the planner win back, on the worlds that ship?
import { parseArgs } from 'node:util'
import { messageOf } from '@perennial/core/fault'
import { loadWorld, readWorldFile, type World } from '@perennial/world'
import { badOption, readCount } from '../../packages/cli/src/terminal/read-count.ts'
import type { Screen } from '../screen.ts'
import { listMissedBars, listMissedTimes } from './bars.ts'
import { measureDeciding } from './measure-deciding.ts'
import { measureWorld, type WorldResult } from './measure-world.ts'

const WORLDS = ['calm', 'paydays', 'storm']

/** Exit code 1 where a figure is under its bar. */
export async function benchRecovery(
  args: readonly string[],
  { tell, print }: Screen,
): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: 'boolean', default: false },
      subscribers: { type: 'string', default: '20000' },
      world: { type: 'string', multiple: true },
    },
  })
  const subscribers = readCount('subscribers', values.subscribers)
  const worlds = (values.world ?? WORLDS).map((name) => ({ name, world: read(name) }))
  const results = worlds.map(({ name, world }) =>
    measureWorld(name, {
      world,
      subscribers,
      playsDefault: true,
      onProgress: (policy, share) => tell(`${name}, ${policy}: ${Math.round(share * 100)} %`),
    }),
  )
  tell('deciding single cases')
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
    print(JSON.stringify(all, null, 2))
    return
  }
  for (const policy of results[0]?.compared ?? []) print(`compared: ${policy}`)
  for (const result of results) print(describe(result))
  for (const [name, times] of Object.entries(deciding))
    print(
      `deciding one case (${name}): ${times.median_ms} ms in the median, ${times.mean_ms} ms on average, ${times.cpu_ms} ms of the processor`,
    )
  for (const sentence of missed) print(`UNDER THE BAR: ${sentence}`)
}

function read(name: string): World {
  const loading = loadWorld(readFile(name))
  if (loading.kind === 'refused') throw badOption(`--world: ${name} is not a valid world`)
  return loading.world
}

function readFile(name: string): unknown {
  try {
    return readWorldFile(name)
  } catch (error) {
    throw badOption(`--world: ${messageOf(error)}`)
  }
}

function describe(result: WorldResult): string {
  const { begun_with: begun } = result
  return [
    `${result.world}: ${result.of_oracle} of the clairvoyant in months 3 to 6 (by month ${result.of_oracle_by_month.join(', ')})`,
    `  ${result.times_best_fixed} times the best fixed schedule (the clairvoyant: ${result.oracle_times_best_fixed}); month 1: ${result.first_month_times_best_fixed} times`,
    `  ${result.attempts_per_recovered} tries a recovery, the best fixed schedule needs ${result.best_fixed_attempts_per_recovered}; ${result.guard_violations} against the rules`,
    ...(begun === null
      ? []
      : [
          `  what a new account begins with, ${begun.policy}: ${begun.of_oracle} of the clairvoyant, ${begun.times_its_days} times the same days on a schedule`,
        ]),
    `  learned from ${result.learned_from} attempts, ${result.seconds} s, ${result.cpu_seconds} s of the processor`,
  ].join('\n')
}
