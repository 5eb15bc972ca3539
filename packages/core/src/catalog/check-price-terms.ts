import { assertNever } from '../fault/index.ts'
import type { PriceScheme, PriceTerms, PriceTier } from './price-terms.ts'

/** `path` names the field in the terms, `message` is a sentence for whoever wrote it. */
export type PriceProblem = { readonly path: string; readonly message: string }

/** Limits of the public API (revkeen 5.5). */
const TIERS_MIN = 2
const TIERS_MAX = 50
const RATE_BPS_MAX = 10_000

/**
 * Everything wrong with terms from outside, in the order of their fields; empty when `rate` will
 * take them.
 */
export function checkPriceTerms(terms: PriceTerms): PriceProblem[] {
  const { minimumMinor, maximumMinor } = terms
  const problems = schemeProblems(terms.scheme)
  problems.push(...negativeProblem('freeUnits', terms.freeUnits))
  if (minimumMinor !== null) problems.push(...negativeProblem('minimumMinor', minimumMinor))
  if (maximumMinor !== null) problems.push(...negativeProblem('maximumMinor', maximumMinor))
  if (minimumMinor !== null && maximumMinor !== null && minimumMinor > maximumMinor) {
    problems.push({ path: 'maximumMinor', message: 'The maximum is below the minimum.' })
  }
  return problems
}

function schemeProblems(scheme: PriceScheme): PriceProblem[] {
  switch (scheme.kind) {
    case 'per_unit':
      return negativeProblem('scheme.unitAmount', scheme.unitAmount.numerator)
    case 'flat':
      return negativeProblem('scheme.amountMinor', scheme.amountMinor)
    case 'graduated':
    case 'volume':
      return tierProblems(scheme.tiers)
    case 'package': {
      const problems = negativeProblem('scheme.packageAmountMinor', scheme.packageAmountMinor)
      if (scheme.size < 1n) {
        problems.unshift({ path: 'scheme.size', message: 'A package holds at least 1 unit.' })
      }
      return problems
    }
    case 'percentage': {
      const { rateBps } = scheme
      if (Number.isInteger(rateBps) && rateBps >= 0 && rateBps <= RATE_BPS_MAX) return []
      const message = `The rate must be a whole number from 0 to ${RATE_BPS_MAX} basis points.`
      return [{ path: 'scheme.rateBps', message }]
    }
    default:
      return assertNever(scheme)
  }
}

function tierProblems(tiers: readonly PriceTier[]): PriceProblem[] {
  if (tiers.length < TIERS_MIN || tiers.length > TIERS_MAX) {
    const message = `A tiered price has ${TIERS_MIN} to ${TIERS_MAX} tiers.`
    return [{ path: 'scheme.tiers', message }]
  }
  return tiers.flatMap((tier, index) => {
    const path = `scheme.tiers[${index}]`
    const end = tierEndProblem({ tiers, index })
    return [
      ...(end === null ? [] : [{ path: `${path}.upTo`, message: end }]),
      ...negativeProblem(`${path}.unitAmount`, tier.unitAmount.numerator),
      ...negativeProblem(`${path}.flatAmountMinor`, tier.flatAmountMinor),
    ]
  })
}

function tierEndProblem(at: {
  readonly tiers: readonly PriceTier[]
  readonly index: number
}): string | null {
  const upTo = at.tiers[at.index]?.upTo ?? null
  const isLast = at.index === at.tiers.length - 1
  if (isLast) return upTo === null ? null : 'The last tier must be open.'
  if (upTo === null) return 'Only the last tier may be open.'
  if (upTo < 1n) return 'A tier ends at 1 unit or more.'
  const before = at.tiers[at.index - 1]?.upTo ?? null
  return before !== null && upTo <= before ? 'A tier must end after the tier before it.' : null
}

function negativeProblem(path: string, value: bigint): PriceProblem[] {
  return value < 0n ? [{ path, message: 'This must not be negative.' }] : []
}
