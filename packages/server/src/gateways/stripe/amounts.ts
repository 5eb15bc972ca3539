import { parseCurrency, type Currency } from '@perennial/core/money'
import { fromVendorAmount, toVendorAmount } from '../../platform/amounts/index.ts'

// https://docs.stripe.com/currencies: the króna and Uganda's shilling are written with two decimals that are always 0.
const WHOLE = new Set('BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF'.split(' '))
const THOUSANDTHS = new Set('BHD JOD KWD OMR TND'.split(' '))

function exponentOf(currency: Currency): number {
  if (WHOLE.has(currency)) return 0
  return THOUSANDTHS.has(currency) ? 3 : 2
}

/** Null when the vendor cannot charge such an amount: it takes no third decimal but 0. */
export function toStripeAmount(amountMinor: bigint, currency: Currency): number | null {
  const amount = toVendorAmount(amountMinor, currency, exponentOf(currency))
  return amount !== null && THOUSANDTHS.has(currency) && amount % 10 !== 0 ? null : amount
}

/** Null for anything that is no amount of a currency we know. A negative one is money that went the other way. */
export function fromStripeAmount(
  amount: number | null,
  code: string | null,
): { readonly amountMinor: bigint; readonly currency: Currency } | null {
  const currency = parseCurrency(code ?? '')
  if (currency === null || amount === null) return null
  const amountMinor = fromVendorAmount(Math.abs(amount), currency, exponentOf(currency))
  if (amountMinor === null) return null
  return { amountMinor: amount < 0 ? -amountMinor : amountMinor, currency }
}
