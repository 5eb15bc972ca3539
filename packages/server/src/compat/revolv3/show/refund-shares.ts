import { ratio, scaleMinor } from '@perennial/core/money'

type Refunded = { readonly amountMinor: bigint; readonly status: string }
type Taxed = {
  readonly subtotalMinor: bigint
  readonly discountMinor: bigint
  readonly taxMinor: bigint
}
export type RefundShare = { readonly netMinor: bigint; readonly taxMinor: bigint }

const GONE = ['failed', 'canceled']

/**
 * What of each refund was tax: the tax goes back in proportion, and wholly with the last of the price (spec/revolv3.md
 * 10). Counted over all refunds so far, so that what has gone back adds up whatever the parts were.
 */
export function sharesOf(invoice: Taxed, refunds: readonly Refunded[]): readonly RefundShare[] {
  let back = 0n
  let netBack = 0n
  return refunds.map(({ amountMinor, status }) => {
    if (GONE.includes(status)) return { netMinor: amountMinor, taxMinor: 0n }
    back += amountMinor
    const netMinor = netOf(invoice, back) - netBack
    netBack += netMinor
    return { netMinor, taxMinor: amountMinor - netMinor }
  })
}

/** What goes back in money when this much of the price does, after these refunds. */
export function withTax(invoice: Taxed, refunds: readonly Refunded[], netMinor: bigint): bigint {
  const before = netRefunded(invoice, refunds)
  return grossOf(invoice, before + netMinor) - grossOf(invoice, before)
}

/** How much of the price is not refunded yet. */
export function netLeft(invoice: Taxed, refunds: readonly Refunded[]): bigint {
  return invoice.subtotalMinor - invoice.discountMinor - netRefunded(invoice, refunds)
}

function netRefunded(invoice: Taxed, refunds: readonly Refunded[]): bigint {
  return sharesOf(invoice, refunds)
    .filter((_, index) => !GONE.includes(refunds[index]?.status ?? ''))
    .reduce((sum, share) => sum + share.netMinor, 0n)
}

/** Price and tax that go back together. */
function grossOf(invoice: Taxed, netMinor: bigint): bigint {
  const wholeMinor = invoice.subtotalMinor - invoice.discountMinor
  if (wholeMinor === 0n) return netMinor
  return netMinor + scaleMinor(invoice.taxMinor, ratio(netMinor, wholeMinor))
}

/** The most of the price that fits into what went back: `grossOf` the other way round. */
function netOf(invoice: Taxed, grossMinor: bigint): bigint {
  const wholeMinor = invoice.subtotalMinor - invoice.discountMinor
  let [low, high] = [0n, grossMinor < wholeMinor ? grossMinor : wholeMinor]
  while (low < high) {
    const middle = (low + high + 1n) / 2n
    if (grossOf(invoice, middle) <= grossMinor) low = middle
    else high = middle - 1n
  }
  return low
}
