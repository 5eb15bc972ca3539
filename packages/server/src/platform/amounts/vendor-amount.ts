import {
  currencyExponent,
  fitsWire,
  fromWireMinor,
  isWireMinor,
  toWireMinor,
  type Currency,
} from '@perennial/core/money'

/** An amount of ours in a vendor's minor units; `exponent` is how many decimals the vendor gives the currency. */
export function toVendorAmount(
  amountMinor: bigint,
  currency: Currency,
  exponent: number,
): number | null {
  const scaled = rescale(amountMinor, currencyExponent(currency), exponent)
  return scaled === null || !fitsWire(scaled) ? null : toWireMinor(scaled)
}

/** Null for what is no whole number of our minor units. */
export function fromVendorAmount(
  amount: number | null,
  currency: Currency,
  exponent: number,
): bigint | null {
  if (!isWireMinor(amount)) return null
  return rescale(fromWireMinor(amount), exponent, currencyExponent(currency))
}

/** Null when decimals would be lost. */
function rescale(amount: bigint, from: number, to: number): bigint | null {
  if (to >= from) return amount * 10n ** BigInt(to - from)
  const unit = 10n ** BigInt(from - to)
  return amount % unit === 0n ? amount / unit : null
}
