import { assert } from '../fault/index.ts'
import { compareMinor } from './compare-minor.ts'

/**
 * Splits `totalMinor` by `weights`; leftover units go to the largest remainders, ties to the
 * earlier index. Units: minor units of one currency. The shares always sum to `totalMinor`.
 * Faults: negative total, a negative weight, or no positive weight.
 */
export function allocate(totalMinor: bigint, weights: readonly bigint[]): bigint[] {
  const weightSum = weights.reduce((sum, weight) => sum + weight, 0n)
  assert(totalMinor >= 0n, 'the total to allocate is not negative')
  assert(
    weightSum > 0n && weights.every((weight) => weight >= 0n),
    'weights are at least 0 and not all 0',
  )

  const exact = weights.map((weight, index) => ({
    index,
    share: (totalMinor * weight) / weightSum,
    rest: (totalMinor * weight) % weightSum,
  }))
  const left = totalMinor - exact.reduce((sum, each) => sum + each.share, 0n)
  const byRest = exact.toSorted((a, b) => compareMinor(b.rest, a.rest) || a.index - b.index)
  const topped = new Set(byRest.slice(0, Number(left)).map((each) => each.index)) // left < weights.length
  return exact.map((each) => each.share + (topped.has(each.index) ? 1n : 0n))
}

/** `allocate` for a total of either sign: the shares of −x are the shares of x, negated. */
export function allocateSigned(totalMinor: bigint, weights: readonly bigint[]): bigint[] {
  if (totalMinor >= 0n) return allocate(totalMinor, weights)
  return allocate(-totalMinor, weights).map((share) => -share)
}
