import { assert, assertNever } from '../fault/index.ts'
import { allocate, ratio, scaleMinor } from '../money/index.ts'
import type { Discount } from './discount.ts'
import { reduces, type DiscountedLine } from './find-obstacle.ts'

export type PricedLine = DiscountedLine & {
  /** What is left of it to be reduced, 0 or more. */
  readonly amountMinor: bigint
}

/** What one discount takes off, more than nothing. */
export type AppliedDiscount = { readonly discount: Discount; readonly amountMinor: bigint }

export type DiscountedLines = {
  readonly applied: readonly AppliedDiscount[]
  /** What is left of each line, in their order. */
  readonly leftMinor: readonly bigint[]
}

/**
 * Takes discounts off one after the other, each a percentage of what those before it have left of the lines it is for,
 * rounded half away from zero once, or a fixed amount; never more than is left (revcent.md 12). What is taken off several
 * lines is split by what is left of each. Whether a discount counts is not asked here: `findObstacle`.
 */
export function applyDiscounts(
  discounts: readonly Discount[],
  lines: readonly PricedLine[],
): DiscountedLines {
  assert(
    lines.every(({ amountMinor }) => amountMinor >= 0n),
    'what is reduced is not below nothing',
  )
  let leftMinor = lines.map(({ amountMinor }) => amountMinor)
  const applied: AppliedDiscount[] = []
  for (const discount of discounts) {
    const weights = lines.map((line, index) =>
      reduces(discount, line) ? (leftMinor[index] ?? 0n) : 0n,
    )
    const baseMinor = weights.reduce((sum, weight) => sum + weight, 0n)
    const wantedMinor = wantedOf(discount, baseMinor)
    const amountMinor = wantedMinor < baseMinor ? wantedMinor : baseMinor
    if (amountMinor === 0n) continue
    const taken = allocate(amountMinor, weights)
    leftMinor = leftMinor.map((left, index) => left - (taken[index] ?? 0n))
    applied.push({ discount, amountMinor })
  }
  assert(
    leftMinor.every((left) => left >= 0n),
    'no discount takes more than is left',
  )
  return { applied, leftMinor }
}

function wantedOf({ value }: Discount, baseMinor: bigint): bigint {
  switch (value.kind) {
    case 'percentage':
      return scaleMinor(baseMinor, ratio(value.rateBps, 10_000n))
    case 'fixed_amount':
      return value.amountMinor
    default:
      return assertNever(value)
  }
}
