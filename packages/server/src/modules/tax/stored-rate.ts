import type { TaxRate } from '@perennial/core/tax'
import type { KeptRow } from '../../platform/kept/index.ts'

export type TaxRateRow = KeptRow<'tax_rates'>

export function toTaxRate(
  row: Pick<TaxRateRow, 'id' | 'display_name' | 'rate_ppm' | 'is_inclusive'>,
): TaxRate {
  const { id, display_name: name, rate_ppm: ratePpm, is_inclusive: isInclusive } = row
  return { id, name, ratePpm, isInclusive }
}
