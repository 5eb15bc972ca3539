/** Card brands by first digits: how many digits, how they are grouped, how long the security code is. */
export type CardBrand = {
  readonly id: string
  readonly name: string
  readonly lengths: readonly number[]
  readonly groups: readonly number[]
  readonly codeLength: 3 | 4
}

type Row = CardBrand & { readonly starts: RegExp }

const FOURS = [4, 4, 4, 4, 3]

/** Of ISO/IEC 7812, as the networks publish their ranges; the first that fits. */
const BRANDS: readonly Row[] = [
  { id: 'amex', name: 'American Express', starts: /^3[47]/, lengths: [15], groups: [4, 6, 5], codeLength: 4 },
  { id: 'diners', name: 'Diners Club', starts: /^3(0[0-5]|09|[689])/, lengths: [14, 16, 19], groups: [4, 6, 4], codeLength: 3 },
  { id: 'jcb', name: 'JCB', starts: /^35(2[89]|[3-8])/, lengths: [16, 17, 18, 19], groups: FOURS, codeLength: 3 },
  { id: 'discover', name: 'Discover', starts: /^(6011|64[4-9]|65)/, lengths: [16, 19], groups: FOURS, codeLength: 3 },
  { id: 'unionpay', name: 'UnionPay', starts: /^(62|81)/, lengths: [16, 17, 18, 19], groups: FOURS, codeLength: 3 },
  { id: 'mastercard', name: 'Mastercard', starts: /^(5[1-5]|2(22[1-9]|2[3-9]|[3-6]|7[01]|720))/, lengths: [16], groups: FOURS, codeLength: 3 },
  { id: 'maestro', name: 'Maestro', starts: /^(5[06-8]|6[37])/, lengths: [12, 13, 14, 15, 16, 17, 18, 19], groups: FOURS, codeLength: 3 },
  { id: 'visa', name: 'Visa', starts: /^4/, lengths: [13, 16, 19], groups: FOURS, codeLength: 3 },
] // prettier-ignore

const DIGITS_MAX = 19

export function findBrand(digits: string): CardBrand | null {
  return BRANDS.find(({ starts }) => starts.test(digits)) ?? null
}

/** What a gateway calls a brand, as people call it. */
export function brandName(id: string | null): string | null {
  if (id === null) return null
  return BRANDS.find((brand) => brand.id === id)?.name ?? id
}

export function digitsOf(text: string): string {
  // Other scripts' digits are what some keyboards type.
  return text.normalize('NFKC').replace(/\D/g, '')
}

/** In groups as they stand on the card. Digits beyond the longest number are dropped. */
export function formatCardNumber(text: string): string {
  const digits = digitsOf(text)
  const brand = findBrand(digits)
  const longest = Math.max(...(brand?.lengths ?? [DIGITS_MAX]))
  const kept = digits.slice(0, longest)
  const groups: string[] = []
  let at = 0
  for (const size of brand?.groups ?? FOURS) {
    if (at < kept.length) groups.push(kept.slice(at, at + size))
    at += size
  }
  if (at < kept.length) groups.push(kept.slice(at))
  return groups.join(' ')
}

/** Where the caret goes so that as many digits stand before it as before. */
export function caretAfter(text: string, digitsBefore: number): number {
  let seen = 0
  for (let index = 0; index < text.length; index += 1) {
    if (seen === digitsBefore) return index
    if (/\d/.test(text.charAt(index))) seen += 1
  }
  return text.length
}

/** The Luhn formula: every second digit from the right is doubled, and the digits sum to a multiple of 10. */
export function hasCheckDigit(digits: string): boolean {
  let sum = 0
  for (let index = 0; index < digits.length; index += 1) {
    const digit = Number(digits.charAt(digits.length - 1 - index))
    const value = index % 2 === 0 ? digit : digit * 2
    sum += value > 9 ? value - 9 : value
  }
  return sum % 10 === 0
}
