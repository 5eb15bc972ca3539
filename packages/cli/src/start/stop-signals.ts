import { systemClock } from '../../../server/src/platform/clock/index.ts'
import { INTERRUPTED_CODE, STOP_SIGNALS } from '../terminal/on-interrupt.ts'

/** Ctrl-C reaches us once from the terminal and again through npm: within this time they are one. */
const ONE_PRESS_MS = 1_000

/**
 * Aborts at the first request to stop. A second one, later, ends the process at once: PostgreSQL and the world are left
 * as after a crash, which the next start puts in order.
 */
export function onStopSignals(): AbortSignal {
  const clock = systemClock()
  const stopping = new AbortController()
  let firstMs: number | null = null
  const hear = (): void => {
    const nowMs = clock.monotonicMs()
    if (firstMs === null) {
      firstMs = nowMs
      stopping.abort()
      return
    }
    if (nowMs - firstMs < ONE_PRESS_MS) return
    process.stderr.write('Stopped at once.\n')
    process.exit(INTERRUPTED_CODE)
  }
  for (const signal of STOP_SIGNALS) process.on(signal, hear)
  return stopping.signal
}
