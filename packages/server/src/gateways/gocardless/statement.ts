import { statementLine, type StatementText } from '@perennial/core/payments'

/**
 * What a scheme shows of a payment's `reference` (developer.gocardless.com, "Create a payment"). BECS wants one that no
 * other payment has, and PAD shows none: nothing is sent there.
 */
const LENGTHS_MAX: Readonly<Record<string, number>> = {
  GBP: 10,
  USD: 10,
  EUR: 140,
  SEK: 11,
  DKK: 30,
  NZD: 12,
}
/** Bacs knows fewer letters than the others; what it knows all of them do. */
const BANNED = /[^A-Za-z0-9 .&/-]/g

export function referenceOf(
  { descriptor, suffix }: StatementText,
  currency: string,
): { readonly reference?: string } {
  const lengthMax = LENGTHS_MAX[currency]
  if (lengthMax === undefined) return {}
  // The payer's bank names the merchant anyway: what was bought says more.
  const reference = statementLine(suffix ?? descriptor, { banned: BANNED, lengthMax })
  return reference === null || new Set(reference).size < 2 ? {} : { reference }
}
