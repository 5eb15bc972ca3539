import { ratio, scaleMinor } from '../money/index.ts'
import type { InvoiceLine } from './invoice.ts'

type Refunded = { readonly amountMinor: bigint; readonly status: string }
type Taxed = {
  readonly subtotalMinor: bigint
  readonly discountMinor: bigint
  readonly taxMinor: bigint
}
export type RefundShare = { readonly netMinor: bigint; readonly taxMinor: bigint }

/** What of a line can go back as long as no refund of it has: the tax that a price includes goes back with the price. */
export function refundablePriceOf(line: Pick<InvoiceLine, 'amountMinor' | 'source'>): bigint {
  const { source } = line
  return source?.kind === 'tax' && source.isIncluded ? 0n : line.amountMinor
}

/** A refund that gave nothing back, by its status. */
export const isRefundGone = (status: string): boolean =>
  status === 'failed' || status === 'canceled'

/**
 * What of each refund is price and what is tax, in the order in which they were made: the tax goes back in proportion,
 * and wholly with the last of the price (spec/revolv3.md 10). Counted over all refunds so far, so that what has gone
 * back adds up whatever the parts were.
 */
export function refundShares(invoice: Taxed, refunds: readonly Refunded[]): readonly RefundShare[] {
  let back = 0n
  let netBack = 0n
  return refunds.map(({ amountMinor, status }) => {
    if (isRefundGone(status)) return { netMinor: amountMinor, taxMinor: 0n }
    back += amountMinor
    const netMinor = netOf(invoice, back) - netBack
    netBack += netMinor
    return { netMinor, taxMinor: amountMinor - netMinor }
  })
}

export type PriceRefundDecision =
  | {
      readonly kind: 'refused'
      readonly code: 'payment_already_refunded' | 'refund_above_rest'
      /** What of the price is not refunded yet. */
      readonly leftMinor: bigint
    }
  | { readonly kind: 'accepted'; readonly amountMinor: bigint }

/** The money that goes back with so much of the price, its tax on top, after these refunds. Null = all that is left. */
export function refundOfPrice(
  invoice: Taxed,
  refunds: readonly Refunded[],
  netMinor: bigint | null,
): PriceRefundDecision {
  const before = netRefunded(invoice, refunds)
  const leftMinor = priceOf(invoice) - before
  if (leftMinor === 0n) return { kind: 'refused', code: 'payment_already_refunded', leftMinor }
  const wantedMinor = netMinor ?? leftMinor
  if (wantedMinor > leftMinor) return { kind: 'refused', code: 'refund_above_rest', leftMinor }
  const amountMinor = grossOf(invoice, before + wantedMinor) - grossOf(invoice, before)
  return { kind: 'accepted', amountMinor }
}

function priceOf({ subtotalMinor, discountMinor }: Taxed): bigint {
  return subtotalMinor - discountMinor
}

function netRefunded(invoice: Taxed, refunds: readonly Refunded[]): bigint {
  const counted = refunds.filter(({ status }) => !isRefundGone(status))
  return refundShares(invoice, counted).reduce((sum, share) => sum + share.netMinor, 0n)
}

/** Price and tax that go back together. */
function grossOf(invoice: Taxed, netMinor: bigint): bigint {
  const wholeMinor = priceOf(invoice)
  if (wholeMinor === 0n) return netMinor
  return netMinor + scaleMinor(invoice.taxMinor, ratio(netMinor, wholeMinor))
}

/** The most of the price that fits into what went back: `grossOf` the other way round. */
function netOf(invoice: Taxed, grossMinor: bigint): bigint {
  const wholeMinor = priceOf(invoice)
  let [low, high] = [0n, grossMinor < wholeMinor ? grossMinor : wholeMinor]
  while (low < high) {
    const middle = (low + high + 1n) / 2n
    if (grossOf(invoice, middle) <= grossMinor) low = middle
    else high = middle - 1n
  }
  return low
}
