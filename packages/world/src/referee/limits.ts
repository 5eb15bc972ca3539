/**
 * What card networks and the product's decline guide allow a merchant, written down anew from spec/decline-codes.md 2 to 5. Whoever is
 * judged by it has tables of its own, and neither reads the other's: a wrong number has to be written wrong twice.
 */

const DAY = 24

/** So many refusals may lie in the window; the next try breaks the rule. */
export interface CountLimit {
  readonly rule: string
  readonly networks: readonly string[]
  /** ISO 3166-1 alpha-2 of the card; null = all. */
  readonly country: string | null
  readonly declinesMax: number
  readonly windowHours: number
  /** Only refusals of the same amount and currency count, and an approval begins the count anew. */
  readonly isOfAmount: boolean
}

/** Section 2, the lines that begin with "Build". */
export const countLimits: readonly CountLimit[] = [
  { rule: 'visa, 15 in 30 days', networks: ['visa'], country: null, declinesMax: 15, windowHours: 30 * DAY, isOfAmount: true },
  { rule: 'mastercard, 9 in 24 hours', networks: ['mastercard'], country: null, declinesMax: 9, windowHours: DAY, isOfAmount: false },
  { rule: 'mastercard, 34 in 30 days', networks: ['mastercard'], country: null, declinesMax: 34, windowHours: 30 * DAY, isOfAmount: false },
  { rule: 'mastercard in Brazil, 7 in a month', networks: ['mastercard'], country: 'BR', declinesMax: 7, windowHours: 31 * DAY, isOfAmount: false },
  { rule: 'amex and discover, 15 in 30 days', networks: ['amex', 'discover'], country: null, declinesMax: 15, windowHours: 30 * DAY, isOfAmount: true },
] // prettier-ignore

/** No try so soon after a refusal. Section 2.2, last row but two, and 2.3. */
export const pauses: readonly Pick<CountLimit, 'rule' | 'networks' | 'country' | 'windowHours'>[] = [
  { rule: 'amex and discover, a day apart', networks: ['amex', 'discover'], country: null, windowHours: DAY },
  { rule: 'mastercard in Brazil, a day apart', networks: ['mastercard'], country: 'BR', windowHours: DAY },
] // prettier-ignore

/** Visa's category 1: section 4, column "Visa cat.". */
export const visaCategory1: ReadonlySet<string> = codes('04 07 12 14 15 41 43 46 57 R0 R1 R3')

/** Sections 4 and 5, column "May retry?": no, or only with other card data, whether or not a network forbids it. */
export const neverAgain: ReadonlySet<string> = codes(
  `04 07 12 13 14 15 39 41 43 46 52 53 54 55 57 59 62 63 64 82 83 93 6P N3 N7 N8 R0 R1 R3
   101 102 104 110 111 115 117 119 122 200`,
)
/** The same of Mastercard alone: its card was replaced (79). */
export const neverAgainMastercard: ReadonlySet<string> = codes('79')

/** Section 3: advice after which a card is never tried again. */
export const stopAdvice: ReadonlySet<string> = codes('03 21')

/** Section 3: hours before which a merchant may not try again. */
export const adviceDelays: ReadonlyMap<string, number> = new Map([
  ['24', 1],
  ['25', 24],
  ['26', 48],
  ['27', 96],
  ['28', 144],
  ['29', 192],
  ['30', 240],
])

function codes(text: string): ReadonlySet<string> {
  return new Set(text.trim().split(/\s+/))
}
