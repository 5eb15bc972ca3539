import { assert, assertNever } from '../fault/index.ts'
import { type Ratio, ratio, roundRatio, scaleMinor } from '../money/index.ts'
import type { PriceScheme, PriceTerms, PriceTier } from './price-terms.ts'

/**
 * A share of the amount at one unit price; `amountMinor` is the rounded product plus
 * `flatAmountMinor`.
 */
export type RatedPart = {
  readonly quantity: bigint
  readonly unitAmount: Ratio
  readonly flatAmountMinor: bigint
  readonly amountMinor: bigint
}

/**
 * The parts sum to `amountMinor` less `boundsMinor`, which is what minimum (> 0) or maximum (< 0)
 * changed.
 */
export type Rated = {
  readonly amountMinor: bigint
  readonly boundsMinor: bigint
  readonly parts: readonly RatedPart[]
}

const BPS_PER_ONE = 10_000n

/**
 * What `quantity` costs. Each part rounds half away from zero before they are summed (revkeen 5.5);
 * the free units go first, minimum and maximum last, so a minimum is due on a quantity of 0 too.
 * Faults: a negative quantity, or terms that `checkPriceTerms` would not pass.
 */
export function rate(terms: PriceTerms, quantity: bigint): Rated {
  assert(quantity >= 0n, 'a quantity to rate is not negative')
  const billable = quantity > terms.freeUnits ? quantity - terms.freeUnits : 0n
  const parts = ratedParts(terms.scheme, billable)
  const sumMinor = parts.reduce((sum, part) => sum + part.amountMinor, 0n)
  const amountMinor = withinBounds(sumMinor, terms)
  return { amountMinor, boundsMinor: amountMinor - sumMinor, parts }
}

function ratedParts(scheme: PriceScheme, billable: bigint): RatedPart[] {
  switch (scheme.kind) {
    case 'flat':
      return [ratedPart(1n, { unitAmount: ratio(scheme.amountMinor, 1n), flatAmountMinor: 0n })]
    case 'per_unit':
      return partsOf(billable, scheme.unitAmount)
    case 'percentage':
      return partsOf(billable, ratio(BigInt(scheme.rateBps), BPS_PER_ONE))
    case 'package': {
      const packages = roundRatio(ratio(billable, scheme.size), scheme.round)
      return partsOf(packages, ratio(scheme.packageAmountMinor, 1n))
    }
    case 'graduated':
      return graduatedParts(scheme.tiers, billable)
    case 'volume':
      return volumeParts(scheme.tiers, billable)
    default:
      return assertNever(scheme)
  }
}

function graduatedParts(tiers: readonly PriceTier[], billable: bigint): RatedPart[] {
  const parts: RatedPart[] = []
  let covered = 0n
  for (const tier of tiers) {
    if (covered === billable) break
    const end = tier.upTo === null || tier.upTo > billable ? billable : tier.upTo
    assert(end > covered, 'tiers ascend')
    parts.push(ratedPart(end - covered, tier))
    covered = end
  }
  assert(covered === billable, 'the last tier is open')
  return parts
}

function volumeParts(tiers: readonly PriceTier[], billable: bigint): RatedPart[] {
  if (billable === 0n) return [] // no tier has been entered
  const reached = tiers.find((tier) => tier.upTo === null || billable <= tier.upTo)
  assert(reached !== undefined, 'the last tier is open')
  return [ratedPart(billable, reached)]
}

function partsOf(quantity: bigint, unitAmount: Ratio): RatedPart[] {
  return quantity === 0n ? [] : [ratedPart(quantity, { unitAmount, flatAmountMinor: 0n })]
}

function ratedPart(
  quantity: bigint,
  { unitAmount, flatAmountMinor }: Pick<PriceTier, 'unitAmount' | 'flatAmountMinor'>,
): RatedPart {
  const amountMinor = scaleMinor(quantity, unitAmount) + flatAmountMinor
  return { quantity, unitAmount, flatAmountMinor, amountMinor }
}

function withinBounds(
  amountMinor: bigint,
  { minimumMinor, maximumMinor }: Pick<PriceTerms, 'minimumMinor' | 'maximumMinor'>,
): bigint {
  if (minimumMinor !== null && amountMinor < minimumMinor) return minimumMinor
  if (maximumMinor !== null && amountMinor > maximumMinor) return maximumMinor
  return amountMinor
}
