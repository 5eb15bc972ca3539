import { assert } from '@perennial/core/fault'
import { type Currency, parseCurrency } from '@perennial/core/money'

export function known<const Values extends readonly string[]>(
  values: Values,
  stored: string,
): Values[number] {
  const value = values.find((each) => each === stored)
  assert(value !== undefined, `${stored} is one of ${values.join(', ')}`)
  return value
}

export function knownOrNull<const Values extends readonly string[]>(
  values: Values,
  stored: string | null,
): Values[number] | null {
  return stored === null ? null : known(values, stored)
}

export function knownCurrency(stored: string): Currency {
  const currency = parseCurrency(stored)
  assert(currency !== null, `${stored} is a known currency`)
  return currency
}
