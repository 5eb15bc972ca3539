import { currencyExponent, parseCurrency, type Currency } from '@perennial/core/money'
import { fromVendorAmount, toVendorAmount } from '../../platform/amounts/index.ts'

/** "Currency codes" of the vendor: where it counts otherwise than ISO 4217. */
const EXPONENTS: Readonly<Record<string, number>> = { CLP: 2, CVE: 0, IDR: 0, ISK: 2 }

function exponentOf(currency: Currency): number {
  return EXPONENTS[currency] ?? currencyExponent(currency)
}

export type AdyenAmount = { readonly value: number; readonly currency: Currency }

/** Null when the vendor has no such amount. */
export function toAdyenAmount(amountMinor: bigint, currency: Currency): AdyenAmount | null {
  const value = toVendorAmount(amountMinor, currency, exponentOf(currency))
  return value === null ? null : { value, currency }
}

/** Null for anything that is no amount of a currency we know. */
export function fromAdyenAmount(
  value: number | null,
  code: string | null,
): { readonly amountMinor: bigint; readonly currency: Currency } | null {
  const currency = parseCurrency(code ?? '')
  if (currency === null) return null
  const amountMinor = fromVendorAmount(value, currency, exponentOf(currency))
  return amountMinor === null ? null : { amountMinor, currency }
}
