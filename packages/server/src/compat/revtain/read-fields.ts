import { type Currency, fromWireMinor, parseCurrency } from '@perennial/core/money'
import { FaceRefusal } from './face-refusal.ts'

/** Of an idempotency key. */
export const KEY_LENGTH_MAX = 128

export type Fields = Readonly<Record<string, unknown>>

/** The body as an object; what it has beyond the fields that are read is ignored. */
export function readBody(body: unknown): Fields {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new FaceRefusal(400, { error: 'The body must be a JSON object.', field: 'body' })
  return Object.fromEntries(Object.entries(body))
}

/** What stands in the path for `:name`. */
export function parameter(params: unknown, name: string): string {
  return String(Reflect.get(Object(params), name))
}

/** Absent and null are the same. `lengthMax` null: of any length. */
export function optionalText(
  fields: Fields,
  name: string,
  lengthMax: number | null,
): string | null {
  const value = fields[name]
  if (value === undefined || value === null) return null
  if (typeof value !== 'string') throw FaceRefusal.invalid(name, 'must be a string')
  if (lengthMax !== null && value.length > lengthMax)
    throw FaceRefusal.invalid(name, `must have at most ${lengthMax} characters`)
  if (value.includes('\0') || !value.isWellFormed())
    throw FaceRefusal.invalid(name, 'holds a character that cannot be stored')
  return value
}

export function requiredText(fields: Fields, name: string, lengthMax: number): string {
  const value = optionalText(fields, name, lengthMax)
  if (value === null || value.trim() === '') throw FaceRefusal.invalid(name, 'is required')
  return value
}

export function optionalFlag(fields: Fields, name: string): boolean {
  const value = fields[name]
  if (value === undefined || value === null) return false
  if (typeof value !== 'boolean') throw FaceRefusal.invalid(name, 'must be true or false')
  return value
}

const AMOUNT_MIN = 50
const AMOUNT_MAX = 100_000_000

/** `also`: an amount below the least that is taken all the same. */
export function readAmount(fields: Fields, also: number | null = null): bigint {
  const value = fields['amount']
  if (value === undefined || value === null) throw FaceRefusal.invalid('amount', 'is required')
  if (typeof value !== 'number' || !Number.isInteger(value))
    throw FaceRefusal.invalid('amount', 'must be an integer in the smallest unit of its currency')
  if (value !== also && (value < AMOUNT_MIN || value > AMOUNT_MAX))
    throw FaceRefusal.invalid('amount', `must be between ${AMOUNT_MIN} and ${AMOUNT_MAX}`)
  return fromWireMinor(value)
}

export function readCurrency(fields: Fields): Currency {
  const text = optionalText(fields, 'currency', 10) ?? 'USD'
  const currency = parseCurrency(text)
  if (currency === null) throw FaceRefusal.invalid('currency', 'must be an ISO 4217 currency code')
  return currency
}
