import { refundShares } from './refund-shares.ts'
import type { Invoice } from './invoice.ts'

/** What has gone back of an invoice so far, by refunds that succeeded and on paper. */
export type GivenBack = {
  /** Refunds, but for those of credit notes that tell their own tax. */
  readonly refundedMinor: bigint
  /** What of the tax those have taken back in the ledger. */
  readonly refundedTaxMinor: bigint
  /** Credit notes that tell their own tax, those that wait for their refunds included. */
  readonly notedMinor: bigint
  readonly notedTaxMinor: bigint
}

/**
 * The tax that goes back with a refund: in proportion, counted over all refunds so far, and wholly with the last of the money
 * (spec/revolv3.md 10). What credit notes tell by themselves is no part of it, so that no tax goes back twice. What an
 * earlier refund did not take goes with this one, as far as its amount reaches.
 */
export function taxOfRefund(
  invoice: Pick<Invoice, 'totalMinor' | 'taxMinor'>,
  before: GivenBack,
  amountMinor: bigint,
): bigint {
  const grossMinor = invoice.totalMinor - before.notedMinor
  const taxMinor = least(invoice.taxMinor - before.notedTaxMinor, grossMinor)
  if (taxMinor <= 0n) return 0n
  const backMinor = least(before.refundedMinor + amountMinor, grossMinor)
  const left = { subtotalMinor: grossMinor - taxMinor, discountMinor: 0n, taxMinor }
  const [whole] = refundShares(left, [{ amountMinor: backMinor, status: 'succeeded' }])
  const shareMinor = (whole?.taxMinor ?? 0n) - before.refundedTaxMinor
  return shareMinor < 0n ? 0n : least(shareMinor, amountMinor)
}

function least(one: bigint, other: bigint): bigint {
  return one < other ? one : other
}
