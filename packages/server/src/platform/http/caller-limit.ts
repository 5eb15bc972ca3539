import type { Clock } from '../clock/index.ts'

const MINUTE_MS = 60_000
const CALLERS_MAX = 10_000

/** Counts by caller (an address, a link) in fixed minutes, in this process. False: that was one too many. */
export function createCallerLimit(perMinute: number, clock: Clock): (caller: string) => boolean {
  const counts = new Map<string, number>()
  let since = clock.monotonicMs()
  return (caller) => {
    if (clock.monotonicMs() - since >= MINUTE_MS || counts.size >= CALLERS_MAX) {
      counts.clear()
      since = clock.monotonicMs()
    }
    const count = (counts.get(caller) ?? 0) + 1
    counts.set(caller, count)
    return count <= perMinute
  }
}
