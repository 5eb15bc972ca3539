import { setTimeout as sleep } from 'node:timers/promises'
import { DatabaseOutage } from '../db/index.ts'
import type { Logger } from '../log/index.ts'

export type Loop = {
  /** Lets the round under way finish and stops. */
  stop(): Promise<void>
}

/**
 * Calls `round` once an interval of real time, or again at once when it says that there is more. A round
 * that throws is logged; the next one finds the same work again.
 */
export function startLoop(settings: {
  readonly name: string
  readonly intervalMs: number
  readonly log: Logger
  readonly round: (signal: AbortSignal) => Promise<{ readonly hasMore: boolean }>
}): Loop {
  const stopping = new AbortController()
  const { signal } = stopping
  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      const { hasMore } = await settings.round(signal).catch((error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error)
        settings.log[error instanceof DatabaseOutage ? 'warn' : 'error'](
          { reason },
          `${settings.name} failed`,
        )
        return { hasMore: false }
      })
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
