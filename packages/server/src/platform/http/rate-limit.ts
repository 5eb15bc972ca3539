import type { Uuid } from '@perennial/core/ids'
import { MS_PER_SECOND, toUnixSeconds } from '@perennial/core/time'
import type { Clock } from '../clock/index.ts'
import { ApiRefusal } from './api-refusal.ts'

export type RateLimit = { readonly perMinute: number; readonly burst: number }

type Bucket = { tokens: number; readAt: number }

const MS_PER_MINUTE = 60_000
const BUCKETS_MAX = 10_000

/**
 * A token bucket for each key, in this process: `burst` requests at once, refilled with `perMinute` a minute.
 * Returns the headers that every answer carries; refuses with 429 when the bucket is empty.
 */
export function createRateLimiter(
  limit: RateLimit,
  clock: Clock,
): (apiKeyId: Uuid) => Readonly<Record<string, string>> {
  const buckets = new Map<Uuid, Bucket>()
  const tokensPerMs = limit.perMinute / MS_PER_MINUTE

  const refilled = (bucket: Bucket | undefined, at: number): Bucket => {
    if (bucket === undefined) return { tokens: limit.burst, readAt: at }
    return {
      tokens: Math.min(limit.burst, bucket.tokens + (at - bucket.readAt) * tokensPerMs),
      readAt: at,
    }
  }

  return (apiKeyId) => {
    const at = clock.monotonicMs()
    const bucket = refilled(buckets.get(apiKeyId), at)
    if (buckets.size >= BUCKETS_MAX)
      dropFull(buckets, (each) => refilled(each, at).tokens >= limit.burst)
    buckets.set(apiKeyId, bucket)
    const isAllowed = bucket.tokens >= 1
    if (isAllowed) bucket.tokens -= 1
    const fullInSeconds = Math.ceil((limit.burst - bucket.tokens) / tokensPerMs / MS_PER_SECOND)
    const headers = {
      'x-ratelimit-limit': String(limit.perMinute),
      'x-ratelimit-remaining': String(Math.floor(bucket.tokens)),
      'x-ratelimit-reset': String(toUnixSeconds(clock.now()) + fullInSeconds),
    }
    if (isAllowed) return headers
    const waitSeconds = Math.max(1, Math.ceil((1 - bucket.tokens) / tokensPerMs / MS_PER_SECOND))
    throw ApiRefusal.tooMany('Too many requests.', waitSeconds, headers)
  }
}

/** A bucket that is full again says nothing; forgetting it changes nothing. */
function dropFull(buckets: Map<Uuid, Bucket>, isFull: (bucket: Bucket) => boolean): void {
  for (const [id, bucket] of buckets) if (isFull(bucket)) buckets.delete(id)
}
