import type { Uuid } from '@perennial/core/ids'
import type { Clock } from '../../platform/clock/index.ts'
import { FaceRefusal } from './face-refusal.ts'

/**
 * Calls of one token at most, and in how many milliseconds (spec/revolv3.md 1). The second limit is the words of the
 * original: while the first holds, 15 minutes have 18,000 calls at most.
 */
const LIMITS = [
  { callsMax: 20, windowMs: 1_000 },
  { callsMax: 20_000, windowMs: 15 * 60_000 },
] as const
const TOKENS_MAX = 10_000

/** Counts calls by token in fixed windows, in this process; the one too many is refused. */
export function createWindowLimits(clock: Pick<Clock, 'monotonicMs'>): (token: Uuid) => void {
  const counts = LIMITS.map(() => new Map<Uuid, { since: number; calls: number }>())
  return (token) => {
    const now = clock.monotonicMs()
    for (const [index, { callsMax, windowMs }] of LIMITS.entries()) {
      const byToken = counts[index]
      if (byToken === undefined) continue
      if (byToken.size >= TOKENS_MAX) byToken.clear()
      const seen = byToken.get(token)
      const window = seen !== undefined && now - seen.since < windowMs ? seen : { since: now, calls: 0 } // prettier-ignore
      byToken.set(token, window)
      window.calls += 1
      if (window.calls > callsMax)
        throw new FaceRefusal(429, `More than ${callsMax} calls in ${windowMs / 1000} s. Try again a moment later.`) // prettier-ignore
    }
  }
}
