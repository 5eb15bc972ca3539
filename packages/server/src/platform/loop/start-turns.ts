import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '../log/index.ts'
import { eachConcurrently } from './each-concurrently.ts'
import { startLoop, type Loop } from './start-loop.ts'

export type Turns<T> = {
  readonly name: string
  readonly intervalMs: number
  readonly log: Logger
  /** Who has something to do now. */
  readonly find: () => Promise<readonly T[]>
  readonly keyOf: (one: T) => string
  /** Does it; what it throws ends the round. An aborted signal asks it to stop where it can go on later. */
  readonly work: (one: T, signal: AbortSignal) => Promise<void>
  /** Turns at once. */
  readonly atOnce: number
  /** Whoever is not done by then goes on beside the turns of others. */
  readonly turnMs: number
  /** Turns and what goes on beside them, together. */
  readonly inWorkMax: number
}

/**
 * Looks for work once an interval and does it, nobody's twice at once. A turn that takes long, because there is much to do
 * or because somebody outside does not answer, holds up the others for `turnMs` and no longer. A stop waits for all of it.
 */
export function startTurns<T>(turns: Turns<T>): Loop {
  const inWork = new Map<string, Promise<void>>()
  const begin = (one: T, signal: AbortSignal): Promise<void> => {
    const key = turns.keyOf(one)
    const working = turns.work(one, signal).finally(() => inWork.delete(key))
    inWork.set(key, working)
    // Past its turn nobody waits for it; the next round finds the same work again.
    working.catch(() => undefined)
    return working
  }
  const loop = startLoop({
    name: turns.name,
    intervalMs: turns.intervalMs,
    log: turns.log,
    round: async (signal) => {
      const found = await turns.find()
      const idle = found.filter((one) => !inWork.has(turns.keyOf(one)))
      await eachConcurrently(idle, turns.atOnce, async (one) => {
        if (signal.aborted || inWork.size >= turns.inWorkMax) return
        await orAfter(begin(one, signal), turns.turnMs)
      })
      return { hasMore: false }
    },
  })
  return {
    stop: async () => {
      await loop.stop()
      await Promise.allSettled(inWork.values())
    },
  }
}

/** Waits for it, but no longer than that. */
async function orAfter(work: Promise<void>, ms: number): Promise<void> {
  const over = new AbortController()
  const late = sleep(ms, undefined, { signal: over.signal, ref: false }).catch(() => undefined)
  try {
    await Promise.race([work, late])
  } finally {
    over.abort()
  }
}
