import type { CustomerSaleLine } from './customer-sale.ts'

/** The sums of a sale: what its products and their shipping ask for, what comes off, and the tax. */
export type SaleSums = {
  readonly subtotalMinor: bigint
  readonly discountMinor: bigint
  readonly taxMinor: bigint
  readonly totalMinor: bigint
}

/** Adds the lines up. Discounts were cut to what there is when they were taken; tax that prices include is told and not added. */
export function addUp(
  lines: readonly Pick<CustomerSaleLine, 'kind' | 'amountMinor' | 'source'>[],
): SaleSums {
  const of = (...kinds: readonly CustomerSaleLine['kind'][]): bigint =>
    lines
      .filter(({ kind }) => kinds.includes(kind))
      .reduce((sum, { amountMinor }) => sum + amountMinor, 0n)
  const includedMinor = lines
    .filter(({ source }) => source?.kind === 'tax' && source.isIncluded)
    .reduce((sum, { amountMinor }) => sum + amountMinor, 0n)
  const subtotalMinor = of('product', 'shipping') - includedMinor
  const discountMinor = of('discount')
  const taxMinor = of('tax')
  return {
    subtotalMinor,
    discountMinor,
    taxMinor,
    totalMinor: subtotalMinor - discountMinor + taxMinor,
  }
}
