import { type ApiInstance, ApiRefusal } from '../../../platform/http/index.ts'

/** Names that say that what follows is not for us to know. */
const FORBIDDEN_NAMES: ReadonlySet<string> = new Set([
  'number',
  'cardnumber',
  'pan',
  'cvc',
  'cvv',
  'cvv2',
  'securitycode',
  'accountnumber',
])
/** Their keys are the caller's; there only what looks like a card number is refused. */
const FREE_MAPS: ReadonlySet<string> = new Set(['metadata'])
/** Lengths and first digits of the card networks that are issued (ISO/IEC 7812). */
const CARD_NUMBER =
  /^(4\d{12}(\d{3}){0,2}|5[1-5]\d{14}|2[2-7]\d{14}|3[47]\d{13}|3[068]\d{12,14}|35\d{14}|6\d{15,18})$/

/**
 * Where card data stands in a parsed body, or null. Told by the names of fields, and by any value that is a card
 * number: the right first digits, the right length and a valid check digit.
 */
export function findCardData(input: unknown, path = '', isFree = false): string | null {
  if (typeof input === 'string' || typeof input === 'number')
    return isCardNumber(String(input)) ? path : null
  if (typeof input !== 'object' || input === null) return null
  for (const [key, value] of Object.entries(input)) {
    const name = path === '' ? key : `${path}.${key}`
    const isForbidden = FORBIDDEN_NAMES.has(key.replace(/[-_]/g, '').toLowerCase())
    if (isForbidden && !isFree && value !== null) return name
    if (isCardNumber(key)) return path === '' ? 'body' : path
    const found = findCardData(value, name, isFree || FREE_MAPS.has(key))
    if (found !== null) return found
  }
  return null
}

function isCardNumber(text: string): boolean {
  if (text.length > 40) return false
  const digits = text.replace(/[ -]/g, '')
  return CARD_NUMBER.test(digits) && hasCheckDigit(digits)
}

/** The Luhn formula: every second digit from the right is doubled, and the digits sum to a multiple of 10. */
function hasCheckDigit(digits: string): boolean {
  const sum = digits
    .split('')
    .toReversed()
    .reduce((total, digit, index) => {
      const value = Number(digit) * (index % 2 === 0 ? 1 : 2)
      return total + (value > 9 ? value - 9 : value)
    }, 0)
  return sum % 10 === 0
}

/**
 * Refuses card data before anything remembers the request, its hash included. The pattern differs from the one of
 * platform/http in letter case only, because a pattern can be registered once.
 */
export function refuseCardData(app: ApiInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.addContentTypeParser(
    /^application\/(?:[\w.+-]+\+)?json\b/i,
    { parseAs: 'string' },
    (request, body, done) => {
      const text = String(body)
      if (text.trim() === '') return done(null, {})
      void parse(request, text, (error: Error | null, parsed?: unknown) => {
        if (error !== null) return done(error)
        const param = findCardData(parsed)
        if (param !== null) return done(toRefusal(param))
        request.bodyText = text
        done(null, parsed)
      })
    },
  )
}

function toRefusal(param: string): ApiRefusal {
  return ApiRefusal.invalid(
    param,
    'Card and account numbers are not taken here. Send them to your gateway and pass on the token it gives.',
  )
}
