import type { Uuid } from '@perennial/core/ids'
import type { Clock } from '../../platform/clock/index.ts'
import { FaceRefusal } from './face-refusal.ts'

const WINDOW_MS = 60_000
const KEYS_MAX = 10_000

/** So many calls of a key within any minute, in this process; the next is refused. */
export function createWindowLimit(callsMax: number, clock: Clock): (keyId: Uuid) => void {
  const callsOf = new Map<Uuid, number[]>()
  return (keyId) => {
    const nowMs = clock.monotonicMs()
    const recent = (callsOf.get(keyId) ?? []).filter((atMs) => nowMs - atMs < WINDOW_MS)
    if (recent.length >= callsMax) {
      callsOf.set(keyId, recent)
      const body = { error: `More than ${callsMax} calls in a minute.`, retryAfter: '60 seconds' }
      throw new FaceRefusal(429, body, { 'retry-after': '60' })
    }
    recent.push(nowMs)
    if (callsOf.size >= KEYS_MAX) callsOf.clear()
    callsOf.set(keyId, recent)
  }
}
