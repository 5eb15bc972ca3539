import { currencyExponent, type Currency } from '@perennial/core/money'

/** An amount as vendors of decimal amounts write it: 1999 of USD is "19.99", 1500 of JPY is "1500". */
export function toDecimalAmount(amountMinor: bigint, currency: Currency): string {
  const decimals = currencyExponent(currency)
  const sign = amountMinor < 0n ? '-' : ''
  const digits = String(amountMinor < 0n ? -amountMinor : amountMinor).padStart(decimals + 1, '0')
  if (decimals === 0) return `${sign}${digits}`
  return `${sign}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`
}

/** With fewer decimals than the currency has, or more of them that are zero. Null for what is no amount of it. */
export function fromDecimalAmount(text: string | null, currency: Currency): bigint | null {
  const match = /^(-?)(\d{1,18})(?:\.(\d{1,12}))?$/.exec(text ?? '')
  if (match === null) return null
  const [, sign = '', whole = '', written = ''] = match
  const decimals = currencyExponent(currency)
  if (!/^0*$/.test(written.slice(decimals))) return null
  return BigInt(`${sign}${whole}${written.slice(0, decimals).padEnd(decimals, '0')}`)
}
