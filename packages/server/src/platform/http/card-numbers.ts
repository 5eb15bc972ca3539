import { ApiRefusal } from './api-refusal.ts'

/** Lengths and first digits of the card networks that are issued (ISO/IEC 7812). */
const CARD_NUMBER =
  /^(4\d{12}(\d{3}){0,2}|5[1-5]\d{14}|2[2-7]\d{14}|3[47]\d{13}|3[068]\d{12,14}|35\d{14}|6\d{15,18})$/
/**
 * The shortest that is looked for in every text. Barcodes (EAN), shops' order ids and telephone numbers have thirteen digits, and no network
 * issues cards of thirteen any more.
 */
const DIGITS_MIN = 14

/** Within a word, a path or a decimal fraction it is a part of something longer: an id, an address, a rate. */
const BEFORE = String.raw`(?<![\p{L}\p{N}_+/-]|\p{N}[.,])`
const AFTER = String.raw`(?![\p{L}\p{N}_-]|[.,]\p{N})`
/** How a card number is written: in one, or in the groups that stand on the card, with one kind of gap. */
const WRITINGS = [
  String.raw`\d{${DIGITS_MIN},19}`,
  String.raw`\d{4}(?<gap>[ -])\d{4}\k<gap>\d{4}\k<gap>\d{4}`,
  String.raw`\d{4}(?<gap>[ -])\d{4}\k<gap>\d{4}\k<gap>\d{4}\k<gap>?\d{1,3}`,
  String.raw`\d{4}(?<gap>[ -])\d{6}\k<gap>\d{4,5}`,
].map((digits) => new RegExp(`${BEFORE}(?=[2-6])(?=(?<digits>${digits})${AFTER})`, 'gu'))
/** What has none of these has no card number: most texts are not searched further. */
const HINT = /\d{14}|\d{4}[ -]\d{4}/
/** A text of nothing but digits may be grouped as it likes. */
const IN_DIGITS = new RegExp(`^ *(?:\\d *){${DIGITS_MIN},19}$`)
/** Bank accounts (IBAN) are written in groups of four as cards are. */
const IBAN = /\b[a-z]{2}\d{2}(?: [a-z0-9]{4}){2,7}(?: [a-z0-9]{1,3})?\b/gi
/** Carriers number parcels as networks number cards, check digit included. */
const PARCELS: ReadonlySet<string> = new Set(['tracking_number', 'trackingNumber'])

/** Whether a whole text is a card number, however its digits are grouped: first digits, length and check digit. */
export function isCardNumber(text: string): boolean {
  if (text.length > 40) return false
  const digits = text.replace(/[ -]/g, '')
  return CARD_NUMBER.test(digits) && hasCheckDigit(digits)
}

/** Whether a card number of 14 to 19 digits stands in a text on its own, and not within a longer word. */
export function holdsCardNumber(text: string): boolean {
  if (IN_DIGITS.test(text) && isCardNumber(text)) return true
  if (!HINT.test(text)) return false
  const searched = text.replace(IBAN, ' ')
  return WRITINGS.some((writing) =>
    Array.from(searched.matchAll(writing)).some(({ groups }) =>
      isCardNumber(groups?.['digits'] ?? ''),
    ),
  )
}

/**
 * Where a card number stands in a parsed body ("metadata.note", or "body"), or null. Names of fields are searched as their values
 * are. However deep the body nests.
 */
export function findCardNumber(body: unknown): string | null {
  const places = [{ value: body, path: '' }]
  for (const { value, path } of places) {
    if (typeof value === 'string' || typeof value === 'number') {
      if (holdsCardNumber(String(value))) return path === '' ? 'body' : path
      continue
    }
    for (const [key, below] of Object.entries(value ?? {})) {
      if (holdsCardNumber(key)) return path === '' ? 'body' : path
      if (!PARCELS.has(key))
        places.push({ value: below, path: path === '' ? key : `${path}.${key}` })
    }
  }
  return null
}

export function cardNumberRefused(param: string): ApiRefusal {
  return ApiRefusal.invalid(
    param,
    'Card and account numbers are not taken here. Send them to your gateway and pass on the token it gives.',
  )
}

/** The Luhn formula: every second digit from the right is doubled, and the digits sum to a multiple of 10. */
function hasCheckDigit(digits: string): boolean {
  let sum = 0
  for (let index = 0; index < digits.length; index += 1) {
    const isDoubled = (digits.length - index) % 2 === 0
    const value = (digits.charCodeAt(index) - ZERO) * (isDoubled ? 2 : 1)
    sum += value > 9 ? value - 9 : value
  }
  return sum % 10 === 0
}

const ZERO = '0'.charCodeAt(0)
