import { parseCurrency, type Currency } from '@perennial/core/money'
import { readNumber, readText } from '../../platform/foreign/index.ts'

/** Null where the field is no whole number. */
export function readMinor(body: unknown, field: string): bigint | null {
  const value = readNumber(body, field)
  return value !== null && Number.isSafeInteger(value) ? BigInt(value) : null
}

export function readCurrency(body: unknown): Currency | null {
  return parseCurrency((readText(body, 'currency') ?? '').toUpperCase())
}
