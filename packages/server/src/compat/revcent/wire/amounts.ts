import type { Currency } from '@perennial/core/money'
import { fromDecimalAmount, toDecimalAmount } from '../../../platform/amounts/index.ts'
import { FaceRefusal } from '../face-refusal.ts'

/** A JSON number in major units. */
export function toMajor(minor: bigint, currency: Currency): number {
  return Number(toDecimalAmount(minor, currency))
}

/** Refuses a number with more decimals than the currency has. */
export function toMinor(major: number, currency: Currency, field: string): bigint {
  const minor = fromDecimalAmount(String(major), currency)
  if (minor === null)
    throw FaceRefusal.invalid(`${field} must be an amount of ${currency} in major units.`)
  return minor
}
