import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { assert } from '@perennial/core/fault'
import { ServiceProcess } from '../../packages/cli/src/testing/service-process.ts'
import type { Screen } from '../screen.ts'

/** The aims, in seconds, on a machine of its own; `demo` is a first start that fills the year of the demo too. */
const BARS = { first_start: 120, later_start: 5, demo: 60 } as const

type Name = keyof typeof BARS
type Result = {
  readonly name: Name
  readonly seconds: number
  readonly bar_seconds: number
  readonly is_met: boolean
}

/** `npm run bench -- start`: what a newcomer waits for, command to `/healthz`; bench/README.md. */
export async function benchStart(args: readonly string[], { tell, print }: Screen): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { json: { type: 'boolean', default: false } },
  })
  const loadBefore = loadavg()[0] ?? 0
  const results = await inNewFolder(async (dataDir) => {
    tell('a first start')
    const first = await secondsToHealth(dataDir, { DEMO: '0' })
    tell('a later start')
    const later = await secondsToHealth(dataDir, { DEMO: '0' })
    return [toResult('first_start', first), toResult('later_start', later)]
  })
  tell('a first start with the demo')
  results.push(
    await inNewFolder(async (dataDir) =>
      toResult('demo', await secondsToHealth(dataDir, { DEMO: '1' })),
    ),
  )
  const report = {
    bench: 'start',
    results,
    load_average: { before: round(loadBefore), after: round(loadavg()[0] ?? 0) },
    versions: { node: process.version },
    machine: { cores: availableParallelism(), processor: cpus()[0]?.model ?? 'unknown' },
  }
  if (values.json) print(JSON.stringify(report, null, 2))
  else
    for (const { name, seconds, bar_seconds, is_met } of results)
      print(`${name.padEnd(12)} ${seconds} s of ${bar_seconds}${is_met ? '' : ': too long'}`)
}

async function inNewFolder<T>(work: (dataDir: string) => Promise<T>): Promise<T> {
  const dataDir = await mkdtemp(join(tmpdir(), 'perennial-bench-'))
  try {
    return await work(dataDir)
  } finally {
    await rm(dataDir, { recursive: true })
  }
}

/** From the command to an answer of the service that says it is well; then it is stopped. */
async function secondsToHealth(
  dataDir: string,
  settings: Readonly<Record<string, string>>,
): Promise<number> {
  const begun = performance.now()
  const service = new ServiceProcess(['start'], { DATA_DIR: dataDir, ...settings })
  try {
    await service.ready()
    const health = await fetch(`${service.url}/healthz`, { headers: { connection: 'close' } })
    assert(health.status === 200, 'a service that is ready is well')
    return (performance.now() - begun) / 1_000
  } finally {
    await service.stop()
  }
}

function toResult(name: Name, seconds: number): Result {
  return { name, seconds: round(seconds), bar_seconds: BARS[name], is_met: seconds < BARS[name] }
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
