import { currencyExponent, type Currency } from '@perennial/core/money'

/** Amounts are read as hundredths here: those of JPY, or of KWD, cannot be said. */
export function hasTwoDecimals(currency: Currency): boolean {
  return currencyExponent(currency) === 2
}
