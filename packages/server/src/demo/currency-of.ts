import { assert } from '@perennial/core/fault'
import { type Currency, parseCurrency } from '@perennial/core/money'

export function currencyOf(code: 'USD' | 'EUR' | 'GBP'): Currency {
  const currency = parseCurrency(code)
  assert(currency !== null, `${code} is a currency`)
  return currency
}
