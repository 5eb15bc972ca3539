import { assert } from '../fault/index.ts'
import { type Ratio, ratio } from '../money/index.ts'
import { type Instant, toUnixSeconds } from './instant.ts'

/** Whole seconds from `start` to `end`, negative when `end` is earlier. */
export function secondsBetween(start: Instant, end: Instant): number {
  return toUnixSeconds(end) - toUnixSeconds(start)
}

/**
 * How much of the period [start, end) has gone by at `at`, by whole seconds (revkeen 7.5): 0 before
 * it, 1 after it. What is left is 1 minus this. Faults: a period of less than a second.
 */
export function fractionOf(period: {
  readonly start: Instant
  readonly end: Instant
  readonly at: Instant
}): Ratio {
  const totalSeconds = secondsBetween(period.start, period.end)
  assert(totalSeconds > 0, 'a period to prorate lasts at least a second')
  const elapsedSeconds = secondsBetween(period.start, period.at)
  const withinSeconds = Math.min(Math.max(elapsedSeconds, 0), totalSeconds)
  return ratio(BigInt(withinSeconds), BigInt(totalSeconds))
}
