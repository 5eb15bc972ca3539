import { addMs, formatInstant, MS_PER_DAY } from '@perennial/core/time'
import {
  holdClock,
  loadScope,
  runRenewals,
} from '../../../packages/server/src/modules/billing/index.ts'
import { beginLife, Crash, runInLife, type Faults } from '../life.ts'
import { LEASE_MS } from '../simulated-house.ts'
import { call, readNow, type Stage } from '../stage.ts'
import type { Step } from './about.ts'

/** The clock is moved as a developer moves it: what falls due on the way is done in its order. */
export const advance: Step = async (stage) => {
  const days = 1 + stage.chance.below(20)
  const body = { days }
  await call(stage, { method: 'POST', path: '/test-clock/advance', body }, stage.faults)
}

/** Time passes with no worker at work; then several find everything that is due, late, and at once. */
export const workTogether: Step = async (stage) => {
  const { house, chance, account } = stage
  const until = addMs(await readNow(stage), 1 + chance.below(6 * MS_PER_DAY))
  await house.database.tx((tx) => holdClock(tx, account.id, until))
  await work(stage, { workers: 2, faults: stage.faults })
}

/** Workers, each a life of its own, do what is due now; charges whose answer got lost come first. */
export async function work(
  stage: Stage,
  given: { readonly workers: number; readonly faults: Faults },
): Promise<void> {
  const { house, chance, account } = stage
  const until = await readNow(stage)
  const lives = Array.from({ length: given.workers }, () => beginLife(chance, given.faults))
  const scope = await loadScope({ database: house.database }, account.id)
  const window = { until, decideAt: 'until' } as const
  const runs = lives.map((life) =>
    runInLife(life, () =>
      runRenewals(house.billing, scope, window, { lanes: 2, startedAt: until }),
    ),
  )
  const results = await Promise.allSettled(runs)
  await house.drain()
  for (const [index, result] of results.entries()) {
    const died = lives[index]?.diedAt ?? null
    stage.log.push(`worker until ${formatInstant(until)} -> ${died ?? result.status}`)
    // What a process reads once for all who ask, lives share: one may fail by the death of another.
    if (result.status === 'rejected' && !isCrash(result.reason)) throw result.reason
  }
}

/** Kinds of due work fault apart from each other, so that one death is told once by each. */
function isCrash(reason: unknown): boolean {
  return reason instanceof AggregateError ? reason.errors.every(isCrash) : reason instanceof Crash
}

/** Real time passes: whoever held a lease is gone, and lost answers are asked for. */
export const leasesRunOut: Step = async (stage) => {
  stage.house.moveOn(LEASE_MS + 1)
  stage.log.push('leases run out')
  await work(stage, { workers: 1, faults: stage.faults })
}
