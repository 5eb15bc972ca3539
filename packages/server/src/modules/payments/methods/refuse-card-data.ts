import { type ApiInstance, cardNumberRefused, isCardNumber } from '../../../platform/http/index.ts'

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

/**
 * Refuses card data before anything remembers the request, its hash included: what the whole API refuses (`findCardNumber`), a value
 * that is a number of thirteen digits, and the fields in which card data would come. The pattern differs from the one of
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
        if (param !== null) return done(cardNumberRefused(param))
        request.bodyText = text
        done(null, parsed)
      })
    },
  )
}
