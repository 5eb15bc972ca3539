import { assert } from '../fault/index.ts'
import { type Ratio, ratio, roundRatio } from './ratio.ts'

/**
 * 12 decimals is what `unit_amount_decimal` allows (revkeen 3.9); 30 digits before the point only
 * bounds the work.
 */
const PLAIN_DECIMAL = /^(-?)(\d{1,30})(?:\.(\d{1,12}))?$/

/**
 * Plain decimal text such as "0.0035" or "-12.50"; null for anything else, exponents and lone
 * points included.
 */
export function parseDecimal(text: string): Ratio | null {
  const match = PLAIN_DECIMAL.exec(text)
  if (match === null) return null
  const [, sign = '', whole = '', decimals = ''] = match
  return ratio(BigInt(`${sign}${whole}${decimals}`), 10n ** BigInt(decimals.length))
}

/**
 * Rounded half away from zero to at most `maxDecimals`, without trailing zeros: "0.0035", "12.5",
 * "-3".
 */
export function formatDecimal(value: Ratio, maxDecimals: number): string {
  assert(Number.isInteger(maxDecimals) && maxDecimals >= 0, 'a count of decimals is not negative')
  const { numerator, denominator } = value
  const scaled = { numerator: numerator * 10n ** BigInt(maxDecimals), denominator }
  const text = placePoint(roundRatio(scaled, 'half_away'), maxDecimals)
  return maxDecimals === 0 ? text : text.replace(/\.?0+$/, '')
}

/** 1250 with 3 decimals is "1.250". */
export function placePoint(units: bigint, decimals: number): string {
  const sign = units < 0n ? '-' : ''
  const digits = String(units < 0n ? -units : units).padStart(decimals + 1, '0')
  if (decimals === 0) return `${sign}${digits}`
  return `${sign}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`
}
