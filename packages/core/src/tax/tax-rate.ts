import { assert } from '../fault/index.ts'
import type { Uuid } from '../ids/index.ts'
import { addRatio, allocate, ratio, scaleMinor, type Ratio } from '../money/index.ts'

/** A tax by its rate (revkeen.md 5.23). */
export type TaxRate = {
  readonly id: Uuid
  readonly name: string
  /** Parts per million: 8.875 % is 88,750. */
  readonly ratePpm: number
  /** Whether prices include it. */
  readonly isInclusive: boolean
}

/** What one rate comes to, more than nothing. */
export type Tax = { readonly rate: TaxRate; readonly amountMinor: bigint }

export type Taxed = {
  readonly taxes: readonly Tax[]
  /** Of the amount itself. */
  readonly includedMinor: bigint
  /** On top of it. */
  readonly addedMinor: bigint
}

/**
 * The taxes on an amount. Rates that prices include are taken out of it together, rounded once and split by their rates;
 * the others are put on what that leaves, each rounded once, half away from zero. In the order of the rates.
 */
export function taxesOn(amountMinor: bigint, rates: readonly TaxRate[]): Taxed {
  assert(amountMinor >= 0n, 'nobody taxes less than nothing')
  const included = rates.filter(({ isInclusive }) => isInclusive)
  const includedMinor = includedTax(amountMinor, included)
  const shares =
    includedMinor === 0n
      ? []
      : allocate(
          includedMinor,
          included.map(({ ratePpm }) => BigInt(ratePpm)),
        )
  const baseMinor = amountMinor - includedMinor
  const amountOf = (rate: TaxRate): bigint =>
    rate.isInclusive ? (shares[included.indexOf(rate)] ?? 0n) : scaleMinor(baseMinor, shareOf(rate))
  const taxes = rates
    .map((rate) => ({ rate, amountMinor: amountOf(rate) }))
    .filter((tax) => tax.amountMinor > 0n)
  const sum = taxes.reduce((total, tax) => total + tax.amountMinor, 0n)
  return { taxes, includedMinor, addedMinor: sum - includedMinor }
}

function shareOf({ ratePpm }: TaxRate): Ratio {
  return ratio(BigInt(ratePpm), 1_000_000n)
}

/** Of an amount A that includes rates of R in all: A · R / (1 + R). */
function includedTax(amountMinor: bigint, rates: readonly TaxRate[]): bigint {
  const all = rates.reduce((sum, rate) => addRatio(sum, shareOf(rate)), ratio(0n, 1n))
  return scaleMinor(amountMinor, ratio(all.numerator, all.numerator + all.denominator))
}
