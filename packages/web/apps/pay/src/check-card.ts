import { digitsOf, findBrand, hasCheckDigit } from './card-number.ts'
import type { CardForm } from './page-data.ts'
import { text } from './text.ts'

export type FieldName = 'number' | 'expiry' | 'code' | 'name' | 'postalCode'
/** As they stand in the form. */
export type Fields = Readonly<Record<FieldName, string>>

export const EMPTY: Fields = { number: '', expiry: '', code: '', name: '', postalCode: '' }

/** In the order of the form: the first that is wrong gets the focus. */
export const FIELD_ORDER: readonly FieldName[] = ['number', 'expiry', 'code', 'name', 'postalCode']

type Rules = Pick<CardForm, 'postalCode'> & { readonly today: Date }

/** What is wrong with a field in words for its owner; null when nothing is. */
export function checkField(field: FieldName, fields: Fields, rules: Rules): string | null {
  switch (field) {
    case 'number':
      return checkNumber(fields.number)
    case 'expiry':
      return checkExpiry(fields.expiry, rules.today)
    case 'code':
      return checkCode(fields)
    case 'name':
      return fields.name.trim() === '' ? text.errors.nameMissing : null
    case 'postalCode':
      return checkPostalCode(fields.postalCode, rules.postalCode)
    default:
      return field satisfies never
  }
}

function checkNumber(given: string): string | null {
  const digits = digitsOf(given)
  if (digits === '') return text.errors.numberMissing
  const lengths = findBrand(digits)?.lengths ?? [12, 13, 14, 15, 16, 17, 18, 19]
  if (digits.length < Math.min(...lengths)) return text.errors.numberShort
  const fits = lengths.includes(digits.length) && hasCheckDigit(digits)
  return fits ? null : text.errors.numberWrong
}

function checkExpiry(given: string, today: Date): string | null {
  if (given.trim() === '') return text.errors.expiryMissing
  const expiry = readExpiry(given)
  if (expiry === null) return text.errors.expiryWrong
  // A card works to the end of its month; nobody's lasts 30 years.
  const thisMonth = today.getFullYear() * 12 + today.getMonth() + 1
  const monthOfCard = expiry.year * 12 + expiry.month
  if (monthOfCard < thisMonth) return text.errors.expiryPast
  return monthOfCard > thisMonth + 30 * 12 ? text.errors.expiryWrong : null
}

function checkCode({ number, code }: Fields): string | null {
  if (code === '') return text.errors.codeMissing
  const brand = findBrand(digitsOf(number))
  const length = digitsOf(code).length
  const fits = brand === null ? length === 3 || length === 4 : length === brand.codeLength
  if (fits) return null
  return brand?.codeLength === 4 ? text.errors.codeFour : text.errors.codeThree
}

function checkPostalCode(given: string, kind: CardForm['postalCode']): string | null {
  if (kind === 'none') return null
  const code = given.trim()
  if (code === '') return kind === 'zip' ? text.errors.zipMissing : text.errors.postcodeMissing
  if (kind === 'zip') return /^\d{5}(-?\d{4})?$/.test(code) ? null : text.errors.zipWrong
  return /^[A-Za-z0-9][A-Za-z0-9 -]{1,9}$/.test(code) ? null : text.errors.postcodeWrong
}

export type Expiry = { readonly month: number; readonly year: number }

/** "08/29", "8 / 2029", "0829"; null for what is no month of a year. */
export function readExpiry(given: string): Expiry | null {
  const found = /^(\d{1,2})\D+(\d{2}|\d{4})$/.exec(given.trim()) ?? /^(\d{2})(\d{2}|\d{4})$/.exec(digitsOf(given)) // prettier-ignore
  const [, months = '', years = ''] = found ?? []
  const month = Number(months)
  if (found === null || month < 1 || month > 12) return null
  return { month, year: years.length === 2 ? 2000 + Number(years) : Number(years) }
}

/** Writes the stroke between month and year while they are typed; `before` is what stood there. */
export function formatExpiry(given: string, before: string): string {
  const full = /^(\d{1,2})\D+\d{2}(\d{2})$/.exec(given.trim())
  if (full !== null) return formatExpiry(`${full[1] ?? ''}/${full[2] ?? ''}`, '')
  const single = /^(\d)\s*[/.-]\s*(\d{0,2})$/.exec(given.trim())
  const digits = (single === null ? digitsOf(given) : `0${single[1] ?? ''}${single[2] ?? ''}`).slice(0, 4) // prettier-ignore
  // 2 to 9 can only be a month of one digit.
  const padded = /^[2-9]/.test(digits) ? `0${digits}`.slice(0, 4) : digits
  const isRubbingOut = given.length < before.length
  if (padded.length < 2 || (padded.length === 2 && isRubbingOut)) return isRubbingOut ? digits : padded // prettier-ignore
  return `${padded.slice(0, 2)} / ${padded.slice(2)}`.trimEnd() + (padded.length === 2 ? ' ' : '')
}
