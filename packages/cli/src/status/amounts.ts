import { formatMoney, type Currency } from '@perennial/core/money'

/** "12,345.67", with as many digits after the point as the currency has. */
export function toAmount(amountMinor: bigint, currency: Currency): string {
  return group(formatMoney({ amountMinor, currency }).slice(currency.length + 1))
}

/** "12,345" of "12345". */
export function group(digits: string): string {
  const [whole = '', ...rest] = digits.split('.')
  return [whole.replaceAll(/\B(?=(\d{3})+(?!\d))/g, ','), ...rest].join('.')
}
