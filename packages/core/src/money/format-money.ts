import { type Currency, currencyExponent } from './currency.ts'
import { placePoint } from './decimal.ts'

/**
 * For logs, files and tests, the same in every locale: "USD 29.00", "JPY 2900", "KWD 1.250", "USD
 * -3.10".
 */
export function formatMoney(money: {
  readonly amountMinor: bigint
  readonly currency: Currency
}): string {
  return `${money.currency} ${placePoint(money.amountMinor, currencyExponent(money.currency))}`
}
