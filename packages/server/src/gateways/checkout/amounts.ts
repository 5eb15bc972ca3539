import { parseCurrency, type Currency } from '@perennial/core/money'
import { fromVendorAmount, toVendorAmount } from '../../platform/amounts/index.ts'

// The vendor's "Format the amount value": where it differs from ISO 4217, the peso of Chile has two decimals.
const WHOLE = new Set('BIF DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF'.split(' '))
const THOUSANDTHS = new Set('BHD IQD JOD KWD LYD OMR TND'.split(' '))
/** Nine digits at most. */
const AMOUNT_MAX = 999_999_999

function exponentOf(currency: Currency): number {
  if (WHOLE.has(currency)) return 0
  return THOUSANDTHS.has(currency) ? 3 : 2
}

/** Null when the vendor cannot charge such an amount: too long, or with a third decimal that is not 0. */
export function toCheckoutAmount(amountMinor: bigint, currency: Currency): number | null {
  const amount = toVendorAmount(amountMinor, currency, exponentOf(currency))
  if (amount === null || amount > AMOUNT_MAX) return null
  return THOUSANDTHS.has(currency) && amount % 10 !== 0 ? null : amount
}

/** Null for anything that is no amount of a currency we know. */
export function fromCheckoutAmount(
  amount: number | null,
  code: string | null,
): { readonly amountMinor: bigint; readonly currency: Currency } | null {
  const currency = parseCurrency(code ?? '')
  if (currency === null) return null
  const amountMinor = fromVendorAmount(amount, currency, exponentOf(currency))
  return amountMinor === null ? null : { amountMinor, currency }
}
