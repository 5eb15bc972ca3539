import { formatDecimal } from '../money/index.ts'
import type { PriceTerms } from './price-terms.ts'

/** How many decimals of a minor unit what one unit costs may have. */
export const UNIT_DECIMALS_MAX = 12

/** What one unit costs, in minor units as decimal text; null where units have no one price. */
export function unitDecimalOf({ scheme }: Pick<PriceTerms, 'scheme'>): string | null {
  return scheme.kind === 'per_unit' ? formatDecimal(scheme.unitAmount, UNIT_DECIMALS_MAX) : null
}
