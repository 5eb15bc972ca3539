import { setTimeout as sleep } from 'node:timers/promises'
import { messageOf } from '@perennial/core/fault'
import { DatabaseOutage } from '../db/index.ts'
import type { Logger } from '../log/index.ts'

export type Loop = {
  /** Lets the round under way finish and stops. */
  stop(): Promise<void>
}

/**
 * Calls `round` once an interval of real time, or again at once when it says that there is more. A round
 * that throws is logged; the next one finds the same work again. A database that is away is told when it goes and when it
 * is back, not at every round.
 */
export function startLoop(settings: {
  readonly name: string
  readonly intervalMs: number
  readonly log: Logger
  readonly round: (signal: AbortSignal) => Promise<{ readonly hasMore: boolean }>
}): Loop {
  const stopping = new AbortController()
  const { signal } = stopping
  let isDatabaseAway = false
  const tell = (error: unknown): void => {
    const reason = messageOf(error)
    const isOutage = error instanceof DatabaseOutage
    if (!isOutage) settings.log.error({ reason }, `${settings.name} failed`)
    else if (!isDatabaseAway)
      settings.log.warn({ reason }, `${settings.name}: waiting for the database`)
    isDatabaseAway = isOutage
  }
  const runRound = async (): Promise<{ readonly hasMore: boolean }> => {
    try {
      const done = await settings.round(signal)
      if (isDatabaseAway) settings.log.warn(`${settings.name}: the database is back`)
      isDatabaseAway = false
      return done
    } catch (error) {
      tell(error)
      return { hasMore: false }
    }
  }
  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      const { hasMore } = await runRound()
      if (!hasMore)
        await sleep(settings.intervalMs, undefined, { signal, ref: false }).catch(() => undefined)
    }
  }
  const running = run()
  return {
    stop: () => {
      stopping.abort()
      return running
    },
  }
}
